import { NEAR, type Projection, type Vector } from '../camera.js';
import type { Probe, Shape, ViewBuffers } from './shape.js';

/**
 * One side of the room: the points with `normal . p = offset`, the normal pointing into the room. Seen from inside
 * only; the sides of a convex room need no edges, since the nearest one wins.
 */
export class Plane implements Shape {
  readonly bounds = null;

  /** @param along unit vector in the plane, the direction of the texture's u; v is `normal x along` */
  constructor(
    readonly normal: Vector,
    readonly offset: number,
    readonly along: Vector,
  ) {}

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

  probe(x: number, y: number, z: number, _face: number, out: Probe): void {
    const [nx, ny, nz] = this.normal;
    const [ax, ay, az] = this.along;
    out[0] = nx;
    out[1] = ny;
    out[2] = nz;
    out[3] = ax * x + ay * y + az * z;
    out[4] = (ny * az - nz * ay) * x + (nz * ax - nx * az) * y + (nx * ay - ny * ax) * z;
  }

  /** The sides of a convex room never come between two points inside it. */
  blocks(): boolean {
    return false;
  }
}
