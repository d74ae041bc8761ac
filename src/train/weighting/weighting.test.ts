/** Each method's update on toys of two variables, worked by hand or by brute force. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gradients, source, type Tensor, toModel } from '../../engine/index.js';
import { nodeRuntime } from '../../engine/runtime/node.js';
import { Scope } from '../../nn/scope.js';
import { Random } from '../../random.js';
import { createTask } from '../../tasks/index.js';
import { createWeighting, weightingSchema } from './index.js';
import type { AdaptiveWeighting, GradientWeighting, LearnedWeighting } from './weighting.js';

type Point = readonly [number, number];

const seg = createTask('seg', { kind: 'segmentation', classes: ['a', 'b'] });
const depth = createTask('depth', { kind: 'depth' });
const tasksOf = (count: number) => Array.from({ length: count }, (_, i) => ({ ...seg, name: `task${i}` }));

const make = (settings: object, count = 2) => createWeighting(weightingSchema.parse(settings), tasksOf(count));

const near = (found: number, expected: number, tolerance = 1e-9) =>
  assert.ok(Math.abs(found - expected) < tolerance, `${found}, expected ${expected}`);
const nearAll = (found: readonly number[], expected: readonly number[], tolerance = 1e-9) => {
  assert.equal(found.length, expected.length);
  for (const [i, x] of found.entries()) near(x, expected[i], tolerance);
};

const dot = (a: Point, b: Point) => a[0] * b[0] + a[1] * b[1];
const length = (a: Point) => Math.hypot(...a);
const combine = (factors: readonly number[], points: readonly Point[]): Point => [
  factors.reduce((sum, f, i) => sum + f * points[i][0], 0),
  factors.reduce((sum, f, i) => sum + f * points[i][1], 0),
];

/** The combined gradient of two variables. */
function combined(settings: object, points: readonly Point[], random = new Random(1)): Point {
  const { combine: factorsOf } = make(settings, points.length) as GradientWeighting;
  return combine(
    factorsOf(
      points.map((a) => points.map((b) => dot(a, b))),
      random,
    ),
    points,
  );
}

test('PCGrad projects conflicting gradients onto the planes of each other, and leaves others alone', () => {
  // g1 . g2 = -1: g1 + g2 / 2 = (1/2, 1/2), g2 + g1 = (0, 1).
  nearAll(
    combined({ kind: 'pcgrad' }, [
      [1, 0],
      [-1, 1],
    ]),
    [0.5, 1.5],
  );
  nearAll(
    combined({ kind: 'pcgrad' }, [
      [1, 0],
      [1, 1],
    ]),
    [2, 1],
  );
});

test('PCGrad goes through the other tasks in random order', () => {
  const points: Point[] = [
    [1, 0],
    [-1, 0.5],
    [-1, -1],
  ];
  // By the paper's algorithm, in vectors, for every order in which each task may meet the other two.
  const project = (g: Point, h: Point): Point => {
    const share = Math.min(0, dot(g, h)) / dot(h, h);
    return [g[0] - share * h[0], g[1] - share * h[1]];
  };
  const projections = (i: number, j: number, k: number) => [
    project(project(points[i], points[j]), points[k]),
    project(project(points[i], points[k]), points[j]),
  ];
  const possible = projections(0, 1, 2).flatMap((a) =>
    projections(1, 0, 2).flatMap((b) => projections(2, 0, 1).map((c) => combine([1, 1, 1], [a, b, c]))),
  );
  const seen = new Set<number>();
  for (let i = 0; i < 40; i++) {
    const found = combined({ kind: 'pcgrad' }, points, new Random('order').fork(i));
    const at = possible.findIndex((one) => Math.hypot(one[0] - found[0], one[1] - found[1]) < 1e-12);
    assert.ok(at >= 0, `${found} is none of the possible ones`);
    seen.add(Number(possible[at][0].toFixed(9)));
  }
  assert.ok(seen.size > 1, 'the order never changed');
});

