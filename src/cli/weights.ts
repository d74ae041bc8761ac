/** `nddr weights`: look into files of weights */
import { Command } from 'commander';
import { weightsShowCommand } from './weights-show.js';

export const weightsCommand = (): Command =>
  new Command('weights').description('look into files of weights').addCommand(weightsShowCommand());
