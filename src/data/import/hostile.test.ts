// Sources that cannot be meant, or are meant badly: one clear message each, and nothing is written outside the folder.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { checkFolder } from '../check.js';
import { png, temporaryFolder, writeTestFile } from '../folder.test.fixture.js';
import { tarOf, zipOf } from './archives.test.fixture.js';
import { layouts, writeLayout } from './layouts.test.fixture.js';
import { importData } from './run.js';

const { settings, files } = layouts.voc;

/** The entries of VOC's layout. */
const entries = async () => Object.entries(await files()).map(([name, content]) => ({ name, content }));

const importVoc = (sources: readonly string[], dest: string) => importData({ kind: 'voc', settings, sources, dest });

const archives: Readonly<Record<string, (list: Awaited<ReturnType<typeof entries>>) => Uint8Array>> = {
  'voc.zip': zipOf,
  'voc.tar': tarOf,
  'voc.tgz': (list) => gzipSync(tarOf(list)),
};
for (const [name, pack] of Object.entries(archives)) {
  test(`${name} gives the same folder as its files, and no unpacked copy remains`, async (t) => {
    const root = await temporaryFolder(t);
    const source = await writeLayout(root, layouts.voc);
    await importVoc([source], join(root, 'whole'));
    const archive = await writeTestFile(join(root, name), pack(await entries()));
    const report = await importVoc([archive], join(root, 'dest'));
    assert.equal(report.complete, true);
    const written = (folder: string) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((path) => path !== 'import.json' && /\.\w+$/.test(path))
        .sort()
        .map((path) => [path, readFileSync(join(root, folder, path)).toString('hex')]);
    assert.deepEqual(written('dest'), written('whole'));
  });
}

test('two archives are one source, and a file that both have is refused', async (t) => {
  const root = await temporaryFolder(t);
  const all = await entries();
  const isImage = ({ name }: { name: string }) => name.includes('JPEGImages');
  const images = await writeTestFile(join(root, 'images.zip'), zipOf(all.filter(isImage)));
  const labels = await writeTestFile(join(root, 'labels.tar'), tarOf(all.filter((one) => !isImage(one))));
  assert.equal((await importVoc([images, labels], join(root, 'dest'))).splits.train.samples, 1);
  const again = await writeTestFile(join(root, 'again.zip'), zipOf(all.filter(isImage)));
  await assert.rejects(importVoc([images, again, labels], join(root, 'other')), {
    name: 'NddrError',
    message: /again\.zip\/VOC.*000032\.jpg and .*images\.zip.*both are "2007_000032"/,
  });
});

test('names in archives that lead out of them are refused', async (t) => {
  const root = await temporaryFolder(t);
  for (const name of ['../../evil.png', '/etc/evil.png']) {
    const list = [...(await entries()), { name, content: 'x' }];
    const zip = await writeTestFile(join(root, 'bad.zip'), zipOf(list));
    await assert.rejects(importVoc([zip], join(root, 'dest')), {
      name: 'NddrError',
      message: /bad\.zip: the archive cannot be read/,
    });
    const tar = await writeTestFile(join(root, 'bad.tar'), tarOf(list));
    await assert.rejects(importVoc([tar], join(root, 'dest')), {
      name: 'NddrError',
      message: /bad\.tar: .*leads out of it/,
    });
  }
  assert.deepEqual(readdirSync(root).sort(), ['bad.tar', 'bad.zip']);
});

test('archives that are cut short or are no archives are refused', async (t) => {
  const root = await temporaryFolder(t);
  for (const [name, pack] of Object.entries(archives)) {
    const whole = pack(await entries());
    const cut = await writeTestFile(join(root, name), whole.subarray(0, whole.length >> 1));
    await assert.rejects(importVoc([cut], join(root, 'dest')), {
      name: 'NddrError',
      message: /the archive cannot be read/,
    });
    await writeTestFile(cut, 'plain text, no archive '.repeat(100));
    await assert.rejects(importVoc([cut], join(root, 'dest')), {
      name: 'NddrError',
      message: /the archive cannot be read/,
    });
  }
  await assert.rejects(importVoc([join(root, 'none.zip')], join(root, 'dest')), {
    name: 'NddrError',
    message: /no such file/,
  });
  const rar = await writeTestFile(join(root, 'voc.rar'), 'x');
  await assert.rejects(importVoc([rar], join(root, 'dest')), {
    name: 'NddrError',
    message: /unpack this archive first/,
  });
});

