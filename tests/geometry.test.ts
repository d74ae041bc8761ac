/**
 * A perfect head: its logits are the labels of the pixels on which the cells are centred. Enlarged to the image again
 * they must lie where the truth lies, at every backbone, stride, task and size.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BuiltInBackbone, buildStage, createBackbone, joinBranches } from '../src/backbones/index.js';
import { type BackboneKind, variants, variantsOf } from '../src/backbones/variants.test.fixture.js';
import {
  asPixels,
  atCellsOf,
  gridOf,
  knownGrid,
  type ResizeRule,
  resizeLike,
  samplePixels,
  showGrid,
  sizeOf,
  source,
  type Tensor,
  toModel,
} from '../src/engine/index.js';
import { nodeRuntime } from '../src/engine/runtime/node.js';
import { type PaddingRule, Scope } from '../src/nn/scope.js';
import { createTask, taskKinds } from '../src/tasks/index.js';
import type { Raster } from '../src/tasks/raster.js';
import { mainMetric } from '../src/tasks/score.js';
import type { Task } from '../src/tasks/task.js';

/** In cells, and pixels more: even and odd sizes, and sizes between two multiples of the stride. */
const SIZES = [
  { cells: [14, 18], more: 0 },
  { cells: [14, 18], more: 1 },
  { cells: [17, 15], more: 0.625 },
] as const;

/** Where answers are moved to, along each axis, in strides: a rule that shifts answers does so by nearly a half or more. */
const MOVES = [-0.375, 0, 0.375];

/** Logits whose answer is the label; where a label is unknown, anything. */
const perfect: Readonly<Record<string, { readonly config: object; logits(label: Raster): Float32Array }>> = {
  segmentation: { config: { classes: ['low', 'high'] }, logits: (label) => oneHot(label, 2) },
  parts: { config: { classes: ['low', 'high'] }, logits: (label) => oneHot(label, 2) },
  normals: { config: {}, logits: ({ data }) => Float32Array.from(data) },
  depth: { config: { rangeMetres: [1, 4] }, logits: ({ data }) => Float32Array.from(data, (m) => Math.log(m / 2)) },
  saliency: { config: {}, logits: ({ data }) => Float32Array.from(data, (y) => 8 * y - 4) },
  // Their lines are thinner than a cell: what a head can know is how far a cell is from one.
  boundaries: { config: {}, logits: ({ data }) => Float32Array.from(data, (near) => 10 * near) },
};

function oneHot({ data, height, width }: Raster, count: number): Float32Array {
  const pixels = height * width;
  return Float32Array.from({ length: count * pixels }, (_, i) => (data[i % pixels] === Math.floor(i / pixels) ? 8 : 0));
}

const pixelTasks = Object.keys(taskKinds)
  .filter((kind) => kind in perfect)
  .map((kind) => createTask(kind, { kind, ...perfect[kind].config }));

test('every task about pixels has a perfect head here', () => {
  const wholeImage = ['classification', 'multilabel', 'regression'];
  assert.deepEqual(
    Object.keys(taskKinds)
      .filter((kind) => !(kind in perfect))
      .sort(),
    wholeImage,
  );
});

/** Features of the last stage for an image, and the image. */
function featuresOf(config: Parameters<typeof createBackbone>[0], padding: PaddingRule, [h, w]: readonly number[]) {
  const image = asPixels(source('image', [1, 3, h, w]));
  const { scope } = Scope.root('evaluate', padding);
  let x: readonly Tensor[] = [image];
  for (const stage of createBackbone(config).stages) x = buildStage(stage, scope, x);
  return { image, features: joinBranches(x) };
}

const strideOf = (config: BuiltInBackbone): number => [createBackbone(config).stages.at(-1)?.stride ?? 1].flat()[0];

/** Every arrangement of cells that a backbone has at a size, once, and who has it. */
const arrangements = new Map<
  string,
  { features: Tensor; image: Tensor; size: readonly number[]; stride: number; titles: string[] }
