/** Opens files of weights on the disk. */
import { statSync } from 'node:fs';
import { openSource } from '../formats/index.js';
import type { WeightFile } from '../weight-file.js';
import { fileSource } from './file-source.js';

/**
 * Opens a file of weights of any known format. Its names, shapes and types are read; numbers are read when they are
 * asked for.
 * @param path of the file; for a TensorFlow checkpoint, what the names of its files begin with will do
 * @throws NddrError when there is no such file, it is of no known format, or it is damaged
 */
export const openWeights = async (path: string): Promise<WeightFile> => openSource(await fileSource(weightsPath(path)));

/** The index of a checkpoint that is named as TensorFlow names it, without an extension; other paths as they are. */
export function weightsPath(path: string): string {
  const isFile = (name: string) => statSync(name, { throwIfNoEntry: false })?.isFile() === true;
  return !isFile(path) && isFile(`${path}.index`) ? `${path}.index` : path;
}
