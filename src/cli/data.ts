/** `nddr data`: describe, check and look at a folder of images and labels */
import { Command } from 'commander';
import { dataCheckCommand } from './data-check.js';
import { dataInitCommand } from './data-init.js';
import { dataPreviewCommand } from './data-preview.js';

export const dataCommand = (): Command =>
  new Command('data')
    .description('describe, check and look at a folder of images and labels')
    .addCommand(dataInitCommand())
    .addCommand(dataCheckCommand())
    .addCommand(dataPreviewCommand());
