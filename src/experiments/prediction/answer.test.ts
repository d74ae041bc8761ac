import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../random.js';
import { createTask, type TaskConfig } from '../../tasks/index.js';
import type { Image, Raster } from '../../tasks/raster.js';
import type { Task } from '../../tasks/task.js';
import { type Answering, answerAnySize, type ImageAnswers } from './answer.js';
import { blendWeights, spansOf } from './tiles.js';

const classes = ['dark', 'light'];
const segmentation = createTask('seg', { kind: 'segmentation', classes } as TaskConfig);
const depth = createTask('depth', { kind: 'depth' } as TaskConfig);
const normals = createTask('normals', { kind: 'normals' } as TaskConfig);
const scene = createTask('scene', { kind: 'classification', classes } as TaskConfig);

function noise(width: number, height: number): Image {
  const random = new Random('answer');
  return { width, height, data: Uint8Array.from({ length: 3 * width * height }, () => random.integer(256)) };
}

/** A convolution of red, `2 radius + 1` wide and high, zero outside, whose taps all differ. */
function convolved({ data, width, height }: Image, radius: number): Raster {
  const found = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let v = Math.max(0, y - radius); v <= Math.min(height - 1, y + radius); v++)
        for (let u = Math.max(0, x - radius); u <= Math.min(width - 1, x + radius); u++)
          found[y * width + x] += data[3 * (v * width + u)] * (1 + (v - y) * 3 + (u - x));
    }
  }
  return { channels: 1, width, height, data: found };
}

const answering = (
  tasks: readonly Task[],
  of: (image: Image) => Record<string, Raster>,
): Answering & { seen: Image[] } => {
  const seen: Image[] = [];
  return {
    tasks,
    seen,
    async answerImage(image) {
      seen.push(image);
      return of(image);
    },
  };
};

/** The bands of a task put together. */
async function whole(seen: ImageAnswers, task: string, { width, height }: Image, channels = 1): Promise<Float32Array> {
  const data = new Float32Array(channels * height * width).fill(Number.NaN);
  for await (const band of seen.bands) {
    const { top, raster } = band[task];
    for (let c = 0; c < channels; c++) {
      const plane = raster.height * width;
      data.set(raster.data.subarray(c * plane, (c + 1) * plane), (c * height + top) * width);
    }
  }
  return data;
}

test('tiles cover the image, overlap by a quarter, begin on the grid, and their weights add up to 1', () => {
  for (const tile of [64, 100, 128, 321, 1280]) {
    for (let length = 1; length < 5 * tile; length += Math.max(1, tile >> 4) + 1) {
      const all = spansOf(length, tile);
      assert.equal(all[0].start, 0);
      assert.equal(Math.max(...all.map((one) => one.start + one.length)), length);
      for (const [i, { start, length: long }] of all.entries()) {
        assert.ok(long > 0 && long <= tile && start % 32 === 0, `${start} ${long}`);
        if (i > 0) assert.ok(all[i - 1].start + all[i - 1].length - start >= Math.floor(tile / 4), `${length} ${tile}`);
      }
      const sum = new Float64Array(length);
      for (const [i, weights] of blendWeights(all, tile).entries())
        for (const [k, weight] of weights.entries()) sum[all[i].start + k] += weight;
      for (const value of sum) assert.ok(Math.abs(value - 1) < 1e-12, `${value} at ${length}, ${tile}`);
    }
  }
});

test('two tiles of 64 over 96 pixels blend as worked out by hand', () => {
  const all = spansOf(96, 64);
  assert.deepEqual(all, [
    { start: 0, length: 64 },
    { start: 32, length: 64 },
  ]);
  // Overlap 32..63; the least is o = 16, m = 4. The second weighs w(d) = (1 - cos(pi (d - 3.5) / 8)) / 2 at x = 32 + d,
  // 0 up to d = 3 and 1 from d = 12 on; the first the same from its own border, at d' = 31 - d.
  const [first, second] = blendWeights(all, 64);
  const w = (d: number) => (d < 4 ? 0 : d > 11 ? 1 : (1 - Math.cos((Math.PI * (d - 3.5)) / 8)) / 2);
  for (const d of [0, 3, 4, 8, 11, 15, 16, 20, 27, 28, 31]) {
    const expected = w(d) / (w(d) + w(31 - d));
    assert.ok(Math.abs(second[d] - expected) < 1e-12, `${d}: ${second[d]}, ${expected}`);
    assert.ok(Math.abs(first[32 + d] - (1 - expected)) < 1e-12);
  }
  assert.deepEqual([first[0], first[35], first[60], second[0], second[63]], [1, 1, 0, 0, 1]);
  // Half and half in the middle, and cos(pi / 16): one value in figures.
  assert.equal(second[15] + second[16], 1);
  assert.ok(Math.abs(second[4] - (1 - 0.980785280403) / 2 / (1 + (1 - 0.980785280403) / 2)) < 1e-9);
});

