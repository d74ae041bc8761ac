/** Walks the messages of a protobuf file: reads tags and lengths, and no value that nobody asks for. */
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { NddrError } from '../../errors.js';
import type { ByteSource } from '../weight-file.js';

/** A part of a file. */
export interface Span {
  readonly offset: number;
  readonly length: number;
}

/** A field of a message, and where its value lies. */
export interface Field extends Span {
  readonly number: number;
  readonly wire: WireType;
  /** Of a varint; 0 for the other types. */
  readonly value: bigint;
}

/** The limit of the format itself. */
const MAX_BYTES = 2 ** 31 - 1;
const WINDOW_BYTES = 65_536;
/** A tag and a varint take up to 5 + 10 bytes. */
const HEAD_BYTES = 15;
/** Of names; the longest of published networks have some three hundred characters. */
const MAX_NAME_BYTES = 2048;
/** Of one file, at all levels. A tensor takes some five and a node some ten, and networks have some thousands. */
const MAX_FIELDS = 400_000;

/** Reads the tag of a field, and the value of a varint or the length of the others. @throws what the reader throws */
function readHead(reader: BinaryReader): Omit<Field, 'offset'> {
  const [number, wire] = reader.tag();
  switch (wire) {
    case WireType.Varint: {
      const at = reader.pos;
      const value = BigInt(reader.int64());
      return { number, wire, value, length: reader.pos - at };
    }
    case WireType.LengthDelimited:
      return { number, wire, value: 0n, length: reader.uint32() };
    case WireType.Bit32:
      return { number, wire, value: 0n, length: 4 };
    case WireType.Bit64:
      return { number, wire, value: 0n, length: 8 };
    default:
      throw new Error('groups are not used by it');
  }
}

/** A message in memory, field by field, with their values. @throws Error when it is damaged */
export function* fieldsOf(message: Uint8Array): Generator<Field & { readonly bytes: Uint8Array }> {
  const reader = new BinaryReader(message);
  while (reader.pos < reader.len) {
    const head = readHead(reader);
    const offset = head.wire === WireType.Varint ? reader.pos - head.length : reader.pos;
    reader.pos = offset + head.length;
    if (reader.pos > reader.len) throw new Error('premature EOF');
    yield { ...head, offset, bytes: message.subarray(offset, reader.pos) };
  }
}

/** All varints of a packed field, signed. @throws Error when the last one is cut off */
export function* varints(packed: Uint8Array): Generator<bigint> {
  const reader = new BinaryReader(packed);
  while (reader.pos < reader.len) yield BigInt(reader.int64());
}

export class ProtobufFile {
  private window: Uint8Array = new Uint8Array();
  private reader = new BinaryReader(this.window);
  private windowAt = 0;
  private walked = 0;

  /**
   * @param kind what the file should be, such as "an ONNX model", for messages
   * @throws NddrError when the file is larger than a message can be
   */
  constructor(
    readonly source: ByteSource,
    private readonly kind: string,
  ) {
    if (source.size <= MAX_BYTES) return;
    const found = `it has ${source.size} bytes, and the format ends at ${MAX_BYTES}`;
    throw new NddrError(`${source.name} is not ${kind}: ${found}. Larger weights lie in files beside the model.`);
  }

  /** The error of a file that cannot be what its name says. */
  invalid(what: string): NddrError {
    return new NddrError(
      `${this.source.name} is not ${this.kind}, or it is damaged: ${what}. Check that it is the file you meant.`,
    );
  }

  /**
   * The fields of the file or of a message in it.
   * @throws NddrError when they contradict the message's length, or the file has more of them than a network can need
   */
  async *fields(span: Span = { offset: 0, length: this.source.size }): AsyncGenerator<Field> {
    const end = span.offset + span.length;
    for (let at = span.offset; at < end; ) {
      if (this.walked++ === MAX_FIELDS) {
        throw this.invalid(`it has more than ${MAX_FIELDS} fields, and no network has as many`);
      }
      const reader = await this.readerAt(at);
      let head: Omit<Field, 'offset'>;
      try {
        head = readHead(reader);
      } catch (cause) {
        throw this.invalid(`at byte ${at}, ${(cause as Error).message}`);
      }
      const offset = this.windowAt + reader.pos - (head.wire === WireType.Varint ? head.length : 0);
      if (offset + head.length > end) {
        throw this.invalid(`field ${head.number} at byte ${at} should end at ${offset + head.length}, beyond ${end}`);
      }
      yield { ...head, offset };
      at = offset + head.length;
    }
  }

  /** The bytes of a value, for large ones. */
  read({ offset, length }: Span): Promise<Uint8Array> {
    return this.source.read(offset, length);
  }

  /** The bytes of a small value, out of those that were read ahead. */
  private async small({ offset, length }: Span): Promise<Uint8Array> {
    await this.windowOver(offset, length);
    const from = offset - this.windowAt;
    return this.window.subarray(from, from + length);
  }

  /**
   * @param most how many bytes it may have, up to 65536
   * @throws NddrError when the field is no text, or a longer one
   */
  async text(field: Field, most = MAX_NAME_BYTES): Promise<string> {
    this.expectBytes(field);
    if (field.length > most) throw this.invalid(`a text at byte ${field.offset} has ${field.length} bytes`);
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(await this.small(field));
    } catch (cause) {
      if (cause instanceof NddrError) throw cause;
      throw this.invalid(`the text at byte ${field.offset} is not UTF-8`);
    }
  }

  /** The sizes of a shape: one varint, or several packed ones. @throws NddrError when they are damaged or too many */
  async sizes(field: Field): Promise<bigint[]> {
    if (field.wire === WireType.Varint) return [field.value];
    this.expectBytes(field);
    if (field.length > 1024) throw this.invalid(`the shape at byte ${field.offset} has ${field.length} bytes`);
    try {
      return [...varints(await this.small(field))];
    } catch (cause) {
      if (cause instanceof NddrError) throw cause;
      throw this.invalid(`the shape at byte ${field.offset} is cut off`);
    }
  }

  /** @throws NddrError when the field is of another type than texts, messages and packed numbers are */
  expectBytes(field: Field): void {
    if (field.wire === WireType.LengthDelimited) return;
    throw this.invalid(`field ${field.number} at byte ${field.offset} is of type ${field.wire} instead of 2`);
  }

  /** A reader at a byte of the file, with enough bytes after it for the head of a field. */
  private async readerAt(at: number): Promise<BinaryReader> {
    await this.windowOver(at, Math.min(HEAD_BYTES, this.source.size - at));
    this.reader.pos = at - this.windowAt;
    return this.reader;
  }

  private async windowOver(at: number, length: number): Promise<void> {
    if (at >= this.windowAt && at + length <= this.windowAt + this.window.length) return;
    this.window = await this.source.read(at, Math.min(WINDOW_BYTES, this.source.size - at));
    this.windowAt = at;
    this.reader = new BinaryReader(this.window);
  }
}
