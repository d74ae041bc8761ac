import assert from 'node:assert/strict';
import { test } from 'node:test';
import sharp from 'sharp';
import { turnUpright } from './orientation.js';
import { type PackedLabel, unpack } from './packed.js';

const ORIENTATIONS = [1, 2, 3, 4, 5, 6, 7, 8];
const [width, height] = [3, 2];

test('a label is turned as a viewer turns an image, for all eight orientations', async () => {
  const data = Uint8Array.of(0, 40, 80, 120, 160, 200);
  for (const orientation of ORIENTATIONS) {
    const file = await sharp(data, { raw: { width, height, channels: 1 } })
      .withMetadata({ orientation })
      .png()
      .toBuffer();
    const seen = await sharp(file).autoOrient().toColourspace('b-w').raw().toBuffer({ resolveWithObject: true });
    const turned = turnUpright({ channels: 1, width, height, data }, orientation, false);
    assert.deepEqual([turned.width, turned.height], [seen.info.width, seen.info.height], `orientation ${orientation}`);
    assert.deepEqual([...turned.data], [...seen.data], `orientation ${orientation}`);
  }
});

test('vectors are turned with their pixels: slopes stay the slopes of the height they belong to', () => {
  // A height that rises by 2 from column to column and by 5 from row to row: its slope is 2 to the right, -5 upwards.
  const heights = Float32Array.from({ length: 6 }, (_, at) => 2 * (at % width) + 5 * Math.floor(at / width));
  const slopes = Float32Array.from({ length: 18 }, (_, at) => [2, -5, 1][Math.floor(at / 6)]);
  for (const orientation of ORIENTATIONS) {
    const height2 = turnUpright({ channels: 1, width, height, data: heights }, orientation, false);
    const right = height2.data[1] - height2.data[0];
    const up = height2.data[0] - height2.data[height2.width];
    const { data } = turnUpright({ channels: 3, width, height, data: slopes }, orientation, true);
    assert.deepEqual([data[0], data[6], data[12]], [right, up, 1], `orientation ${orientation}`);
  }
});

test('packed normals are turned as decoded ones, whichever way their y points; unlabelled ones stay', () => {
  const colours = [255, 128, 128, 128, 255, 128, 10, 20, 30, 200, 60, 250, 0, 128, 128, 90, 30, 240];
  for (const ySign of [1, -1] as const) {
    const packed: PackedLabel = {
      channels: 3,
      width,
      height,
      data: Uint8Array.from(colours),
      encoding: { kind: 'directions', range: 255, ySign, unlabelled: [10, 20, 30] },
    };
    for (const orientation of ORIENTATIONS) {
      const one = unpack(turnUpright(packed, orientation, true));
      const other = turnUpright(unpack(packed), orientation, true);
      assert.deepEqual([one.width, one.height], [other.width, other.height]);
      for (const [at, value] of one.data.entries())
        assert.ok(Math.abs(value - other.data[at]) < 1e-6, `orientation ${orientation}, y ${ySign}, number ${at}`);
    }
  }
});
