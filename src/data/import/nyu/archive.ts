/** The official archive of NYU v2, `nyu_depth_v2_labeled.mat`: frames of images, depth and class indices. */
import { NddrError } from '../../../errors.js';
import { type DatasetInfo, type Hdf5File, type Numbers, openHdf5 } from '../../hdf5/file.js';

/** The arrays of a frame by their names in the archive. */
export type FrameArray = 'images' | 'depths' | 'rawDepths' | 'labels';

export interface NyuArchive {
  readonly path: string;
  readonly frames: number;
  readonly width: number;
  readonly height: number;
  /** Names of the class indices from 1 on. */
  readonly names: readonly string[];
  /** Whether the depth is there as it was measured, with holes. */
  readonly hasRawDepth: boolean;
  /**
   * An array of a frame, from 0 on, row by row: colours interleaved, depth in metres, class indices.
   * @throws NddrError where it cannot be read
   */
  frame(array: FrameArray, index: number): Promise<Numbers>;
  close(): Promise<void>;
}

/** What is kept of each array, so that pieces of several frames are not inflated once for each of them. */
const BLOCK_BYTES = 2 ** 24;
const LARGEST_SIDE = 8192;
const MOST_FRAMES = 100_000;

interface Block {
  readonly from: number;
  readonly numbers: Numbers;
}

/** Opens the archive. @throws NddrError where it is another file, or damaged */
export async function openNyu(path: string): Promise<NyuArchive> {
  const file = await openHdf5(path);
  try {
    return await describe(file);
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function describe(file: Hdf5File): Promise<NyuArchive> {
  const { path } = file;
  const images = await file.describe('images');
  if (images?.shape.length !== 4 || images.shape[1] !== 3 || images.type !== 'uint8') {
    throw new NddrError(
      `${path}: is no labelled archive of NYU v2: its "images" are ${shown(images)}, expected uint8 of ` +
        'frames x 3 x width x height; give nyu_depth_v2_labeled.mat as published',
    );
  }
  const [frames, channels, width, height] = images.shape;
  if (width > LARGEST_SIDE || height > LARGEST_SIDE || frames > MOST_FRAMES) {
    throw new NddrError(`${path}: claims ${frames} frames of ${width}x${height}; it is damaged, download it again`);
  }
  const infos: Partial<Record<FrameArray, DatasetInfo>> = { images };
  for (const array of ['depths', 'rawDepths', 'labels'] as const) {
    const info = await file.describe(array);
    if (!info && array === 'rawDepths') continue;
    const types = array === 'labels' ? ['uint8', 'uint16'] : ['float32', 'float64'];
    const fits = info && types.includes(info.type) && info.shape.join() === [frames, width, height].join();
    if (!fits) {
      throw new NddrError(
        `${path}: its "${array}" are ${shown(info)}, expected ${types.join(' or ')} of ` +
          `${frames}x${width}x${height} as its images have it; give nyu_depth_v2_labeled.mat as published`,
      );
    }
    infos[array] = info;
  }
  const blocks = new Map<FrameArray, Block>();

  /** The frames around one that are stored together. */
  async function blockOf(array: FrameArray, index: number): Promise<Block> {
    const kept = blocks.get(array);
    const each = width * height * (array === 'images' ? channels : 1);
    if (kept && index >= kept.from && index < kept.from + kept.numbers.length / each) return kept;
    blocks.delete(array);
    const info = infos[array] as DatasetInfo;
    const bytes = each * (array === 'images' ? 1 : info.type === 'float64' ? 8 : 4);
    const together = Math.max(1, Math.min(info.chunks?.[0] ?? 1, Math.floor(BLOCK_BYTES / bytes)));
    const from = index - (index % together);
    try {
      const block = { from, numbers: await file.slab(array, from, Math.min(frames, from + together)) };
      blocks.set(array, block);
      return block;
    } catch (error) {
      if (together === 1) throw error;
      // Another frame of the block may be the damaged one.
      return { from: index, numbers: await file.slab(array, index, index + 1) };
    }
  }

  return {
    path,
    frames,
    width,
    height,
    names: await file.texts('names'),
    hasRawDepth: infos.rawDepths !== undefined,
    async frame(array, index) {
      const planes = array === 'images' ? channels : 1;
      const { from, numbers } = await blockOf(array, index);
      const each = width * height * planes;
      return turned(numbers.subarray((index - from) * each, (index - from + 1) * each), width, height, planes);
    },
    close: () => file.close(),
  };
}

const shown = (info: DatasetInfo | undefined): string => (info ? `${info.type} of ${info.shape.join('x')}` : 'missing');

/** Numbers of planes x width x height, as MATLAB stores them, as height x width x planes. */
function turned(numbers: Numbers, width: number, height: number, planes: number): Numbers {
  const out = numbers.slice();
  for (let plane = 0, from = 0; plane < planes; plane++) {
    for (let x = 0; x < width; x++) {
      for (let y = 0, to = x * planes + plane; y < height; y++, to += width * planes) out[to] = numbers[from++];
    }
  }
  return out;
}
