/** npm run bench -- step --fusion nddr --width 0.25 --size 96 --batch 8 --steps 10 --threads 2 */
import { Command } from 'commander';
import { benchStep } from './step.js';

const program = new Command('bench');
program
  .command('step')
  .description('time whole training steps; one JSON line')
  .option('--fusion <name>', 'single, shared, nddr or nddr-shortcut', 'nddr')
  .option('--width <times>', 'multiplies every channel count', Number, 1)
  .option('--size <pixels>', 'height and width of the image', Number, 321)
  .option('--batch <images>', 'images a step', Number, 1)
  .option('--steps <count>', 'steps that are timed', Number, 5)
  .option('--threads <count>', 'threads of the runtime', Number, 2)
  .option('--classes <count>', 'classes of the segmentation', Number, 40)
  .option('--profile <prefix>', "write the runtime's profile to a file that begins so")
  .action(async (options) => console.log(JSON.stringify(await benchStep(options))));
await program.parseAsync();