>();
for (const kind of Object.keys(variants) as BackboneKind[])
  for (const { title, config } of variantsOf(kind))
    for (const padding of ['symmetric', 'same'] as const)
      for (const { cells, more } of SIZES) {
        const stride = strideOf(config);
        const size = cells.map((n) => n * stride + (more < 1 ? Math.round(more * stride) : more));
        const { image, features } = featuresOf(config, padding, size);
        const grid = gridOf(features);
        assert.ok(grid, title);
        const key = `${showGrid(grid)} on ${features.shape.slice(2)} of ${size}`;
        const known = arrangements.get(key) ?? { features, image, size, stride, titles: [] };
        known.titles.push(`${title}, ${padding}`);
        arrangements.set(key, known);
      }

/** At every pixel of a plane: a hilly surface of waves about six cells long, and its slopes. No direction is preferred. */
interface Surface {
  readonly height: Float64Array;
  readonly across: Float64Array;
  readonly down: Float64Array;
}

const surfaces = new Map<string, Surface>();

function surfaceOf([height, width]: readonly number[], stride: number): Surface {
  const key = `${height} ${width} ${stride}`;
  const known = surfaces.get(key);
  if (known) return known;
  const plane = () => new Float64Array(height * width);
  const made = { height: plane(), across: plane(), down: plane() };
  for (let k = 0; k < 5; k++) {
    const [angle, frequency] = [(2 * Math.PI * k) / 5 + 0.2, (2 * Math.PI) / ((5 + 0.7 * k) * stride)];
    const [u, v] = [frequency * Math.cos(angle), frequency * Math.sin(angle)];
    for (let at = 0; at < height * width; at++) {
      const phase = u * (at % width) + v * Math.floor(at / width) + 1.3 * k;
      made.height[at] += 0.6 * Math.sin(phase);
      made.across[at] += 0.6 * u * Math.cos(phase);
      made.down[at] += 0.6 * v * Math.cos(phase);
    }
  }
  surfaces.set(key, made);
  return made;
}

/** What a task's label says of that surface at every pixel, and what its perfect head goes by. */
function labelOf(task: Task, size: readonly number[], stride: number) {
  const [height, width] = size;
  const { channels } = task.label;
  const plane = height * width;
  const [label, seen] = [new Float32Array(channels * plane), new Float32Array(channels * plane)];
  const surface = surfaceOf(size, stride);
  for (let at = 0; at < plane; at++) {
    const value = surface.height[at];
    if (task.kind === 'normals') {
      const normal = [-stride * surface.across[at], -stride * surface.down[at], 1];
      for (const [c, part] of normal.entries()) seen[c * plane + at] = part / Math.hypot(...normal);
    } else if (task.kind === 'depth') seen[at] = 2 * Math.exp(value / 4);
    else if (task.kind === 'boundaries') {
      seen[at] = 0.4 - Math.abs(value);
      // The surface crosses 0 to the right or below.
      const neighbours = [at % width < width - 1 ? at + 1 : at, at + width < plane ? at + width : at];
      label[at] = Number(neighbours.some((other) => surface.height[other] > 0 !== value > 0));
    } else seen[at] = Number(value > 0);
  }
  const raster = (data: Float32Array): Raster => ({ channels, height, width, data });
  return { label: raster(task.kind === 'boundaries' ? label : seen), seen: raster(seen) };
}

/** The label without the margins in which no cell is centred: there the outer cells are repeated. */
function insideCells({ label: { unlabelled } }: Task, label: Raster, features: Tensor): Raster {
  const { stride, start } = knownGrid(features);
  const { height, width } = label;
  const data = label.data.map((value, i) => {
    const at = [Math.floor(i / width) % height, i % width];
    const inside = at.every(
      (p, axis) => p >= start[axis] && p <= start[axis] + stride[axis] * (features.shape[2 + axis] - 1),
    );
    return inside ? value : unlabelled;
  });
  return { ...label, data };
}

