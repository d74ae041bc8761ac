/** All formats of weight files. */
import { NddrError } from '../../errors.js';
import type { ByteSource, WeightFile, WeightFormat } from '../weight-file.js';
import { caffe } from './caffe.js';
import { npz } from './npz.js';
import { onnx } from './onnx.js';
import { pytorch } from './pytorch.js';
import { safetensors } from './safetensors.js';
import { tfCheckpoint } from './tf-checkpoint.js';
import { tfjs } from './tfjs.js';

/** Where the content of a file fits several formats, the first one is taken. */
export const FORMATS: readonly WeightFormat[] = [safetensors, pytorch, npz, onnx, tfjs, caffe, tfCheckpoint];

const HEAD_BYTES = 4096;

/**
 * Opens a file of weights in the format that its content tells, or else its extension.
 * @throws NddrError when it is of no known format, which lists those known; when the format finds it damaged
 */
export async function openSource(source: ByteSource): Promise<WeightFile> {
  if (source.size === 0) throw new NddrError(`${source.name} is empty. Copy or download it again.`);
  const head = await source.read(0, Math.min(HEAD_BYTES, source.size));
  const name = source.name.toLowerCase();
  const format =
    FORMATS.find((one) => one.recognises(head, source)) ??
    FORMATS.find(({ extensions }) => extensions.some((extension) => name.endsWith(extension)));
  if (format) return await format.open(source);
  const known = FORMATS.map((one) => `${one.name} (${one.extensions.join(', ')})`).join('; ');
  throw new NddrError(
    `${source.name} is not a file of weights: neither its content nor its name is of a known format. Known are: ${known}.`,
  );
}
