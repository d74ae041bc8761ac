import { type Bounds, NEAR, type Projection, type Vector } from '../camera.js';
import type { Probe, Shape, ViewBuffers } from './shape.js';

/** An upright box turned about the vertical. Faces: 0 -x, 1 +x, 2 -y, 3 +y, 4 -z, 5 +z of its own axes. */
export class Box implements Shape {
  readonly bounds: Bounds;

  /**
   * Its own axes in the world: x is (cos, 0, -sin), z is (sin, 0, cos).
   * @param half half the extents along its own axes, metres
   */
  constructor(
    readonly centre: Vector,
    readonly half: Vector,
    readonly cos: number,
    readonly sin: number,
  ) {
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
    const [hx, hy, hz] = this.half;
    const [wx, oy, wz] = [position[0] - this.centre[0], position[1] - this.centre[1], position[2] - this.centre[2]];
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

  probe(x: number, y: number, z: number, face: number, out: Probe): void {
    const { cos, sin } = this;
    const [wx, wy, wz] = [x - this.centre[0], y - this.centre[1], z - this.centre[2]];
    const sign = face & 1 ? 1 : -1;
    if (face >= 4) {
      out[0] = sign * sin;
      out[1] = 0;
      out[2] = sign * cos;
      out[3] = wx * cos - wz * sin;
      out[4] = wy;
    } else if (face >= 2) {
      out[0] = 0;
      out[1] = sign;
      out[2] = 0;
      out[3] = wx * cos - wz * sin;
      out[4] = wx * sin + wz * cos;
    } else {
      out[0] = sign * cos;
      out[1] = 0;
      out[2] = -sign * sin;
      out[3] = wx * sin + wz * cos;
      out[4] = wy;
    }
  }

  blocks(x: number, y: number, z: number, dx: number, dy: number, dz: number): boolean {
    const { cos, sin } = this;
    const [hx, hy, hz] = this.half;
    const iy = 1 / dy;
    const oy = y - this.centre[1];
    let enter = (iy > 0 ? -hy - oy : hy - oy) * iy;
    let leave = (iy > 0 ? hy - oy : -hy - oy) * iy;
    if (enter >= 1 || leave <= 0 || enter >= leave) return false;
    const [wx, wz] = [x - this.centre[0], z - this.centre[2]];
    const ox = wx * cos - wz * sin;
    const ix = 1 / (dx * cos - dz * sin);
    enter = Math.max(enter, (ix > 0 ? -hx - ox : hx - ox) * ix);
    leave = Math.min(leave, (ix > 0 ? hx - ox : -hx - ox) * ix);
    if (enter >= 1 || leave <= 0 || enter >= leave) return false;
    const oz = wx * sin + wz * cos;
    const iz = 1 / (dx * sin + dz * cos);
    enter = Math.max(enter, (iz > 0 ? -hz - oz : hz - oz) * iz);
    leave = Math.min(leave, (iz > 0 ? hz - oz : -hz - oz) * iz);
    return enter < 1 && leave > 0 && enter < leave;
  }
}
