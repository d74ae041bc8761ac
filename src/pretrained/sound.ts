/** Refuses numbers that a network cannot compute with, before a training starts from them. */
import { NddrError } from '../errors.js';
import { several } from '../words.js';

/**
 * @param path of the variable; the last part of a variance is `var`
 * @param from the file and the tensors that gave the numbers, for messages
 * @throws NddrError when numbers are not finite as float32, or a variance is below 0
 */
export function requireSound(path: string, numbers: Float32Array, from: string): void {
  const refuse = (wrong: (value: number) => boolean, what: string) => {
    const count = numbers.reduce((sum, value) => sum + (wrong(value) ? 1 : 0), 0);
    if (count === 0) return;
    throw new NddrError(
      `${from}: of ${several(numbers.length, 'number')} for ${path}, ${count} ${what}. Use another file.`,
    );
  };
  refuse((value) => !Number.isFinite(value), 'not finite as float32 (NaN, infinite, or beyond 3.4e38)');
  if (path.endsWith('.var')) refuse((value) => value < 0, 'below 0, which no variance is');
}
