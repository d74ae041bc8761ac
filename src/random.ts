/**
 * Seeded random numbers: the generator sfc32 (Chris Doty-Humphrey, PractRand), keyed by a 128-bit hash of a path of
 * names. The same numbers in every thread and every browser. Not for cryptography.
 *
 * A fork depends on the seed and the names alone, never on how many numbers were drawn before it, so a stream such as
 * `new Random(seed).fork('augment').fork(step)` can be created again at any time and anywhere.
 */
export class Random {
  readonly #key: Key;
  #a: number;
  #b: number;
  #c: number;
  #counter: number;

  /** @param parent the stream of which this one is a fork; usually written `parent.fork(seed)` */
  constructor(seed: string | number, parent?: Random) {
    this.#key = absorb(parent === undefined ? ROOT : parent.#key, seed);
    [this.#a, this.#b, this.#c, this.#counter] = this.#key;
    for (let round = 0; round < WARM_UP_ROUNDS; round++) this.#bits();
  }

  /** An independent stream, the same for the same seed and names. The number 1 and the name '1' differ. */
  fork(name: string | number): Random {
    return new Random(name, this);
  }

  /** Uniform in [0, 1): a multiple of 2^-32. */
  next(): number {
    return this.#bits() / 4294967296;
  }

  /** Uniform in [low, high). */
  uniform(low: number, high: number): number {
    return low + (high - low) * this.next();
  }

  /** Uniform among 0 .. count - 1. */
  integer(count: number): number {
    return Math.floor(this.next() * count);
  }

  /** Standard normal: mean 0, variance 1 (Box and Muller). */
  normal(): number {
    // 1 - next() lies in (0, 1], so the logarithm is finite.
    return Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
  }

  /** Puts the items in random order, in place (Fisher and Yates), and returns them. */
  shuffle<Items extends { [index: number]: unknown; readonly length: number }>(items: Items): Items {
    for (let last = items.length - 1; last > 0; last--) {
      const other = this.integer(last + 1);
      const item = items[last];
      items[last] = items[other];
      items[other] = item;
    }
    return items;
  }

  /** One round of sfc32: 32 uniform bits. */
  #bits(): number {
    const sum = (this.#a + this.#b + this.#counter) >>> 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum;
  }
}

type Key = readonly [number, number, number, number];

/** The first hexadecimal digits of pi. */
const ROOT: Key = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344];
const WARM_UP_ROUNDS = 12;

/** Hashes a name into a key, in the manner of MurmurHash3 with four lanes. */
function absorb(key: Key, name: string | number): Key {
  // The type and the length are hashed with the value, so that different paths of names never give the same text.
  const text = `${typeof name}:${name}:${String(name).length}`;
  let [a, b, c, d] = key;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = b ^ Math.imul(a ^ code, 597399067);
    b = c ^ Math.imul(b ^ code, 2869860233);
    c = d ^ Math.imul(c ^ code, 951274213);
    d = a ^ Math.imul(d ^ code, 2716044179);
  }
  a = mix(a ^ (b >>> 1) ^ text.length);
  b = mix(b ^ c);
  c = mix(c ^ d);
  d = mix(d ^ a);
  return [(a + b) | 0, (b + c) | 0, (c + d) | 0, (d + a) | 0];
}

/** The finaliser of MurmurHash3: every bit of the input changes about half of the bits of the output. */
function mix(word: number): number {
  let bits = word;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}
