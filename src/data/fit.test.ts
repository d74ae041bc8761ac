import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openFolder } from './folder.js';
import { labelled, png, temporaryFolder } from './folder.test.fixture.js';

const splits = { train: { images: 'image/*.jpg', labels: { it: 'it/*.png' } } };

/** Reads the one label of a folder whose images are 4 x 2. */
async function read(root: string, what: object) {
  const description = { name: 'test', splits, labels: { it: what } } as never;
  const dataset = await openFolder({ root, description, split: 'train' });
  return (await dataset.read(0)).labels.it;
}

test('labels of the shape of their image take its size on request: nearest pixel', async (t) => {
  const segmentation = { kind: 'segmentation', classes: ['a', 'b', 'c'] };
  const small = await labelled(await temporaryFolder(t), 'it', { 'a.png': png(2, 1, 1, [1, 2]) });
  await assert.rejects(read(small, segmentation), /is 2x1, expected 4x2 .*set labels\.it\.resize to true/);
  const { width, height, data } = await read(small, { ...segmentation, resize: true });
  assert.deepEqual([width, height, [...data]], [4, 2, [1, 1, 2, 2, 1, 1, 2, 2]]);

  const values = Array.from({ length: 32 }, (_, i) => i);
  const large = await labelled(await temporaryFolder(t), 'it', { 'a.png': png(8, 4, 1, values, 16) });
  const depth = await read(large, { kind: 'depth', metresPerValue: 1, resize: true });
  assert.deepEqual([...depth.data], [9, 11, 13, 15, 25, 27, 29, 31]);

  const colours = png(2, 1, 3, [255, 128, 128, 128, 128, 255]);
  const normals = await labelled(await temporaryFolder(t), 'it', { 'a.png': colours });
  const vectors = await read(normals, { kind: 'normals', resize: true });
  assert.deepEqual(Array.from(vectors.data.subarray(0, 8), Math.round), [1, 1, 0, 0, 1, 1, 0, 0]);
  assert.deepEqual(Array.from(vectors.data.subarray(16, 24), Math.round), [0, 0, 1, 1, 0, 0, 1, 1]);
});

test('labels of another shape than their image are refused, whatever is allowed', async (t) => {
  const root = await labelled(await temporaryFolder(t), 'it', { 'a.png': png(2, 2, 1, [0, 0, 0, 0]) });
  await assert.rejects(read(root, { kind: 'boundaries', resize: true }), {
    name: 'NddrError',
    message: /a\.png: is 2x2, expected 4x2 like .*a\.jpg, which has another shape; export the label/,
  });
});
