import type { Bounds, Projection } from '../camera.js';

/**
 * What the camera sees: per pixel the depth in metres along the optical axis, and the surface, as
 * `8 * index of the part + face`. Filled part by part, the nearest surface stays.
 */
export interface ViewBuffers {
  readonly depth: Float32Array;
  readonly surface: Int32Array;
}

/** Where a point of a surface faces, and where it lies in the texture: `nx ny nz` in world axes, then `u v` in metres. */
export type Probe = Float64Array;

/** A solid whose surface has up to eight faces; faces meet in edges, a face itself is smooth. */
export interface Shape {
  /** Null for what has no end. */
  readonly bounds: Bounds | null;
  /** Writes depth and `8 * part + face` into each pixel where this shape is nearer than what is there. */
  draw(projection: Projection, buffers: ViewBuffers, part: number): void;
  /** Unit normal and texture coordinates of the point (x, y, z) of a face. */
  probe(x: number, y: number, z: number, face: number, out: Probe): void;
  /** Whether the shape meets the open segment from (x, y, z) to (x + dx, y + dy, z + dz). */
  blocks(x: number, y: number, z: number, dx: number, dy: number, dz: number): boolean;
}
