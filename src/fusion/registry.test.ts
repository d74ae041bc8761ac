// Every fusion that is registered, each with and without its shortcut, joins one, two and three tasks.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluate } from '../engine/gradients.test.support.js';
import { asPixels, type Floats, float64, source, toModel } from '../engine/index.js';
import { nodeRuntime } from '../engine/runtime/node.js';
import { NddrError } from '../errors.js';
import { answers, buildNetwork, type NetworkOptions } from '../network.js';
import { Scope, type Values } from '../nn/scope.js';
import { mixingLayers, sharesOf } from '../sharing/index.js';
import { CompiledStep } from '../train/step.js';
import { buildStep } from '../train/step-graph.js';
import { createFusion, type FusionConfig, fusionKinds } from './index.js';
import { imageOf, joined, startOf, variablesOf } from './joined.test.fixture.js';

const kinds = fusionKinds.map(({ settings: { shape } }) => ({ kind: shape.kind.value, keys: Object.keys(shape) }));
const configs: FusionConfig[] = kinds.flatMap(({ kind, keys }) => [
  { kind },
  ...(keys.includes('shortcut') ? [{ kind, shortcut: true } as FusionConfig] : []),
]);
const runtime = nodeRuntime({ threads: 1 });
const SIZE = [2, 9, 7] as const;

/** A batch with a label at every pixel. */
function feedsOf({ tasks }: NetworkOptions) {
  const [n, h, w] = SIZE;
  const label = (channels: number) =>
    Float64Array.from({ length: n * channels * h * w }, (_, i) => (channels === 1 ? 1 + (i % 2) : (i % 5) / 5 + 0.1));
  const labels = Object.fromEntries(tasks.map((task) => [task.name, label(task.label.channels) as Floats]));
  return { image: imageOf([n, 3, h, w]), labels, masks: {} };
}

const named = (config: FusionConfig) => createFusion(config).name;

for (const config of configs) {
  for (const taskCount of [1, 2, 3]) {
    const network = joined(config, taskCount);

    test(`${named(config)}, ${taskCount} tasks: gradients reach every variable and say how far a step lowers the loss`, async () => {
      const [batch, height, width] = SIZE;
      const graph = buildStep({ network, batch, height, width, target: float64 });
      const values: Values<Floats> = new Map(
        [...startOf(network)].map(([path, array]) => [path, Float64Array.from(array)]),
      );
      const step = await CompiledStep.open(graph, runtime, values);
      const feeds = feedsOf(network);
      const lossOf = ({ losses }: { losses: Readonly<Record<string, number>> }) =>
        Object.values(losses).reduce((sum, loss) => sum + loss, 0);
      const before = await step.run(feeds);
      let squares = 0;
      for (const [path, gradient] of before.gradients) {
        assert.ok(
          gradient.some((g) => Math.abs(g) > 1e-9),
          `no gradient reaches ${path}`,
        );
        for (const g of gradient) squares += g * g;
      }
      const rate = (1e-6 * lossOf(before)) / squares;
      for (const [path, gradient] of before.gradients) {
        const array = values.get(path) as Floats;
        for (let i = 0; i < array.length; i++) array[i] -= rate * gradient[i];
      }
      const lowered = lossOf(before) - lossOf(await step.run(feeds));
      await step.close();
      assert.ok(Math.abs(lowered / (rate * squares) - 1) < 0.01, `${lowered} instead of ${rate * squares}`);
    });

    test(`${named(config)}, ${taskCount} tasks: training and evaluation have the same variables, and the exported form any size`, async () => {
      const shapes = (mode: 'train' | 'evaluate') =>
        variablesOf(network, mode).map(({ path, shape, group, role }) => [path, shape, group, role]);
      assert.deepEqual(shapes('train'), shapes('evaluate'));

      const values = startOf(network);
      const [n, h, w] = SIZE;
      const image = Float32Array.from(imageOf([n, 3, h, w]));
      const built = buildNetwork(network, 'evaluate', SIZE);
      const fixed = await evaluate(answers(built), { image, ...Object.fromEntries(values) });
      const free = toModel(answers(buildNetwork(network, 'evaluate', [1, 64, 64])), {
        constants: values,
        dynamic: ['batch', 'height', 'width'],
      });
      const session = await runtime.open(free.bytes);
      const found = await session.run({ image: { dtype: 'float32', shape: [n, 3, h, w], data: image } });
      await session.close();
      for (const { name } of network.tasks) {
        assert.ok(new Set(fixed[name]).size > 20, 'answers vary');
        const difference = Math.max(...fixed[name].map((value, i) => Math.abs(value - Number(found[name].data[i]))));
        assert.ok(difference < 1e-4, `${name}: ${difference}`);
      }
    });
  }
}

