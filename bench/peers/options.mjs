// The command line and the JSON line of the JavaScript peers.
import { parseArgs } from 'node:util';

const DEFAULTS = { width: '0.25', size: '96', batch: '1', steps: '3', threads: '2', classes: '40', channels: '64' };

/** `MODE --size 96 ...`; what a peer does not need is let pass. A size is one number, or HEIGHTxWIDTH. */
export function readOptions() {
  const options = Object.fromEntries(Object.keys(DEFAULTS).map((name) => [name, { type: 'string' }]));
  const { values, positionals } = parseArgs({ options, strict: false, allowPositionals: true });
  const { size, ...given } = { ...DEFAULTS, ...values };
  const [height, columns = height] = size.split('x').map(Number);
  const numbers = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, Number(value)]));
  return { mode: positionals[0], height, columns, ...numbers };
}

/** Median of the milliseconds that `run` takes. */
export async function medianMillis(run, repeats, warmUp = 1) {
  const times = [];
  for (let i = 0; i < repeats + warmUp; i++) {
    const began = performance.now();
    await run();
    times.push(performance.now() - began);
  }
  return Number(
    times
      .slice(warmUp)
      .sort((a, b) => a - b)
      [repeats >> 1].toFixed(2),
  );
}

export function printLine(line) {
  const peakRssMib = Math.round(process.resourceUsage().maxRSS / 1024);
  console.log(JSON.stringify({ ...line, peak_rss_mib: peakRssMib }));
}
