import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { NddrError } from '../../errors.js';
import { fileSource } from './file-source.js';

/** A folder with `weights/model.bin` of ten bytes, `weights/part/1.bin`, and `secret.bin` beside the folder. */
function folder(t: TestContext): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'nddr-source-')));
  t.after(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, 'weights', 'part'), { recursive: true });
  writeFileSync(
    join(root, 'weights', 'model.bin'),
    Uint8Array.from({ length: 10 }, (_, i) => i),
  );
  writeFileSync(join(root, 'weights', 'part', '1.bin'), 'part');
  writeFileSync(join(root, 'secret.bin'), 'secret');
  return root;
}

const refused = (promise: Promise<unknown>, pattern: RegExp) =>
  assert.rejects(promise, (error: Error) => error instanceof NddrError && pattern.test(error.message), `${pattern}`);

test('parts of a file are read where they lie, and none beyond it', async (t) => {
  const path = join(folder(t), 'weights', 'model.bin');
  const source = await fileSource(path);
  assert.deepEqual([source.name, source.size], [path, 10]);
  assert.deepEqual(await source.read(3, 4), Uint8Array.of(3, 4, 5, 6));
  assert.deepEqual(await source.read(10, 0), new Uint8Array(0));
  for (const [offset, length] of [
    [3, 8],
    [11, 0],
    [-1, 2],
    [0, -1],
    [0.5, 1],
    [Number.NaN, 1],
    [0, 2 ** 53],
  ]) {
    await refused(source.read(offset, length), /damaged: bytes .* are wanted, and it has 10/);
  }
});

test('a file that changes while it is read is told', async (t) => {
  const path = join(folder(t), 'weights', 'model.bin');
  const source = await fileSource(path);
  appendFileSync(path, 'more');
  await refused(source.read(0, 4), /changed while it was read/);
});

test('what is no file is refused', async (t) => {
  const root = folder(t);
  await refused(fileSource(join(root, 'weights')), /a folder, expected a file/);
  await refused(fileSource(join(root, 'nothing.bin')), /no such file/);
  if (process.platform === 'win32') return;
  assert.equal(spawnSync('mkfifo', [join(root, 'weights', 'pipe')]).status, 0);
  await refused((await fileSource(join(root, 'weights', 'model.bin'))).sibling('pipe'), /device or a pipe/);
});

test('files beside it and below are found, and nothing elsewhere, by whatever name', async (t) => {
  const root = folder(t);
  const source = await fileSource(join(root, 'weights', 'model.bin'));
  for (const name of ['part/1.bin', './part/1.bin']) assert.equal((await source.sibling(name)).size, 4);
  symlinkSync('part/1.bin', join(root, 'weights', 'inside.bin'));
  assert.equal((await source.sibling('inside.bin')).size, 4);
  symlinkSync('../secret.bin', join(root, 'weights', 'outside.bin'));
  symlinkSync('..', join(root, 'weights', 'up'));
  const names = ['../secret.bin', 'part/../../secret.bin', '..\\secret.bin', join(root, 'secret.bin'), 'C:secret.bin'];
  for (const name of names) await refused(source.sibling(name), /names the file .*leads out of the folder/);
  for (const name of ['outside.bin', 'up/secret.bin'])
    await refused(source.sibling(name), /symbolic link that leads out/);
  for (const name of ['', 'part/1.bin\0.txt']) await refused(source.sibling(name), /no name of a file/);
  await refused(source.sibling('2.bin'), /needs the file .*2\.bin, which does not exist/);
  await refused(source.sibling('part'), /a folder, expected a file/);
});
