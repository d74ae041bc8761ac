import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memorySource } from '../memory.test.fixture.js';
import { crc32, crc32ByTable } from './crc32.js';
import { ZipArchive } from './zip.js';
import { zipOf } from './zip.test.fixture.js';

const content = Uint8Array.from({ length: 200_000 }, (_, i) => (i * i) >> 7);

test('entries are read whole and in parts, stored and deflated', async () => {
  const parts = [{ name: 'stored', content }, { name: 'a/deflated', content, deflate: true } as const];
  const archive = await ZipArchive.open(memorySource(zipOf(parts), 'a.zip'));
  assert.deepEqual([...archive.entries.keys()], ['stored', 'a/deflated']);
  for (const entry of archive.entries.values()) {
    assert.deepEqual(await archive.read(entry), content, entry.name);
    for (const [offset, length] of [
      [0, 10],
      [150_000, 7],
      [199_999, 1],
      [200_000, 0],
      [0, 0],
    ]) {
      assert.deepEqual(
        await archive.readPart(entry, offset, length),
        content.slice(offset, offset + length),
        entry.name,
      );
    }
    await assert.rejects(archive.readPart(entry, 199_999, 2), /bytes 199999 to 200001 are wanted, and it has 200000/);
  }
});

test('an archive may have a comment, and no entry', async () => {
  const bytes = new Uint8Array(
    Buffer.concat([zipOf([{ name: 'a', content: new Uint8Array(0) }]), Buffer.from('hello')]),
  );
  bytes[bytes.length - 7] = 5; // the length of the comment
  const archive = await ZipArchive.open(memorySource(bytes, 'a.zip'));
  assert.deepEqual([...archive.entries.keys()], ['a']);
  assert.equal((await ZipArchive.open(memorySource(zipOf([]), 'a.zip'))).entries.size, 0);
});

test('a changed byte is found by the checksum', async () => {
  const bytes = zipOf([{ name: 'a', content: content.slice(0, 100) }]);
  bytes[40] ^= 1;
  const archive = await ZipArchive.open(memorySource(bytes, 'a.zip'));
  for (const entry of archive.entries.values()) await assert.rejects(archive.read(entry), /checksum does not fit/);
});

test('the checksum is that of the standard, by both ways', () => {
  for (const sum of [crc32, crc32ByTable]) {
    assert.equal(sum(new TextEncoder().encode('123456789')), 0xcbf43926);
    assert.equal(sum(new Uint8Array(0)), 0);
  }
});
