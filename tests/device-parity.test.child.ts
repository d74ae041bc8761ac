/** For tests and `npm run parity -- --device webgpu`: what `measureDevice` finds. Arguments: a network, and fusions. */
import { answer } from '../src/engine/runtime/webgpu.test.child.js';
import { type DeviceParity, measureDevice, type NetworkName } from './device-parity.js';

const [network, ...fusions] = process.argv.slice(2);

await answer(async (runtime) => {
  const found: DeviceParity[] = [];
  const all = fusions.length > 0 ? fusions : undefined;
  for await (const one of measureDevice(runtime, network as NetworkName, all)) found.push(one);
  return found;
});
