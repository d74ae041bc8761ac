/** Shares by weights that a hand can follow, for every kind of fusion. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sizeOf } from '../engine/index.js';
import { NddrError } from '../errors.js';
import { type FusionConfig, fusionKinds } from '../fusion/index.js';
import { joined, variablesOf } from '../fusion/joined.test.fixture.js';
import { BATCH_NORM } from '../nn/layers.js';
import { initialValues } from '../nn/scope.js';
import { Random } from '../random.js';
import { type Fate, type LayerShares, mixingLayers, sharesOf, shareTable } from './index.js';

/** The shares of two tasks whose fusion layers hold zeros and batch norms of scale 1, except for what is given. */
function sharesBy(config: FusionConfig, given: Readonly<Record<string, readonly (readonly [number, number])[]>>) {
  const network = joined(config, 2);
  const variables = variablesOf(network);
  const values = new Map(
    variables.map(({ path, shape }) => {
      const array = new Float32Array(sizeOf(shape));
      if (path.endsWith('.gamma')) array.fill(1);
      if (path.endsWith('.var')) array.fill(1 - BATCH_NORM.epsilon);
      return [path, array];
    }),
  );
  for (const [path, numbers] of Object.entries(given))
    for (const [at, value] of numbers) (values.get(path) ?? assert.fail(path))[at] = value;
  return mixingLayers(network, new Map(variables.map((one) => [one.path, one])), values).map((layer) =>
    sharesOf(layer),
  );
}

const outputOf = (layers: readonly LayerShares[], name: string, task = 'seg') =>
  layers.find(({ layer }) => layer === name)?.outputs.find((output) => output.name === task) ?? assert.fail(name);

function assertShares(found: readonly number[], wanted: readonly number[]): void {
  assert.equal(found.length, wanted.length);
  for (const [j, share] of wanted.entries()) assert.ok(Math.abs(found[j] - share) < 1e-6, `${found}, not ${wanted}`);
}

const fates = (kept: number, mixed: number, takenOver: number, silent: number): Readonly<Record<Fate, number>> => ({
  ...{ kept, mixed, 'taken over': takenOver, silent },
});

/** By kind of fusion: at least one case each. */
const cases: Readonly<Record<string, () => void>> = {
  single: () => {
    assert.deepEqual(sharesBy({ kind: 'single' }, {}), []);
    assert.match(joined({ kind: 'single' }, 2).fusion.shares, /share nothing/);
  },
  shared: () => {
    assert.deepEqual(sharesBy({ kind: 'shared' }, {}), []);
    assert.match(joined({ kind: 'shared' }, 2).fusion.shares, /share one trunk/);
  },
  nddr: () => {
    // Rows of the 1x1 convolution [4, 4 + 4]: 3 own and 4 other; 1 own, times gamma 2; 2 other, over sqrt(var) 1 / 2; 0.
    const layers = sharesBy(
      { kind: 'nddr', shortcut: true },
      {
        'nddr1.seg.weight': [
          [0 * 8 + 0, 3],
          [0 * 8 + 7, 4],
          [1 * 8 + 1, 1],
          [2 * 8 + 6, 2],
        ],
        'nddr1.seg.gamma': [[1, 2]],
        'nddr1.seg.var': [[2, 0.25 - BATCH_NORM.epsilon]],
        // Columns of the shortcut: 4 of stage 1, 4 of stage 2, 6 of stage 3.
        'shortcut.seg.weight': [
          [0 * 14 + 3, 1],
          [1 * 14 + 4, 2],
          [5 * 14 + 8, 3],
        ],
      },
    );
    const { shares, rows, channels, fates: found } = outputOf(layers, 'nddr1');
    // Own 9 + 4, other 16 + 16.
    assertShares(shares, [13 / 45, 32 / 45]);
    assertShares(rows[0], [9 / 25, 16 / 25]);
    assert.deepEqual([channels, found], [4, fates(1, 1, 1, 1)]);
    const shortcut = outputOf(layers, 'shortcut');
    assertShares(shortcut.shares, [1 / 14, 4 / 14, 9 / 14]);
    assert.equal(shortcut.fates, undefined);
    assert.deepEqual(
      layers.map(({ layer, after, of }) => [layer, after, of]),
      [...[1, 2, 3].map((k) => [`nddr${k}`, `conv${k}`, 'tasks']), ['shortcut', 'conv3', 'stages']],
    );
  },
  'cross-stitch': () => {
    // w_00 = 3 1 0 0, w_01 = 4 0 2 0
    const layers = sharesBy(
      { kind: 'cross-stitch' },
      {
        'stitch1.weight': [
          [0, 3],
          [1, 1],
          [4, 4],
          [6, 2],
        ],
      },
    );
    const { shares, channels, fates: found } = outputOf(layers, 'stitch1');
    assertShares(shares, [10 / 30, 20 / 30]);
    assert.deepEqual([channels, found], [4, fates(1, 1, 1, 1)]);
    const common = sharesBy(
      { kind: 'cross-stitch', perChannel: false },
      {
        'stitch3.weight': [
          [2, 1],
          [3, 7],
        ],
      },
    );
    const normal = outputOf(common, 'stitch3', 'normal');
    assertShares(normal.shares, [1 / 50, 49 / 50]);
    assert.deepEqual([normal.channels, normal.fates], [6, fates(6, 0, 0, 0)]);
  },
  sluice: () => {
    // Rows of alpha [4, 4]: the first subspace 3 of itself and 4 of the other task's first; the second keeps itself.
    const layers = sharesBy(
      { kind: 'sluice' },
      {
        'sluice1.alpha': [
          [0, 3],
          [2, 4],
          [5, 1],
        ],
        'sluice.seg.beta': [
          [0, 1],
          [1, 2],
          [2, 3],
        ],
        'sluice.seg.stage1.weight': [[0, 2]],
      },
    );
    const { shares, channels, fates: found } = outputOf(layers, 'sluice1');
    assertShares(shares, [10 / 26, 16 / 26]);
    assert.deepEqual([channels, found], [4, fates(2, 2, 0, 0)]);
    // Stage 1: (1 * 2)^2; stage 2: a projection of zeros; stage 3: six channels of 3^2.
    assertShares(outputOf(layers, 'sluice').shares, [4 / 58, 0, 54 / 58]);
  },
  mtan: () => {
    const layers = sharesBy(
      { kind: 'mtan' },
      {
        'mtan1.seg.g.weight': [[0, 5]],
        'mtan2.seg.g.weight': [
          [0, 1],
          [4, 3],
        ],
      },
    );
    assertShares(outputOf(layers, 'mtan1').shares, [1]);
    assertShares(outputOf(layers, 'mtan2').shares, [0.1, 0.9]);
    assert.deepEqual(
      layers.map(({ layer, after, of, sources }) => [layer, after, of, sources.length]),
      [1, 2, 3].map((k) => [`mtan${k}`, `conv${k}`, 'parts', Math.min(k, 2)]),
    );
  },
};

