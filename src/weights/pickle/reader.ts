/** The bytes of a pickle, one piece after the other. */
import { NddrError } from '../../errors.js';

/** The error of a pickle that goes on after the bytes that are there. */
export class CutOffError extends NddrError {}

/** More digits than any number of weights has; converting longer ones would take long. */
const MOST_DIGITS = 40;

export class PickleReader {
  private readonly view: DataView;

  constructor(
    private readonly bytes: Uint8Array,
    /** The byte that is read next. */
    public at: number,
    readonly where: string,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  damaged(what: string): NddrError {
    return new NddrError(`${this.where} is damaged: its pickle ${what}. Copy or download it again.`);
  }

  take(length: number): Uint8Array {
    if (length > this.bytes.length - this.at) {
      throw new CutOffError(
        `${this.where} is damaged: its pickle is cut off at byte ${this.at}. Copy or download it again.`,
      );
    }
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  byte(): number {
    return this.take(1)[0];
  }

  uint16(): number {
    this.take(2);
    return this.view.getUint16(this.at - 2, true);
  }

  uint32(): number {
    this.take(4);
    return this.view.getUint32(this.at - 4, true);
  }

  int32(): number {
    this.take(4);
    return this.view.getInt32(this.at - 4, true);
  }

  /** A length of 64 bits. Above 2^53 it is not exact, and more than there is. */
  uint64(): number {
    this.take(8);
    return Number(this.view.getBigUint64(this.at - 8, true));
  }

  /** Python writes this one big-endian. */
  float64(): number {
    this.take(8);
    return this.view.getFloat64(this.at - 8, false);
  }

  /** A signed little-endian integer of any length, as a bigint where a number would not be exact. */
  long(length: number): number | bigint {
    if (length > MOST_DIGITS) throw this.damaged(`has an integer of ${length} bytes; at most ${MOST_DIGITS} are read`);
    const bytes = this.take(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]);
    if (length > 0 && bytes[length - 1] > 127) value -= 1n << BigInt(8 * length);
    return narrow(value);
  }

  text(length: number): string {
    return new TextDecoder().decode(this.take(length));
  }

  /** Bytes as text, a character each. */
  latin1(length: number): string {
    return new TextDecoder('latin1').decode(this.take(length));
  }

  /** The bytes up to the next line end, as text. */
  line(): string {
    const end = this.bytes.indexOf(0x0a, this.at);
    const line = this.text(end === -1 ? Number.POSITIVE_INFINITY : end - this.at);
    this.at++;
    return line;
  }

  /** An integer in digits; a `L` may follow them. */
  integer(): number | bigint {
    const line = this.line();
    const digits = /^\s*([-+]?\d+)L?\s*$/.exec(line)?.[1];
    if (digits !== undefined && digits.length <= MOST_DIGITS) return narrow(BigInt(digits.replace('+', '')));
    throw this.damaged(`has "${line.slice(0, MOST_DIGITS)}" for an integer`);
  }
}

const narrow = (value: bigint): number | bigint =>
  value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
