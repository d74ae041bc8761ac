/** `nddr weights`: look into files of weights */
import { Command } from 'commander';
import { weightsMatchCommand } from './weights-match.js';
import { weightsShowCommand } from './weights-show.js';

export const weightsCommand = (): Command =>
  new Command('weights')
    .description('look into files of weights')
    .addCommand(weightsShowCommand())
    .addCommand(weightsMatchCommand());
