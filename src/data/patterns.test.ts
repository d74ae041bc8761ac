import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryFolder, writeTestFile } from './folder.test.fixture.js';
import { matchPattern, whyNone } from './patterns.js';

/** A folder with these files, empty. */
async function folder(t: TestContext, ...names: string[]): Promise<string> {
  const root = await temporaryFolder(t);
  for (const name of names) await writeTestFile(join(root, name), '');
  return root;
}

/** Wildcard text to the path below the root. */
async function found(root: string, pattern: string): Promise<Record<string, string>> {
  const { files } = await matchPattern(root, pattern);
  return Object.fromEntries([...files].map(([id, path]) => [id, path.slice(root.length + 1)]));
}

test('a part that exists is taken as it stands, whatever characters it has', async (t) => {
  for (const name of ['images (v2)', '!new', '[raw] {a,b}', 'what?', '?v2?', 'a+b @(c)', '**', 'x^$.|y']) {
    const root = await folder(t, `${name}/a.jpg`, `${name}/deep (1)/b.jpg`, 'imagesv2/c.jpg', 'a/d.jpg', 'b/e.jpg');
    assert.deepEqual(await found(root, `${name}/*.jpg`), { a: `${name}/a.jpg` }, name);
    assert.deepEqual(await found(root, `./${name}/**/*.jpg`), {
      a: `${name}/a.jpg`,
      'deep (1)/b': `${name}/deep (1)/b.jpg`,
    });
    assert.deepEqual(await found(root, `${name}/deep (1)/b.jpg`), { '': `${name}/deep (1)/b.jpg` }, name);
  }
});

test('behind a wildcard all but *, **, ? and {a,b} stand for themselves', async (t) => {
  const root = await folder(t, 'x/images (v2)/a.jpg', 'x/imagesv2/b.jpg', 'y/!c [1]_L.png', 'y/d+_L.png');
  assert.deepEqual(await found(root, '*/images (v2)/*.jpg'), { 'x/a': 'x/images (v2)/a.jpg' });
  assert.deepEqual(await found(root, '*/!c [1]_L.png'), { y: 'y/!c [1]_L.png' });
  assert.deepEqual(await found(root, '?/*+_L.png'), { 'y/d': 'y/d+_L.png' });
  assert.deepEqual(await found(root, 'y/[!c]*.png'), {});
});

test('alternatives are patterns, and their text is not captured', async (t) => {
  const root = await folder(t, 'a/1.jpg', 'b/2.png', 'c/3.gif', 'a/4.JPG');
  assert.deepEqual(await found(root, '{a,b}/*.{jpg,png}'), { 1: 'a/1.jpg', 2: 'b/2.png' });
  assert.deepEqual(await found(root, '{a/*.jpg,c/*.gif}'), { 1: 'a/1.jpg', 3: 'c/3.gif' });
});

test('every wildcard is part of the name, in the order of the pattern; characters of the shell stand for themselves', async (t) => {
  const root = await folder(t, 'x/a"b"$1_7.png', 'x/c^d|e_8.png', '.hidden/f.png', 'x/.g_9.png', 'y/deep/er/h_1.png');
  assert.deepEqual(await found(root, '?/*"b"$?_*.png'), { 'x/a/1/7': 'x/a"b"$1_7.png' });
  assert.deepEqual(await found(root, '*/c^*|e_?.png'), { 'x/d/8': 'x/c^d|e_8.png' });
  assert.deepEqual(await found(root, '**/*_?.png'), {
    'x/a"b"$1/7': 'x/a"b"$1_7.png',
    'x/c^d|e/8': 'x/c^d|e_8.png',
    'y/deep/er/h/1': 'y/deep/er/h_1.png',
  });
  assert.deepEqual(await found(root, 'y/**'), { 'deep/er/h_1.png': 'y/deep/er/h_1.png' });
  assert.deepEqual(await found(root, '{x,{y/deep,z}/er}/*_{1,8}.png'), {
    'c^d|e': 'x/c^d|e_8.png',
    h: 'y/deep/er/h_1.png',
  });
});

test('paths outside the folder and absolute ones are found', async (t) => {
  const root = await folder(t, 'set/x', 'photos (1)/a.jpg');
  const expected = new Map([['a', join(root, 'photos (1)/a.jpg')]]);
  assert.deepEqual((await matchPattern(join(root, 'set'), '../photos (1)/*.jpg')).files, expected);
  assert.deepEqual((await matchPattern(join(root, 'set'), `${root}/photos (1)/*.jpg`)).files, expected);
});

test('names are compared with their accents composed, in folders, files and patterns', async (t) => {
  const [composed, apart] = ['\u00e9t\u00e9', 'e\u0301te\u0301'];
  const root = await folder(t, `${apart}/${apart}1.jpg`, `${composed}2/${composed}1_${apart}.png`);
  assert.deepEqual(Object.keys(await found(root, `${composed}/*.jpg`)), [`${composed}1`]);
  assert.deepEqual(Object.keys(await found(root, `${apart}2/*_${composed}.png`)), [`${composed}1`]);
  assert.deepEqual(Object.keys(await found(root, `*/*_${composed}.{png,${apart}}`)), [`${composed}2/${composed}1`]);
});

test('files of one name, and files that match but for capitals, are told apart', async (t) => {
  const root = await folder(t, 'i/a.jpg', 'i/a.png', 'i/b.jpg', 'i/c.JPG');
  const { files, shared, otherCase } = await matchPattern(root, 'i/*.{jpg,png}');
  assert.deepEqual([...files.keys()], ['a', 'b']);
  assert.deepEqual([...shared], [['a', [join(root, 'i/a.jpg'), join(root, 'i/a.png')]]]);
  assert.deepEqual(otherCase, [join(root, 'i/c.JPG')]);
});

test('why nothing matches is told with what to write', async (t) => {
  const root = await folder(t, 'image/a.JPG', 'image/b.Tif');
  const why = async (pattern: string) => whyNone(root, pattern, await matchPattern(root, pattern));
  assert.match(await why('image\\*.JPG'), /write "image\/\*\.JPG"/);
  assert.match(await why("'image/*.JPG'"), /the quotes around it .*remove them/);
  assert.match(await why('image/*.{jpg,tif}'), /a\.JPG, .*b\.Tif differ only in capital letters; .*\(\.JPG, \.Tif\)/);
  assert.match(await why('image'), /it is a folder; .*"image\/\*\.jpg"/);
  assert.match(await why('images/*.JPG'), /there is no "images" in /);
  assert.match(await why('image/[ab].JPG'), /only \*, \*\*, \? and \{a,b\} are wildcards/);
});
