/** npm run bench: the product beside its peers, or one measurement in this process, which prints one JSON line. */
import { Command, Option } from 'commander';
import { NddrError } from '../src/errors.js';

const print = (line: object) => console.log(JSON.stringify(line));

/** The options that describe a network and a step. */
function describeStep(command: Command): Command {
  return command
    .option('--fusion <name>', 'single, shared, nddr or nddr-shortcut', 'nddr')
    .option('--width <times>', 'multiplies every channel count', Number, 1)
    .option('--size <pixels>', 'height and width of the image', Number, 321)
    .option('--batch <images>', 'images a step', Number, 1)
    .option('--threads <count>', 'threads of the runtime', Number, 2)
    .option('--classes <count>', 'classes of the segmentation', Number, 40)
    .option('--tasks <count>', 'number of tasks, 1 to 6', Number, 2)
    .addOption(new Option('--labels <size>', 'size of the labels').choices(['head', 'image']).default('head'));
}

const program = new Command('bench').enablePositionalOptions().description('measures speed and memory');

program
  .command('compare', { isDefault: true })
  .description('measure the product and its peers in turn; a table, JSON and a chart')
  .option('--only <pattern>', 'cases that match this regular expression, such as step/small')
  .option('--rounds <count>', 'how often everything is measured (3; 1 with --quick)', Number)
  .option('--quick', 'one round, fewer steps')
  .option('--threads <count>', 'threads of every contender', Number, 2)
  .option('--json <file>', 'where the JSON goes (OUT/results.json)')
  .option('--out <folder>', 'where files go', 'out/bench')
  .option('--markdown', 'print Markdown')
  .action(async (options) => (await import('./compare/compare.js')).compare(options));

program
  .command('show <json...>')
  .description('join the results of several runs and show them as one')
  .option('--out <folder>', 'where files go', 'out/bench')
  .option('--markdown', 'print Markdown')
  .action(async (files, options) => (await import('./compare/compare.js')).showResults(files, options));

describeStep(program.command('step').description('time whole training steps; one JSON line'))
  .option('--steps <count>', 'steps that are timed', Number, 5)
  .option('--weighting <kind>', 'a kind of loss weighting, such as pcgrad (the plain sum)')
  .option('--profile [prefix]', "say where a step's time goes; keep the runtime's profile in a file that begins so")
  .option('--device <name>', 'a device that keeps the weights, such as webgpu (the CPU)')
  .action(async ({ profile, device, ...options }) => {
    if (device) return print(await (await import('./device-step.js')).benchDeviceStep(options, device));
    const { timeSteps, stepLine } = await import('./step.js');
    if (profile === undefined) return print(stepLine(options, await timeSteps(options)));
    const { profileStep } = await import('./profile.js');
    const { line, tables } = await profileStep(options, profile === true ? undefined : profile);
    print(line);
    console.log(`\n${tables.join('\n\n')}`);
  });

describeStep(program.command('first').description('make one step, from nothing')).action(async (options) =>
  print(await (await import('./step.js')).firstStep(options)),
);

describeStep(program.command('open').description('time how long a model takes to build and to open'))
  .addOption(new Option('--what <model>', 'which model').choices(['step', 'infer']).default('step'))
  .action(async (options) => print(await (await import('./infer.js')).benchOpen(options)));

program
  .command('infer')
  .description('time the exported model on one image')
  .option('--fusion <name>', 'single, shared, nddr or nddr-shortcut', 'nddr')
  .option('--width <times>', 'multiplies every channel count', Number, 1)
  .option('--size <pixels>', 'both sides, or HEIGHTxWIDTH', '321')
  .option('--steps <count>', 'runs that are timed', Number, 5)
  .option('--threads <count>', 'threads of the runtime', Number, 2)
  .option('--classes <count>', 'classes of the segmentation', Number, 40)
  .option('--tasks <count>', 'number of tasks, 1 to 6', Number, 2)
  .action(async (options) => print(await (await import('./infer.js')).benchInfer(options)));

program
  .command('conv')
  .description('time one 3x3 convolution, forward, and with its gradients')
  .option('--channels <count>', 'channels in and out', Number, 256)
  .option('--size <pixels>', 'height and width', Number, 81)
  .option('--batch <count>', 'images', Number, 1)
  .option('--dilation <pixels>', 'between the taps of the kernel', Number, 1)
  .addOption(
    new Option('--form <name>', 'as training takes it, or by definition')
      .choices(['fastest', 'plain'])
      .default('fastest'),
  )
  .option('--steps <count>', 'runs that are timed', Number, 7)
  .option('--threads <count>', 'threads of the runtime', Number, 2)
  .action(async (options) => print(await (await import('./conv.js')).benchConv(options)));

program
  .command('update')
  .description('time the update of weights, compiled, and SGD as a loop in JavaScript')
  .option('--weights <count>', 'how many', Number, 3_200_000)
  .option('--steps <count>', 'updates that are timed', Number, 40)
  .action(async (options) => print((await import('./update.js')).benchUpdate(options)));

program
  .command('growth')
  .description(
    'time and memory of a step against tasks, width, resolution and batch; a table, JSON, Markdown and a plot',
  )
  .option('--only <pattern>', 'what is varied: tasks, width, resolution, batch')
  .option('--rounds <count>', 'how often everything is measured', Number, 3)
  .option('--quick', 'one round, fewer steps')
  .option('--threads <count>', 'threads of the runtime', Number, 2)
  .option('--json <file>', 'where the JSON goes (OUT/growth.json)')
  .option('--out <folder>', 'where files go', 'out/bench')
  .option('--from <json...>', 'join and show what was measured before')
  .action(async (options) => (await import('./growth/growth.js')).benchGrowth(options));

program
  .command('pipeline')
  .description('images a second from files and from memory, and the share of time that training waits for data')
  .option('--images <count>', 'images of the data set', Number, 300)
  .option('--workers <count>', 'threads that read and augment', Number, 2)
  .option('--steps <count>', 'training steps', Number, 60)
  .action(async (options) => print(await (await import('./pipeline.js')).benchPipeline(options)));

program
  .command('serve [model]')
  .description('send a server more requests than it has places for: answers, refusals, losses and latencies')
  .option('--requests <count>', 'requests in all', Number, 500)
  .option('--clients <count>', 'requests under way at once', Number, 40)
  .option('--queue <count>', 'places beside the one that is being answered', Number, 8)
  .option('--size <pixels>', 'height and width of the image', Number, 128)
  .action(async (model, options) => print(await (await import('./serve.js')).benchServe({ model, ...options })));

program
  .command('shift <run>')
  .description("mIoU of a run's answers moved along both axes: where it is best, answers lie where the truth does")
  .option('--split <name>', "a split of the run's data set", 'val')
  .option('--data <folder>', 'where the data set lies now')
  .option('--reach <pixels>', 'the farthest that answers are moved', Number, 8)
  .addOption(
    new Option('--rule <name>', 'how logits are enlarged').choices(['cells', 'half-pixel', 'legacy']).default('cells'),
  )
  .action(async (run, options) => print(await (await import('./shift.js')).benchShift(run, options)));

program
  .command('record')
  .description('record the nodes of compiled graphs anew, in bench/graphs.json')
  .action(async () => (await import('./graphs.js')).recordGraphs());

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof NddrError)) throw error;
  console.error(`error: ${error.message}`);
  process.exitCode = 1;
}
