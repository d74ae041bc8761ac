import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countMatches, TOLERANCE } from './boundary-matching.js';
import { BoundaryScore } from './boundary-score.js';
import { ridges } from './ridges.js';
import { thin } from './thinning.js';

/** A mask drawn with letters: `#` is set. */
const drawn = (rows: readonly string[]): Uint8Array => Uint8Array.from(rows.join(''), (c) => (c === '#' ? 1 : 0));
const show = (mask: ArrayLike<number>, width: number): string[] =>
  Array.from({ length: mask.length / width }, (_, y) =>
    Array.from({ length: width }, (_, x) => (mask[y * width + x] ? '#' : '.')).join(''),
  );

/** A generator of numbers in 0..1 from a seed (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const close = (found: number, expected: number) =>
  assert.ok(Math.abs(found - expected) < 1e-9, `${found}, expected ${expected}`);

// 96 x 72: the diagonal is 120, the tolerance 0.9. 480 x 360: diagonal 600, tolerance 4.5.
const [SMALL, LARGE] = [
  { width: 96, height: 72 },
  { width: 480, height: 360 },
];

/** A map with vertical lines at columns x, from the top down to row `end`, of the given values. */
function columns(
  { width, height }: { width: number; height: number },
  lines: readonly { x: number; value?: number; end?: number }[],
): Float32Array {
  const map = new Float32Array(width * height);
  for (const { x, value = 1, end = height } of lines) for (let y = 0; y < end; y++) map[y * width + x] = value;
  return map;
}

function scoreOf(size: { width: number; height: number }, ...images: [answer: Float32Array, label: Float32Array][]) {
  const score = new BoundaryScore();
  for (const [answer, label] of images) score.add(answer, label, size.width, size.height);
  return { ods: score.odsF(), ois: score.oisF(), ap: score.averagePrecision() };
}

test('suppression leaves the crest of a blurred line, at any angle', () => {
  const [width, height] = [41, 41];
  for (const degrees of [0, 20, 45, 75, 90, 130]) {
    const [c, s] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
    const distance = (i: number) => Math.abs(((i % width) - 20) * c + (Math.floor(i / width) - 20) * s);
    const map = Float32Array.from({ length: width * height }, (_, i) => Math.exp(-(distance(i) ** 2) / 18));
    const lines = ridges(map, width, height, 0.01);
    const kept = [...lines.keys()].filter((i) => lines[i] > 0);
    assert.ok(Math.max(...kept.map(distance)) <= 0.75, `${degrees}`);
    assert.ok(kept.length >= 36, `${degrees}: ${kept.length} pixels`);
    for (const i of kept) assert.equal(lines[i], map[i]);
  }
});

test('what is less likely than the lowest probability is no ridge', () => {
  const map = columns(SMALL, [
    { x: 20, value: 0.25 },
    { x: 60, value: 0.2 },
  ]);
  const higher = columns(SMALL, [{ x: 20, value: 0.25 }]);
  assert.deepEqual(ridges(map, SMALL.width, SMALL.height, 0.25), higher);
});

test('a crest that rises along its length stays whole', () => {
  const [width, height] = [41, 41];
  // Across it the map bends by about a tenth of its height, along it the map rises by 0.018 a pixel. By the slope alone,
  // each pixel would have to be higher than the next one.
  const map = Float32Array.from({ length: width * height }, (_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    return (0.2 + 0.018 * x) * Math.exp(-((y - 20) ** 2) / 18);
  });
  const crest = drawn(Array.from({ length: height }, (_, y) => (y === 20 ? '#' : '.').repeat(width)));
  assert.deepEqual(show(ridges(map, width, height, 0.05), width), show(crest, width));
});

test('the direction across is that of the smoothed map: a crest of alternating values stays whole', () => {
  const [width, height] = [41, 41];
  // From pixel to pixel along the crest the map bends by 0.2, across it by 0.1: unsmoothed, each lower value would have
  // its higher neighbours across.
  const map = Float32Array.from({ length: width * height }, (_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    return (0.9 + 0.1 * (x % 2)) * Math.exp(-((y - 20) ** 2) / 18);
  });
  const crest = drawn(Array.from({ length: height }, (_, y) => (y === 20 ? '#' : '.').repeat(width)));
  assert.deepEqual(show(ridges(map, width, height, 0.05), width), show(crest, width));
});

test('a probability of k / 100 reaches the threshold k, also where float32 has a little less', () => {
  const size = { width: 24, height: 18 };
  const label = columns(size, [{ x: 5 }]);
  for (let k = 1; k <= 99; k++) {
    // Half a step below, a false line reaches one threshold less.
    const answer = columns(size, [
      { x: 5, value: k / 100 },
      { x: 15, value: (k - 0.5) / 100 },
    ]);
    assert.equal(scoreOf(size, [answer, label]).ods, 1, `${k} / 100`);
  }
});

