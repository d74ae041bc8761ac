/**
 * The forms of convolutions and batch norms against numbers of PyTorch (tests/peers/torch_layers.py), at sizes of maps
 * that training meets.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromBinary } from '@bufbuild/protobuf';
import { evaluate, tuned } from '../gradients.test.support.js';
import {
  batchNormTraining,
  conv2d,
  cpu,
  cpuTarget,
  gradients,
  mul,
  nodesOf,
  plain,
  source,
  sum,
  type Target,
  type Tensor,
  targets,
  toModel,
} from '../index.js';
import { ModelProtoSchema } from '../onnx/onnx_pb.js';
import type { ConvAttributes } from '../ops/conv.js';
import { nodeRuntime } from '../runtime/node.js';
import { CPU_TUNING, type CpuTuning } from './cpu/constants.js';
import { cheapestForm } from './cpu/conv/weight-gradient.js';
import { lowered } from './target.js';
import { errorsOf, normals, type RecordedConvolution, recorded, type Summary } from './torch.test.fixture.js';

const block = (await nodeRuntime({ threads: 1 }).target?.())?.capabilities.blockedConvolution ?? 0;

/**
 * Largest errors, in parts of the size of the numbers (`errorsOf`), two to three times those that were found: in float32
 * 1.3e-6 for sums of products, 8.4e-6 by tiles, which add and subtract multiples of the pixels; 7e-14 in float64.
 */
const [DIRECT, TILES, DOUBLE] = [4e-6, 2e-5, 2e-13];

/** Fails where an array is further from the recorded one than `tolerance`. */
function compare<K extends string>(
  found: Readonly<Partial<Record<K, readonly number[]>>>,
  wanted: Readonly<Record<NoInfer<K>, Summary>>,
  tolerance: number,
  where: string,
): void {
  for (const [name, array] of Object.entries(found) as [K, readonly number[]][]) {
    const { element, sum } = errorsOf(array, wanted[name]);
    assert.ok(element < tolerance, `an element of ${name} is off by ${element}, ${where}`);
    assert.ok(sum < tolerance, `a sum over ${name} is off by ${sum}, ${where}`);
  }
}

/** A form of a convolution and its gradients. */
interface Form {
  readonly name: string;
  readonly target: Target;
  /** Largest error, in parts of the size of the numbers. */
  readonly tolerance: number;
  /** What it computes: all of y, dx and dw where left out. */
  readonly only?: 'dw';
  /** Whether it computes a convolution; every one where left out. */
  readonly fits?: (convolution: RecordedConvolution) => boolean;
  /** Whether the outputs y, dx and dw are computed by it. */
  readonly isTaken?: (outputs: Readonly<Record<'y' | 'dx' | 'dw', Tensor>>, target: Target) => boolean;
}

const operators = (outputs: Readonly<Record<string, Tensor>>, target: Target): string[] =>
  (fromBinary(ModelProtoSchema, toModel(outputs, { target }).bytes).graph?.node ?? []).map(({ opType }) => opType);

const dense = ({ kernel, stride }: RecordedConvolution) => kernel === 3 && stride === 1;

const byTiles = (outputs: Readonly<Record<string, Tensor>>, target: Target) =>
  !nodesOf(lowered(Object.values(outputs), target)).some(({ rules }) => rules.name.startsWith('conv'));

/** The weight gradient in one of its forms, whatever the others cost. */
const weightGradient = (
  name: ReturnType<typeof cheapestForm>,
  change: Partial<CpuTuning>,
  fits: Form['fits'],
): Form => ({
  name: `weight gradient by ${name}`,
  target: tuned({ tiles: 'never', ...change }).cpu,
  tolerance: DIRECT,
  only: 'dw',
  fits,
  isTaken: ({ y }) => {
    const [x] = y.node.inputs;
    const context = { attributes: y.node.attributes as ConvAttributes, inputTypes: [x, y] };
    return cheapestForm({ ...CPU_TUNING, ...change }, context) === name;
  },
});

const FORMS: readonly Form[] = [
  { name: 'plain', target: plain, tolerance: DIRECT },
  { name: 'as trained', target: cpu, tolerance: TILES },
  { name: 'in float64', target: targets.float64, tolerance: DOUBLE },
  { name: 'by tiles', target: tuned({ tiles: 'always' }).cpu, tolerance: TILES, fits: dense, isTaken: byTiles },
  {
    name: 'by tiles in float64',
    target: tuned({ tiles: 'always' }).float64,
    tolerance: DOUBLE,
    fits: dense,
    isTaken: byTiles,
  },
  weightGradient('taps', { leastPixelShare: 2 }, undefined),
  weightGradient(
    'views',
    { leastPixelShare: 0, movesPerTransposition: Number.POSITIVE_INFINITY },
    ({ kernel }) => kernel > 1,
  ),
  weightGradient('shifts', { leastPixelShare: 0, movesPerTransposition: Number.NEGATIVE_INFINITY }, dense),
];

