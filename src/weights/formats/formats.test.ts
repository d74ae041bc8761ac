import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { NddrError } from '../../errors.js';
import { elementsOf } from '../../npy.js';
import { memorySource, RECORDED, recorded } from '../memory.test.fixture.js';
import { encodeSafetensors } from '../safetensors.js';
import { type StoredTensor, toFloat32 } from '../stored-tensor.js';
import type { WeightFile } from '../weight-file.js';
import { FORMATS, openSource } from './index.js';

interface Recorded {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: readonly (number | string)[];
}

const values = JSON.parse(new TextDecoder().decode(recorded('values.json'))) as Record<
  string,
  Record<string, Recorded>
>;

const open = (name: string) => openSource(memorySource(recorded(name), name));

const numbers = (tensor: StoredTensor): (number | string)[] => {
  if (tensor.dtype === 'I64' || tensor.dtype === 'U64') return Array.from(tensor.data as BigInt64Array, String);
  return Array.from(tensor.dtype === 'F16' || tensor.dtype === 'BF16' ? toFloat32(tensor) : tensor.data, Number);
};

/** Everything in a file, as the script recorded it. */
async function contents(file: WeightFile): Promise<Record<string, Recorded>> {
  const read: Record<string, Recorded> = {};
  for (const [name, entry] of file.tensors) {
    const tensor = await entry.read();
    assert.deepEqual([tensor.dtype, tensor.shape], [entry.dtype, entry.shape], name);
    read[name] = { dtype: tensor.dtype, shape: [...tensor.shape], data: numbers(tensor) };
  }
  return read;
}

const sound = readdirSync(RECORDED).filter((name) => Object.hasOwn(values, name.split('-')[0]));

for (const name of sound) {
  test(`${name}, written by PyTorch or NumPy, has the numbers that they saved`, async () => {
    assert.deepEqual(await contents(await open(name)), values[name.split('-')[0]]);
  });
}

test('each form is called by its name', async () => {
  const formats = await Promise.all(['types-zip.pth', 'types-legacy.pth', 'arrays-stored.npz'].map(open));
  assert.deepEqual(
    formats.map(({ format }) => format),
    ['PyTorch, zip', 'PyTorch, legacy', 'NumPy archive'],
  );
});

test('of a checkpoint the network is taken, and the rest is told', async () => {
  for (const name of sound.filter((one) => one.startsWith('checkpoint'))) {
    assert.deepEqual((await open(name)).metadata, {
      part: 'state_dict',
      epoch: '3',
      arch: 'tiny',
      'left out':
        'best_acc1 (numpy.core.multiarray.scalar), args (argparse.Namespace), device (torch.device), optimizer (6 tensors)',
    });
  }
  assert.deepEqual((await open('nested-zip.pth')).metadata, { note: 'kept' });
  assert.deepEqual((await open('arrays-stored.npz')).metadata, { 'left out': 'note.npy' });
});

test('what is no plain weights is refused with the way out', async () => {
  const refused: [string, RegExp][] = [
    ['model-zip.pth', /whole model .*torch\.nn\.modules\.container\.Sequential.*model\.state_dict\(\)/],
    ['script.pt', /TorchScript program.*state_dict\(\)/],
    ['complex.pth', /ComplexFloatStorage, which is not read/],
    ['quantized.pth', /torch\._utils\._rebuild_qtensor/],
  ];
  for (const [name, pattern] of refused) {
    await assert.rejects(open(name), (error: Error) => error instanceof NddrError && pattern.test(error.message), name);
  }
});

test('of a large file the header is read, and then the tensors that are asked for', async () => {
  const stored = new Map<string, StoredTensor>([
    ['large', { dtype: 'F32', shape: [1000, 100], data: new Float32Array(100_000).fill(2) }],
    ['mask', { dtype: 'BOOL', shape: [3], data: new Uint8Array([1, 0, 1]) }],
  ]);
  const bytes = new Uint8Array(Buffer.concat(encodeSafetensors(stored, { made: 'here' })));
  const source = memorySource(bytes, 'a.safetensors');
  let read = 0;
  const file = await openSource({
    ...source,
    read: (offset, length) => {
      read += length;
      return source.read(offset, length);
    },
  });
  assert.deepEqual(file.metadata, { made: 'here' });
  assert.deepEqual(await file.tensors.get('mask')?.read(), stored.get('mask'));
  assert.ok(read < 8192, `${read} bytes of ${bytes.length}`);
  assert.deepEqual(await file.tensors.get('large')?.read(), stored.get('large'));
});

test('the content decides before the name does', async () => {
  for (const name of ['types-zip.pth', 'types-legacy.pth', 'arrays-deflated.npz']) {
    const misnamed = await openSource(memorySource(recorded(name), 'a.safetensors'));
    assert.equal(misnamed.format, (await open(name)).format);
  }
});

test('a file of no format is refused with the list of formats', async () => {
  const source = memorySource(new TextEncoder().encode('<html>404</html>'), 'page.bin');
  await assert.rejects(openSource(source), (error: Error) => {
    assert.ok(error instanceof NddrError);
    for (const { name, extensions } of FORMATS) assert.ok(error.message.includes(`${name} (${extensions.join(', ')})`));
    return true;
  });
});

for (const { name, extensions } of FORMATS) {
  test(`what is called ${extensions[0]} and is not ${name} is refused as such`, async () => {
    for (const bytes of [new Uint8Array(0), new TextEncoder().encode('<html>404 not found, at some length</html>')]) {
      const file = `download${extensions[0]}`;
      const source = memorySource(bytes, file);
      await assert.rejects(
        openSource(source),
        (error: Error) => error instanceof NddrError && error.message.startsWith(file),
      );
    }
  });
}

test('numbers of every type become float32', () => {
  const cases: [StoredTensor, number[]][] = [
    [{ dtype: 'F64', shape: [2], data: new Float64Array([0.1, 1e300]) }, [Math.fround(0.1), Infinity]],
    [{ dtype: 'F32', shape: [1], data: new Float32Array([0.5]) }, [0.5]],
    [{ dtype: 'F16', shape: [3], data: new Uint16Array([0x3c00, 0x0001, 0xfc00]) }, [1, 2 ** -24, -Infinity]],
    [{ dtype: 'BF16', shape: [3], data: new Uint16Array([0x3f80, 0xc020, 0x0001]) }, [1, -2.5, 2 ** -133]],
    [{ dtype: 'I64', shape: [1], data: new BigInt64Array([-7n]) }, [-7]],
    [{ dtype: 'U64', shape: [1], data: new BigUint64Array([2n ** 63n]) }, [2 ** 63]],
    [{ dtype: 'I32', shape: [1], data: new Int32Array([-(2 ** 31)]) }, [-(2 ** 31)]],
    [{ dtype: 'U8', shape: [1], data: new Uint8Array([255]) }, [255]],
    [{ dtype: 'BOOL', shape: [2], data: new Uint8Array([0, 1]) }, [0, 1]],
  ];
  for (const [tensor, wanted] of cases) {
    assert.equal(elementsOf(tensor.shape), wanted.length);
    assert.deepEqual(Array.from(toFloat32(tensor)), wanted, tensor.dtype);
  }
});

test('an empty file is called empty, whatever its name', async () => {
  for (const name of ['a.pth', 'a.onnx', 'a'])
    await assert.rejects(openSource(memorySource(new Uint8Array(0), name)), /is empty/);
});