for (const config of configs) {
  test(`${named(config)}: the shares that it tells are those of impulses that pass through its layers`, async () => {
    const network = joined(config, 2);
    const variables = variablesOf(network);
    const values = startOf(network);
    // A large offset keeps every feature above the ReLU that may follow.
    for (const { path, role } of variables) if (role === 'beta') values.get(path)?.fill(100);
    const layers = mixingLayers(network, new Map(variables.map((one) => [one.path, one])), values);
    assert.match(network.fusion.shares, /^[A-Z].*\.$/);
    const { scope } = Scope.root('evaluate');
    const towers = network.fusion.towers(['seg', 'normal']);
    for (const [index, { channels }] of network.backbone.stages.entries()) {
      const width = Number(channels);
      // An image of zeros, and one for each channel of each tower with a 1 there.
      const shape = [1 + towers.length * width, width, 1, 1];
      const feeds: Record<string, ArrayLike<number>> = Object.fromEntries(values);
      const features = towers.map((_, j) => {
        feeds[`x${j}`] = Float64Array.from({ length: shape[0] * width }, (_, i) =>
          Number(Math.floor(i / width) === 1 + j * width + (i % width)),
        );
        return asPixels(source(`x${j}`, shape));
      });
      const context = { scope, tasks: ['seg', 'normal'], towers, stageCount: 3 };
      const fused = network.fusion.fuse(context, features, index + 1);
      const told = layers.find(({ of, stage }) => of === 'tasks' && stage === index + 1);
      if (told === undefined) {
        assert.deepEqual(fused, features, 'it mixes where it tells nothing');
        continue;
      }
      const found = await evaluate(Object.fromEntries(fused.map((y, i) => [`y${i}`, y])), feeds, float64);
      for (const [i, { shares }] of sharesOf(told).outputs.entries()) {
        const energies = towers.map((_, j) => {
          let sum = 0;
          for (let impulse = 0; impulse < width; impulse++)
            for (let c = 0; c < width; c++)
              sum += (found[`y${i}`][(1 + j * width + impulse) * width + c] - found[`y${i}`][c]) ** 2;
          return sum;
        });
        const whole = energies.reduce((sum, energy) => sum + energy, 0);
        assert.ok(whole > 0);
        for (const [j, share] of shares.entries())
          assert.ok(Math.abs(share - energies[j] / whole) < 1e-6, `${told.layer}: ${share}, ${energies[j] / whole}`);
      }
    }
  });
}

/** Logits of a training batch by task, from the same first values as those of other networks. */
async function logitsOf(config: FusionConfig, taskCount: number) {
  const network = joined(config, taskCount);
  const { logits } = buildNetwork(network, 'train', SIZE);
  const outputs = Object.fromEntries([...logits].map(([task, y]) => [task.name, y]));
  const image = imageOf([SIZE[0], 3, ...SIZE.slice(1)]);
  return evaluate(outputs, { image, ...Object.fromEntries(startOf(network)) }, float64);
}

const OWN_ONLY: readonly FusionConfig[] = [
  { kind: 'cross-stitch', alpha: 1, beta: 0 },
  { kind: 'cross-stitch', alpha: 1, beta: 0, perChannel: false },
  { kind: 'sluice', alpha: 1, beta: 0, lastStage: 1 },
];
for (const config of OWN_ONLY) {
  test(`${JSON.stringify(config)} starts as the single-task networks`, async () => {
    for (const taskCount of [1, 2, 3])
      assert.deepEqual(await logitsOf(config, taskCount), await logitsOf({ kind: 'single' }, taskCount));
    const mixed = { ...config, alpha: 0.9, beta: 0.1 } as FusionConfig;
    assert.notDeepEqual(await logitsOf(mixed, 2), await logitsOf({ kind: 'single' }, 2));
  });
}

for (const { kind } of kinds.filter(({ keys }) => keys.includes('stages'))) {
  const layersAt = (stages: number[] | null) => {
    const layers = variablesOf(joined({ kind, stages } as FusionConfig, 2)).filter(({ group }) => group === 'fusion');
    return new Set(layers.flatMap(({ path }) => path.match(/^[a-z-]+(\d)\./)?.[1] ?? []));
  };

  test(`${kind} has its layers after every stage, or after those that are named`, () => {
    assert.deepEqual(layersAt(null), new Set(['1', '2', '3']));
    assert.deepEqual(layersAt([2]), new Set(['2']));
    assert.deepEqual(layersAt([3, 1, 3]), new Set(['1', '3']));
  });

  test(`${kind} after a stage that the backbone does not have is an error`, () => {
    assert.throws(
      () => layersAt([1, 4]),
      (error: Error) =>
        error instanceof NddrError &&
        /network\.fusion\.stages names stage 4, but the backbone has 3 stages: choose from 1 to 3/.test(error.message),
    );
    assert.throws(() => layersAt([0]), /network\.fusion: stages\.0: .*>=1, found 0/);
    assert.throws(() => layersAt([]), /network\.fusion: stages: .*found \[\]/);
  });
}

test('an unknown kind or key is refused with the nearest known one', () => {
  const refused = (config: object) => () => createFusion(config as FusionConfig);
  assert.throws(refused({ kind: 'cross-stich' }), /unknown kind "cross-stich"; did you mean "cross-stitch"\?/);
  assert.throws(refused({ kind: 'sluice', subspace: 2 }), /unknown key "subspace"; did you mean "subspaces"\?/);
  assert.throws(refused({ kind: 'mtan', shortcut: true }), /unknown key "shortcut"/);
});
