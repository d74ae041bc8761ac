import { NddrError } from '../../errors.js';
import { Random } from '../../random.js';
import type { LabelInfo, PackableDataset, Sample } from '../dataset.js';
import { buildScene } from './build.js';
import { Projection } from './camera.js';
import { CLASSES, COLOURS, ROOM_KINDS } from './classes.js';
import { expose } from './exposure.js';
import { boundaryMap, classMap, countObjects } from './labels.js';
import type { Scene } from './scene.js';
import { shade } from './shading.js';
import { look } from './visibility.js';

export interface RoomsOptions {
  /** Any name; two names share no scene. */
  readonly split: string;
  readonly length: number;
  readonly seed: number;
  /** Pixels; the scenes are the same at every size. */
  readonly width: number;
  readonly height: number;
}

/** What one image as a whole shows. */
export interface RoomLabels {
  /** Index into `ROOM_KINDS`. */
  readonly kind: number;
  /** Pieces of furniture, lamps, balls, rugs, doors, windows and pictures that cover at least 0.1 % of the image. */
  readonly objects: number;
}

export interface RoomsDataset extends PackableDataset {
  imageLabels(index: number): RoomLabels;
}

/**
 * The built-in data set: photographs of furnished rooms that never were, with their true labels at every pixel.
 * Labels are `segmentation` (13 classes), `normals` (camera axes), `depth` (metres along the optical axis, as
 * depth cameras and NYU Depth give it, not along the ray) and `boundaries` (see `boundaryMap`).
 * Sample i is a pure function of seed, split and i.
 *
 * @throws NddrError where an option is out of range
 */
export function openRooms({ split, length, seed, width, height }: RoomsOptions): RoomsDataset {
  requireWhole('length', length, 1);
  requireWhole('width', width, 8);
  requireWhole('height', height, 8);
  requireWhole('seed', seed, 0);
  const random = new Random('rooms').fork(seed).fork(split);
  const area = width * height;
  const surface = new Int32Array(area);
  const [radiance, scratch] = [new Float32Array(3 * area), new Float32Array(3 * area)];
  const map = (channels: number, data: Float32Array | Uint8Array) => ({ channels, height, width, data });

  const open = (index: number): { scene: Scene; projection: Projection; depth: Float32Array } => {
    if (!Number.isInteger(index) || index < 0 || index >= length) {
      throw new NddrError(`rooms, split ${split}: there is no sample ${index}; they are numbered 0 to ${length - 1}.`);
    }
    const scene = buildScene(random.fork(index));
    const projection = new Projection(scene.camera, width, height);
    const depth = new Float32Array(area);
    look(scene, projection, { depth, surface });
    return { scene, projection, depth };
  };

  async function read(index: number): Promise<Sample> {
    const { scene, projection, depth } = open(index);
    const buffers = { depth, surface };
    const normals = new Float32Array(3 * area);
    shade(scene, projection, buffers, normals, radiance);
    return {
      id: `${split}-${String(index).padStart(5, '0')}`,
      image: expose(scene, width, height, radiance, scratch),
      labels: {
        segmentation: map(1, classMap(scene, buffers)),
        normals: map(3, normals),
        depth: map(1, depth),
        boundaries: map(1, boundaryMap(scene, buffers, normals, width, height)),
      },
    };
  }

  const known = { name: 'rooms', length, labels: LABELS };
  return {
    ...known,
    read,
    packed: (wanted) => ({
      ...known,
      async read(index) {
        const { labels, ...sample } = await read(index);
        return { ...sample, labels: Object.fromEntries(wanted.map((name) => [name, labels[name]])) };
      },
    }),
    imageLabels(index: number): RoomLabels {
      const { scene, depth } = open(index);
      return { kind: ROOM_KINDS.indexOf(scene.kind), objects: countObjects(scene, { depth, surface }) };
    },
  };
}

const LABELS: Readonly<Record<string, LabelInfo>> = {
  segmentation: { kind: 'segmentation', classes: CLASSES, colours: COLOURS },
  normals: { kind: 'normals' },
  depth: { kind: 'depth' },
  boundaries: { kind: 'boundaries' },
};

function requireWhole(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new NddrError(`rooms: ${name} must be a whole number of at least ${least}, not ${value}.`);
}
