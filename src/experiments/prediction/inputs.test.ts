import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { after, test } from 'node:test';
import { findInputs } from './inputs.js';

const top = mkdtempSync(join(tmpdir(), 'nddr-inputs-'));
after(() => rmSync(top, { recursive: true, force: true }));

let count = 0;
/** A folder with these files, empty. */
function folderOf(...files: string[]): string {
  const root = join(top, String(count++));
  for (const file of files) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), '');
  }
  return root;
}

/** Names of answers by file. */
async function stemsIn(root: string, named: string[], out = 'answers'): Promise<Record<string, string>> {
  const { inputs } = await findInputs(
    named.map((name) => join(root, name)),
    join(root, out),
  );
  const stems = Object.fromEntries(inputs.map(({ file, stem }) => [relative(root, file), stem]));
  assert.equal(new Set(inputs.map(({ stem }) => stem.toLowerCase())).size, inputs.length, 'no two alike');
  return stems;
}

test('a folder gives its images, with any case of ending; the rest is counted', async () => {
  const root = folderOf('A.TIF', 'b.Jpg', 'c.WEBP', 'deep/d.jpeg', 'e.HEIC', 'notes.txt', '._b.Jpg', 'deep/table.csv');
  assert.deepEqual(await stemsIn(root, ['.']), {
    ...{ 'A.TIF': 'A', 'b.Jpg': 'b', 'c.WEBP': 'c', 'deep/d.jpeg': 'deep/d' },
    'e.HEIC': 'e', // an image, which will be told of
  });
  const { notes } = await findInputs([root], join(root, 'answers'));
  assert.equal(notes.length, 1);
  assert.match(notes[0], /^3 files are no images and left out: .*\._b\.Jpg, .*table\.csv, .*notes\.txt$/);
});

test('images of one name keep their folders, and their endings where those alone differ', async () => {
  const two = folderOf('p/x.jpg', 'q/x.jpg', 'q/y.jpg');
  assert.deepEqual(await stemsIn(two, ['p/x.jpg', 'q/x.jpg', 'q/y.jpg']), {
    ...{ 'p/x.jpg': 'p/x', 'q/x.jpg': 'q/x', 'q/y.jpg': 'y' },
  });
  assert.deepEqual(await stemsIn(two, ['p', 'q']), { 'p/x.jpg': 'p/x', 'q/x.jpg': 'q/x', 'q/y.jpg': 'y' });
  const endings = folderOf('x.jpg', 'x.png', 'z.png');
  assert.deepEqual(await stemsIn(endings, ['.']), { 'x.jpg': 'x.jpg', 'x.png': 'x.png', 'z.png': 'z' });
  const both = folderOf('p/x.jpg', 'p/x.png', 'q/x.jpg');
  assert.deepEqual(await stemsIn(both, ['p', 'q']), {
    ...{ 'p/x.jpg': 'p/x.jpg', 'p/x.png': 'p/x.png', 'q/x.jpg': 'q/x' },
  });
  // What one is called when it keeps its ending is another's name.
  await stemsIn(folderOf('x.jpg', 'x.png', 'x.png.gif'), ['.']);
  await stemsIn(folderOf('a/X.jpg', 'b/x.jpg', 'a/b/x.jpg'), ['a', 'b', 'a/b']);
});

test('what is named twice is answered once, and earlier answers are no images', async () => {
  const root = folderOf('x.jpg', 'answers/x.seg.png');
  const { inputs, notes } = await findInputs([root, join(root, 'x.jpg')], join(root, 'answers'));
  assert.deepEqual(
    inputs.map(({ stem }) => stem),
    ['x'],
  );
  assert.match(
    notes.join('\n'),
    /1 file is an earlier answer in .*answers and left out: .*x\.seg\.png\n1 file is named/,
  );
});

test('answers may go to a folder above the images, and not into the folder that is asked about', async () => {
  const root = folderOf('photos/x.jpg', 'photos/y.jpg');
  assert.deepEqual(await stemsIn(root, ['photos'], '.'), { 'photos/x.jpg': 'x', 'photos/y.jpg': 'y' });
  const photos = join(root, 'photos');
  await assert.rejects(findInputs([photos], `${photos}/`), /photos is also where the answers go .*photos\/predictions/);
});

test('nothing found is an error, a pattern is not', async () => {
  const root = folderOf('x.jpg', 'empty/notes.txt', 'y.png');
  await assert.rejects(findInputs([join(root, 'empty')], 'out'), /the folder .*empty holds no image \(1 other files\)/);
  await assert.rejects(findInputs([join(root, 'none.jpg')], 'out'), /none\.jpg is no file, and no image matches it/);
  assert.deepEqual(Object.values(await stemsIn(root, ['*.png'])).length, 1);
});