test('a file that claims gigabytes, or inflates to more than it claims, is counted as damaged; the rest is imported', async (t) => {
  const root = await temporaryFolder(t);
  const list = await entries();
  const claiming = (claims: number, content: Uint8Array) =>
    zipOf(list.map((one) => (one.name.endsWith('Class/2007_000032.png') ? { ...one, claims, content } : one)));
  const cases: [Uint8Array, RegExp][] = [
    [claiming(4e9, new Uint8Array(100)), /is a file of 4000 MB, above the 268 MB/],
    [claiming(100, new Uint8Array(5e6)), /cannot be read from the archive/],
  ];
  for (const [bytes, message] of cases) {
    const dest = await temporaryFolder(t);
    const zip = await writeTestFile(join(root, 'bomb.zip'), bytes);
    const { failures, splits } = await importVoc([zip], dest);
    assert.equal(failures.length, 1);
    assert.match(failures[0].message, message);
    assert.deepEqual(Object.keys(splits), ['val']);
    assert.deepEqual((await checkFolder({ root: dest })).problems, []);
  }
  const bomb = await writeTestFile(join(root, 'bomb.tgz'), gzipSync(new Uint8Array(8e7)));
  await assert.rejects(importVoc([bomb], join(root, 'dest')), {
    name: 'NddrError',
    message: /expands to more than 100 times/,
  });
});

test('a picture whose header claims a huge size is counted as damaged, and not decoded', async (t) => {
  const root = await temporaryFolder(t);
  const source = await writeLayout(root, layouts.cityscapes);
  const huge = Buffer.from(png(1, 1, 3, [0, 0, 0]));
  huge.writeUInt32BE(60000, 16);
  huge.writeUInt32BE(60000, 20);
  writeFileSync(join(source, 'leftImg8bit/val/ulm/ulm_000001_000019_leftImg8bit.png'), huge);
  writeFileSync(join(source, 'disparity/train/ulm/ulm_000000_000019_disparity.png'), huge);
  const dest = join(root, 'dest');
  const { failures } = await importData({
    kind: 'cityscapes',
    settings: layouts.cityscapes.settings,
    sources: [source],
    dest,
  });
  assert.deepEqual(
    failures.map(({ sample }) => sample),
    ['train/ulm_000000_000019', 'val/ulm_000001_000019'],
  );
  for (const { message } of failures) assert.match(message, /is 60000x60000, 3600 megapixels, above the limit/);
  assert.deepEqual(readdirSync(join(dest, 'test', 'images')), ['ulm_000002_000019.png']);
});

test('lists are only compared with the names of files: paths out of the source name nothing', async (t) => {
  const root = await temporaryFolder(t);
  const source = await writeLayout(root, layouts.list);
  await writeTestFile(join(root, 'secret.png'), png(8, 6, 1, new Array(48).fill(1)));
  const lines = [
    '/images/1.png ../../secret.png',
    '/etc/passwd /etc/passwd',
    '/../../secret.png /seg/1.png',
    '/images/1.png /seg/1.png',
  ];
  writeFileSync(join(source, 'nyu_v2/list/training_seg.txt'), `${lines.join('\n')}\n`);
  const dest = join(root, 'dest');
  const { skipped, splits } = await importData({ kind: 'list', sources: [source], dest });
  assert.equal(splits.train.samples, 1);
  const [missing] = skipped;
  assert.deepEqual([missing.isFault, missing.names.length], [true, 3]);
  assert.match(missing.names[0], /training_seg\.txt: \.\.\/\.\.\/secret\.png/);
});