test('an exact answer scores 1', () => {
  const label = columns(SMALL, [{ x: 10 }, { x: 60 }]);
  for (let x = 0; x < SMALL.width; x++) label[30 * SMALL.width + x] = 1;
  assert.deepEqual(scoreOf(SMALL, [label, label]), { ods: 1, ois: 1, ap: 1 });
  // Also where only the lowest threshold, 0.01, predicts anything.
  const faint = label.map((v) => 0.015 * v);
  assert.deepEqual(scoreOf(SMALL, [faint, label]), { ods: 1, ois: 1, ap: 1 });
});

test('a line counts within 0.0075 of the diagonal and not beyond', () => {
  const label = columns(LARGE, [{ x: 100 }]);
  assert.equal(scoreOf(LARGE, [columns(LARGE, [{ x: 104 }]), label]).ods, 1);
  assert.equal(scoreOf(LARGE, [columns(LARGE, [{ x: 105 }]), label]).ods, 0);
});

test('lines at a rim match those beside them, and not those at the opposite rim', () => {
  const { width, height } = LARGE;
  const rows = (at: number) => new Float32Array(width * height).fill(1, at * width, (at + 1) * width);
  for (const line of [(at: number) => columns(LARGE, [{ x: at }]), rows]) {
    const last = line === rows ? height - 1 : width - 1;
    for (const [found, truth] of [
      [0, 2],
      [2, 0],
      [last, last - 2],
      [last - 2, last],
    ])
      assert.equal(scoreOf(LARGE, [line(found), line(truth)]).ods, 1, `${found} for ${truth}`);
    for (const [found, truth] of [
      [0, last],
      [last, 0],
    ])
      assert.equal(scoreOf(LARGE, [line(found), line(truth)]).ods, 0, `${found} for ${truth}`);
  }
});

test('matching is one to one: of two lines near one true line, one is wrong', () => {
  const label = columns(LARGE, [{ x: 100 }]);
  const answer = columns(LARGE, [{ x: 98 }, { x: 102 }]);
  close(scoreOf(LARGE, [answer, label]).ods, 2 / 3); // P = 1/2, R = 1
});

test('odsF takes one threshold for all images, oisF one for each', () => {
  // First image: the true line at 0.8, a false one at 0.4. Second: the true line at 0.3, a false one at 0.1.
  const label = columns(SMALL, [{ x: 20 }]);
  const first = columns(SMALL, [
    { x: 20, value: 0.8 },
    { x: 60, value: 0.4 },
  ]);
  const second = columns(SMALL, [
    { x: 20, value: 0.3 },
    { x: 60, value: 0.1 },
  ]);
  const { ods, ois, ap } = scoreOf(SMALL, [first, label], [second, label]);
  // In lines: above 0.4 one of one is right, of two true: F = 2/3. In 0.31..0.4 one of two: 1/2.
  // In 0.11..0.3 two of three: 4/5, the best. Below, two of four: 2/3.
  close(ods, 4 / 5);
  assert.equal(ois, 1);
  // Recall 1/2 at precision 1 from the start; falls to 1/2 at no gain; 2/3 at recall 1.
  close(ap, 1 / 2 + (1 / 2) * ((1 / 2 + 2 / 3) / 2));
});

test('the scores of lines near true ones, worked by hand', () => {
  // Tolerance 4.5. First image: true lines at 100, 200 and 300. 103 is near one; 206 is near none; 298 and 302 are both
  // near 300, which only one of them can have. Second image: 244 is near the true line at 240, 60 is near none.
  const first = columns(LARGE, [
    { x: 103, value: 0.9 },
    { x: 206, value: 0.7 },
    { x: 298, value: 0.5 },
    { x: 302, value: 0.3 },
  ]);
  const second = columns(LARGE, [
    { x: 244, value: 0.2 },
    { x: 60, value: 0.1 },
  ]);
  const { ods, ois, ap } = scoreOf(
    LARGE,
    [first, columns(LARGE, [{ x: 100 }, { x: 200 }, { x: 300 }])],
    [second, columns(LARGE, [{ x: 240 }])],
  );
  // In lines, of 4 true ones, F = 2 matched / (predicted + true), P = matched / predicted, R = matched / true:
  //   threshold   matched  predicted  F     P    R
  //   0.71..0.9   1        1          2/5   1    1/4
  //   0.51..0.7   1        2          2/6   1/2  1/4
  //   0.31..0.5   2        3          4/7   2/3  2/4
  //   0.21..0.3   2        4          4/8   2/4  2/4
  //   0.11..0.2   3        5          6/9   3/5  3/4
  //   0.01..0.1   3        6          6/10  3/6  3/4
  close(ods, 6 / 9);
  // The first image alone is best in 0.31..0.5, 2 of 3 for 3: F = 4/6. The second in 0.11..0.2, 1 of 1 for 1: F = 1.
  close(ois, (2 * (2 + 1)) / (3 + 1 + 4));
  close(ap, 1 / 4 + ((1 / 4) * (1 / 2 + 2 / 3)) / 2 + ((1 / 4) * (2 / 4 + 3 / 5)) / 2);
});

