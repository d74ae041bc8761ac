import { type Bounds, NEAR, type Projection, type Vector } from '../camera.js';
import type { Probe, Segment, Shape, ViewBuffers } from './shape.js';

/** An upright box turned about the vertical. Faces: 0 -x, 1 +x, 2 -y, 3 +y, 4 -z, 5 +z of its own axes. */
export class Box implements Shape {
  readonly bounds: Bounds;
  // Single numbers, because they are read for every ray of light.
  readonly #x: number;
  readonly #y: number;
  readonly #z: number;
  readonly #hx: number;
  readonly #hy: number;
  readonly #hz: number;

  /**
   * Its own axes in the world: x is (cos, 0, -sin), z is (sin, 0, cos).
   * @param half half the extents along its own axes, metres
   */
  constructor(
    centre: Vector,
    half: Vector,
    readonly cos: number,
    readonly sin: number,
  ) {
    [this.#x, this.#y, this.#z] = centre;
    [this.#hx, this.#hy, this.#hz] = half;
    const reachX = Math.abs(cos) * half[0] + Math.abs(sin) * half[2];
    const reachZ = Math.abs(sin) * half[0] + Math.abs(cos) * half[2];
    this.bounds = {
      low: [centre[0] - reachX, centre[1] - half[1], centre[2] - reachZ],
      high: [centre[0] + reachX, centre[1] + half[1], centre[2] + reachZ],
    };
  }

  draw(projection: Projection, { depth, surface }: ViewBuffers, part: number): void {
    const rectangle = projection.rectangle(this.bounds);
    if (rectangle === null) return;
    const { px0, py0, step } = projection;
    const { position, right, up, forward } = projection.camera;
    const { cos, sin } = this;
    const [hx, hy, hz] = [this.#hx, this.#hy, this.#hz];
    const [wx, oy, wz] = [position[0] - this.#x, position[1] - this.#y, position[2] - this.#z];
    const [ox, oz] = [wx * cos - wz * sin, wx * sin + wz * cos];
    const [rx, ry, rz] = [right[0] * cos - right[2] * sin, right[1], right[0] * sin + right[2] * cos];
    for (let row = rectangle.top; row < rectangle.bottom; row++) {
      const py = py0 - row * step;
      const [bx, bz] = [forward[0] + py * up[0], forward[2] + py * up[2]];
      const rowX = bx * cos - bz * sin;
      const rowY = forward[1] + py * up[1];
      const rowZ = bx * sin + bz * cos;
      let at = row * projection.width + rectangle.left;
      for (let column = rectangle.left; column < rectangle.right; column++, at++) {
        const px = px0 + column * step;
        // The ray enters the box where it has passed the near plane of all three slabs, before any far plane.
        const ix = 1 / (rowX + px * rx);
        const nearX = (ix > 0 ? -hx - ox : hx - ox) * ix;
        const farX = (ix > 0 ? hx - ox : -hx - ox) * ix;
        const iy = 1 / (rowY + px * ry);
        const nearY = (iy > 0 ? -hy - oy : hy - oy) * iy;
        const farY = (iy > 0 ? hy - oy : -hy - oy) * iy;
        const iz = 1 / (rowZ + px * rz);
        const nearZ = (iz > 0 ? -hz - oz : hz - oz) * iz;
        const farZ = (iz > 0 ? hz - oz : -hz - oz) * iz;
        let enter = nearX;
        let face = ix > 0 ? 0 : 1;
        if (nearY > enter) {
          enter = nearY;
          face = iy > 0 ? 2 : 3;
        }
        if (nearZ > enter) {
          enter = nearZ;
          face = iz > 0 ? 4 : 5;
        }
        if (enter > NEAR && enter < depth[at] && enter <= farX && enter <= farY && enter <= farZ) {
          depth[at] = enter;
          surface[at] = part * 8 + face;
        }
      }
    }
  }

  orient(probe: Probe, face: number): void {
    const { cos, sin } = this;
    const wx = probe.x - this.#x;
    const wy = probe.y - this.#y;
    const wz = probe.z - this.#z;
    const sign = face & 1 ? 1 : -1;
    if (face >= 4) {
      probe.nx = sign * sin;
      probe.ny = 0;
      probe.nz = sign * cos;
      probe.u = wx * cos - wz * sin;
      probe.v = wy;
    } else if (face >= 2) {
      probe.nx = 0;
      probe.ny = sign;
      probe.nz = 0;
      probe.u = wx * cos - wz * sin;
      probe.v = wx * sin + wz * cos;
    } else {
      probe.nx = sign * cos;
      probe.ny = 0;
      probe.nz = -sign * sin;
      probe.u = wx * sin + wz * cos;
      probe.v = wy;
    }
  }

  blocks({ x, y, z, dx, dy, dz }: Segment): boolean {
    const { cos, sin } = this;
    const hy = this.#hy;
    const oy = y - this.#y;
    // Most boxes do not block: both ends of the segment lie beyond the same side, which needs no division to check.
    if ((oy > hy && oy + dy > hy) || (oy < -hy && oy + dy < -hy)) return false;
    const wx = x - this.#x;
    const wz = z - this.#z;
    const hx = this.#hx;
    const ox = wx * cos - wz * sin;
    const sx = dx * cos - dz * sin;
    if ((ox > hx && ox + sx > hx) || (ox < -hx && ox + sx < -hx)) return false;
    const hz = this.#hz;
    const oz = wx * sin + wz * cos;
    const sz = dx * sin + dz * cos;
    if ((oz > hz && oz + sz > hz) || (oz < -hz && oz + sz < -hz)) return false;
    const iy = 1 / dy;
    const ix = 1 / sx;
    const iz = 1 / sz;
    const enter = Math.max(
      (iy > 0 ? -hy - oy : hy - oy) * iy,
      (ix > 0 ? -hx - ox : hx - ox) * ix,
      (iz > 0 ? -hz - oz : hz - oz) * iz,
    );
    const leave = Math.min(
      (iy > 0 ? hy - oy : -hy - oy) * iy,
      (ix > 0 ? hx - ox : -hx - ox) * ix,
      (iz > 0 ? hz - oz : -hz - oz) * iz,
    );
    return enter < 1 && leave > 0 && enter < leave;
  }
}
