/** The labels of a rendered room. */
import type { Scene } from './scene.js';
import type { ViewBuffers } from './shapes/shape.js';

/** Part of a surface index without its face. */
const partOf = (surface: number) => surface >> 3;

/** uint8 [H, W]: the class of each pixel. */
export function classMap({ parts }: Scene, { surface }: ViewBuffers): Uint8Array {
  const map = new Uint8Array(surface.length);
  for (let at = 0; at < map.length; at++) map[at] = parts[partOf(surface[at])].classIndex;
  return map;
}

/** Two faces that meet at less than 25 degrees have no boundary between them; this is the cosine. */
const CREASE_COSINE = Math.cos((25 * Math.PI) / 180);
/** A step in depth larger than this share of the nearer depth is an edge. */
const DEPTH_STEP = 0.06;

/**
 * uint8 [H, W]: 1 on boundaries. A pixel is on one if between it and its right or its lower neighbour the class or the
 * object changes, or two faces meet at 25 degrees or more, or one face covers another that lies 6 % deeper. Only the
 * left or upper pixel of such a pair is marked, so straight boundaries are 1 pixel thick. Edges of textures, shadows
 * and reflections are no boundaries.
 *
 * @param normals float32 [3, H, W]
 */
export function boundaryMap(
  { parts }: Scene,
  { depth, surface }: ViewBuffers,
  normals: Float32Array,
  width: number,
  height: number,
): Uint8Array {
  const area = width * height;
  const map = new Uint8Array(area);
  const differ = (a: number, b: number): boolean => {
    if (surface[a] === surface[b]) return false;
    const [partA, partB] = [parts[partOf(surface[a])], parts[partOf(surface[b])]];
    if (partA.object !== partB.object || partA.classIndex !== partB.classIndex) return true;
    const cosine =
      normals[a] * normals[b] + normals[a + area] * normals[b + area] + normals[a + 2 * area] * normals[b + 2 * area];
    return cosine < CREASE_COSINE || Math.abs(depth[a] - depth[b]) > DEPTH_STEP * Math.min(depth[a], depth[b]);
  };
  for (let row = 0, at = 0; row < height; row++) {
    for (let column = 0; column < width; column++, at++) {
      if ((column + 1 < width && differ(at, at + 1)) || (row + 1 < height && differ(at, at + width))) map[at] = 1;
    }
  }
  return map;
}

/** A class that covers a smaller share of the image does not count as visible. */
const VISIBLE_SHARE = 0.002;

/** uint8 [classes]: 1 for each of `classes`, by its index in the class map, that covers at least 0.2 % of the image. */
export function visibleClasses(map: Uint8Array, classes: readonly number[]): Uint8Array {
  const pixels = new Float64Array(256);
  for (const index of map) pixels[index]++;
  return Uint8Array.from(classes, (index) => (pixels[index] >= VISIBLE_SHARE * map.length ? 1 : 0));
}

/** Spread of the weight around the middle of the image, as a share of its width and height. */
const CENTRE_SPREAD = 0.25;

/**
 * uint8 [H, W]: 1 on the salient object, the one whose pixels have the largest sum of weights. The weight of a pixel is
 * exp(-(dx^2 + dy^2) / 2), where dx and dy are its distances from the centre of the image in quarters of width and
 * height. Windows, doors and rugs belong to the background, as the sides of the room do. All 0 where no object is
 * visible.
 */
export function saliencyMap(
  { parts }: Scene,
  { surface }: ViewBuffers,
  background: readonly number[],
  width: number,
  height: number,
): Uint8Array {
  const weights = new Map<number, number>();
  const objectAt = (at: number): number => {
    const { object, classIndex } = parts[partOf(surface[at])];
    return background.includes(classIndex) ? 0 : object;
  };
  const along = (length: number) =>
    Float64Array.from({ length }, (_, i) => Math.exp(-0.5 * (((i + 0.5) / length - 0.5) / CENTRE_SPREAD) ** 2));
  const [across, down] = [along(width), along(height)];
  for (let at = 0; at < surface.length; at++) {
    const object = objectAt(at);
    const weight = across[at % width] * down[Math.floor(at / width)];
    if (object > 0) weights.set(object, (weights.get(object) ?? 0) + weight);
  }
  const most = Math.max(0, ...weights.values());
  const [salient = -1] = [...weights].find(([, weight]) => weight === most) ?? [];
  return Uint8Array.from(surface, (_, at) => (objectAt(at) === salient ? 1 : 0));
}
