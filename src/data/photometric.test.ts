import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../random.js';
import { type ColourChange, changeColours, colourMatrix, drawColours } from './photometric.js';

const NOTHING: ColourChange = { brightness: 1, contrast: 1, saturation: 1, hue: 0, blur: 0, noise: 0 };

/** Pixels in a row, each red, green, blue; what becomes of them. */
function change(pixels: readonly (readonly number[])[], by: Partial<ColourChange>): number[][] {
  const size = { height: 1, width: pixels.length };
  const image = Float32Array.from([0, 1, 2].flatMap((c) => pixels.map((pixel) => pixel[c])));
  changeColours(image, size, size, { ...NOTHING, ...by }, new Random('noise'));
  return pixels.map((_, i) => [0, 1, 2].map((c) => image[c * pixels.length + i]));
}

const assertClose = (found: readonly number[][], wanted: readonly number[][], tolerance = 1e-4) => {
  for (const [i, pixel] of found.entries())
    for (const [c, value] of pixel.entries())
      assert.ok(Math.abs(value - wanted[i][c]) < tolerance, `${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`);
};

test('hue turned by a third makes red green, green blue and blue red; grey stays', () => {
  const colours = [
    [200, 0, 0],
    [0, 200, 0],
    [0, 0, 200],
    [70, 70, 70],
  ];
  const third = change(colours, { hue: (2 * Math.PI) / 3 });
  assertClose(third, [colours[1], colours[2], colours[0], colours[3]]);
  // A sixth: yellow (150, 150, 0) is half red, half green, and becomes half of each next: (50, 200, 50) at full range.
  assertClose(change([[150, 150, 0]], { hue: Math.PI / 3 }), [[50, 200, 50]]);
});

test('saturation 0 leaves grey of 0.299, 0.587 and 0.114, 2 doubles the distance from it', () => {
  assertClose(change([[100, 0, 0]], { saturation: 0 }), [[29.9, 29.9, 29.9]]);
  assertClose(change([[100, 90, 90]], { saturation: 2 }), [[107.01, 87.01, 87.01]]);
});

test('brightness multiplies, and colours end at 0 and 255', () => {
  assertClose(change([[100, 200, 10]], { brightness: 1.5 }), [[150, 255, 15]]);
});

test('contrast keeps the mean grey and stretches what is around it', () => {
  const pixels = [
    [40, 40, 40],
    [80, 80, 80],
  ];
  assertClose(change(pixels, { contrast: 1.5 }), [
    [30, 30, 30],
    [90, 90, 90],
  ]);
  assertClose(change(pixels, { contrast: 0 }), [
    [60, 60, 60],
    [60, 60, 60],
  ]);
  // After brightness: 80 and 160, about 120.
  assertClose(change(pixels, { contrast: 0.5, brightness: 2 }), [
    [100, 100, 100],
    [140, 140, 140],
  ]);
});

test('all at once are the same as one after another', () => {
  const pixels = [
    [90, 110, 130],
    [120, 100, 105],
  ];
  const all = { brightness: 1.1, contrast: 0.8, saturation: 1.3, hue: 0.2 };
  const inTurn = Object.entries(all).reduce<number[][]>(
    (found, [key, value]) => change(found, { [key]: value }),
    pixels,
  );
  assertClose(change(pixels, all), inTurn, 1e-3);
});

test('the matrix of no change is no change, and every one leaves grey alone', () => {
  assert.deepEqual(
    colourMatrix(1, 0).map((value) => Math.round(value * 1e12) / 1e12 + 0),
    [1, 0, 0, 0, 1, 0, 0, 0, 1],
  );
  for (const matrix of [colourMatrix(0.3, 1), colourMatrix(1.7, -2)])
    for (const row of [0, 3, 6]) {
      const sum = matrix[row] + matrix[row + 1] + matrix[row + 2];
      assert.ok(Math.abs(sum - 1) < 1e-12);
    }
});

test('blur spreads a point as a Gaussian, keeps the sum, and leaves padding out', () => {
  const size = { height: 21, width: 30 };
  const part = { height: 21, width: 21 };
  const plane = size.height * size.width;
  const image = new Float32Array(3 * plane).fill(0);
  for (let y = 0; y < 21; y++) for (let x = 21; x < 30; x++) image[y * 30 + x] = 99;
  image[10 * 30 + 10] = 200;
  changeColours(image, size, part, { ...NOTHING, blur: 1.5 }, new Random(1));
  let sum = 0;
  for (let y = 0; y < 21; y++) for (let x = 0; x < 21; x++) sum += image[y * 30 + x];
  assert.ok(Math.abs(sum - 200) < 0.01, `${sum}`);
  // exp(-(1 + 4) / (2 1.5^2)) of the middle.
  const ratio = image[11 * 30 + 12] / image[10 * 30 + 10];
  assert.ok(Math.abs(ratio - Math.exp(-5 / 4.5)) < 1e-4, `${ratio}`);
  assert.ok(image[5 * 30 + 25] === 99);
});

test('noise has the mean 0 and the deviation that was asked for, and is the same for the same stream', () => {
  const size = { height: 60, width: 60 };
  const make = (seed: number) => {
    const image = new Float32Array(3 * 3600).fill(128);
    changeColours(image, size, size, { ...NOTHING, noise: 10 }, new Random(seed));
    return image.map((value) => value - 128);
  };
  const noise = make(1);
  const mean = noise.reduce((sum, value) => sum + value, 0) / noise.length;
  const deviation = Math.sqrt(noise.reduce((sum, value) => sum + value * value, 0) / noise.length);
  assert.ok(Math.abs(mean) < 0.4 && Math.abs(deviation - 10) < 0.3, `${mean}, ${deviation}`);
  assert.deepEqual(make(1), noise);
  assert.notDeepEqual(make(2), noise);
});

test('nothing is drawn where every amount is 0, and within the amounts otherwise', () => {
  assert.equal(drawColours({}, new Random(1)), undefined);
  const drawn = Array.from({ length: 300 }, (_, i) => drawColours({ brightness: 0.2, hue: 18 }, new Random(i)));
  const brightness = drawn.map((one) => one?.brightness ?? 0);
  assert.ok(Math.min(...brightness) >= 0.8 && Math.min(...brightness) < 0.81 && Math.max(...brightness) > 1.19);
  assert.ok(drawn.every((one) => one && one.contrast === 1 && one.saturation === 1 && one.noise === 0));
  assert.ok(Math.max(...drawn.map((one) => Math.abs(one?.hue ?? 9))) <= Math.PI / 10);
});
