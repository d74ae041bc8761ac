import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { png, temporaryFolder, writeTestFile } from '../../folder.test.fixture.js';
import { readImage, readPngMap } from '../../image.js';
import type { MatStruct } from '../../matlab/arrays.js';
import { expectKind, parseMatlab } from '../../matlab/read.js';
import { NYU_40 } from '../classes/nyu.js';
import { nyuFixture } from '../layouts-matlab.test.fixture.js';
import { importData } from '../run.js';
import { classTable, OFFICIAL_FRAMES, RAW_COUNT, splitOf } from './classes.js';
import { RAW_CLASSES, THIRTEEN, THIRTEEN_OF_FORTY } from './tables.js';

const frames = Array.from({ length: OFFICIAL_FRAMES }, (_, i) => i + 1);
const rawNames = RAW_CLASSES.trim()
  .replaceAll('\n', ' ')
  .split(', ')
  .map((entry) => entry.split(':')[0]);

test('the tables have 894 classes and the official splits of 795 and 654 frames', () => {
  assert.equal(RAW_COUNT, 894);
  assert.equal(frames.filter((frame) => splitOf(frame) === 'train').length, 795);
  const { table, unknown } = classTable(rawNames, 40);
  assert.deepEqual([unknown, table[0], new Set(table).size], [[], 255, 41]);
  assert.ok(
    classTable(rawNames, 13)
      .table.subarray(1)
      .every((k) => k < 13),
  );
});

test('an unknown name is taken by its index in a whole list, and unlabelled in another', () => {
  const renamed = rawNames.map((name) => (name === 'chair' ? 'a chair' : name));
  assert.deepEqual(classTable(renamed, 40).unknown, ['a chair']);
  assert.deepEqual(classTable(renamed, 40).table, classTable(rawNames, 40).table);
  assert.deepEqual([...classTable(['chair', 'a chair', 'floor'], 13).table], [255, 3, 255, 4]);
});

const meta = fileURLToPath(new URL('../../../../../../shared/data/nyuv2-meta/', import.meta.url));
test('every number of the tables is that of the published files', {
  skip: existsSync(meta) ? false : `no ${meta}`,
}, () => {
  const published = (name: string) => parseMatlab(readFileSync(join(meta, name)), name);
  const texts = (value: ReturnType<MatStruct['get']>, name: string) => {
    const cells = expectKind(value, 'cells', name, meta);
    return Array.from({ length: cells.length }, (_, i) => {
      const cell = cells.at(i);
      return cell.kind === 'text' ? cell.text : '';
    });
  };
  const forty = published('classMapping40.mat');
  assert.deepEqual(texts(forty.get('allClassName'), 'allClassName'), rawNames);
  const mapped = [...expectKind(forty.get('mapClass'), 'numbers', 'mapClass', meta).data];
  assert.deepEqual(
    [...classTable(rawNames, 40).table].slice(1),
    mapped.map((k) => k - 1),
  );
  // The names differ in spelling only.
  const plain = (name: string) => name.replaceAll(' ', '').replace('refridgerator', 'refrigerator');
  assert.deepEqual(texts(forty.get('className'), 'className').map(plain), NYU_40.map(plain));
  const thirteen = published('class13Mapping.mat').get('classMapping13');
  const table = expectKind(thirteen, 'struct', 'classMapping13', meta);
  assert.deepEqual(texts(table.get('classNames'), 'classNames'), THIRTEEN);
  assert.deepEqual([...expectKind(table.get('labels13'), 'numbers', 'labels13', meta).data], THIRTEEN_OF_FORTY);
  const splits = published('splits.mat');
  for (const split of ['train', 'test'] as const) {
    const listed = [...expectKind(splits.get(`${split}Ndxs`), 'numbers', split, meta).data];
    assert.deepEqual(
      listed,
      frames.filter((frame) => splitOf(frame) === split),
    );
  }
});

test('pixels of images and depth are those of the archive', async (t) => {
  const dest = join(await temporaryFolder(t), 'dest');
  await importData({ kind: 'nyu-v2', sources: [nyuFixture], dest, settings: { normals: 'none', depth: 'raw' } });
  const image = await readImage(join(dest, 'train/images/0003.png'));
  assert.deepEqual([image.width, image.height], [24, 20]);
  const at = 3 * (7 * 24 + 9); // x 9, y 7 of the frame 2 from 0: 80 + 27 + 35 = 142, 70 more for each channel
  assert.deepEqual([...image.data.slice(at, at + 3)], [142, 212, 26]);
  const depth = await readPngMap(join(dest, 'train/depth/0003.png'));
  assert.deepEqual([depth.bits, depth.data[24 + 5], depth.data[8 * 24 + 16]], [16, 0, 1520]); // 1.5 + 1/64 + 1/256
  assert.ok(!existsSync(join(dest, 'train/normals')));
});

test('published normals are taken with their masks; frames without any have their other labels', async (t) => {
  const root = await temporaryFolder(t);
  await copyFile(nyuFixture, join(root, 'nyu_depth_v2_labeled.mat'));
  const colours = (rgb: readonly number[]) => png(24, 20, 3, Array.from({ length: 24 * 20 }, () => rgb).flat());
  await writeTestFile(join(root, 'gt/train/00003.png'), colours([127, 127, 255]));
  await writeTestFile(join(root, 'gt/test/00001.png'), colours([127, 0, 127]));
  const mask = Array.from({ length: 24 * 20 }, (_, at) => (at % 24 < 12 ? 255 : 0));
  for (const name of ['0000', '0002']) await writeTestFile(join(root, `gt/masks/${name}.png`), png(24, 20, 1, mask));
  const dest = join(await temporaryFolder(t), 'dest');
  const report = await importData({ kind: 'nyu-v2', sources: [root], dest });
  assert.equal(report.splits.train.labels.normals, 1);
  assert.ok(
    report.notes.some((note) => /of 2 frames, whose numbers begin at 1; 2 masks, whose numbers begin at 0/.test(note)),
  );
  assert.deepEqual(readdirSync(join(dest, 'train/normals')), ['0003.png']);
  const { data } = await readPngMap(join(dest, 'train/normals/0003.png'));
  assert.deepEqual([...data.slice(0, 3), ...data.slice(3 * 20, 3 * 20 + 3)], [127, 127, 255, 0, 0, 0]);
});

test('crop=true refuses frames of another size than 640x480, whose border is not known', async (t) => {
  const dest = join(await temporaryFolder(t), 'dest');
  await assert.rejects(importData({ kind: 'nyu-v2', sources: [nyuFixture], dest, settings: { crop: true } }), {
    name: 'NddrError',
    message: /frame 1: is 24x20, and the white border is only known of 640x480/,
  });
});
