// jax-js, WebAssembly: one 3x3 convolution, forward, and forward and backward (npm install --prefix bench/peers).
import { readFileSync } from 'node:fs';
import { defaultDevice, grad, init, jit, lax, random } from '@jax-js/jax';
import { medianMillis, printLine, readOptions } from './options.mjs';

const { height, columns, channels } = readOptions();
const { version } = JSON.parse(readFileSync(new URL('node_modules/@jax-js/jax/package.json', import.meta.url), 'utf8'));

await init('wasm');
defaultDevice('wasm');
const x = random.normal(random.key(1), [1, channels, height, columns]);
const weight = random.normal(random.key(2), [channels, channels, 3, 3]);
// An array is used up by the operation that reads it; `.ref` keeps it.
const convolve = (a, b) => lax.conv(a, b, [1, 1], 'SAME');
const forward = jit(convolve);
const slopes = jit(grad((pair) => convolve(pair[0], pair[1]).sum()));
const line = {
  peer: `jax-js ${version}`,
  forward_ms: await medianMillis(async () => {
    await forward(x.ref, weight.ref).data();
  }, 1),
  both_ms: await medianMillis(async () => {
    const [dx, dw] = slopes([x.ref, weight.ref]);
    await Promise.all([dx.data(), dw.data()]);
  }, 1),
};
printLine(line);
process.exit(0);
