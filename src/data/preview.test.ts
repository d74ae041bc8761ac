import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Image } from '../tasks/raster.js';
import type { Dataset, Sample } from './dataset.js';
import { rgb } from './folder.test.fixture.js';
import { drawPreview } from './preview.js';

const [WIDTH, HEIGHT] = [40, 20];
const COLOURS = [
  [200, 0, 0],
  [0, 100, 200],
] as const;

/**
 * Sample i is grey 10 i. Its class map is class 0 on the left and unlabelled on the right; every other sample lacks it.
 */
const sample = (i: number): Sample => ({
  id: `s${i}`,
  image: rgb(WIDTH, HEIGHT, () => [10 * i, 10 * i, 10 * i]),
  labels: {
    ...(i % 2 === 0 && {
      seg: {
        ...{ channels: 1, height: HEIGHT, width: WIDTH },
        data: Uint8Array.from({ length: WIDTH * HEIGHT }, (_, at) => (at % WIDTH < WIDTH / 2 ? 0 : 255)),
      },
    }),
    kind: { channels: 1, height: 1, width: 1, data: Float32Array.of(1) },
  },
});

const dataset: Dataset = {
  name: 'test',
  length: 9,
  labels: {
    seg: { kind: 'segmentation', classes: ['wall', 'floor'], colours: COLOURS },
    kind: { kind: 'classification', classes: ['bedroom', 'office'] },
  },
  read: async (index) => sample(index),
};

/** The colour in the middle of the left or right half of a cell. */
function colourIn({ width, data }: Image, row: number, column: number, half: 'left' | 'right'): number[] {
  const x = 4 + column * (WIDTH + 4) + (half === 'left' ? WIDTH / 4 : (3 * WIDTH) / 4);
  const y = 4 + row * (HEIGHT + 4) + HEIGHT / 2;
  return [...data.subarray(3 * (y * width + x), 3 * (y * width + x) + 3)];
}

test('a preview draws each sample as its image, each label, and the label over the image where there is one', async () => {
  const { sheet, columns, ids, legends } = await drawPreview(dataset, 3, WIDTH);
  assert.deepEqual(ids, ['s0', 's3', 's6']);
  assert.deepEqual(columns, ['image', 'seg', 'seg over the image', 'kind']);
  assert.deepEqual([sheet.width, sheet.height], [4 + 4 * (WIDTH + 4), 4 + 3 * (HEIGHT + 4)]);
  // No pixel is floor.
  assert.deepEqual(legends.seg, { entries: [{ label: 'wall', colour: COLOURS[0] }], of: 2 });
  assert.deepEqual(legends.kind, { entries: [], of: 0 });
  for (const [row, grey] of [0, 30, 60].entries()) {
    const image = [grey, grey, grey];
    const cell = (column: number) => [colourIn(sheet, row, column, 'left'), colourIn(sheet, row, column, 'right')];
    assert.deepEqual(cell(0), [image, image], 'the image');
    if (row === 1) {
      assert.deepEqual(cell(1), [Array(3).fill(128), Array(3).fill(128)], 'a label that is missing is grey');
      assert.deepEqual(cell(2), [image, image], 'and nothing lies over the image');
      continue;
    }
    const [labelled, unlabelled] = cell(1);
    assert.deepEqual(labelled, [...COLOURS[0]]);
    assert.notDeepEqual(unlabelled, labelled);
    // 55 % of the colour of the class over 45 % of the image; nothing where the label says nothing.
    const over = COLOURS[0].map((value) => Math.trunc(grey + 0.55 * (value - grey)));
    assert.deepEqual(cell(2), [over, image]);
  }
  assert.deepEqual([...sheet.data.subarray(0, 3)], [255, 255, 255], 'the gaps are white');
});

test('a label of the whole image is written in words, which differ from class to class', async () => {
  const cellOf = async (index: number) => {
    const named: Dataset = {
      ...dataset,
      length: 1,
      read: async () => ({
        ...sample(0),
        labels: { kind: { channels: 1, height: 1, width: 1, data: Float32Array.of(index) } },
      }),
    };
    const { sheet } = await drawPreview(named, 1, 120);
    const left = 4 + 3 * 124;
    return Array.from({ length: sheet.height }, (_, y) =>
      [...sheet.data.subarray(3 * (y * sheet.width + left), 3 * (y * sheet.width + left + 120))].join(),
    ).join();
  };
  const [bedroom, again, office] = await Promise.all([cellOf(0), cellOf(0), cellOf(1)]);
  assert.equal(bedroom, again);
  assert.notEqual(bedroom, office);
});