for (const { settings } of fusionKinds) {
  const kind = settings.shape.kind.value;
  test(`${kind}: the shares are those that a hand works out`, () => {
    const check = cases[kind] ?? assert.fail(`shares.test.ts has no case of "${kind}"`);
    check();
  });
}

test('a layer that yields nothing has no shares, and its channels are silent', () => {
  const layers = sharesBy({ kind: 'nddr' }, {});
  const { shares, fates: found } = outputOf(layers, 'nddr2');
  assert.ok(shares.every(Number.isNaN));
  assert.deepEqual(found, fates(0, 0, 0, 4));
  assert.equal(JSON.stringify(shareTable(layers).nddr2.seg), '{"seg":null,"normal":null}');
});

test('NDDR layers start with the shares of alpha and beta', () => {
  const network = joined({ kind: 'nddr', alpha: 0.9, beta: 0.1 }, 3);
  const variables = variablesOf(network);
  const values = initialValues(variables, new Random(1));
  const layers = mixingLayers(network, new Map(variables.map((one) => [one.path, one])), values).map((one) =>
    sharesOf(one),
  );
  // 0.9^2 of the task's own, and 0.05^2 of each other one.
  assertShares(outputOf(layers, 'nddr3').shares, [0.81 / 0.815, 0.0025 / 0.815, 0.0025 / 0.815]);
});

test('variances of features weigh the columns', () => {
  const network = joined({ kind: 'nddr' }, 2);
  const variables = variablesOf(network);
  const values = new Map(variables.map(({ path, shape }) => [path, new Float32Array(sizeOf(shape)).fill(1)]));
  const [layer] = mixingLayers(network, new Map(variables.map((one) => [one.path, one])), values);
  const { outputs } = sharesOf(layer, (source) => (source === 0 ? 1 : 3));
  assertShares(outputs[0].shares, [0.25, 0.75]);
});

test('weights of another network, and weights that are not finite, are refused by name', () => {
  const network = joined({ kind: 'nddr' }, 2);
  const variables = new Map(variablesOf(network).map((one) => [one.path, one]));
  const filled = () => new Map([...variables].map(([path, { shape }]) => [path, new Float32Array(sizeOf(shape))]));
  const refused = (change: (values: Map<string, Float32Array>) => unknown, message: RegExp) => {
    const values = filled();
    change(values);
    assert.throws(
      () => mixingLayers(network, variables, values),
      (error: Error) => error instanceof NddrError && message.test(error.message),
    );
  };
  refused((values) => values.delete('nddr2.seg.gamma'), /nddr2\.seg\.gamma: expected 4 numbers, found none/);
  refused((values) => values.set('nddr2.seg.var', new Float32Array(3)), /expected 4 numbers, found 3/);
  refused((values) => values.get('nddr3.normal.weight')?.fill(Number.NaN), /nddr3\.normal\.weight: .* not finite/);
  const backbone = { ...network.backbone, stages: network.backbone.stages.map((one) => ({ ...one, channels: 5 })) };
  const shortcut = joined({ kind: 'nddr', shortcut: true }, 2);
  const more = new Map(variablesOf(shortcut).map((one) => [one.path, one]));
  const values = new Map([...more].map(([path, { shape }]) => [path, new Float32Array(sizeOf(shape))]));
  assert.throws(
    () => mixingLayers({ ...shortcut, backbone } as typeof shortcut, more, values),
    /takes 14 channels, and the backbone's stages say 5 \+ 5 \+ 5 = 15/,
  );
});
