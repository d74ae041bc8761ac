import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openWeights } from '../src/weights/node/open.js';
import { type Comparison, compare, ONE_IMAGE, ONE_MAP, type Recorded, type Taker, TWO_MAPS } from './pretrained.js';

// Compiled files lie in dist/tests, the others beside the sources.
const root = fileURLToPath(new URL('../..', import.meta.url));
const recorded = JSON.parse(readFileSync(join(root, 'tests', 'fixtures', 'pretrained.json'), 'utf8')) as Record<
  string,
  Recorded
>;

/** Also what the network computes with weights that were rounded to half precision. */
type Saved = Recorded & { readonly half: Recorded['outputs'] };

const ODD: Taker['size'] = [65, 73];
const map = (backbone: Taker['backbone']): Taker => ({ backbone, tasks: ONE_MAP, size: ODD });

/** By the names of the script: the networks that take each file. */
const takers: Readonly<Record<string, (width: number) => readonly Taker[]>> = {
  // With batch normalisation the network computes what the file's network does without, and the reverse.
  vgg16: (width) => [true, false].map((batchNorm) => map({ kind: 'vgg16', batchNorm, width })),
  vgg16_bn: (width) => [true, false].map((batchNorm) => map({ kind: 'vgg16', batchNorm, width })),
  resnet18: (width) => [map({ kind: 'resnet', depth: 18, outputStride: 8, width })],
  resnet50: (width) => [map({ kind: 'resnet', depth: 50, outputStride: 16, width })],
  alexnet: (width) => [{ backbone: { kind: 'alexnet', width }, tasks: ONE_IMAGE, size: [95, 103] }],
  mobilenet_v2: (width) => [
    { backbone: { kind: 'mobilenetv2', outputStride: 16, width }, tasks: ONE_IMAGE, size: ODD },
  ],
  hrnet18: (width) => [map({ kind: 'hrnet18', resize: 'half-pixel', width })],
  caffe: (width) => [true, false].map((batchNorm) => map({ kind: 'vgg16', batchNorm, width })),
  published: (width) => [
    { backbone: { kind: 'vgg16', width }, tasks: TWO_MAPS, fusion: { kind: 'nddr' }, padding: 'same', size: ODD },
  ],
  keras_mobilenet_v2: (width) => [
    {
      ...{ backbone: { kind: 'mobilenetv2', outputStride: 32, width }, padding: 'same' },
      ...{ tasks: ONE_IMAGE, size: [64, 80] },
    },
  ],
};

/** @returns the distances, in words */
function assertSame(title: string, { errors }: Comparison): string {
  for (const [name, error] of Object.entries(errors)) assert.ok(error < 1e-4, `${title}: ${name} is off by ${error}`);
  return Object.entries(errors)
    .map(([name, error]) => `${name} ${error.toExponential(1)}`)
    .join(', ');
}

test('every recorded network has a network that takes it', () => {
  assert.deepEqual(Object.keys(takers).sort(), Object.keys(recorded).sort());
});

for (const [name, takersOf] of Object.entries(takers)) {
  test(`a network with the weights of ${name}, taken by name, computes what PyTorch does`, async (context) => {
    for (const taker of takersOf(recorded[name].width)) {
      const found = await compare(recorded[name], taker);
      context.diagnostic(assertSame(name, found));
      for (const [tower, share] of Object.entries(found.report.shares)) assert.equal(share, 1, tower);
      assert.deepEqual(found.report.differs, []);
    }
  });
}

test('what is fresh and what is unused is told, the classifier of ImageNet and the state of optimizers apart', async () => {
  const of = async (name: string, at = 0) => compare(recorded[name], takers[name](recorded[name].width)[at]);
  const plain = await of('vgg16', 1);
  assert.deepEqual(plain.report.unused, ['classifier.6.weight', 'classifier.6.bias']);
  assert.deepEqual(plain.fresh, ['seg.fc8.weight', 'seg.fc8.bias']);
  const published = await of('published');
  assert.deepEqual([published.report.unused, published.fresh, published.report.bookkeeping], [[], [], 2]);
  const caffe = await of('caffe');
  assert.deepEqual(caffe.report.unused, ['fc8_voc12.weight']);
  assert.match(caffe.report.notes.join('\n'), /conv1_1: the weights took blue, green and red/);
});

const python = ['python3', '/usr/bin/python3'].find(
  (command) => spawnSync(command, ['-c', 'import torch, torchvision']).status === 0,
);

test('the networks of torchvision start ours from every form of file, in whole and in half precision', {
  skip: python ? false : 'neither python3 nor /usr/bin/python3 has torchvision: apt-get install python3-torchvision',
}, async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'nddr-pretrained-'));
  try {
    const script = join(root, 'tests', 'peers', 'pretrained.py');
    const done = spawnSync(python as string, [script, '--save', folder], { encoding: 'utf8', maxBuffer: 2 ** 26 });
    assert.equal(done.status, 0, done.stderr);
    for (const [name, saved] of Object.entries(JSON.parse(done.stdout) as Record<string, Saved>)) {
      for (const form of ['.pth', '-legacy.pth', '-half.pth', '.onnx', '.npz', '.safetensors']) {
        const file = await openWeights(join(folder, `${name}${form}`));
        // Beside what PyTorch computes with the same rounded weights.
        const wanted = form === '-half.pth' ? { ...saved, outputs: saved.half } : saved;
        const all = takers[name](saved.width);
        for (const taker of form === '.pth' ? all : all.slice(0, 1)) {
          const found = await compare(wanted, taker, { file });
          context.diagnostic(`${name}${form}: ${assertSame(`${name}${form}`, found)}`);
        }
      }
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});
