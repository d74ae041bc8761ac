import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { checkFolder } from './check.js';
import { openFolder } from './folder.js';
import { labelled, npy, npyOf, png, temporaryFolder } from './folder.test.fixture.js';
import { type InitOptions, initDescription } from './init.js';

/**
 * Describes a folder of one kind of label, of 4 x 2 pixels if not said otherwise, and reads the first of its labels.
 */
async function init(
  t: TestContext,
  kind: string,
  files: Record<string, Uint8Array>,
  options: InitOptions = {},
  size = [4, 2],
) {
  const root = await labelled(join(await temporaryFolder(t), 'photos'), kind, files, size);
  const { description, notes } = await initDescription(root, options);
  const dataset = await openFolder({ root, description, split: 'train' });
  const { problems } = await checkFolder({ root, description });
  const label = (await dataset.read(0)).labels[kind];
  return { what: description.labels[kind], notes: notes.join('\n'), problems, data: label.data };
}

const three = ['road', 'house', 'tree'];
const classMap = (...values: number[]) => ({ 'a.png': png(4, 2, 1, values) });

test('masks that are unlabelled everywhere are no classes', async (t) => {
  await assert.rejects(
    init(t, 'segmentation', classMap(255, 255, 255, 255, 255, 255, 255, 255)),
    /holds 255 \(8 pixels in 1 file\), and 255 means unlabelled, so no pixel shows a class.*--map/,
  );
});

