import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readWhole } from '../src/files.js';
import { decodeSafetensors, encodeSafetensors } from '../src/weights/safetensors.js';
import { compareWithTorchvision } from './torchvision.js';

// Compiled files lie in dist/tests, the others beside the sources.
const root = fileURLToPath(new URL('../..', import.meta.url));
const recorded = join(root, 'tests', 'fixtures', 'torchvision');

/** @returns the distances, in words */
async function assertSame(file: string): Promise<string> {
  const { features, logits, parameters, wantedParameters, unused } = await compareWithTorchvision(file);
  assert.equal(parameters, wantedParameters, file);
  assert.deepEqual(unused, [], file);
  assert.ok(features < 1e-4 && logits < 1e-4, `${file}: features ${features}, logits ${logits}`);
  return `features ${features.toExponential(1)}, logits ${logits.toExponential(1)}`;
}

for (const name of ['resnet18-8', 'resnet50-16', 'mobilenetv2-8', 'alexnet', 'hrnet18']) {
  test(`a narrow ${name} with PyTorch's weights makes of an image what PyTorch made of it`, async () => {
    await assertSame(join(recorded, `${name}.safetensors`));
  });
}

test('another dilation, or weights of which one is a little off, are told apart', async () => {
  const { tensors, metadata } = decodeSafetensors(
    await readWhole(join(recorded, 'resnet18-8.safetensors')),
    'resnet18',
  );
  const folder = await mkdtemp(join(tmpdir(), 'nddr-torchvision-'));
  try {
    const file = join(folder, 'changed.safetensors');
    await writeFile(file, encodeSafetensors(tensors, { ...metadata, name: 'resnet18-16' }));
    assert.ok(Number.isNaN((await compareWithTorchvision(file)).features));
    const changed = tensors.get('layer3.0.bn2.running_var')?.data as Float32Array;
    for (const i of changed.keys()) changed[i] *= 1.01;
    await writeFile(file, encodeSafetensors(tensors, metadata));
    assert.ok((await compareWithTorchvision(file)).features > 2e-4);
  } finally {
    await rm(folder, { recursive: true });
  }
});

const python = ['python3', '/usr/bin/python3'].find(
  (command) => spawnSync(command, ['-c', 'import torch, torchvision']).status === 0,
);

test('networks of full width with the weights of torchvision make of an image what it makes of it', {
  skip: python ? false : 'neither python3 nor /usr/bin/python3 has torchvision: apt-get install python3-torchvision',
}, async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'nddr-torchvision-'));
  try {
    for (const name of [
      'resnet34-16',
      'resnet50-8',
      'resnet101-32',
      'mobilenetv2-16',
      'deeplab50',
      'alexnet',
      'hrnet18',
    ]) {
      const script = join(root, 'bench', 'peers', 'torchvision_outputs.py');
      const done = spawnSync(python as string, [script, folder, name], { encoding: 'utf8' });
      assert.equal(done.status, 0, done.stderr);
      const [file] = await readdir(folder);
      context.diagnostic(`${name}: ${await assertSame(join(folder, file))}`);
      await unlink(join(folder, file)); // a quarter of a gigabyte each
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});