test('MGDA yields T times the point of the hull that is nearest to 0', () => {
  // On the line from (2, 0) to (0, 1): (0.4, 0.8), as (g1 - g2) . (0.4, 0.8) = 0.
  nearAll(
    combined({ kind: 'mgda' }, [
      [2, 0],
      [0, 1],
    ]),
    [0.8, 1.6],
  );
  // The nearest is a corner; 0 lies within.
  nearAll(
    combined({ kind: 'mgda' }, [
      [1, 0],
      [3, 1],
    ]),
    [2, 0],
  );
  nearAll(
    combined({ kind: 'mgda' }, [
      [1, 1],
      [-1, 1],
      [0, -2],
    ]),
    [0, 0],
  );
});

/** Weights of three tasks on a grid. */
function* grid(steps: number): Generator<[number, number, number]> {
  for (let a = 0; a <= steps; a++)
    for (let b = 0; a + b <= steps; b++) yield [a / steps, b / steps, (steps - a - b) / steps];
}

/** Gradients of three tasks, drawn. */
function* drawn(count: number): Generator<Point[]> {
  for (let i = 0; i < count; i++) {
    const random = new Random('gradients').fork(i);
    yield Array.from({ length: 3 }, (): Point => [random.normal() + 0.5, 3 * random.normal()]);
  }
}

test('MGDA finds what a fine grid finds', () => {
  for (const points of drawn(20)) {
    const least = Math.min(...[...grid(200)].map((w) => length(combine(w, points))));
    const found = length(combined({ kind: 'mgda' }, points)) / 3;
    assert.ok(found <= least + 1e-9 && found > least - 0.05, `${found}, on the grid ${least}`);
  }
});

test('CAGrad solves the objective of its paper: what gains least gains most within reach of the mean', () => {
  for (const c of [0.2, 0.4, 0.8]) {
    for (const points of drawn(10)) {
      const mean = combine([1 / 3, 1 / 3, 1 / 3], points);
      const [x, y] = combined({ kind: 'cagrad', c }, points);
      const found: Point = [x / 3, y / 3];
      const worst = (d: Point) => Math.min(...points.map((g) => dot(g, d)));
      const distance = length([found[0] - mean[0], found[1] - mean[1]]);
      near(distance, c * length(mean), 1e-6);
      // The best direction lies on the rim of the circle, or is found there but for the grid.
      const rim = Array.from({ length: 3600 }, (_, i): Point => {
        const angle = (Math.PI * i) / 1800;
        const reach = c * length(mean);
        return [mean[0] + reach * Math.cos(angle), mean[1] + reach * Math.sin(angle)];
      });
      const best = Math.max(...rim.map(worst));
      assert.ok(worst(found) >= best - 1e-9, `${worst(found)}, on the rim ${best}`);
      assert.ok(worst(found) <= best + 0.01 * length(mean), `${worst(found)}, on the rim ${best}`);
      // And the weights have the least F of the dual.
      const objective = (w: readonly number[]) =>
        dot(combine(w, points), mean) + c * length(mean) * length(combine(w, points));
      near(Math.min(...[...grid(300)].map(objective)), worst(found), 0.02 * length(mean) * 3);
    }
  }
});

test('CAGrad with c = 0 is the sum of the gradients, and equal tasks do not disturb it', () => {
  const points: Point[] = [
    [1, 2],
    [-3, 1],
  ];
  nearAll(combined({ kind: 'cagrad', c: 0 }, points), [-2, 3]);
  // All gradients are one: its length grows by c.
  nearAll(
    combined({ kind: 'cagrad', c: 0.4 }, [
      [1, 2],
      [1, 2],
    ]),
    [2.8, 5.6],
  );
});

test('CAGrad adds the gradients where a mixture of them is 0', () => {
  // g_0 = (0, 1). F(w) = g_w . g_0 + c |g_0| |g_w| is 0 at w = (1/2, 1/2, 0) and greater elsewhere, as g_w . g_0 = 3 w_3.
  nearAll(
    combined({ kind: 'cagrad', c: 0.4 }, [
      [1, 0],
      [-1, 0],
      [0, 3],
    ]),
    [0, 3],
  );
});

