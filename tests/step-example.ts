/** The listings of docs/explanation/how-a-step-becomes-a-graph.md: builds and runs the network which that page explains. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { fromBinary } from '@bufbuild/protobuf';
import type { Backbone } from '../src/backbones/index.js';
import {
  gradients,
  labelled,
  type Node,
  nodesOf,
  type Shape,
  sizeOf,
  source,
  type Tensor,
} from '../src/engine/index.js';
import { ModelProtoSchema, type NodeProto } from '../src/engine/onnx/onnx_pb.js';
import { nodeRuntime } from '../src/engine/runtime/node.js';
import { createFusion } from '../src/fusion/index.js';
import { buildNetwork, type Network, type NetworkOptions } from '../src/network.js';
import { conv, convBatchNormRelu } from '../src/nn/layers.js';
import { initialValues, parameterCount } from '../src/nn/scope.js';
import { Random } from '../src/random.js';
import { createTask } from '../src/tasks/index.js';
import { CompiledStep } from '../src/train/step.js';
import { buildStep } from '../src/train/step-graph.js';

/** One stage of two channels at stride 2 without batch normalisation, and a head of one 1x1 convolution. */
const backbone: Backbone = {
  name: 'example',
  stages: [
    {
      name: 'conv1',
      channels: 2,
      stride: 2,
      build: (scope, x) => convBatchNormRelu(scope.child('conv1'), x, { channels: 2, stride: 2, norm: null }),
    },
  ],
  head: (scope, features, channels) =>
    conv(scope.child('fc').inGroup('head'), features, { channels, kernel: 1, bias: true }),
};

const network: NetworkOptions = {
  backbone,
  fusion: createFusion({ kind: 'nddr' }),
  tasks: [
    createTask('what', { kind: 'segmentation', classes: ['floor', 'wall', 'chair'] }),
    createTask('depth', { kind: 'depth', loss: 'metres' }),
  ],
  normalisation: { mean: [0, 0, 0], deviation: [1, 1, 1] },
};

const [BATCH, SIZE] = [2, 8];
const RATE = 0.01;

const code = (text: string): string => `\`${text}\``;
const showShape = (shape: Shape): string => `[${shape.join(', ')}]`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows];
  return lines.map((line) => `| ${line.join(' | ')} |`).join('\n');
}

/** Names of the tensors of a graph: sources by their own, results of ops by their number. */
function namesOf(nodes: readonly Node[]): (tensor: Tensor) => string {
  const names = new Map<Tensor, string>();
  let results = 0;
  for (const node of nodes) {
    const { name } = node.attributes as { readonly name?: string };
    if (isResult(node)) results++;
    for (const output of node.outputs) {
      const slot = output.slot === 0 ? '' : `.${output.slot}`;
      names.set(output, isResult(node) ? `t${results}${slot}` : (name ?? 'constant'));
    }
  }
  return (tensor) => names.get(tensor) ?? '?';
}

const isResult = ({ rules }: Node): boolean => rules.name !== 'source' && rules.name !== 'constant';

const nodeTable = (nodes: readonly Node[], nameOf: (tensor: Tensor) => string): string =>
  table(
    ['result', 'label', 'op', 'inputs', 'shape'],
    nodes
      .filter(isResult)
      .map(({ outputs: [first], label, rules, inputs }) => [
        nameOf(first),
        code(label),
        code(rules.name),
        inputs.map((input) => code(nameOf(input))).join(', '),
        showShape(first.shape),
      ]),
  );

