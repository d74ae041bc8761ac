/** Safetensors as a format of weights: the header is read first, each tensor when it is asked for. */
import { headerEnd, LENGTH_BYTES, readHeader } from '../safetensors.js';
import { tensorOf } from '../stored-tensor.js';
import type { ByteSource, WeightEntry, WeightFile, WeightFormat } from '../weight-file.js';

export const safetensors: WeightFormat = {
  name: 'safetensors',
  extensions: ['.safetensors'],
  // The header is a JSON object, in which spaces may come first; its length is far below 2^32.
  recognises: (head) =>
    head.length > LENGTH_BYTES &&
    head.subarray(4, LENGTH_BYTES).every((byte) => byte === 0) &&
    /^\s*\{/.test(new TextDecoder('latin1').decode(head.subarray(LENGTH_BYTES))),
  open,
};

async function open(source: ByteSource): Promise<WeightFile> {
  const { name: where, size } = source;
  const start = headerEnd(await source.read(0, Math.min(LENGTH_BYTES, size)), size, where);
  const { entries, metadata } = readHeader(await source.read(LENGTH_BYTES, start - LENGTH_BYTES), size - start, where);
  const tensors = entries.map(({ name, dtype, shape, begin, end }): [string, WeightEntry] => [
    name,
    { dtype, shape, read: async () => tensorOf(dtype, shape, await source.read(start + begin, end - begin)) },
  ]);
  return { format: 'safetensors', tensors: new Map(tensors), metadata };
}