test('gradients of any size are combined alike', () => {
  for (const kind of ['pcgrad', 'mgda', 'cagrad']) {
    const points: Point[] = [
      [1, 0.3],
      [-0.4, 1],
    ];
    const [x, y] = combined({ kind }, points);
    for (const size of [1e-12, 1e12]) {
      const scaled = combined(
        { kind },
        points.map(([a, b]): Point => [a * size, b * size]),
      );
      nearAll([scaled[0] / size, scaled[1] / size], [x, y], 1e-9);
    }
  }
});

test('random weights are T times the softmax of normal draws, the same for the same step', () => {
  const weighting = make({ kind: 'random' }, 3) as AdaptiveWeighting;
  const stream = () => new Random('weights').fork(5);
  const draws = stream();
  const powers = Array.from({ length: 3 }, () => Math.exp(draws.normal()));
  const total = powers[0] + powers[1] + powers[2];
  nearAll(
    weighting.nextWeights(stream()),
    powers.map((power) => (3 * power) / total),
  );
  assert.notDeepEqual(weighting.nextWeights(new Random('weights').fork(6)), weighting.nextWeights(stream()));
});

test('dynamic weight average weighs by the ratio of the last two windows of losses', () => {
  const weighting = make({ kind: 'dwa', temperature: 2, window: 2 }) as AdaptiveWeighting;
  const seen: number[][] = [];
  // Mean losses by window: (3, 4), (1.5, 4), then (1.5, 2); the 0 is a batch without labels.
  const losses = [
    [4, 4],
    [2, 0],
    [1, 6],
    [2, 2],
    [1, 1],
    [2, 3],
  ];
  for (const [update, now] of losses.entries()) {
    seen.push(weighting.nextWeights(new Random(1)));
    weighting.observe?.({ update, losses: now });
  }
  seen.push(weighting.nextWeights(new Random(1)));
  const expected = (first: number, second: number) => {
    const [a, b] = [Math.exp(first / 2), Math.exp(second / 2)];
    return [(2 * a) / (a + b), (2 * b) / (a + b)];
  };
  for (const weights of seen.slice(0, 4)) nearAll(weights, [1, 1]);
  nearAll(seen[4], expected(1.5 / 3, 4 / 4));
  nearAll(seen[5], expected(1.5 / 3, 4 / 4));
  nearAll(seen[6], expected(1.5 / 1.5, 2 / 4));
});

test('a window without labels of a task leaves the mean of its last one', () => {
  const weighting = make({ kind: 'dwa', temperature: 1, window: 1 }) as AdaptiveWeighting;
  weighting.observe?.({ update: 0, losses: [0.4, 0.1] });
  weighting.observe?.({ update: 1, losses: [0.2, 0] });
  // Ratios 0.2 / 0.4 and 0.1 / 0.1.
  const [a, b] = [Math.exp(0.5), Math.exp(1)];
  nearAll(weighting.nextWeights(new Random(1)), [(2 * a) / (a + b), (2 * b) / (a + b)], 1e-6);
});

test('GradNorm moves its weights as worked out by hand', () => {
  const weighting = make({ kind: 'gradnorm', alpha: 1, rate: 0.1 }) as AdaptiveWeighting;
  // The first losses are their own beginning: r = 1, mean length 2. The first is too long, the second too short:
  // (1 - 0.1 x 3, 1 + 0.1 x 1) = (0.7, 1.1), times 2 / 1.8.
  weighting.observe?.({ update: 0, losses: [10, 5], norms: [3, 1] });
  nearAll(weighting.nextWeights(new Random(1)), [1.4 / 1.8, 2.2 / 1.8], 1e-6);
  // L / L(0) = (1/2, 1), r = (2/3, 4/3); lengths (1.4 / 1.8 x 1.8, 2.2 / 1.8 x 1.8) = (1.4, 2.2), mean 1.8,
  // targets (1.2, 2.4): the first falls by 0.18, the second rises by 0.18, and the sum stays 2.
  weighting.observe?.({ update: 1, losses: [5, 5], norms: [1.8, 1.8] });
  nearAll(weighting.nextWeights(new Random(1)), [1.4 / 1.8 - 0.18, 2.2 / 1.8 + 0.18], 1e-6);
  // Nothing shared, nothing learned; a task without labels stays where it is, but for the common scale.
  weighting.observe?.({ update: 2, losses: [5, 5] });
  nearAll(weighting.nextWeights(new Random(1)), [1.4 / 1.8 - 0.18, 2.2 / 1.8 + 0.18], 1e-6);
  weighting.observe?.({ update: 3, losses: [5, 0], norms: [1.8, 0] });
  nearAll(weighting.nextWeights(new Random(1)), [1.4 / 1.8 - 0.18, 2.2 / 1.8 + 0.18], 1e-6);
});