/** With blocks as wide as this processor has them. */
const BLOCK_FORMS: readonly Form[] = [
  { name: 'as trained on this machine', target: cpuTarget({ block }), tolerance: TILES },
  {
    name: 'in blocks',
    target: cpuTarget({ block, tuning: { ...CPU_TUNING, tiles: 'never' } }),
    tolerance: DIRECT,
    fits: dense,
    isTaken: (outputs, target) => operators(outputs, target).filter((type) => type === 'ReorderInput').length === 2, // of y and of dx
  },
];

async function compareForms(convolution: RecordedConvolution, forms: readonly Form[]): Promise<void> {
  const { image, outputs, kernel, stride, dilation } = convolution;
  const [x, w] = [source('x', image), source('w', [outputs, image[1], kernel, kernel])];
  const y = conv2d(x, w, null, { stride, dilation, padding: dilation * (kernel >> 1) });
  const dy = source('dy', y.shape);
  const [dx, dw] = gradients(sum(mul(y, dy)), [x, w]);
  const feeds = {
    x: normals(image, 1).map((value) => Math.max(value, 0)), // as after ReLU
    w: normals(w.shape, 2, 0, 1 / 16),
    dy: normals(y.shape, 3),
  };
  for (const { name, target, tolerance, only, fits, isTaken } of forms) {
    if (fits && !fits(convolution)) continue;
    if (isTaken) assert.ok(isTaken({ y, dx, dw }, target), `not taken ${name}`);
    const found = await (only ? evaluate({ dw }, feeds, target) : evaluate({ y, dx, dw }, feeds, target));
    compare<'y' | 'dx' | 'dw'>(found, convolution, tolerance, name);
  }
}

const skip = block === 0 ? 'the runtime has no blocked convolution on this processor' : false;
for (const convolution of recorded.convolutions) {
  const { image, outputs, kernel, stride, dilation } = convolution;
  const channels = `from ${image[1]} to ${outputs} channels at ${image[0]}x${image[2]}x${image[3]}`;
  const title = `${kernel}x${kernel} ${channels}, stride ${stride}, dilation ${dilation}`;
  test(`in every form a convolution has the numbers of PyTorch: ${title}`, () => compareForms(convolution, FORMS));
  test(`in blocks too: ${title}`, { skip }, () => compareForms(convolution, BLOCK_FORMS));
}

/**
 * Forms of batch norms and their largest errors, twice those that were found. The mean is 25 deviations here, so an error
 * of the mean counts 25 times in y and dgamma. Forms without stages take it as one long sum of a map, which rounds more.
 */
const NORM_FORMS: readonly (readonly [name: string, target: Target, tolerance: number])[] = [
  ['plain', plain, 4e-5],
  ['as trained', cpu, 1e-5],
  ['in float64', targets.float64, DOUBLE],
  ['in one node', tuned({ mostInOneNode: Number.POSITIVE_INFINITY }).cpu, 4e-5],
  ['by several nodes', tuned({ mostInOneNode: 0 }).cpu, 1e-5],
  ['by several nodes, with products of matrices', tuned({ mostInOneNode: 0, largeMap: 0 }).cpu, 1e-5],
  [
    'by several nodes, without products of matrices',
    tuned({ mostInOneNode: 0, largeMap: Number.POSITIVE_INFINITY }).cpu,
    4e-5,
  ],
  ['by several nodes in float64', tuned({ mostInOneNode: 0 }).float64, DOUBLE],
];

for (const norm of recorded.batchNorms) {
  const { image, level, deviation } = norm;
  test(`in every form a batch norm has the numbers of PyTorch: ${image.join('x')} of mean ${level} and deviation ${deviation}`, async () => {
    const channels = [image[1]];
    const [x, dy] = [source('x', image), source('dy', image)];
    const [gamma, beta] = [source('gamma', channels), source('beta', channels)];
    const { y, mean, variance } = batchNormTraining(x, gamma, beta, recorded.epsilon);
    const [dx, dgamma, dbeta] = gradients(sum(mul(y, dy)), [x, gamma, beta]);
    const feeds = {
      x: normals(image, 1, level, deviation),
      gamma: normals(channels, 4, 1, 1 / 4),
      beta: normals(channels, 5),
      dy: normals(image, 3),
    };
    for (const [name, target, tolerance] of NORM_FORMS)
      compare(await evaluate({ y, mean, variance, dx, dgamma, dbeta }, feeds, target), norm, tolerance, name);
  });
}
