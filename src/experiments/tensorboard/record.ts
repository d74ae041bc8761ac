/** Event files of TensorBoard: records with checksums, each an `Event` message. */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { maskedCrc32c } from '../../weights/formats/crc32c.js';

/** One value under a tag. */
export type SummaryValue =
  | { readonly tag: string; readonly scalar: number }
  | { readonly tag: string; readonly text: string }
  | { readonly tag: string; readonly png: Uint8Array; readonly width: number; readonly height: number };

/** One `Event`. */
export interface LogEvent {
  /** Seconds since 1970. */
  readonly seconds: number;
  readonly step: number;
  readonly values: readonly SummaryValue[];
  /** The log goes on from this step: what an earlier file tells of it and of later steps is void. */
  readonly restart?: true;
}

/** The record that begins a file. */
export const firstRecord = (seconds: number): Uint8Array =>
  record(
    new BinaryWriter().tag(1, WireType.Bit64).double(seconds).tag(3, WireType.LengthDelimited).string('brain.Event:2'),
  );

/** An event as a record. */
export function eventRecord({ seconds, step, values, restart }: LogEvent): Uint8Array {
  const writer = new BinaryWriter().tag(1, WireType.Bit64).double(seconds).tag(2, WireType.Varint).int64(step);
  if (values.length > 0) {
    writer.tag(5, WireType.LengthDelimited).fork();
    for (const value of values) writeValue(writer.tag(1, WireType.LengthDelimited).fork(), value).join();
    writer.join();
  }
  // SessionLog { status: START }
  if (restart) writer.tag(7, WireType.LengthDelimited).fork().tag(1, WireType.Varint).int32(1).join();
  return record(writer);
}

/** The fields of `Summary.Value`. */
function writeValue(writer: BinaryWriter, value: SummaryValue): BinaryWriter {
  writer.tag(1, WireType.LengthDelimited).string(value.tag);
  if ('scalar' in value) return writer.tag(2, WireType.Bit32).float(asFloat(value.scalar));
  if ('png' in value) {
    const { png, width, height } = value;
    writer.tag(4, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.Varint).int32(height).tag(2, WireType.Varint).int32(width);
    // Colour space 3 is RGB.
    writer.tag(3, WireType.Varint).int32(3).tag(4, WireType.LengthDelimited).bytes(png);
    return writer.join();
  }
  // A tensor of one string, which the plugin `text` shows: DT_STRING is 7.
  writer.tag(8, WireType.LengthDelimited).fork().tag(1, WireType.Varint).int32(7);
  writer.tag(2, WireType.LengthDelimited).fork().join();
  writer.tag(8, WireType.LengthDelimited).string(value.text).join();
  writer.tag(9, WireType.LengthDelimited).fork().tag(1, WireType.LengthDelimited).fork();
  return writer.tag(1, WireType.LengthDelimited).string('text').join().join();
}

/** Numbers beyond float32 are infinite there; the writer would refuse them. */
const asFloat = (value: number): number => Math.fround(value);

/** Length, its checksum, the message, its checksum: little-endian, checksums masked. */
function record(writer: BinaryWriter): Uint8Array {
  const message = writer.finish();
  const bytes = new Uint8Array(message.length + 16);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(message.length), true);
  view.setUint32(8, maskedCrc32c(bytes.subarray(0, 8)), true);
  bytes.set(message, 12);
  view.setUint32(12 + message.length, maskedCrc32c(message), true);
  return bytes;
}