test('GradNorm leaves a task alone until its first label, from which its progress is counted', () => {
  const weighting = make({ kind: 'gradnorm', alpha: 1, rate: 0.1 }) as AdaptiveWeighting;
  weighting.observe?.({ update: 0, losses: [10, 0], norms: [3, 0] });
  nearAll(weighting.nextWeights(new Random(1)), [1, 1]);
  // L / L(0) = (1/2, 1), r = (2/3, 4/3); norms 2 and 2, targets 4/3 and 8/3: (1 - 0.2, 1 + 0.2).
  weighting.observe?.({ update: 1, losses: [5, 7], norms: [2, 2] });
  nearAll(weighting.nextWeights(new Random(1)), [0.8, 1.2], 1e-6);
});

test('uncertainty weighs a classification by 1 / sigma^2, a regression by half of it, and both by log sigma', async () => {
  const tasks = [seg, depth];
  const weighting = createWeighting({ kind: 'uncertainty' }, tasks) as LearnedWeighting;
  const { scope, build } = Scope.root('train');
  const losses = tasks.map((task) => ({ task, loss: source(`loss.${task.name}`, []) }));
  const objective = weighting.objective(losses, scope.child('weighting'));
  const paths = ['weighting.seg.logVariance', 'weighting.depth.logVariance'];
  assert.deepEqual(
    [...build.variables.values()].map(({ path, shape }) => [path, shape]),
    paths.map((path) => [path, [1]]),
  );
  const of = [...losses.map(({ loss }) => loss), ...[...build.variables.values()].map(({ tensor }) => tensor)];
  const found = gradients(objective, of);
  const outputs: Record<string, Tensor> = { objective };
  for (const [i, gradient] of found.entries()) outputs[`gradient${i}`] = gradient;
  const session = await nodeRuntime({ threads: 1 }).open(toModel(outputs).bytes);
  const [s, d] = [0.4, -0.6];
  const run = async (segLoss: number, depthLoss: number) => {
    const scalar = (value: number, shape: number[]) => ({
      dtype: 'float32' as const,
      shape,
      data: Float32Array.of(value),
    });
    const outputs = await session.run({
      'loss.seg': scalar(segLoss, []),
      'loss.depth': scalar(depthLoss, []),
      [paths[0]]: scalar(s, [1]),
      [paths[1]]: scalar(d, [1]),
    });
    return ['objective', 'gradient0', 'gradient1', 'gradient2', 'gradient3'].map((name) =>
      Number(outputs[name].data[0]),
    );
  };
  const [a, b] = [Math.exp(-s), Math.exp(-d) / 2];
  nearAll(await run(2, 3), [a * 2 + s / 2 + b * 3 + d / 2, a, b, 0.5 - a * 2, 0.5 - b * 3], 1e-5);
  // Without labels the variance has nothing to follow.
  nearAll(await run(2, 0), [a * 2 + s / 2, a, b, 0.5 - a * 2, 0], 1e-5);
  await session.close();
  const values = new Map([
    [paths[0], Float32Array.of(s)],
    [paths[1], Float32Array.of(d)],
  ]);
  nearAll(weighting.weights(values), [a, b], 1e-6);
});
