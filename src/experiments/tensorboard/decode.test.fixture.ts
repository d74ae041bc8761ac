// Reads event files by the published formats alone; nothing of the writer is used.
import assert from 'node:assert/strict';

/** CRC-32C bit by bit. */
function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

const masked = (bytes: Uint8Array): number => {
  const crc = crc32c(bytes);
  return Number((BigInt(((crc >>> 15) | (crc << 17)) >>> 0) + 0xa282ead8n) & 0xffffffffn);
};

/** The messages of a file, each record checked; a torn record at the end is left out. */
export function messagesOf(file: Uint8Array): { messages: Uint8Array[]; torn: boolean } {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const messages: Uint8Array[] = [];
  let at = 0;
  while (at + 12 <= file.length) {
    const length = Number(view.getBigUint64(at, true));
    assert.equal(view.getUint32(at + 8, true), masked(file.subarray(at, at + 8)), 'checksum of the length');
    if (at + 16 + length > file.length) break;
    const message = file.subarray(at + 12, at + 12 + length);
    assert.equal(view.getUint32(at + 12 + length, true), masked(message), 'checksum of the message');
    messages.push(message);
    at += 16 + length;
  }
  return { messages, torn: at !== file.length };
}

type Field = { readonly field: number; readonly wire: number; readonly bytes: Uint8Array; readonly number: number };

/** The fields of a message of protobuf. */
function fieldsOf(message: Uint8Array): Field[] {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const fields: Field[] = [];
  let at = 0;
  const varint = () => {
    let [value, shift] = [0n, 0n];
    for (;;) {
      const byte = message[at++];
      value |= BigInt(byte & 127) << shift;
      shift += 7n;
      if (byte < 128) return Number(value);
    }
  };
  while (at < message.length) {
    const key = varint();
    const [field, wire] = [key >> 3, key & 7];
    if (wire === 0) fields.push({ field, wire, bytes: new Uint8Array(), number: varint() });
    else if (wire === 1) {
      fields.push({ field, wire, bytes: new Uint8Array(), number: view.getFloat64(at, true) });
      at += 8;
    } else if (wire === 5) {
      fields.push({ field, wire, bytes: new Uint8Array(), number: view.getFloat32(at, true) });
      at += 4;
    } else {
      assert.equal(wire, 2);
      const length = varint();
      fields.push({ field, wire, bytes: message.subarray(at, at + length), number: Number.NaN });
      at += length;
    }
  }
  return fields;
}

export interface Decoded {
  readonly seconds: number;
  readonly step: number;
  readonly version?: string;
  readonly restart: boolean;
  readonly scalars: Readonly<Record<string, number>>;
  readonly texts: Readonly<Record<string, string>>;
  readonly images: Readonly<Record<string, { width: number; height: number; png: Uint8Array }>>;
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const one = (fields: readonly Field[], number: number) => fields.find(({ field }) => field === number);
const inside = (fields: readonly Field[], number: number) => fieldsOf(one(fields, number)?.bytes ?? assert.fail());

/** An `Event`. */
export function decodeEvent(message: Uint8Array): Decoded {
  const event = fieldsOf(message);
  const decoded = { scalars: {}, texts: {}, images: {} } as {
    scalars: Record<string, number>;
    texts: Record<string, string>;
    images: Record<string, { width: number; height: number; png: Uint8Array }>;
  };
  for (const { bytes } of one(event, 5) ? inside(event, 5) : []) {
    const value = fieldsOf(bytes);
    const tag = text(one(value, 1)?.bytes ?? assert.fail('a tag'));
    const scalar = one(value, 2);
    if (scalar) decoded.scalars[tag] = scalar.number;
    if (one(value, 4)) {
      const image = inside(value, 4);
      assert.equal(one(image, 3)?.number, 3);
      decoded.images[tag] = {
        height: one(image, 1)?.number ?? Number.NaN,
        width: one(image, 2)?.number ?? Number.NaN,
        png: one(image, 4)?.bytes ?? assert.fail(),
      };
    }
    if (one(value, 8)) {
      const tensor = inside(value, 8);
      assert.equal(one(tensor, 1)?.number, 7, 'a tensor of strings');
      assert.equal(one(tensor, 2)?.bytes.length, 0, 'without axes');
      assert.equal(text(one(inside(inside(value, 9), 1), 1)?.bytes ?? assert.fail()), 'text', 'its plugin');
      decoded.texts[tag] = text(one(tensor, 8)?.bytes ?? assert.fail());
    }
  }
  const version = one(event, 3);
  return {
    seconds: one(event, 1)?.number ?? Number.NaN,
    step: one(event, 2)?.number ?? 0,
    ...(version && { version: text(version.bytes) }),
    restart: one(event, 7) !== undefined && one(inside(event, 7), 1)?.number === 1,
    ...decoded,
  };
}
