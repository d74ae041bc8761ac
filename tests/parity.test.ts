import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { NddrError } from '../src/errors.js';
import { readWhole, writeWhole } from '../src/files.js';
import { decodeSafetensors, encodeSafetensors } from '../src/weights/safetensors.js';
import { measureParity } from './parity.js';

// Compiled files lie in dist/tests, the fixtures beside the sources.
const fixture = (name: string) => fileURLToPath(new URL(`../../tests/fixtures/${name}.safetensors`, import.meta.url));

for (const fusion of ['single', 'shared', 'cross-stitch', 'nddr', 'nddr-shortcut']) {
  test(`a step of ${fusion} in float64 is PyTorch's, as far as the stored float32 can tell`, async () => {
    const { float32, ok, file, 'gradShareUnder1e-3': share, ...distances } = await measureParity(fixture(fusion));
    assert.ok(ok, file);
    assert.equal(share, 1);
    for (const [name, distance] of Object.entries(distances)) assert.ok(distance < 2e-7, `${name}: ${distance}`);
    assert.ok(float32.loss < 1e-5 && float32.output < 1e-4, JSON.stringify(float32));
  });
}

test('a gradient that is off by one part in a hundred is not within the bars', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'nddr-parity-'));
  try {
    const { tensors, metadata } = decodeSafetensors(await readWhole(fixture('shared')), 'shared');
    const changed = new Map(
      [...tensors].map(([name, tensor]) => {
        if (name.startsWith('grad.') && tensor.data instanceof Float32Array)
          for (let i = 0; i < tensor.data.length; i++) tensor.data[i] *= 1.01;
        return [name, tensor] as const;
      }),
    );
    const file = join(folder, 'changed.safetensors');
    await writeWhole(file, encodeSafetensors(changed, metadata));
    const { ok, gradMedian, loss } = await measureParity(file);
    assert.equal(ok, false);
    assert.ok(Math.abs(gradMedian - 0.01 / 1.01) < 1e-6, `${gradMedian}`);
    assert.ok(loss < 2e-7);

    await writeWhole(file, encodeSafetensors(new Map([['image', tensors.get('image')!]]), metadata));
    await assert.rejects(
      measureParity(file),
      (error: Error) => error instanceof NddrError && /no tensor seg/.test(error.message),
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});