test('average precision begins at the highest threshold, 0.99', () => {
  const label = columns(SMALL, [{ x: 20 }]);
  const answer = columns(SMALL, [{ x: 20 }, { x: 60, value: 0.985 }]);
  // At 0.99 recall 1 and precision 1; below, recall gains nothing more.
  assert.equal(scoreOf(SMALL, [answer, label]).ap, 1);
});

test('predictions on unlabelled pixels count neither for nor against', () => {
  const label = columns(SMALL, [{ x: 20 }]);
  const answer = columns(SMALL, [{ x: 20 }, { x: 60 }]);
  close(scoreOf(SMALL, [answer, label]).ods, 2 / 3);
  const masked = label.map((v, i) => (i % SMALL.width >= 50 ? 255 : v));
  assert.equal(scoreOf(SMALL, [answer, masked]).ods, 1);
});

test('an answer that is not finite is a false alarm beside the boundary, and a miss on it', () => {
  const label = columns(SMALL, [{ x: 20 }]);
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
    const beside = columns(SMALL, [{ x: 20 }, { x: 60, value }]);
    // P = 1/2, R = 1, at every threshold.
    const { ods, ois, ap } = scoreOf(SMALL, [beside, label]);
    assert.deepEqual([ods, ois, ap], [2 / 3, 2 / 3, 1 / 2]);
    assert.equal(scoreOf(SMALL, [columns(SMALL, [{ x: 20, value }]), label]).ods, 0);
    const unlabelled = label.map((v, i) => (i % SMALL.width === 60 ? 255 : v));
    assert.equal(scoreOf(SMALL, [beside, unlabelled]).ods, 1);
  }
});

test('an image without boundaries counts its false alarms', () => {
  const line = columns(SMALL, [{ x: 20 }]);
  const empty = columns(SMALL, []);
  const { ods, ois } = scoreOf(SMALL, [line, line], [line, empty]);
  assert.deepEqual([ods, ois], [2 / 3, 2 / 3]); // P = 1/2, R = 1
  assert.equal(scoreOf(SMALL, [line, line], [empty, empty]).ods, 1);
});

test('answers without any line score 0', () => {
  const label = columns(SMALL, [{ x: 20 }]);
  assert.deepEqual(scoreOf(SMALL, [columns(SMALL, []), label]), { ods: 0, ois: 0, ap: 0 });
});

test('as many pixels are matched as the best matching has, at every threshold', () => {
  const { width, height } = { width: 240, height: 180 }; // tolerance 2.25
  const next = random(11);
  for (let round = 0; round < 5; round++) {
    const [truth, level] = [new Uint8Array(width * height), new Uint8Array(width * height)];
    for (let line = 0; line < 12; line++) {
      let [x, y] = [next() * width, next() * height];
      let angle = next() * 6.3;
      for (let step = 0; step < 90; step++) {
        angle += (next() - 0.5) * 0.5;
        x += Math.cos(angle);
        y += Math.sin(angle);
        const at = (dx: number, dy: number) => Math.round(y + dy) * width + Math.round(x + dx);
        if (x < 5 || x > width - 5 || y < 5 || y > height - 5) break;
        truth[at(0, 0)] = 1;
        level[at((next() - 0.5) * 4, (next() - 0.5) * 4)] = 1 + Math.floor(next() * 3);
      }
    }
    thin(truth, width, height);
    const counts = countMatches(level, truth, width, height, 3);
    for (const [k, count] of counts.entries()) {
      assert.equal(count, maximumMatching(level, truth, width, height, k));
    }
    assert.ok(counts[0] > counts[1] && counts[1] > counts[2] && counts[2] > 100, `${counts}`);
  }
});

/** The most pairs that any one-to-one matching finds: augmenting paths (Kuhn's algorithm). */
function maximumMatching(level: Uint8Array, truth: Uint8Array, width: number, height: number, k: number): number {
  const reach = TOLERANCE * Math.hypot(width, height);
  const partner = new Map<number, number>();
  const predicted = [...level.keys()].filter((i) => level[i] > k);
  const augment = (pixel: number, seen: Set<number>): boolean => {
    const [x, y] = [pixel % width, Math.floor(pixel / width)];
    for (const other of predicted) {
      if (Math.hypot((other % width) - x, Math.floor(other / width) - y) > reach || seen.has(other)) continue;
      seen.add(other);
      const current = partner.get(other);
      if (current === undefined || augment(current, seen)) {
        partner.set(other, pixel);
        return true;
      }
    }
    return false;
  };
  return [...truth.keys()].filter((i) => truth[i] === 1 && augment(i, new Set())).length;
}
