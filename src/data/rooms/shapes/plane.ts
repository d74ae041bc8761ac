import { NEAR, type Projection, type Vector } from '../camera.js';
import type { Probe, Shape, ViewBuffers } from './shape.js';

/**
 * One side of the room: the points p with `normal . p = offset`, the normal pointing into the room. It is visible from
 * inside only. The sides of a convex room need no edges, because the nearest one is the visible one.
 */
export class Plane implements Shape {
  readonly bounds = null;

  // Single numbers, because they are read at every pixel. Texture coordinates are (ux, uy, uz) . p and (vx, vy, vz) .
  // p.
  readonly #nx: number;
  readonly #ny: number;
  readonly #nz: number;
  readonly #ux: number;
  readonly #uy: number;
  readonly #uz: number;
  readonly #vx: number;
  readonly #vy: number;
  readonly #vz: number;

  /** @param along unit vector in the plane, the direction of the texture's u; v is `normal x along` */
  constructor(
    readonly normal: Vector,
    readonly offset: number,
    along: Vector,
  ) {
    [this.#nx, this.#ny, this.#nz] = normal;
    [this.#ux, this.#uy, this.#uz] = along;
    this.#vx = this.#ny * this.#uz - this.#nz * this.#uy;
    this.#vy = this.#nz * this.#ux - this.#nx * this.#uz;
    this.#vz = this.#nx * this.#uy - this.#ny * this.#ux;
  }

  /** Metres inside the room, negative outside. */
  distance(x: number, y: number, z: number): number {
    return this.normal[0] * x + this.normal[1] * y + this.normal[2] * z - this.offset;
  }

  draw(projection: Projection, { depth, surface }: ViewBuffers, part: number): void {
    const { width, height, px0, py0, step } = projection;
    const { position, right, up, forward } = projection.camera;
    const dot = (v: Vector) => this.normal[0] * v[0] + this.normal[1] * v[1] + this.normal[2] * v[2];
    const [alongRight, alongUp, alongForward] = [dot(right), dot(up), dot(forward)];
    const distance = this.distance(...position);
    for (let row = 0, at = 0; row < height; row++) {
      const rowSlope = alongForward + (py0 - row * step) * alongUp + px0 * alongRight;
      for (let column = 0; column < width; column++, at++) {
        const slope = rowSlope + column * step * alongRight;
        if (slope >= 0) continue;
        const t = -distance / slope;
        if (t < depth[at] && t > NEAR) {
          depth[at] = t;
          surface[at] = part * 8;
        }
      }
    }
  }

  orient(probe: Probe): void {
    const { x, y, z } = probe;
    probe.nx = this.#nx;
    probe.ny = this.#ny;
    probe.nz = this.#nz;
    probe.u = this.#ux * x + this.#uy * y + this.#uz * z;
    probe.v = this.#vx * x + this.#vy * y + this.#vz * z;
  }

  /** The sides of a convex room never block a segment inside it. */
  blocks(): boolean {
    return false;
  }
}
