import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../random.js';
import type { LabelSpec } from '../tasks/task.js';
import { cropImage, cropLabel, drawWindow } from './augment.js';
import { publishedAugment } from './augment.test.fixture.js';
import { rgb } from './folder.test.fixture.js';
import { type PackedLabel, unpack } from './packed.js';
import type { CropWindow } from './window.js';

const mean = [1000, 2000, 3000];
const whole = (width: number, height: number): CropWindow => ({
  size: { height, width },
  factor: 1,
  scaled: { height, width },
  mirrored: false,
  top: 0,
  left: 0,
});
const classes: LabelSpec = { dtype: 'uint8', channels: 1, unlabelled: 255 };
const normals: LabelSpec = {
  dtype: 'float32',
  channels: 3,
  unlabelled: 0,
  mirrored: ({ data, width, height }) => {
    for (let at = 0; at < width * height; at++) data[at] = -data[at];
  },
};
const depth: LabelSpec = {
  dtype: 'float32',
  channels: 1,
  unlabelled: 0,
  scaled: ({ data }, factor) => {
    for (let at = 0; at < data.length; at++) data[at] /= factor;
  },
};

function crop(image: ReturnType<typeof rgb>, window: CropWindow): number[] {
  const out = new Float32Array(3 * window.size.height * window.size.width).fill(Number.NaN);
  cropImage(image, window, mean, out);
  return [...out];
}

function cropMap(
  spec: LabelSpec,
  width: number,
  height: number,
  values: readonly number[],
  window: CropWindow,
): number[] {
  const out = new Float32Array(spec.channels * window.size.height * window.size.width).fill(Number.NaN);
  cropLabel({ channels: spec.channels, height, width, data: Float32Array.from(values) }, spec, window, out);
  return [...out];
}

test('an unscaled window is the image itself, in planes', () => {
  const image = rgb(2, 2, (x, y) => [x, 10 + y, 20]);
  assert.deepEqual(crop(image, whole(2, 2)), [0, 1, 0, 1, 10, 10, 11, 11, 20, 20, 20, 20]);
});

test('enlarging blends neighbours: 0 and 100 at twice the width are 0, 25, 75, 100', () => {
  const image = rgb(2, 1, (x) => [100 * x, 0, 0]);
  const window = { ...whole(4, 1), factor: 2, scaled: { height: 1, width: 4 } };
  assert.deepEqual(crop(image, window).slice(0, 4), [0, 25, 75, 100]);
  assert.deepEqual(crop(image, { ...window, mirrored: true }).slice(0, 4), [100, 75, 25, 0]);
});

test('rows blend as columns do, also when the window begins in the middle', () => {
  const image = rgb(1, 3, (_, y) => [[0, 100, 40][y], 0, 0]);
  // Rows of the enlarged image: 0 25 75 85 55 40, of which the window shows the middle four.
  const window = { ...whole(1, 4), factor: 2, scaled: { height: 6, width: 1 }, top: 1 };
  assert.deepEqual(crop(image, window).slice(0, 4), [25, 75, 85, 55]);
});

test('halving takes the mean of two neighbours', () => {
  const image = rgb(4, 1, (x) => [[0, 10, 40, 80][x], 0, 0]);
  const window = { ...whole(2, 1), factor: 0.5, scaled: { height: 1, width: 2 } };
  assert.deepEqual(crop(image, window).slice(0, 2), [5, 60]);
});

test('what the image does not reach is padded at the bottom and right: mean colour, and no label', () => {
  const image = rgb(2, 1, (x) => [x + 1, x + 1, x + 1]);
  const window = { ...whole(3, 2), scaled: { height: 1, width: 2 } };
  const planes = [
    [1, 2, 1000, 1000, 1000, 1000],
    [1, 2, 2000, 2000, 2000, 2000],
    [1, 2, 3000, 3000, 3000, 3000],
  ];
  assert.deepEqual(crop(image, window), planes.flat());
  assert.deepEqual(cropMap(classes, 2, 1, [4, 5], window), [4, 5, 255, 255, 255, 255]);
  assert.deepEqual(cropMap(classes, 2, 1, [4, 5], { ...window, mirrored: true }), [5, 4, 255, 255, 255, 255]);
});

