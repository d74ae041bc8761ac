/** How many nodes the compiled graphs have: the same on every machine, so that a graph that grows unnoticed is told. */
import { fileURLToPath } from 'node:url';
import { fromBinary } from '@bufbuild/protobuf';
import { webgpu } from '../src/engine/index.js';
import { ModelProtoSchema } from '../src/engine/onnx/onnx_pb.js';
import { writeWhole } from '../src/files.js';
import { buildNetwork } from '../src/network.js';
import { initialValues } from '../src/nn/scope.js';
import { Random } from '../src/random.js';
import { buildUpdate } from '../src/train/device/update-graph.js';
import { createOptimizer } from '../src/train/optimizers/index.js';
import { inferenceModel } from '../src/train/predictor.js';
import { trafficOf } from './device-step.js';
import { peerNetwork } from './options.js';
import { RATES, SGD, type StepBench, stepGraph } from './step.js';

/** `nodes`: all of them; then the operators that are counted. */
export type GraphCounts = Readonly<Record<string, number>>;

/** The record, in the sources: tests run from `dist`. */
export const GRAPHS_FILE = fileURLToPath(new URL('../../bench/graphs.json', import.meta.url));

const MOST_FREQUENT = 10;
/** Counted always, however few there are: they are where the time goes. */
const HEAVY = ['Conv', 'MatMul', 'FusedMatMul'];

const SMALL = { width: 0.25, size: 96, batch: 8, classes: 40 };

/** The graphs that are counted, by name. */
const GRAPHS: Readonly<Record<string, () => Uint8Array>> = {
  'step, nddr, width 1, 321, batch 1': () => step({ fusion: 'nddr', width: 1, size: 321, batch: 1 }),
  'step, nddr, small': () => step({ fusion: 'nddr' }),
  'step, nddr, small, labels of the image': () => step({ fusion: 'nddr', labels: 'image' }),
  'step, nddr, small, four tasks': () => step({ fusion: 'nddr', tasks: 4 }),
  'step, nddr-shortcut, small': () => step({ fusion: 'nddr-shortcut' }),
  'step, shared, small': () => step({ fusion: 'shared' }),
  'step, single, small': () => step({ fusion: 'single' }),
  'exported model, nddr, small, four tasks': () => {
    const network = peerNetwork({ fusion: 'nddr', width: 0.25, classes: 40, keep: 0.5, tasks: 4 });
    const { variables } = buildNetwork(network, 'evaluate', [1, 64, 64]).build;
    return inferenceModel(network, initialValues(variables.values(), new Random('graphs'))).bytes;
  },
};

const stepOptions = (
  options: Omit<StepBench, keyof typeof SMALL | 'steps' | 'threads'> & Partial<typeof SMALL>,
): StepBench => ({ ...SMALL, steps: 0, threads: 1, ...options });

const step = (options: Parameters<typeof stepOptions>[0]) => stepGraph(stepOptions(options)).model.bytes;

/** Steps whose traffic is counted where weights are on the host, and where they stay on the device. */
const RESIDENT: Readonly<Record<string, Parameters<typeof stepOptions>[0]>> = {
  'nddr, width 1, 321, batch 1': { fusion: 'nddr', width: 1, size: 321, batch: 1 },
  'nddr, small': { fusion: 'nddr' },
};

/** Counts the nodes of every graph, and the bytes that a step moves between host and device. */
export function countGraphs(): Record<string, GraphCounts> {
  const nodes = Object.entries(GRAPHS).map(([name, build]) => [name, countNodes(build())] as const);
  const traffic = Object.entries(RESIDENT).flatMap(([name, given]) => {
    const options = stepOptions(given);
    const graph = stepGraph(options, webgpu, true);
    const { rule } = createOptimizer(SGD, [], new Map(), { rates: RATES });
    const update = buildUpdate({ step: graph, rule, rates: RATES, averages: false, target: webgpu });
    return [
      [`traffic of a step with weights on the host, ${name}`, trafficOf(stepGraph(options))],
      [`traffic of a step with weights on the device (webgpu), ${name}`, trafficOf(graph, update)],
    ] as const;
  });
  return Object.fromEntries([...nodes, ...traffic]);
}

function countNodes(model: Uint8Array): GraphCounts {
  const nodes = fromBinary(ModelProtoSchema, model).graph?.node ?? [];
  const counts = new Map<string, number>();
  for (const { opType } of nodes) counts.set(opType, (counts.get(opType) ?? 0) + 1);
  const order = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  const shown = order.filter(([type], rank) => rank < MOST_FREQUENT || HEAVY.includes(type));
  return { nodes: nodes.length, ...Object.fromEntries(shown) };
}

/** One line for each number that moved, empty where none did. */
export function movedCounts(
  recorded: Readonly<Record<string, GraphCounts>>,
  found: Readonly<Record<string, GraphCounts>>,
): string[] {
  const names = new Set([...Object.keys(recorded), ...Object.keys(found)]);
  return [...names].flatMap((name) => {
    const [before, now] = [recorded[name] ?? {}, found[name] ?? {}];
    return [...new Set([...Object.keys(before), ...Object.keys(now)])]
      .filter((key) => before[key] !== now[key])
      .map((key) => `${name}: ${key} ${before[key] ?? '(few)'} -> ${now[key] ?? '(few)'}`);
  });
}

/** Writes what the graphs have now. */
export async function recordGraphs(): Promise<void> {
  const lines = Object.entries(countGraphs()).map(
    ([name, counts]) => `  ${JSON.stringify(name)}: ${JSON.stringify(counts)}`,
  );
  await writeWhole(GRAPHS_FILE, [`{\n${lines.join(',\n')}\n}\n`]);
  console.log(`Written: ${GRAPHS_FILE}`);
}
