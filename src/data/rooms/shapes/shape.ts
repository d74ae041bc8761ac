import type { Bounds, Projection } from '../camera.js';

/**
 * The visible surface of every pixel: its depth in metres along the optical axis, and its number,
 * `8 * index of the part + face`. Filled part by part; the nearest surface replaces those behind it.
 */
export interface ViewBuffers {
  readonly depth: Float32Array;
  readonly surface: Int32Array;
}

/**
 * A point of a surface: its position, the normal, and its texture coordinates, in metres. One object is used for a
 * whole image, because numbers that are passed one by one to a method are allocated at each call.
 */
export interface Probe {
  x: number;
  y: number;
  z: number;
  /** Unit normal, world axes. */
  nx: number;
  ny: number;
  nz: number;
  u: number;
  v: number;
  /** The size of a pixel on the surface. */
  footprint: number;
}

/** The open segment from (x, y, z) to (x + dx, y + dy, z + dz). */
export interface Segment {
  x: number;
  y: number;
  z: number;
  dx: number;
  dy: number;
  dz: number;
}

/** A solid whose surface has up to eight faces; faces meet in edges, a face itself is smooth. */
export interface Shape {
  /** Null for a shape without bounds. */
  readonly bounds: Bounds | null;
  /** Writes depth and `8 * part + face` into each pixel where this shape is nearer than what is there. */
  draw(projection: Projection, buffers: ViewBuffers, part: number): void;
  /** Fills normal and texture coordinates of a point on a face. */
  orient(probe: Probe, face: number): void;
  /** Whether the shape blocks the segment. */
  blocks(segment: Segment): boolean;
}