test('links out of a folder are left out and noted, and those inside are followed once', async (t) => {
  const root = await temporaryFolder(t);
  const source = await writeLayout(root, layouts.voc);
  const voc = join(source, 'VOCdevkit/VOC2012');
  await writeTestFile(join(root, 'outside', 'a.jpg'), 'x');
  symlinkSync(join(root, 'outside'), join(voc, 'JPEGImages', 'more'));
  symlinkSync(join(root, 'none'), join(voc, 'broken'));
  symlinkSync(voc, join(voc, 'circle'));
  const link = { name: 'VOCdevkit/link.png', content: '/etc/passwd', mode: 0o120777, type: '2' };
  const zip = await writeTestFile(join(root, 'link.zip'), zipOf([link]));
  const tar = await writeTestFile(join(root, 'link.tar'), tarOf([{ ...link, content: '' }]));
  const { notes } = await importVoc([source, zip, tar], join(root, 'dest'));
  assert.equal(notes.length, 3);
  for (const note of notes.slice(1)) assert.match(note, /link\.(zip|tar): 1 link in it left out: VOCdevkit\/link\.png/);
  assert.match(notes[0], /source: 2 links lead out of the folder, or nowhere, and are left out: .*further source/);
});

test('names that are one file where capital letters do not count are refused, and so are odd names', async (t) => {
  const root = await temporaryFolder(t);
  const source = await writeLayout(root, layouts.kitti);
  const options = { kind: 'folder', sources: [source], settings: { images: '*.png' } };
  for (const name of ['a.png', 'A.png']) await writeTestFile(join(source, name), png(1, 1, 1, [0]));
  await assert.rejects(
    importData({ ...options, settings: { images: '*.png', shares: { all: 1 } }, dest: join(root, 'dest') }),
    {
      name: 'NddrError',
      message: /"all\/A" and "all\/a" would be one file/,
    },
  );
  const odd = join(root, 'odd');
  await writeTestFile(join(odd, 'a?b.png'), png(1, 1, 1, [0]));
  await assert.rejects(importData({ ...options, sources: [odd], dest: join(root, 'dest') }), {
    name: 'NddrError',
    message: /1 name cannot be names of files: "a\?b"/,
  });
});

test('a folder that holds other things, or another import, is refused; so is one inside the source', async (t) => {
  const root = await temporaryFolder(t);
  const source = await writeLayout(root, layouts.camvid);
  const run = (dest: string, more: object = {}) =>
    importData({ kind: 'camvid', sources: [source], dest, settings: { ...layouts.camvid.settings, ...more } });
  await assert.rejects(run(join(source, 'out')), { name: 'NddrError', message: /lies in the source/ });
  const held = join(root, 'held');
  await writeTestFile(join(held, 'mine.txt'), 'x');
  await assert.rejects(run(held), { name: 'NddrError', message: /held: holds other files \(mine\.txt\)/ });
  assert.deepEqual(readdirSync(held), ['mine.txt']);
  const dest = join(root, 'dest');
  mkdirSync(dest);
  await run(dest);
  await assert.rejects(run(dest, { classes: 32 }), {
    name: 'NddrError',
    message: /dest: holds an import of other settings .*"classes":32/,
  });
  await writeTestFile(join(source, 'more.txt'), 'x');
  await assert.rejects(run(dest), { name: 'NddrError', message: /holds an import of other sources/ });
  await assert.rejects(run(join(root, 'mine.png'), { clases: 11 }), {
    name: 'NddrError',
    message: /unknown key "clases"; did you mean "classes"/,
  });
});

test('a damaged label leaves its sample out whole, and a later start takes it once it is repaired', async (t) => {
  const root = await temporaryFolder(t);
  const source = await writeLayout(root, layouts.voc);
  const path = join(source, 'VOCdevkit/VOC2012/SegmentationClass/2007_000032.png');
  const good = readFileSync(path);
  const dest = join(root, 'dest');
  const wrong: [Uint8Array, RegExp][] = [
    [good.subarray(0, 40), /000032\.png: the PNG is cut short or damaged/],
    [png(8, 6, 1, new Array(48).fill(77)), /000032\.png: class index 77/],
    [png(4, 4, 1, new Array(16).fill(1)), /000032\.png: is 4x4, expected 8x6/],
  ];
  for (const [bytes, message] of wrong) {
    writeFileSync(path, bytes);
    const { failures, splits } = await importVoc([source], dest);
    assert.match(failures[0].message, message);
    assert.deepEqual(Object.keys(splits), ['val']);
    assert.deepEqual(readdirSync(join(dest, 'val', 'images')), ['2007_000033.jpg']);
  }
  writeFileSync(path, good);
  const { failures, splits } = await importVoc([source], dest);
  assert.deepEqual([failures, Object.keys(splits)], [[], ['train', 'val']]);
});
