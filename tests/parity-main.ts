/**
 * npm run parity -- FILE ...: one JSON line a fixture; the exit code is 1 unless every one is within the bars.
 * npm run parity -- --device webgpu [--network tiny|small] [--fusion NAME ...]: the same of training on a device.
 * npm run parity -- --target NAME ...: the same of the graphs that a target writes, on the CPU.
 */
import { parseArgs } from 'node:util';
import { FUSIONS } from '../bench/options.js';
import { targets } from '../src/engine/index.js';
import { nodeRuntime } from '../src/engine/runtime/node.js';
import { askDevice } from '../src/engine/runtime/webgpu.test.fixture.js';
import { NddrError } from '../src/errors.js';
import { type DeviceParity, measureDevice, NETWORKS, type NetworkName } from './device-parity.js';
import { measureParity } from './parity.js';

const { values: options, positionals: files } = parseArgs({
  allowPositionals: true,
  options: {
    device: { type: 'string' },
    target: { type: 'string' },
    network: { type: 'string', default: 'tiny' },
    fusion: { type: 'string', multiple: true, default: [...FUSIONS] },
  },
});

function tell(parity: { readonly ok: boolean }): void {
  console.log(JSON.stringify(parity));
  if (!parity.ok) process.exitCode = 1;
}

const showNetworks = Object.keys(NETWORKS).join(' or ');

/** In a process for each fusion: a device in software may take minutes. */
async function onDevice({ device, network, fusion }: typeof options): Promise<void> {
  if (device !== 'webgpu') throw new NddrError(`--device ${device}: only webgpu can be compared with the CPU.`);
  if (!Object.hasOwn(NETWORKS, network)) throw new NddrError(`--network ${network}: expected ${showNetworks}.`);
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

/** The graphs of a target on the CPU: what is apart there comes from how it writes them, and from rounding. */
async function ofTarget({ target = '', network, fusion }: typeof options): Promise<void> {
  const found = Object.entries(targets).find(([name, { precision }]) => name === target && precision === 'float32');
  if (!found) throw new NddrError(`--target ${target}: expected a target of float32, such as plain or webgpu.`);
  if (!Object.hasOwn(NETWORKS, network)) throw new NddrError(`--network ${network}: expected ${showNetworks}.`);
  const runtime = { ...nodeRuntime({ threads: 1 }), device: target, target: async () => found[1] };
  for await (const parity of measureDevice(runtime, network as NetworkName, fusion)) tell(parity);
}

try {
  if (options.target !== undefined) await ofTarget(options);
  else if (options.device !== undefined) await onDevice(options);
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
