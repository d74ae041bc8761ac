/**
 * npm run parity -- FILE ...: one JSON line a fixture; the exit code is 1 unless every one is within the bars.
 * npm run parity -- --device webgpu [--network tiny|small] [--fusion NAME ...]: the same of training on a device.
 */
import { parseArgs } from 'node:util';
import { FUSIONS } from '../bench/options.js';
import { askDevice } from '../src/engine/runtime/webgpu.test.fixture.js';
import { NddrError } from '../src/errors.js';
import { type DeviceParity, NETWORKS } from './device-parity.js';
import { measureParity } from './parity.js';

const { values: options, positionals: files } = parseArgs({
  allowPositionals: true,
  options: {
    device: { type: 'string' },
    network: { type: 'string', default: 'tiny' },
    fusion: { type: 'string', multiple: true, default: [...FUSIONS] },
  },
});

function tell(parity: { readonly ok: boolean }): void {
  console.log(JSON.stringify(parity));
  if (!parity.ok) process.exitCode = 1;
}

/** In a process for each fusion: a device in software may take minutes. */
async function onDevice({ device, network, fusion }: typeof options): Promise<void> {
  if (device !== 'webgpu') throw new NddrError(`--device ${device}: only webgpu can be compared with the CPU.`);
  if (!Object.hasOwn(NETWORKS, network))
    throw new NddrError(`--network ${network}: expected ${Object.keys(NETWORKS).join(' or ')}.`);
  for (const one of fusion) {
    if (!FUSIONS.includes(one)) throw new NddrError(`--fusion ${one}: expected one of ${FUSIONS.join(', ')}.`);
    const found = await askDevice<readonly DeviceParity[]>('device-parity.test.child.js', import.meta.url, [
      network,
      one,
    ]);
    if ('missing' in found) throw new NddrError(found.missing);
    for (const parity of found.value) tell(parity);
  }
}

try {
  if (options.device !== undefined) await onDevice(options);
  else if (files.length === 0)
    throw new NddrError(
      'Name fixtures that bench/peers/torch_nddr.py dump wrote, npm run parity -- FILE ..., or a device: --device webgpu.',
    );
} catch (error) {
  if (!(error instanceof NddrError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
for (const file of files) {
  try {
    tell(await measureParity(file));
  } catch (error) {
    if (!(error instanceof NddrError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