test('tiles give the answers of the whole image, where a pixel sees no farther than the margin', async () => {
  const image = noise(230, 150);
  // Least overlap 16, of which nothing counts within 4 pixels of a border.
  const network = answering([depth], (shown) => ({ depth: convolved(shown, 4) }));
  const seen = await answerAnySize(network, image, { longest: 64, large: 'tiles' });
  const found = await whole(seen, 'depth', image);
  const expected = convolved(image, 4).data;
  assert.deepEqual(seen.shown, { kind: 'tiles', count: 4 * 7 });
  assert.equal(network.seen.length, 4 * 7);
  for (const [i, value] of found.entries())
    assert.ok(Math.abs(value - expected[i]) <= 1e-5 * Math.abs(expected[i]) + 1e-2, `${i}: ${value}, ${expected[i]}`);
});

test('a reduced image shows things farther away: depth is corrected, and enlarged between pixels', async () => {
  const image = noise(256, 128);
  const network = answering([depth, segmentation, normals], ({ width, height }) => {
    const [c, s] = [Math.cos, Math.sin].map((of) => of(0.5));
    const each = (values: number[]) =>
      Float32Array.from({ length: values.length * width * height }, (_, i) => values[Math.floor(i / (width * height))]);
    // Left half 8 metres away, right half 4; normals turn from one side to the other.
    const left = (i: number) => i % width < width / 2;
    const turned = each([0, 0, c]).map((v, i) => (i < width * height ? (left(i) ? s : -s) : v));
    return {
      depth: {
        channels: 1,
        width,
        height,
        data: Float32Array.from({ length: width * height }, (_, i) => (left(i) ? 8 : 4)),
      },
      seg: { channels: 2, width, height, data: each([0.25, 0.75]) },
      normals: { channels: 3, width, height, data: turned },
    };
  });
  const options = { longest: 64, large: 'reduce' } as const;
  const seen = await answerAnySize(network, image, options);
  assert.deepEqual(seen.shown, { kind: 'reduced', width: 64, height: 32 });
  assert.deepEqual([network.seen[0].width, network.seen[0].height], [64, 32]);
  // At a quarter of the size what looks 8 metres away is 2 away. Pixel x lies at (x + 1/2) / 4 - 1/2 between pixels:
  // 31.125 .. 31.875 for x = 126 .. 129, a share of 1/8 .. 7/8 of the right side's 1 metre.
  const metres = await whole(seen, 'depth', image);
  const row = 70 * 256;
  assert.deepEqual(
    [0, 125, 126, 127, 128, 129, 130, 255].map((x) => metres[row + x]),
    [2, 2, 1.875, 1.625, 1.375, 1.125, 1, 1],
  );
  const shares = await whole(await answerAnySize(network, image, options), 'seg', image, 2);
  assert.deepEqual([shares[row], shares[256 * 128 + row]], [0.25, 0.75]);
  const vectors = await whole(await answerAnySize(network, image, options), 'normals', image, 3);
  for (let x = 0; x < 256; x++) {
    const [nx, ny, nz] = [0, 1, 2].map((c) => vectors[c * 256 * 128 + row + x]);
    assert.ok(Math.abs(Math.hypot(nx, ny, nz) - 1) < 1e-6, `${x}: ${nx} ${ny} ${nz}`);
  }
  // Half-way between two that differ by an angle, a mean of vectors points between them.
  assert.ok(vectors[row + 127] > 0 && vectors[row + 127] < Math.sin(0.5));
});

test('depth that was taught to keep its value under zoom is not corrected', async () => {
  const keep = createTask('depth', { kind: 'depth', zoom: 'keep' } as TaskConfig);
  const image = noise(128, 128);
  const network = answering([keep], ({ width, height }) => ({
    depth: { channels: 1, width, height, data: new Float32Array(width * height).fill(8) },
  }));
  const metres = await whole(await answerAnySize(network, image, { longest: 64, large: 'reduce' }), 'depth', image);
  assert.ok(metres.every((value) => value === 8));
});

test('questions about the image as a whole see all of it, reduced; what fits is seen as it is', async () => {
  const image = noise(160, 80);
  const network = answering([scene, depth], (shown) => ({
    scene: { channels: 2, width: 1, height: 1, data: Float32Array.of(shown.width, shown.height) },
    depth: convolved(shown, 0),
  }));
  const tiles = await answerAnySize(network, image, { longest: 80, large: 'tiles' });
  assert.deepEqual([...tiles.whole.scene.data], [80, 40]);
  assert.equal(tiles.shown.kind, 'tiles');
  const fits = await answerAnySize(network, image, { longest: 160, large: 'tiles' });
  assert.deepEqual(fits.shown, { kind: 'whole' });
  assert.deepEqual([...fits.whole.scene.data], [160, 80]);
  assert.deepEqual(await whole(fits, 'depth', image), convolved(image, 0).data);
});