test('one index more than there are classes is refused with the commands that settle it', async (t) => {
  const mask = classMap(0, 1, 2, 3, 0, 1, 2, 3);
  await assert.rejects(init(t, 'segmentation', mask, { classes: three }), (error: Error) => {
    assert.match(error.message, /1 file read holds 0 \(2 pixels in 1 file\), 1 \(2 pixels/);
    assert.match(error.message, /that is one index more than the 3 classes/);
    assert.match(error.message, /--ignore 0 --first 1 {3}where 0 means unlabelled and 1 is "road"/);
    assert.match(error.message, /--ignore 3 {3}where 0 is "road" and 3 means unlabelled/);
    return error.name === 'NddrError';
  });
  const fromOne = await init(t, 'segmentation', mask, { classes: three, ignore: [0], first: 1 });
  assert.deepEqual(fromOne.what, { kind: 'segmentation', classes: three, first: 1, ignore: 0 });
  assert.deepEqual([...fromOne.data], [255, 0, 1, 2, 255, 0, 1, 2]);
  const last = await init(t, 'segmentation', mask, { classes: three, ignore: [3] });
  assert.deepEqual([...last.data], [0, 1, 2, 255, 0, 1, 2, 255]);
  assert.deepEqual(last.problems, []);
});

test('ids from 1 without any 0 are guessed and printed', async (t) => {
  const { what, notes } = await init(t, 'segmentation', classMap(1, 1, 2, 2, 3, 3, 255, 1), { classes: three });
  assert.deepEqual(what, { kind: 'segmentation', classes: three, first: 1, ignore: 255 });
  assert.match(
    notes,
    /guessed: segmentation: the classes begin at index 1, because there are 3 of them, and 1 file read/,
  );
});

test('--ignore 0 alone, which would take the first class away, is refused', async (t) => {
  await assert.rejects(init(t, 'segmentation', classMap(0, 1, 2, 3, 0, 1, 2, 3), { classes: three, ignore: [0] }), {
    message: /index 0 is the class "road" and is to be ignored as well\. .*\n {2}--ignore 0 --first 1/,
  });
});

test('an index beyond the classes means a class where one never occurs, and else is guessed to be unlabelled', async (t) => {
  const two = { classes: ['background', 'object'] };
  for (const high of [128, 255]) {
    const { what, notes, data } = await init(t, 'segmentation', classMap(0, 0, high, high, 0, 0, 0, high), two);
    assert.deepEqual([...data], [0, 0, 1, 1, 0, 0, 0, 1]);
    assert.deepEqual(what, { kind: 'segmentation', ...two, map: { 0: 'background', [high]: 'object' } });
    assert.match(
      notes,
      new RegExp(`guessed: segmentation: ${high} is "object" and 0 is "background", because there are`),
    );
  }
  await assert.rejects(init(t, 'segmentation', classMap(0, 0, 0, 0, 0, 0, 0, 255), { classes: three }), {
    message: /255 is beyond the 3 classes, and no pixel is "house", "tree".*\n {2}--map '0=background/s,
  });
  const mark = await init(t, 'segmentation', classMap(0, 1, 0, 1, 0, 0, 9, 9), two);
  assert.deepEqual(mark.what, { kind: 'segmentation', ...two, ignore: 9 });
  assert.match(mark.notes, /guessed: segmentation: 9 is unlabelled, because it is the only index without a class/);
});

/** 32 x 8 pixels: a square of 255 on 0, its edges smoothed. */
const smooth = png(
  32,
  8,
  1,
  Array.from({ length: 256 }, (_, at) => [0, 3, 17, 128, 240, 255, 255, 255][Math.max(0, (at % 32) - 12)] ?? 255),
);

test('a mask with smoothed edges is told, with names and without', async (t) => {
  const files = { 'a.png': smooth };
  for (const options of [{}, { classes: ['background', 'object'] }]) {
    await assert.rejects(init(t, 'segmentation', files, options, [32, 8]), {
      name: 'NddrError',
      message:
        /holds 0 \(104 pixels in 1 file\), 3 \(8 pixels.*looks like a resized or lossy mask.*--map '0=background/s,
    });
  }
  const map = { 0: 'background', 255: 'object' };
  await assert.rejects(
    init(t, 'segmentation', files, { map }, [32, 8]),
    /--map does not name 3 \(8 pixels in 1 file\), 17/,
  );
  const { what, data } = await init(t, 'segmentation', files, { map, others: 'unlabelled' }, [32, 8]);
  assert.deepEqual(what, { kind: 'segmentation', classes: ['background', 'object'], map, others: 'unlabelled' });
  assert.deepEqual([...data.subarray(11, 19)], [0, 0, 255, 255, 255, 255, 1, 1]);
});

test('16-bit ids and marks take a map', async (t) => {
  const mask = { 'a.png': png(4, 2, 1, [300, 300, 7, 7, 65535, 65535, 7, 300], 16) };
  await assert.rejects(init(t, 'segmentation', mask), /that is no list of classes from 0 on/);
  const map = { 7: 'road', 300: 'house', 65535: null };
  const { what, data } = await init(t, 'segmentation', mask, { map });
  assert.deepEqual([...data], [1, 1, 0, 0, 255, 255, 0, 1]);
  assert.deepEqual(what, { kind: 'segmentation', classes: ['road', 'house'], map });
});

test('boundaries are derived from parts where there is no segmentation', async (t) => {
  const root = await labelled(await temporaryFolder(t), 'parts', classMap(0, 0, 1, 1, 0, 0, 1, 1));
  const { description } = await initDescription(root, { deriveBoundaries: 1 });
  assert.deepEqual(description.labels.boundaries, { kind: 'boundaries', from: 'parts', thickness: 1 });
});

test('painted class maps are listed by colour, and described by a map of colours', async (t) => {
  const mask = { 'a.png': png(4, 2, 3, [...Array(6).fill([128, 64, 128]), [0, 0, 142], [0, 0, 0]].flat()) };
  await assert.rejects(init(t, 'segmentation', mask), {
    message: /hold 3 colours: #804080 \(6 pixels in 1 file\).*--map '#804080=\.\.\.,#00008e=\.\.\.,#000000=\.\.\.'/s,
  });
  const map = { '#804080': 'road', '#00008e': 'car', '#000000': null };
  const { what, data } = await init(t, 'segmentation', mask, { map });
  assert.deepEqual([...data], [0, 0, 0, 0, 0, 0, 1, 255]);
  assert.deepEqual('colours' in what && what.colours, [
    [128, 64, 128],
    [0, 0, 142],
  ]);
});

test('boundary and saliency maps get the threshold that their values ask for', async (t) => {
  const threshold = async (kind: string, ...values: number[]) => {
    const { what, notes } = await init(t, kind, classMap(...values));
    assert.match(notes, new RegExp(`guessed: ${kind}: .*because 1 file read holds 0 \\(`));
    return what;
  };
  assert.deepEqual(await threshold('boundaries', 0, 0, 1, 100, 255, 255, 0, 0), { kind: 'boundaries', threshold: 128 });
  assert.deepEqual(await threshold('boundaries', 0, 0, 0, 0, 255, 255, 0, 0), { kind: 'boundaries' });
  assert.deepEqual(await threshold('boundaries', 0, 1, 2, 3, 5, 0, 0, 0), { kind: 'boundaries' });
  const marked = { kind: 'boundaries', ignore: 255 };
  assert.deepEqual(await threshold('boundaries', 0, 0, 1, 1, 255, 0, 0, 0), marked);
  assert.deepEqual(await threshold('saliency', 0, 0, 1, 1, 1, 0, 0, 0), { kind: 'saliency', threshold: 1 });
  assert.deepEqual(await threshold('saliency', 0, 0, 9, 255, 1, 0, 0, 0), { kind: 'saliency' });
  assert.deepEqual(await threshold('saliency', 0, 0, 9, 100, 40, 60, 0, 0), { kind: 'saliency', threshold: 50 });
});

test('the unit of depth is guessed where the range tells it, and asked for where not', async (t) => {
  const depth = (values: number[]) => ({ 'a.png': png(4, 2, 1, values, 16) });
  const half = await init(t, 'depth', depth([800, 5400, 3000, 0, 65535, 65535, 65535, 65535]));
  assert.deepEqual(half.what, { kind: 'depth', metresPerValue: 0.001, invalid: 65535 });
  assert.match(
    half.notes,
    /guessed: depth: 65535 is no depth, because 50\.0 % of the pixels hold it, the next below is 5400/,
  );
  assert.match(
    half.notes,
    /guessed: depth: 0\.001 metres a value, because 1 file read holds 800 to 5400: .*makes it 0\.8 to 5\.4 m/,
  );
  assert.deepEqual(
    Array.from(half.data, (v) => Number(v.toFixed(3))),
    [0.8, 5.4, 3, 0, 0, 0, 0, 0],
  );
  await assert.rejects(init(t, 'depth', depth([7490, 29650, 9000, 0, 9000, 9000, 9000, 9000])), {
    message:
      /holds 7490 to 29650, which does not tell the unit: .*0\.0002 \(1\/5000 m.* makes it 1\.5 to 5\.93 m.*--metres-per-value/,
  });
  const given = { metresPerValue: 0.0002, maximum: 5, invalid: [9000] };
  const asked = await init(t, 'depth', depth([7490, 29650, 9000, 0, 9000, 9000, 9000, 9000]), given);
  assert.deepEqual(asked.what, { kind: 'depth', metresPerValue: 0.0002, invalid: 9000, maximum: 5 });
  const broken = npy([2, 4], [1.5, 2, Number.NaN, Number.NaN, 2, 3, 4, -1]);
  const nan = await init(t, 'depth', { 'a.npy': broken });
  assert.deepEqual(nan.what, { kind: 'depth', metresPerValue: 1, others: 'unlabelled' });
  assert.match(nan.notes, /NaN, infinite and negative values are unlabelled, because 3 pixels hold such values/);
});

test('class maps of .npy files with -1 are described', async (t) => {
  const data = Int32Array.of(-1, 0, 0, 1, 1, 2, 2, -1);
  const { what, notes } = await init(
    t,
    'segmentation',
    { 'a.npy': npyOf({ shape: [2, 4], data }) },
    { classes: three },
  );
  assert.deepEqual(what, { kind: 'segmentation', classes: three, ignore: -1 });
  assert.match(
    notes,
    /guessed: segmentation: -1 is unlabelled, because that is a usual mark, and 1 file read holds -1 \(2/,
  );
});

test('normals that face away are told, and several marks become unlabelled', async (t) => {
  // Blue points up here, and green away from the viewer.
  const wall = [128, 0, 128];
  const colours = [wall, wall, wall, [128, 128, 255], [127, 127, 127], [0, 0, 0], wall, wall].flat();
  const files = {
    'a.png': png(
      4,
      2,
      3,
      colours.map((v) => (v === 128 ? 120 : v)),
    ),
  };
  const { what, notes } = await init(t, 'normals', files);
  assert.deepEqual(what, { kind: 'normals', yAxis: 'up', others: 'unlabelled' });
  assert.match(notes, /83\.3 % of the vectors face away from the viewer that way, .* give --axes, such as x,-z,y/);
  assert.match(notes, /vectors without a direction are unlabelled, because 25\.0 % of the pixels hold such vectors/);
  const turned = await init(t, 'normals', files, { axes: ['x', '-z', 'y'] });
  assert.doesNotMatch(turned.notes, /face away/);
  assert.ok(turned.data[16] > 0.9, 'the wall faces the viewer');
});
