import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { checkFolder } from './check.js';
import { labelled, npy, png, temporaryFolder } from './folder.test.fixture.js';

/** What a check says of a folder with one kind of label, of 4 x 2 pixels. */
async function check(t: TestContext, what: { kind: string }, files: Record<string, Uint8Array>, size = [4, 2]) {
  const root = await labelled(await temporaryFolder(t), 'it', files, size);
  const splits = { train: { images: 'image/*.jpg', labels: { it: 'it/*.{png,npy}' } } };
  const description = { name: 'test', splits, labels: { it: what } } as never;
  const { problems, notes } = await checkFolder({ root, description });
  return { problems: problems.join('\n'), notes: notes.join('\n') };
}

const two = { kind: 'segmentation', classes: ['background', 'object'] };
const map = (...values: number[]) => ({ 'a.png': png(4, 2, 1, values) });

test('a class that never occurs is told, with the index beside it that counts as unlabelled', async (t) => {
  const { problems, notes } = await check(t, two, map(0, 0, 0, 255, 255, 0, 0, 0));
  assert.equal(problems, '');
  assert.match(
    notes,
    /labels\.it: no pixel of split "train" is "object", while 255 \(2 pixels in 1 file\) count as unlabelled.*"map"/,
  );
  assert.equal((await check(t, two, map(0, 0, 0, 1, 255, 0, 0, 0))).notes, '');
});

test('indices without a class are counted by value over all files; smoothed masks are told', async (t) => {
  const smooth = (edge: number) =>
    Array.from({ length: 40 }, (_, x) => (x < 16 ? 0 : x > 20 ? 255 : [3, 17, 128, 240, edge][x - 16]));
  const files = { 'a.png': png(40, 1, 1, smooth(250)), 'b.png': png(40, 1, 1, smooth(3)) };
  const binary = { ...two, map: { 0: 'background', 255: 'object' } };
  const { problems, notes } = await check(t, binary, files, [40, 1]);
  assert.match(problems, /a\.png: class index 3 at x 16, y 0 \(5 pixels without a class.*\n.*b\.png: class index 3/);
  assert.match(
    notes,
    /12\.5 % of the pixels hold indices without a class: 3 \(3 pixels in 2 files\), 17 \(2 pixels in 2 files\)/,
  );
  assert.match(notes, /looks like a resized or lossy mask/);
  const left = await check(t, { ...binary, others: 'unlabelled' } as never, files, [40, 1]);
  assert.equal(left.problems, '');
  assert.match(left.notes, /indices without a class, left out as unlabelled: 3 \(3 pixels/);
});

test('colours without a class are counted', async (t) => {
  const painted = {
    ...two,
    colours: [
      [0, 0, 0],
      [0, 0, 142],
    ],
  };
  const files = { 'a.png': png(4, 2, 3, [...Array(7).fill([0, 0, 142]), [1, 2, 3]].flat()) };
  const { problems, notes } = await check(t, painted, files);
  assert.match(problems, /a\.png: colour #010203 at x 3, y 1/);
  assert.match(notes, /12\.5 % of the pixels hold colours without a class: #010203 \(1 pixel in 1 file\)/);
});

test('a label without any labelled pixel is a problem', async (t) => {
  const nothing = Array(8).fill(255);
  assert.match(
    (await check(t, two, map(...nothing))).problems,
    /^labels\.it: no pixel of the 1 maps of split "train" is labelled/,
  );
  const depth = { kind: 'depth', metresPerValue: 1 };
  assert.match((await check(t, depth, map(...Array(8).fill(0)))).problems, /^labels\.it: no pixel/);
});

test('values of boundaries between none and full are counted', async (t) => {
  const values = map(0, 0, 1, 100, 255, 255, 0, 100);
  const { notes } = await check(t, { kind: 'boundaries' }, values);
  assert.match(
    notes,
    /37\.5 % of the pixels lie between 0 and 255: 1 \(1 pixel in 1 file\), 100 \(2 pixels in 1 file\)/,
  );
  assert.match(notes, /from the threshold 1 on they count as yes; set "threshold" to 128/);
  assert.equal((await check(t, { kind: 'boundaries' }, map(0, 0, 0, 0, 255, 255, 0, 0))).notes, '');
});

test('depth with a spike at the end of its range, or an unlikely range, is noted with likely units', async (t) => {
  const depth = { kind: 'depth', metresPerValue: 0.001 };
  const spike = { 'a.png': png(4, 2, 1, [800, 2000, 5400, 0, 65535, 65535, 65535, 65535], 16) };
  assert.match(
    (await check(t, depth, spike)).notes,
    /50\.0 % of the pixels hold 65535, the largest value \(65\.53 m\).*set "invalid" of the label to 65535/,
  );
  const stated = await check(t, { ...depth, invalid: 65535, maximum: 5 } as never, spike);
  assert.doesNotMatch(stated.notes, /65535, the largest/);
  assert.match(
    stated.notes,
    /65535 \(4 pixels in 1 file\) are unlabelled as "invalid" says\n.*12\.5 % .* lie beyond 5 m/,
  );
  const far = await check(t, { ...depth, metresPerValue: 1 } as never, {
    'a.png': png(4, 2, 1, [800, 2e3, 5400, 1, 2, 3, 4, 5], 16),
  });
  assert.match(
    far.notes,
    /1 to 5400 m is a range that cameras hardly see; as "metresPerValue" .*0\.001 \(millimetres\) makes it 0\.001 to 5\.4 m/,
  );
});

test('pixels of depth that are none are counted', async (t) => {
  const what = { kind: 'depth', metresPerValue: 1, others: 'unlabelled' };
  const values = [1, 2, 3, 4, Number.NaN, Number.POSITIVE_INFINITY, -1, 0];
  const { problems, notes } = await check(t, what, { 'a.npy': npy([2, 4], values) });
  assert.equal(problems, '');
  assert.match(notes, /37\.5 % of the pixels hold no depth: 2 pixels are NaN or infinite, 1 negative/);
});

test('normals that face away from the viewer are told, with the axis that hardly does', async (t) => {
  const away = Array(8).fill([100, 20, 110]).flat();
  const { notes } = await check(t, { kind: 'normals' }, { 'a.png': png(4, 2, 3, away) });
  assert.match(notes, /100\.0 % of the vectors face away .* \(z < 0\).*; -x is negative least often \(0\.0 %\)/);
  const facing = Array(8).fill([100, 20, 150]).flat();
  assert.equal((await check(t, { kind: 'normals' }, { 'a.png': png(4, 2, 3, facing) })).notes, '');
});
