/** `nddr data`: import, describe, check and look at a folder of images and labels */
import { Command } from 'commander';
import { dataCheckCommand } from './data-check.js';
import { dataImportCommand } from './data-import.js';
import { dataInitCommand } from './data-init.js';
import { dataPreviewCommand } from './data-preview.js';

export const dataCommand = (): Command =>
  new Command('data')
    .description('import, describe, check and look at a folder of images and labels')
    .addCommand(dataImportCommand())
    .addCommand(dataInitCommand())
    .addCommand(dataCheckCommand())
    .addCommand(dataPreviewCommand());
