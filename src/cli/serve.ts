/** `nddr serve` */
import { once } from 'node:events';
import { Command, Option } from 'commander';
import type { DeviceName } from '../engine/runtime/devices.js';
import type { ModuleAccess } from '../experiments/module-access.js';
import type { Large } from '../experiments/prediction/answer.js';
import { version } from '../experiments/version.js';
import type { WeightsChoice } from '../experiments/weights.js';
import { isLoopback } from '../http/guard.js';
import type { ServedModel } from '../serve/messages.js';
import { type Running, startServer } from '../serve/server.js';
import { LIMITS } from '../serve/settings.js';
import { several } from '../words.js';
import { withExamples } from './examples.js';
import { onInterrupt } from './interrupt.js';
import {
  allowModuleOption,
  collect,
  deviceOption,
  listenOptions,
  numberOption,
  overrideOption,
  sizeOptions,
  tasksOfRunOption,
  weightsOption,
} from './options.js';
import { showDevice } from './show.js';

interface Flags extends ModuleAccess {
  readonly port: number;
  readonly host: string;
  readonly allowHost?: string[];
  readonly allowOrigin?: string[];
  readonly megabytes: number;
  readonly megapixels: number;
  readonly upload: number;
  readonly timeout: number;
  readonly queue: number;
  readonly grace: number;
  readonly longest: number;
  readonly large: Large;
  readonly threads?: number;
  readonly device?: DeviceName;
  readonly weights?: WeightsChoice;
  readonly run?: string;
  readonly set?: string[];
}

const seconds = numberOption({ above: 0, most: 86400 });

export function serveCommand(): Command {
  const [portOption, allowHostOption] = listenOptions(8080);
  const [longest, large] = sizeOptions();
  const command = new Command('serve')
    .description('answer questions about images over HTTP, with a page to try it; on this machine only unless asked')
    .argument('<model>', 'folder of a run, or a model file that export wrote')
    .addOption(portOption)
    .option('--host <address>', 'address to listen on; with 0.0.0.0 all machines of the network reach it', '127.0.0.1')
    .addOption(allowHostOption)
    .option(
      '--allow-origin <origin>',
      'pages of this origin may call it, * for all; may be given several times',
      collect,
    )
    .option(
      '--megabytes <millions>',
      'largest body of a request',
      numberOption({ above: 0, most: 1000 }),
      LIMITS.megabytes,
    )
    .option(
      '--megapixels <millions>',
      'most pixels of an image, by its header',
      numberOption({ above: 0, most: 1000 }),
      LIMITS.megapixels,
    )
    .option('--upload <seconds>', 'time in which a request must arrive whole', seconds, LIMITS.uploadSeconds)
    .option('--timeout <seconds>', 'time in which it is answered then, waiting included', seconds, LIMITS.answerSeconds)
    .option(
      '--queue <count>',
      'requests in hand beside the one that is being answered; more are refused',
      numberOption({ whole: true, least: 0, most: 10000 }),
      LIMITS.queue,
    )
    .option('--grace <seconds>', 'time that requests in hand have when the server stops', seconds, 30)
    .addOption(longest)
    .addOption(large)
    .addOption(
      new Option('--threads <count>', 'threads of the network')
        .argParser(numberOption({ whole: true, least: 1 }))
        .default(undefined, 'one for each processor'),
    )
    .addOption(
      deviceOption('where the network runs; the first images of each size are slow on a device other than cpu'),
    )
    .addOption(weightsOption('best'))
    .addOption(tasksOfRunOption())
    .addOption(overrideOption())
    .addOption(allowModuleOption())
    .action(serve);
  return withExamples(
    command,
    { line: 'serve runs/rooms', does: 'Answer at http://127.0.0.1:8080, where a browser shows a page to try it' },
    {
      line: 'serve model.onnx --port 9000 --megabytes 5 --megapixels 4 --upload 5 --timeout 10 --queue 4 --grace 5',
      does: 'Answer small images with a model file, and refuse what would have to wait',
    },
    {
      line: 'serve runs/rooms --weights last --threads 2 --longest 640 --large reduce',
      does: 'Use the latest weights and two processors, and reduce large images',
    },
    {
      line: 'serve runs/rooms --device webgpu',
      does: 'Answer on the graphics card; the server does not start where there is none',
    },
    {
      line: 'serve runs/rooms --host 0.0.0.0 --allow-host vision.example.org --allow-origin https://example.org',
      does: 'Answer other machines that call it by this name, and pages of this origin',
    },
    {
      line: 'serve bare.onnx --run downloads/run --set data.root=/data/camvid --allow-module',
      does: 'Use a model file that does not describe its tasks, and a run from elsewhere that does, whose module you trust',
    },
  );
}

async function serve(path: string, flags: Flags): Promise<void> {
  const { port, host, allowHost, allowOrigin, megabytes, megapixels, upload, timeout, queue, grace } = flags;
  const { longest, large, threads, device, weights, run, set, allowModule } = flags;
  const print = (line: string) => console.error(line);
  const interruption = onInterrupt(print, `Stopping: requests in hand have ${grace} s.`);
  const { signal } = interruption;
  try {
    const server = await startServer({
      model: { path, weights, run, set, threads, device, allowModule, longestPixels: longest, large },
      ...{ host, port, allowHosts: allowHost, allowOrigins: allowOrigin, version: version() },
      ...{ megabytes, megapixels, uploadSeconds: upload, answerSeconds: timeout, queue },
      log: print,
    });
    if (!isLoopback(host))
      print(`warning: ${host} can be reached from other machines, and there is no authentication or encryption.`);
    print(`Opening ${path} ...`);
    const aborted = signal.aborted ? Promise.resolve() : once(signal, 'abort');
    const model = await Promise.race([server.model, aborted.then(() => undefined)]);
    if (model) console.log(linesAbout(server, model, flags).join('\n'));
    await aborted;
    await server.stop(grace);
    print('Stopped.');
  } finally {
    interruption.close();
  }
}

function linesAbout({ url, limits }: Running, model: ServedModel, { longest, large, device }: Flags): string[] {
  const step = model.step === null ? '' : `, step ${model.step}`;
  const { megabytes, megapixels, uploadSeconds, answerSeconds, queue } = limits;
  return [
    `${url}  answers images (POST /predict), and shows a page to try it`,
    `  model   ${model.name}${step}${showDevice(device)}`,
    `  tasks   ${model.tasks.map(({ name, kind }) => (name === kind ? name : `${name} (${kind})`)).join(', ')}`,
    `  limits  ${megabytes} MB, ${megapixels} megapixels, ${uploadSeconds} s to arrive, ${answerSeconds} s to be answered, ` +
      `${several(queue + 1, 'request')} in hand`,
    `  images  larger than ${longest} pixels are ${large === 'tiles' ? 'answered in tiles' : 'reduced'}`,
    '  also    GET /health /metrics /model /openapi.json; Ctrl-C stops it',
  ];
}
