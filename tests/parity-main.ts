/** npm run parity -- FILE ...: one JSON line a fixture; the exit code is 1 unless every one is within the bars. */
import { NddrError } from '../src/errors.js';
import { measureParity } from './parity.js';

const files = process.argv.slice(2);
if (files.length === 0) {
  console.error('Name fixtures that bench/peers/torch_nddr.py dump wrote: npm run parity -- FILE ...');
  process.exitCode = 1;
}
for (const file of files) {
  try {
    const parity = await measureParity(file);
    console.log(JSON.stringify(parity));
    if (!parity.ok) process.exitCode = 1;
  } catch (error) {
    if (!(error instanceof NddrError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