/** The label of each task at the cells, and the answer that a perfect head's logits become. */
async function answerOf(
  task: Task,
  label: Raster,
  image: Tensor,
  features: Tensor,
  rule?: ResizeRule,
): Promise<Raster> {
  const { channels, height, width } = label;
  const shape = [1, channels, height, width];
  const cells = await run(
    { y: samplePixels(source('label', shape), features) },
    { label: { shape, data: label.data } },
  );
  const [h, w] = features.shape.slice(2);
  const logits = perfect[task.kind].logits({ channels, height: h, width: w, data: cells });
  const x = atCellsOf(source('logits', [1, task.channels, h, w]), features);
  const pixels = asPixels(source('image', [1, 3, height, width]));
  const data = await run(
    { y: task.answer(resizeLike(x, pixels, rule)) },
    {
      logits: { shape: [1, task.channels, h, w], data: logits },
      image: { shape: image.shape, data: new Float32Array(3 * height * width) },
    },
  );
  return { channels: task.channels, height, width, data };
}

async function run(
  outputs: Record<string, Tensor>,
  feeds: Record<string, { readonly shape: readonly number[]; readonly data: ArrayLike<number> }>,
): Promise<Float32Array> {
  const model = toModel(outputs);
  const session = await nodeRuntime({ threads: 1 }).open(model.bytes);
  const given = [...model.inputs].map(([name, { shape }]) => {
    // Where padding follows the size, cells are found from the features of the network: their weights do not matter.
    const data = feeds[name]?.data ?? new Float32Array(sizeOf(shape));
    return [name, { dtype: 'float32' as const, shape, data: Float32Array.from(data) }] as const;
  });
  const { y } = await session.run(Object.fromEntries(given));
  await session.close();
  return y.data as Float32Array;
}

/** The main metric of the answer moved down and right; greater is better. */
function scoreOf(task: Task, answer: Raster, label: Raster, down = 0, right = 0): number {
  const { channels, height, width } = answer;
  const inside = (i: number, size: number) => Math.min(Math.max(i, 0), size - 1);
  const data = Float32Array.from({ length: channels * height * width }, (_, i) => {
    const [c, y, x] = [Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width];
    return answer.data[(c * height + inside(y - down, height)) * width + inside(x - right, width)];
  });
  const meter = task.meter();
  meter.add({ channels, height, width, data }, label);
  const { name, better } = mainMetric(task);
  return (better === 'higher' ? 1 : -1) * meter.values()[name];
}

/** Rules by sizes alone come out alike where they put cells nearly where they lie; more is a shift. */
const TIE = 2e-3;

for (const task of pixelTasks) {
  const lines = task.kind === 'boundaries';
  test(`the answers of a perfect head lie where the truth does: ${task.name}`, async () => {
    for (const [key, { features, image, size, stride, titles }] of arrangements) {
      // Lines take long to match, and parts are a segmentation.
      if (stride > 8 && (lines || task.kind === 'parts')) continue;
      const { label, seen } = labelOf(task, size, stride);
      const truth = insideCells(task, label, features);
      const answer = await answerOf(task, seen, image, features);
      const own = scoreOf(task, answer, truth);
      const where = `${titles.join('; ')}: ${key}`;
      for (const down of MOVES)
        for (const right of MOVES) {
          const moved = scoreOf(task, answer, truth, Math.round(down * stride), Math.round(right * stride));
          assert.ok(moved <= own, `${where}: ${moved} when moved by ${down}, ${right} strides, ${own} in place`);
        }
      for (const rule of lines ? [] : (['half-pixel', 'legacy', 'align-corners'] as const)) {
        const other = scoreOf(task, await answerOf(task, seen, image, features, rule), truth);
        assert.ok(own >= other - TIE * Math.abs(other), `${where}: ${other} by ${rule}, ${own} by cells`);
      }
    }
  });
}