/** Of nodes by their labels: how many belong to the forward pass of a layer, how many to its backward pass. */
function countsTable(labels: readonly string[]): string {
  const counts = new Map<string, [forward: number, backward: number]>();
  for (const label of labels) {
    const layer = label.replace(/'$/, '');
    const found = counts.get(layer) ?? [0, 0];
    found[layer === label ? 0 : 1]++;
    counts.set(layer, found);
  }
  const rows = [...counts].sort(([a], [b]) => a.localeCompare(b, 'en'));
  return table(
    ['layer', 'nodes forward', 'nodes backward'],
    rows.map(([layer, [forward, backward]]) => [code(layer), String(forward), String(backward)]),
  );
}

const trainedOf = ({ build }: Network) => [...build.variables.values()].filter(({ role }) => role !== 'statistic');

/** A node of a model in one line: what it writes, the operator, what it reads. */
const line = ({ opType, input, output }: NodeProto): string => `${output[0]} = ${opType}(${input.join(', ')})`;

/** The page's listings by name. */
async function listings(): Promise<Record<string, string>> {
  const built = buildNetwork(network, 'train', [BATCH, SIZE, SIZE]);
  const variables = [...built.build.variables.values()];
  const forward = nodesOf(built.logits.values());

  // The loss of one task and its gradients, as the step builds them for all.
  const [[task, logits]] = built.logits;
  const label = source('label.what', [BATCH, 1, SIZE / 2, SIZE / 2]);
  const { sum } = labelled('what.loss', () => task.loss(logits, label));
  const trained = trainedOf(built);
  const found = gradients(
    sum,
    trained.map(({ tensor }) => tensor),
  );
  const before = new Set(nodesOf([sum]));
  const backward = nodesOf([sum, ...found]).filter((node) => !before.has(node) && isResult(node));
  const nameOf = namesOf(nodesOf([...built.logits.values(), sum, ...found]));
  const inHead = backward.filter(({ label }) => label.startsWith('what.fc'));

  const graph = buildStep({ network, batch: BATCH, height: SIZE, width: SIZE });
  const nodes = fromBinary(ModelProtoSchema, graph.model.bytes).graph?.node ?? [];
  const labelOf = ({ name }: NodeProto): string => name.slice(0, name.indexOf('/'));
  const headNodes = nodes.filter((node) => labelOf(node).startsWith('what.fc'));
  const outputs = [...graph.model.outputs].map(([name, { shape }]) => [code(name), showShape(shape)]);

  return {
    variables: `${table(
      ['variable', 'shape', 'role', 'group'],
      variables.map(({ path, shape, role, group }) => [code(path), showShape(shape), role, group]),
    )}\n\n${parameterCount(variables)} of these numbers are trained; the statistics are not.`,
    forward: nodeTable(forward, nameOf),
    loss: nodeTable(
      nodesOf([sum]).filter((node) => !forward.includes(node)),
      nameOf,
    ),
    backward: `${nodeTable(inHead, nameOf)}\n\nThe whole walk for this loss makes ${backward.length} results.`,
    nodes: countsTable(nodes.map(labelOf)),
    emitted: `\`\`\`text\n${headNodes.map(line).join('\n')}\n\`\`\``,
    outputs: table(['output', 'shape'], outputs),
    total: `The model of this step has ${graph.model.nodeCount} nodes.`,
    run: await ran(),
  };
}

/** One step with numbers: losses, a gradient beside a central difference, and the losses after an update. */
async function ran(): Promise<string> {
  const graph = buildStep({ network, batch: BATCH, height: SIZE, width: SIZE });
  const random = new Random('example');
  const values = initialValues(graph.variables.values(), random);
  const step = await CompiledStep.open(graph, nodeRuntime({ threads: 1 }), values);
  const filled = (shape: Shape, next: () => number) => Float32Array.from({ length: sizeOf(shape) }, next);
  const feeds = {
    image: filled([BATCH, 3, SIZE, SIZE], () => random.uniform(0, 1)),
    labels: {
      what: filled([BATCH, 1, SIZE, SIZE], () => random.integer(3)),
      depth: filled([BATCH, 1, SIZE, SIZE], () => random.uniform(1, 5)),
    },
    masks: {},
  };
  const totalOf = ({ losses }: { readonly losses: Readonly<Record<string, number>> }) => losses.what + losses.depth;
  try {
    const { losses, gradients: found, ...first } = await step.run(feeds);
    const path = 'nddr1.depth.weight';
    const weight = values.get(path);
    const gradient = found.get(path)?.[1];
    if (!weight || gradient === undefined) throw new Error(`no gradient of ${path}`);
    const distance = 0.01;
    weight[1] += distance;
    const above = totalOf(await step.run(feeds));
    weight[1] -= 2 * distance;
    const below = totalOf(await step.run(feeds));
    weight[1] += distance;
    for (const [name, gradients] of found) {
      const weights = values.get(name);
      if (weights) for (const [i, value] of gradients.entries()) weights[i] -= RATE * value;
    }
    const after = await step.run(feeds);
    const rows = Object.keys(losses).map((name) => [
      code(name),
      losses[name].toFixed(4),
      String(first.counts[name]),
      after.losses[name].toFixed(4),
    ]);
    return `${table(['task', 'loss', 'labelled cells', 'loss after one update'], rows)}

The gradient of the sum of both losses by the second element of \`${path}\` is ${gradient.toFixed(4)}.
The sum with that element ${distance} larger and ${distance} smaller gives the central difference ${((above - below) / (2 * distance)).toFixed(4)}.`;
  } finally {
    await step.close();
  }
}

const PAGE = fileURLToPath(new URL('../../docs/explanation/how-a-step-becomes-a-graph.md', import.meta.url));

/** The page as it is, and as it should be: listings stand between a mark with their name and an end mark. */
export async function stepPage(): Promise<{ readonly found: string; readonly wanted: string }> {
  const found = readFileSync(PAGE, 'utf8');
  let wanted = found;
  for (const [name, listing] of Object.entries(await listings())) {
    const mark = `<!-- ${name}: written by npm run docs -->`;
    const [start, end] = [wanted.indexOf(mark) + mark.length, wanted.indexOf('<!-- end -->', wanted.indexOf(mark))];
    if (!wanted.includes(mark) || end < 0) throw new Error(`${PAGE} has no listing "${name}"`);
    wanted = `${wanted.slice(0, start)}\n\n${listing}\n\n${wanted.slice(end)}`;
  }
  return { found, wanted };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(PAGE, (await stepPage()).wanted);