test('a window off the corner shows those pixels, and mirrored, those of the mirrored image', () => {
  const values = Array.from({ length: 12 }, (_, at) => at);
  const window = { ...whole(2, 2), scaled: { height: 3, width: 4 }, top: 1, left: 2 };
  assert.deepEqual(cropMap(classes, 4, 3, values, window), [6, 7, 10, 11]);
  // Mirrored rows are 7 6 5 4 and 11 10 9 8.
  assert.deepEqual(cropMap(classes, 4, 3, values, { ...window, mirrored: true }), [5, 4, 9, 8]);
});

test('labels take the nearest pixel', () => {
  const twice = { ...whole(4, 1), factor: 2, scaled: { height: 1, width: 4 } };
  assert.deepEqual(cropMap(classes, 2, 1, [3, 8], twice), [3, 3, 8, 8]);
  // Centres of 2 pixels over 5 lie at 1.25 and 3.75.
  const half = { ...whole(2, 1), factor: 0.5, scaled: { height: 1, width: 2 } };
  assert.deepEqual(cropMap(classes, 5, 1, [0, 1, 2, 3, 4], half), [1, 3]);
});

test('mirrored normals swap sides and negate x only', () => {
  // Left pixel (0.6, 0.8, 0), right pixel (0, 0, 1).
  const found = cropMap(normals, 2, 1, [0.5, 0.25, 0.75, 0.125, 0, 1], { ...whole(2, 1), mirrored: true });
  assert.deepEqual(found, [-0.25, -0.5, 0.125, 0.75, 1, 0]);
});

test('a task scales its own values and resizes its own maps', () => {
  const window = { ...whole(2, 1), factor: 2, scaled: { height: 2, width: 4 } };
  assert.deepEqual(cropMap(depth, 2, 1, [3, 8], window), [1.5, 1.5]);
  const marked: LabelSpec = {
    ...classes,
    // Row 0 is 0 1 2 3 and row 1 is 4 5 6 7, of which a part is asked for.
    resize: (_, height, width, part = { top: 0, left: 0, height, width }) => ({
      channels: 1,
      height: part.height,
      width: part.width,
      data: Uint8Array.from({ length: part.height * part.width }, (_, at) => {
        const [x, y] = [at % part.width, Math.floor(at / part.width)];
        return (part.top + y) * width + part.left + x;
      }),
    }),
  };
  assert.deepEqual(cropMap(marked, 2, 1, [3, 8], { ...window, top: 1, left: 2 }), [6, 7]);
  // Mirrored, row 1 is 7 6 5 4.
  assert.deepEqual(cropMap(marked, 2, 1, [3, 8], { ...window, mirrored: true, top: 1, left: 1 }), [6, 5]);
});

test('drawn windows span the published scales, lie on the image, and mirror half of the samples', () => {
  const random = new Random(5);
  const drawn = Array.from({ length: 2000 }, () =>
    drawWindow({ height: 40, width: 60 }, { height: 30, width: 50 }, publishedAugment, random),
  );
  const factors = drawn.map(({ factor }) => factor);
  assert.ok(Math.min(...factors) >= 0.5 && Math.min(...factors) < 0.51);
  assert.ok(Math.max(...factors) < 1.5 && Math.max(...factors) > 1.49);
  const mirrored = drawn.filter((window) => window.mirrored).length;
  assert.ok(mirrored > 900 && mirrored < 1100, `${mirrored} of 2000`);
  for (const { factor, scaled, top, left } of drawn) {
    assert.deepEqual(scaled, { height: Math.trunc(40 * factor), width: Math.trunc(60 * factor) });
    assert.ok(top >= 0 && top <= Math.max(0, scaled.height - 30), `top ${top} of ${scaled.height}`);
    assert.ok(left >= 0 && left <= Math.max(0, scaled.width - 50), `left ${left} of ${scaled.width}`);
  }
  assert.ok(drawn.some(({ scaled, top }) => scaled.height > 40 && top === scaled.height - 30));
});

