import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { NddrError } from './errors.js';
import { appendLine, expectFolder, expectFolderOf, readLines, readText, readWhole, writeWhole } from './files.js';

const folder = mkdtempSync(join(tmpdir(), 'nddr-files-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const saying = (pattern: RegExp) => (error: Error) => error instanceof NddrError && pattern.test(error.message);

test('a file is written whole, in a folder that is made, and read again', async () => {
  const path = join(folder, 'new', 'deep', 'a.bin');
  await writeWhole(path, [new Uint8Array([1, 2]), 'é', new Uint8Array(0), Buffer.from([255])]);
  assert.deepEqual([...(await readWhole(path))], [1, 2, 0xc3, 0xa9, 255]);
  await writeWhole(path, ['short']);
  assert.equal(await readText(path), 'short');
  assert.deepEqual(readdirSync(join(folder, 'new', 'deep')), ['a.bin']);
});

test('a folder that the system refuses to make is an error at once', async (t) => {
  if (process.platform !== 'linux') return t.skip('only Linux has /proc, in which no folder can be made');
  await assert.rejects(writeWhole('/proc/none/deep/a.bin', ['a']), saying(/Cannot write \/proc\/none\/deep\/a\.bin/));
});

test('a pipe or a device is never replaced', async (t) => {
  if (process.platform === 'win32') return t.skip('Windows keeps devices apart from files');
  const pipe = join(folder, 'pipe');
  spawnSync('mkfifo', [pipe]);
  await assert.rejects(writeWhole(pipe, ['a']), saying(/pipe: it is a device or a pipe, .* Name a file/));
  assert.ok(statSync(pipe).isFIFO());
  rmSync(pipe);
});

test('an empty file is read as nothing', async () => {
  await writeWhole(join(folder, 'empty'), []);
  assert.equal((await readWhole(join(folder, 'empty'))).length, 0);
});

test('a write that fails leaves the old file and nothing aside', async () => {
  const inside = join(folder, 'failing');
  mkdirSync(inside);
  const path = join(inside, 'a.bin');
  writeFileSync(path, 'old');
  // A chunk of a wrong type fails in the middle of the writing, after the first chunk is out.
  const chunks = [new Uint8Array(1000), 7 as unknown as Uint8Array];
  await assert.rejects(writeWhole(path, chunks));
  assert.deepEqual(readdirSync(inside), ['a.bin']);
  assert.equal(readFileSync(path, 'utf8'), 'old');
});

test('a folder in the way, and a file used as a folder, are named', async () => {
  mkdirSync(join(folder, 'taken'));
  writeFileSync(join(folder, 'plain'), '');
  await assert.rejects(writeWhole(join(folder, 'taken'), ['x']), saying(/taken \(0\.001 MB\): a folder has this name/));
  await assert.rejects(writeWhole(join(folder, 'plain', 'x'), ['x']), saying(/plain.x .*a file, not a folder/));
  assert.deepEqual(readdirSync(join(folder, 'taken')), []);
});

test('what cannot be read says why', async () => {
  await assert.rejects(readWhole(join(folder, 'none.png')), saying(/Cannot read .*none\.png: there is no such file/));
  await assert.rejects(readWhole(folder), saying(/it is a folder/));
});

test('a writer that is killed at any moment leaves a whole file', async () => {
  const path = join(folder, 'killed.bin');
  await writeWhole(path, [new Uint8Array(4_000_000)]);
  const program = `
    import { writeWhole } from ${JSON.stringify(new URL('./files.js', import.meta.url).href)};
    for (let n = 1; ; n++) {
      await writeWhole(${JSON.stringify(path)}, [new Uint8Array(2_000_000).fill(n), new Uint8Array(2_000_000).fill(n)]);
      if (n === 1) console.log('begun');
    }`;
  for (const wait of [3, 11]) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    await setTimeout(wait);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const bytes = await readWhole(path);
    assert.equal(bytes.length, 4_000_000);
    assert.ok(bytes[0] > 0 && bytes.every((byte) => byte === bytes[0]));
  }
});

/** A file system of one megabyte, or the reason why there is none. */
function smallDisk(): { path: string; done: () => void } | string {
  const path = join(folder, 'disk');
  mkdirSync(path);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', path], { encoding: 'utf8' });
  if (mounted.status !== 0) return `no small file system can be mounted (${(mounted.stderr ?? 'no mount').trim()})`;
  return { path, done: () => spawnSync('umount', [path]) };
}

test('a full disk harms no file and is told with the size', async (context) => {
  const disk = smallDisk();
  if (typeof disk === 'string') return context.skip(disk);
  try {
    assert.ok(statfsSync(disk.path).blocks * statfsSync(disk.path).bsize <= 1 << 20);
    const path = join(disk.path, 'step-000500.safetensors');
    const old = new Uint8Array(600_000).fill(7);
    await writeWhole(path, [old]);
    await assert.rejects(
      writeWhole(path, [new Uint8Array(300_000), new Uint8Array(400_000)]),
      saying(/step-000500\.safetensors \(0\.700 MB\): the disk is full\. Free some space .*unchanged/),
    );
    assert.deepEqual(readdirSync(disk.path), ['step-000500.safetensors']);
    assert.deepEqual(new Uint8Array(readFileSync(path)), old);

    const events = join(disk.path, 'events.jsonl');
    appendLine(events, { step: 1 });
    assert.throws(() => appendLine(events, { text: 'x'.repeat(600_000) }), saying(/events\.jsonl .*the disk is full/));
    assert.equal(readFileSync(events, 'utf8'), '{"step":1}\n');
  } finally {
    disk.done();
  }
});

test('a device without room is told as a full disk', (context) => {
  if (!existsSync('/dev/full')) return context.skip('this system has no /dev/full');
  assert.throws(() => appendLine('/dev/full', { step: 1 }), saying(/Cannot write \/dev\/full .*the disk is full/));
});

test('lines are added in order and read again', async () => {
  const path = join(folder, 'events.jsonl');
  appendLine(path, { step: 1, note: 'two\nlines' });
  appendLine(path, { step: 2 });
  assert.deepEqual(await readLines(path), [{ step: 1, note: 'two\nlines' }, { step: 2 }]);
  assert.equal(readFileSync(path, 'utf8'), '{"step":1,"note":"two\\nlines"}\n{"step":2}\n');
});

test('a torn last line is left out by the reader and removed by the next writer', async () => {
  const path = join(folder, 'torn.jsonl');
  writeFileSync(path, '{"step":1}\n{"step":2}\n{"ste');
  assert.deepEqual(await readLines(path), [{ step: 1 }, { step: 2 }]);
  appendLine(path, { step: 3 });
  assert.deepEqual(await readLines(path), [{ step: 1 }, { step: 2 }, { step: 3 }]);
  writeFileSync(path, '{"all');
  assert.deepEqual(await readLines(path), []);
  appendLine(path, { step: 4 });
  assert.equal(readFileSync(path, 'utf8'), '{"step":4}\n');
});

test('a damaged line in the middle is named', async () => {
  const path = join(folder, 'middle.jsonl');
  writeFileSync(path, '{"step":1}\n{"st\n{"step":3}\n');
  await assert.rejects(readLines(path), saying(/middle\.jsonl, line 2, is not JSON/));
});

test('a folder that is not there, or is a file, is refused by its name', () => {
  const file = join(folder, 'plain');
  writeFileSync(file, '');
  expectFolder(folder);
  assert.throws(() => expectFolder(join(folder, 'nosuch')), saying(/nosuch: there is no such folder/));
  assert.throws(() => expectFolder(file), saying(/plain: is a file, expected a folder/));
  expectFolderOf(join(folder, 'new.png'), '--out');
  expectFolderOf('new.png', '--out');
  for (const path of [join(folder, 'nosuch', 'new.png'), join(file, 'new.png')])
    assert.throws(
      () => expectFolderOf(path, '--out'),
      saying(/--out .*new\.png: .*(there is no folder .*nosuch|plain is a file)/),
    );
});
