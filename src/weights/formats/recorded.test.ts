/** Files that other programs wrote, see tests/peers/weight_formats.py. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { RECORDED } from '../memory.test.fixture.js';
import { openWeights } from '../node/open.js';
import { toFloat32 } from '../stored-tensor.js';

const SUFFIX = '.expected.json';
const recorded = readdirSync(RECORDED, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith(SUFFIX))
  .map((name) => name.slice(0, -SUFFIX.length));

interface Expected {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

async function assertHolds(file: string, expected: Readonly<Record<string, Expected>>): Promise<void> {
  const { tensors } = await openWeights(file);
  assert.deepEqual([...tensors.keys()].sort(), Object.keys(expected).sort());
  for (const [name, { dtype, shape, values }] of Object.entries(expected)) {
    const entry = tensors.get(name);
    assert.deepEqual([entry?.dtype, entry?.shape], [dtype, shape], name);
    const tensor = await entry?.read();
    assert.ok(tensor);
    const halves = tensor.dtype === 'F16' || tensor.dtype === 'BF16';
    const found = halves ? toFloat32(tensor) : Array.from<number | bigint, number>(tensor.data, Number);
    assert.deepEqual([...found], halves || tensor.dtype === 'F32' ? values.map(Math.fround) : values, name);
  }
}

for (const name of recorded) {
  test(`${name} holds the numbers that its writer put there`, async () => {
    await assertHolds(join(RECORDED, name), JSON.parse(readFileSync(join(RECORDED, `${name}${SUFFIX}`), 'utf8')));
  });
}

test('a checkpoint is found by its prefix, and by each of its files', async () => {
  const prefix = join(RECORDED, 'tensorflow', 'model.ckpt-20000');
  const expected = JSON.parse(readFileSync(`${prefix}.index${SUFFIX}`, 'utf8'));
  for (const end of ['', '.index', '.data-00000-of-00002', '.data-00001-of-00002']) {
    await assertHolds(`${prefix}${end}`, expected);
  }
});

test('what a file says of itself is kept, and what is skipped is told', async () => {
  const metadata = async (name: string) => {
    const { format, metadata } = await openWeights(join(RECORDED, name));
    return { format, ...metadata };
  };
  assert.deepEqual(await metadata('onnx/typed.onnx'), {
    format: 'ONNX',
    producer: 'weight_formats.py',
    classes: 'wall, floor',
    skipped: 'words (string)',
  });
  assert.deepEqual(await metadata('tfjs/graph.json'), {
    format: 'TensorFlow.js, graph model',
    convertedBy: 'weight_formats.py',
    quantised: '4 tensors',
  });
  assert.equal((await metadata('tfjs/layers.json')).format, 'TensorFlow.js, layers model');
  assert.deepEqual(await metadata('caffe/version1.caffemodel'), { format: 'Caffe', name: 'VGG_ILSVRC_16_layers' });
  assert.deepEqual(await metadata('tensorflow/model.ckpt-20000.index'), {
    format: 'TensorFlow checkpoint',
    shards: '2',
    skipped: '_CHECKPOINTABLE_OBJECT_GRAPH (texts)',
  });
});
