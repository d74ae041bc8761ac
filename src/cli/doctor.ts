/** `nddr doctor` */
import { Command } from 'commander';
import type { DeviceName } from '../engine/runtime/devices.js';
import type { Fallback } from '../engine/runtime/node/fallbacks.js';
import { NddrError } from '../errors.js';
import { allDevices, type Hardware, type TriedDevice, tryDevice } from '../experiments/doctor/devices.js';
import { configurationOf, type GraphFallbacks, graphFallbacks } from '../experiments/doctor/graphs.js';
import { type Machine, thisMachine } from '../experiments/doctor/machine.js';
import type { ModuleAccess } from '../experiments/module-access.js';
import { several } from '../words.js';
import { withExamples } from './examples.js';
import { allowModuleOption, collect, deviceOption } from './options.js';

interface Flags extends ModuleAccess {
  readonly device?: DeviceName;
  readonly set?: string[];
  readonly json?: true;
}

export function doctorCommand(): Command {
  const command = new Command('doctor')
    .description(
      'show what this machine has and on which devices networks run here, what is missing and how to get it; with a ' +
        'configuration, which nodes of its graphs a device would leave to the processor',
    )
    .argument('[config]', 'a configuration file, or the folder of a run')
    .addOption(deviceOption('try this device only, and end with an error where it does not work', 'all devices'))
    .option('--set <key=value>', 'replace a setting of the configuration; may be given several times', collect)
    .option('--json', 'print one JSON object instead of lines')
    .addOption(allowModuleOption())
    .action(examine);
  return withExamples(
    command,
    { line: 'doctor', does: 'Show the processor, memory and versions, and try every device' },
    { line: 'doctor --device webgpu --json', does: 'Tell a program whether networks run on the graphics card' },
    {
      line: 'doctor examples/rooms.json',
      does: 'Show also which nodes of the training step and of the model would not run on each device',
    },
    {
      line: 'doctor downloads/run --set data.root=/data/camvid --allow-module',
      does: 'Show it for a run from elsewhere, with the folder of its images here, whose backbone is a module that you trust',
    },
  );
}

async function examine(path: string | undefined, { device, set, json, allowModule }: Flags): Promise<void> {
  const print = (...lines: string[]) => json || console.log(lines.join('\n'));
  // Before anything is tried: a mistake in the configuration is told at once.
  const config = path === undefined ? undefined : await configurationOf(path, set);
  const machine = await thisMachine();
  print(...linesOfMachine(machine));
  const tried: TriedDevice[] = [];
  const hardware = new Map<string, Hardware>();
  for (const name of device ? [device] : allDevices) {
    const found = await tryDevice(name);
    tried.push(found.tried);
    for (const one of found.hardware) hardware.set(JSON.stringify(one), one);
    print(...linesOfDevice(found.tried));
  }
  print(...linesOfHardware([...hardware.values()]));
  const fallbacks: GraphFallbacks[] = [];
  if (config) {
    print('', `nodes of ${path} that stay on the processor`);
    for (const { device: name, works } of tried) {
      if (!works) continue;
      const found = await graphFallbacks(config, name, { allowModule });
      fallbacks.push(found);
      print(...linesOfFallbacks(found));
    }
    const others = tried.filter(({ works }) => !works).map((one) => one.device);
    if (others.length > 0) print(`  ${others.join(', ')}: only a machine that has them can tell`);
  }
  if (json)
    console.log(
      JSON.stringify({
        ...machine,
        ...{ devices: tried, hardware: [...hardware.values()] },
        ...(config && { configuration: path, fallbacks }),
      }),
    );
  const needed = tried.find((one) => one.device === (device ?? 'cpu'));
  if (needed?.fault === undefined) return;
  throw new NddrError(`device ${needed.device}: ${needed.fault}${needed.needs ? `. ${needed.needs}` : ''}`);
}

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
const line = (name: string, text: string) => `${name.padEnd(12)} ${text}`;

function linesOfMachine({ versions, system, os, processor, memory, providers }: Machine): string[] {
  const { name, processors, threads, instructions, block } = processor;
  const { total, free, limit } = memory;
  const { nddr, node, sharp, libvips } = versions;
  return [
    line('nddr', `${nddr}, with Node ${node}`),
    line(
      'runtime',
      `onnxruntime-node ${versions['onnxruntime-node']}, which has ${providers.join(', ')} for ${system}`,
    ),
    line('images', `sharp ${sharp}, libvips ${libvips}`),
    line('system', `${os}, ${system}`),
    line('processor', `${name}, ${several(processors, 'thread')}, of which a run uses ${threads}`),
    line(
      'instructions',
      `${instructions?.join(', ') || 'not told by the system'}; ` +
        (block ? `the runtime's convolution has blocks of ${block} channels` : 'no blocked convolution'),
    ),
    line(
      'memory',
      `${gigabytes(total)}, ${gigabytes(free)} free${limit ? `, ${gigabytes(limit)} for this process` : ''}`,
    ),
    '',
    'devices',
  ];
}

function linesOfDevice({ device, works, fault, details, needs, weights, lowering, adapter }: TriedDevice): string[] {
  const say = (text: string, first = '') => `  ${line(first, text)}`;
  if (!works) return [say(`no: ${fault}`, device), ...details.map((one) => say(one)), ...(needs ? [say(needs)] : [])];
  const where = weights === 'host' ? 'in the memory of the processor' : 'on the device';
  const lines = [say(`works; trains with graphs for ${lowering} and weights ${where}`, device)];
  if (device !== 'webgpu') return lines;
  if (!adapter)
    return [
      ...lines,
      say(
        'which card it is, the runtime does not tell; with the package webgpu (npm install webgpu) this command does',
      ),
    ];
  const { name, software, limits } = adapter;
  return [
    ...lines,
    say(`${name}${software ? ': not a card, the processor plays it, and slowly' : ''}`),
    say(
      `a buffer holds ${gigabytes(limits.maxBufferSize)}, a shader sees ${gigabytes(limits.maxStorageBufferBindingSize)} of it`,
    ),
  ];
}

function linesOfHardware(found: readonly Hardware[]): string[] {
  const cards = found.filter(({ kind }) => kind !== 'processor');
  if (cards.length === 0) return ['', line('hardware', 'ONNX Runtime sees no graphics card')];
  return [
    '',
    ...cards.map(({ kind, vendor, ids, description }) =>
      line('hardware', `${kind}: ${description ?? vendor} (vendor ${ids[0]}, device ${ids[1]})`),
    ),
  ];
}

const linesOfFallbacks = ({ device, step, update, model }: GraphFallbacks): string[] => [
  `  ${line(device, `training step: ${showFallbacks(step)}`)}`,
  ...(update ? [`  ${line('', `update of the weights: ${showFallbacks(update)}`)}`] : []),
  `  ${line('', `model for images of any size: ${showFallbacks(model)}`)}`,
];

/** `18: 8 Cast, 4 Range, 4 Squeeze`; `none` */
function showFallbacks(fallbacks: readonly Fallback[]): string {
  if (fallbacks.length === 0) return 'none';
  const counts = new Map<string, number>();
  for (const { operator } of fallbacks) counts.set(operator, (counts.get(operator) ?? 0) + 1);
  const list = [...counts].sort(([, a], [, b]) => b - a).map(([operator, count]) => `${count} ${operator}`);
  return `${fallbacks.length}: ${list.join(', ')}`;
}
