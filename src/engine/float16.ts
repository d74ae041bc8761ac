/** IEEE 754 numbers of 16 bits: a sign, 5 bits of exponent, 10 of fraction. */

/** The largest one. From 65520 up the nearest one would be infinity. */
export const FLOAT16_MAX = 65504;

const INFINITE = 0x7c00;
/** From here up (65520 as float32 bits) numbers round to infinity. */
const OVERFLOW = 0x477ff000;
/** 2^-14 as float32 bits: below it the steps stay 2^-24. */
const SMALLEST_NORMAL = 0x38800000;

/**
 * The nearest float16 numbers, ties to even, as their bits.
 * @param values no NaN; what is too large becomes infinity
 */
export function toFloat16(values: Float32Array): Uint16Array {
  const halves = new Uint16Array(values.length);
  const number = new Float32Array(1);
  const bits = new Uint32Array(number.buffer);
  for (let i = 0; i < values.length; i++) {
    number[0] = values[i];
    const sign = (bits[0] >>> 16) & 0x8000;
    const size = bits[0] & 0x7fffffff;
    let half: number;
    if (size >= OVERFLOW) half = INFINITE;
    // The exponent's offset changes from 127 to 15, and the fraction from 23 bits to 10. Where rounding carries into the
    // exponent, the result is the next number, as it should be.
    else if (size >= SMALLEST_NORMAL) half = (size - 0x38000000 + 0xfff + ((size >>> 13) & 1)) >>> 13;
    else {
      // Floats from 1/2 to 1 are 2^-24 from one another, as these float16 numbers are. So the addition rounds to the
      // nearest one, and the lowest bits count how many steps of 2^-24 it is from 0.
      number[0] = Math.abs(values[i]) + 0.5;
      half = bits[0] - 0x3f000000;
    }
    halves[i] = sign | half;
  }
  return halves;
}
