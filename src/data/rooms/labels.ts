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

/** Two surfaces that meet at a flatter angle than this are one to the eye: cosine of 25 degrees. */
const CREASE_COSINE = Math.cos((25 * Math.PI) / 180);
/** A step in depth larger than this share of the nearer depth is an edge. */
const DEPTH_STEP = 0.06;

/**
 * uint8 [H, W]: 1 on boundaries. A pixel is on one if between it and its right or its lower neighbour
 * the class or the object changes, or two faces meet at 25 degrees or more, or one face covers another
 * that lies 6 % deeper. Only the left or upper pixel of such a pair is marked, so straight boundaries are 1 pixel thick.
 * Textures, shadows and the rims of reflections are no boundaries.
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

/** An object that covers less than this share of the image does not count. */
const COUNTED_SHARE = 0.001;

/** How many objects (furniture, fittings, pictures; not the sides of the room) are seen. */
export function countObjects({ parts }: Scene, { surface }: ViewBuffers): number {
  const pixels = new Map<number, number>();
  for (const index of surface) {
    const { object } = parts[partOf(index)];
    if (object > 0) pixels.set(object, (pixels.get(object) ?? 0) + 1);
  }
  return [...pixels.values()].filter((count) => count >= COUNTED_SHARE * surface.length).length;
}
