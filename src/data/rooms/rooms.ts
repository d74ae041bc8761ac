/** The built-in data set. */
import { NddrError } from '../../errors.js';
import { Random } from '../../random.js';
import type { Raster } from '../../tasks/raster.js';
import type { LabelInfo, PackableDataset, Sample } from '../dataset.js';
import { buildScene } from './build.js';
import { Projection } from './camera.js';
import { BACKGROUND, CLASSES, type ClassName, COLOURS, FURNITURE, ROOM_KINDS } from './classes.js';
import { expose } from './exposure.js';
import { boundaryMap, classMap, saliencyMap, visibleClasses } from './labels.js';
import { shade } from './shading.js';
import { findVisibleSurfaces } from './visibility.js';

export interface RoomsOptions {
  /** Any name; different names have different scenes. */
  readonly split: string;
  readonly length: number;
  readonly seed: number;
  /** In pixels; the scenes do not depend on it. */
  readonly width: number;
  readonly height: number;
}

/**
 * Opens the built-in data set: rendered images of furnished rooms, with exact labels at every pixel.
 * Labels are `segmentation` (13 classes), `normals` (camera axes), `depth` (metres along the optical axis, as
 * depth cameras and NYU Depth give it, not along the ray), `boundaries` (see `boundaryMap`) and `saliency` (see
 * `saliencyMap`); of the whole image `kind` (of room), `furniture` (which of 10 classes are visible) and
 * `cameraHeight` (metres above the floor).
 * Sample i depends on the seed, the split and i alone.
 *
 * @throws NddrError where an option is out of range
 */
export function openRooms({ split, length, seed, width, height }: RoomsOptions): PackableDataset {
  requireWhole('length', length, 1);
  requireWhole('width', width, 8);
  requireWhole('height', height, 8);
  requireWhole('seed', seed, 0);
  const random = new Random('rooms').fork(seed).fork(split);
  const area = width * height;
  const surface = new Int32Array(area);
  const [radiance, scratch] = [new Float32Array(3 * area), new Float32Array(3 * area)];
  const map = (channels: number, data: Float32Array | Uint8Array) => ({ channels, height, width, data });
  const ofImage = (data: Float32Array | Uint8Array) => ({ channels: data.length, height: 1, width: 1, data });

  async function read(index: number, wanted: readonly string[] = Object.keys(LABELS)): Promise<Sample> {
    if (!Number.isInteger(index) || index < 0 || index >= length) {
      throw new NddrError(`rooms, split ${split}: there is no sample ${index}; they are numbered 0 to ${length - 1}.`);
    }
    const scene = buildScene(random.fork(index));
    const projection = new Projection(scene.camera, width, height);
    const depth = new Float32Array(area);
    const buffers = { depth, surface };
    findVisibleSurfaces(scene, projection, buffers);
    const normals = new Float32Array(3 * area);
    shade(scene, projection, buffers, normals, radiance);
    const make: Record<LabelName, () => Raster> = {
      segmentation: () => map(1, classMap(scene, buffers)),
      normals: () => map(3, normals),
      depth: () => map(1, depth),
      boundaries: () => map(1, boundaryMap(scene, buffers, normals, width, height)),
      saliency: () => map(1, saliencyMap(scene, buffers, indicesOf(BACKGROUND), width, height)),
      kind: () => ofImage(Float32Array.of(ROOM_KINDS.indexOf(scene.kind))),
      furniture: () => ofImage(visibleClasses(classMap(scene, buffers), indicesOf(FURNITURE))),
      cameraHeight: () => ofImage(Float32Array.of(scene.camera.position[1])),
    };
    return {
      id: `${split}-${String(index).padStart(5, '0')}`,
      image: expose(scene, width, height, radiance, scratch),
      labels: Object.fromEntries(wanted.map((name) => [name, make[name as LabelName]()])),
    };
  }

  const known = { name: 'rooms', length, labels: LABELS };
  return {
    ...known,
    read: (index) => read(index),
    packed: (wanted) => ({ ...known, read: (index) => read(index, wanted) }),
  };
}

const LABELS = {
  segmentation: { kind: 'segmentation', classes: CLASSES, colours: COLOURS },
  normals: { kind: 'normals' },
  depth: { kind: 'depth' },
  boundaries: { kind: 'boundaries' },
  saliency: { kind: 'saliency' },
  kind: { kind: 'classification', classes: ROOM_KINDS },
  furniture: { kind: 'multilabel', classes: FURNITURE },
  // Heights are drawn from 0.95 to 1.9, mostly evenly.
  cameraHeight: { kind: 'regression', names: ['camera height'], unit: 'metres', mean: [1.43], deviation: [0.27] },
} as const satisfies Record<string, LabelInfo>;

type LabelName = keyof typeof LABELS;

const indicesOf = (names: readonly ClassName[]): number[] => names.map((name) => CLASSES.indexOf(name));

function requireWhole(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new NddrError(`rooms: ${name} must be a whole number of at least ${least}, not ${value}.`);
}
