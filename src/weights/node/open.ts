/** Opens files of weights on the disk. */
import { openSource } from '../formats/index.js';
import type { WeightFile } from '../weight-file.js';
import { fileSource } from './file-source.js';

/**
 * Opens a file of weights of any known format. Its names, shapes and types are read; numbers are read when they are
 * asked for.
 * @throws NddrError when there is no such file, it is of no known format, or it is damaged
 */
export const openWeights = async (path: string): Promise<WeightFile> => openSource(await fileSource(path));