/** The same in simple steps, every one over the whole picture: scale, mirror, pad, crop. */
function inSteps(
  width: number,
  height: number,
  value: (x: number, y: number) => number,
  window: CropWindow,
  nearest: boolean,
) {
  const { scaled, mirrored, size, top, left } = window;
  const clamp = (v: number, length: number) => Math.min(length - 1, Math.max(0, v));
  const scaledValue = (x: number, y: number): number => {
    const [atX, atY] = [((x + 0.5) * width) / scaled.width, ((y + 0.5) * height) / scaled.height];
    if (nearest) return value(Math.floor(atX), Math.floor(atY));
    const [u, v] = [clamp(atX - 0.5, width), clamp(atY - 0.5, height)];
    const [x0, y0] = [Math.floor(u), Math.floor(v)];
    const [x1, y1] = [clamp(x0 + 1, width), clamp(y0 + 1, height)];
    const upper = value(x0, y0) * (1 - (u - x0)) + value(x1, y0) * (u - x0);
    const lower = value(x0, y1) * (1 - (u - x0)) + value(x1, y1) * (u - x0);
    return upper * (1 - (v - y0)) + lower * (v - y0);
  };
  const rows = Array.from({ length: scaled.height }, (_, y) =>
    Array.from({ length: scaled.width }, (_, x) => scaledValue(x, y)),
  );
  if (mirrored) for (const row of rows) row.reverse();
  return Array.from({ length: size.height }, (_, i) =>
    Array.from({ length: size.width }, (_, j) => rows[top + i]?.[left + j]),
  ).flat();
}

test('one pass over the window is the same as scaling, mirroring, padding and cropping one after another', () => {
  const random = new Random(11);
  let [padded, enlarged, shrunk] = [0, 0, 0];
  for (const [width, height] of [
    [23, 17],
    [16, 29],
    [2, 31],
    [1, 1],
  ]) {
    const image = rgb(width, height, () => [random.integer(256), random.integer(256), random.integer(256)]);
    const values = Array.from({ length: width * height }, () => random.integer(1000));
    for (let draw = 0; draw < 25; draw++) {
      const window = drawWindow({ width, height }, { width: 15, height: 13 }, publishedAugment, random);
      const found = crop(image, window);
      for (const c of [0, 1, 2]) {
        const channel = (x: number, y: number) => image.data[3 * (y * width + x) + c];
        const plane = found.slice(c * 195, (c + 1) * 195);
        inSteps(width, height, channel, window, false).forEach((value, at) => {
          assert.ok(
            Math.abs(plane[at] - (value ?? mean[c])) < 1e-3,
            `[${c}, ${at}] is ${plane[at]}, expected ${value}`,
          );
        });
      }
      const expected = inSteps(width, height, (x, y) => values[y * width + x], window, true);
      const unscaled = cropMap({ ...depth, scaled: undefined }, width, height, values, window);
      assert.deepEqual(
        unscaled,
        expected.map((value) => value ?? 0),
      );
      padded += Number(expected.includes(undefined as never));
      enlarged += Number(window.scaled.height > height);
      shrunk += Number(window.scaled.height < height);
    }
  }
  assert.ok(padded > 10 && enlarged > 10 && shrunk > 10, `${padded} padded, ${enlarged} enlarged, ${shrunk} shrunk`);
});

test('a packed label is cropped as it would be once unpacked', () => {
  const random = new Random(12);
  const [width, height] = [13, 9];
  const draw = (length: number, limit: number) => Array.from({ length }, () => random.integer(limit));
  const shape = { width, height };
  const directions = { kind: 'directions', unlabelled: [7, 8, 9] } as const;
  // Every third pixel is unlabelled; no other colour lies near the middle, which is no direction.
  const colours = (limit: number) =>
    Array.from({ length: width * height }, (_, at) =>
      at % 3 === 0 ? [7, 8, 9] : [limit - 1, ...draw(2, limit)],
    ).flat();
  const labels: readonly [PackedLabel, LabelSpec][] = [
    [
      {
        ...shape,
        channels: 1,
        data: Uint16Array.from(draw(117, 65536)),
        encoding: { kind: 'metres', metresPerValue: 0.001 },
      },
      depth,
    ],
    [
      { ...shape, channels: 3, data: Uint8Array.from(colours(256)), encoding: { ...directions, range: 255, ySign: 1 } },
      normals,
    ],
    [
      {
        ...shape,
        channels: 3,
        data: Uint16Array.from(colours(65536)),
        encoding: { ...directions, range: 65535, ySign: -1 },
      },
      normals,
    ],
    [{ ...shape, channels: 1, data: Uint8Array.from(draw(117, 13)) }, classes],
  ];
  for (const [label, spec] of labels) {
    for (let i = 0; i < 10; i++) {
      const window = drawWindow(shape, { width: 11, height: 10 }, publishedAugment, random);
      const [packed, whole] = [label, unpack(label)].map((one) => {
        const out = new Float32Array(spec.channels * 110).fill(Number.NaN);
        cropLabel(one, spec, window, out);
        return out;
      });
      assert.deepEqual(packed, whole);
      assert.ok(packed.every(Number.isFinite));
    }
  }
});
