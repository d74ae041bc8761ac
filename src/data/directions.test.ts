import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { labelOf, npy, png, temporaryFolder, writeTestFile } from './folder.test.fixture.js';
import { readLabel } from './read-label.js';

async function vectors(t: TestContext, file: string, bytes: Uint8Array, what: object = {}): Promise<number[][]> {
  const path = await writeTestFile(join(await temporaryFolder(t), file), bytes);
  const { data, width, height } = await readLabel(path, labelOf({ kind: 'normals', ...what }));
  const plane = width * height;
  // -0 is 0 here.
  return Array.from({ length: plane }, (_, at) => [0, 1, 2].map((k) => Number(data[k * plane + at].toFixed(2)) + 0));
}

// (0.6, 0, 0.8) written as (n + 1) / 2 of 255, and the same in 16 bits; all kinds of files hold it.
const eight = png(1, 1, 3, [204, 128, 230]);
const sixteen = png(1, 1, 3, [52428, 32768, 58982], 16);
const fractions = npy([1, 1, 3], [0.6, 0, 0.8]);

test('axes say what the channels hold, in files of 8 and 16 bits and of fractions', async (t) => {
  for (const [file, bytes] of [
    ['a.png', eight],
    ['b.png', sixteen],
    ['c.npy', fractions],
  ] as const) {
    assert.deepEqual(await vectors(t, file, bytes), [[0.6, 0, 0.8]], file);
    // The first channel points away from the viewer, the third up.
    assert.deepEqual(await vectors(t, file, bytes, { axes: ['-z', 'x', 'y'] }), [[0, 0.8, -0.6]], file);
    assert.deepEqual(await vectors(t, file, bytes, { axes: ['y', '-z', '-x'] }), [[-0.8, 0.6, 0]], file);
  }
  const up = npy([1, 1, 3], [0, 1, 0]);
  assert.deepEqual(await vectors(t, 'up.npy', up, { yAxis: 'down' }), [[0, -1, 0]]);
  assert.deepEqual(await vectors(t, 'up.npy', up, { axes: ['x', '-y', 'z'] }), [[0, -1, 0]]);
});

test('the mark of unlabelled pixels is that of the files, whatever the axes', async (t) => {
  const marked = png(2, 1, 3, [204, 128, 230, 127, 127, 127]);
  const what = { axes: ['-z', 'x', 'y'], unlabelled: [127, 127, 127] };
  assert.deepEqual(await vectors(t, 'a.png', marked, what), [
    [0, 0.8, -0.6],
    [0, 0, 0],
  ]);
});

test('vectors without a direction are unlabelled on request', async (t) => {
  const others = { others: 'unlabelled' };
  const bytes = png(3, 1, 3, [127, 127, 127, 204, 128, 230, 255, 255, 255]);
  assert.deepEqual(await vectors(t, 'a.png', bytes, others), [
    [0, 0, 0],
    [0.6, 0, 0.8],
    [0, 0, 0],
  ]);
  const none = npy([1, 2, 3], [0, 0, 0, Number.NaN, 0, 1]);
  assert.deepEqual(await vectors(t, 'a.npy', none, others), [
    [0, 0, 0],
    [0, 0, 0],
  ]);
  await assert.rejects(vectors(t, 'a.npy', none), /a\.npy: \(0, 0, 0\) at x 0, y 0 is a zero vector.*"others"/);
});

test('normals of .npy files may come plane by plane, and written as colours', async (t) => {
  assert.deepEqual(await vectors(t, 'a.npy', npy([3, 1, 2], [0.6, 0, 0, 1, 0.8, 0])), [
    [0.6, 0, 0.8],
    [0, 1, 0],
  ]);
  assert.deepEqual(await vectors(t, 'a.npy', npy([1, 1, 3], [0.8, 0.5, 0.9]), { encoding: 'rgb' }), [[0.6, 0, 0.8]]);
});

test('axes that are not three different ones are refused', () => {
  assert.throws(
    () => labelOf({ kind: 'normals', axes: ['x', '-x', 'z'] }),
    /axes: x, -x, z does not name each of x, y/,
  );
  assert.throws(
    () => labelOf({ kind: 'normals', axes: ['x', 'y', 'z'], yAxis: 'up' }),
    /yAxis: "axes" says where y points already/,
  );
});
