import { type Bounds, NEAR, type Projection, type Vector } from '../camera.js';
import type { Probe, Segment, Shape, ViewBuffers } from './shape.js';

/** An upright round solid whose radius changes linearly from bottom to top. Faces: 0 side, 2 bottom, 3 top. */
export class Frustum implements Shape {
  readonly bounds: Bounds;
  /** Growth of the radius per metre of height. */
  readonly taper: number;

  /** @param base the centre of the bottom */
  constructor(
    readonly base: Vector,
    readonly height: number,
    readonly bottomRadius: number,
    readonly topRadius: number,
  ) {
    const [x, y, z] = base;
    const reach = Math.max(bottomRadius, topRadius);
    this.bounds = { low: [x - reach, y, z - reach], high: [x + reach, y + height, z + reach] };
    this.taper = (topRadius - bottomRadius) / height;
  }

  draw(projection: Projection, { depth, surface }: ViewBuffers, part: number): void {
    const rectangle = projection.rectangle(this.bounds);
    if (rectangle === null) return;
    const { px0, py0, step } = projection;
    const { position, right, up, forward } = projection.camera;
    const { height, taper, topRadius, bottomRadius } = this;
    const [ox, oy, oz] = [position[0] - this.base[0], position[1] - this.base[1], position[2] - this.base[2]];
    // From above only the top can be seen, from below only the bottom.
    const capHeight = oy > height ? height : 0;
    const capRadius = oy > height ? topRadius : bottomRadius;
    const capFace = oy > height ? 3 : 2;
    const radiusAtEye = bottomRadius + taper * oy;
    const c = ox * ox + oz * oz - radiusAtEye * radiusAtEye;
    for (let row = rectangle.top; row < rectangle.bottom; row++) {
      const py = py0 - row * step;
      let at = row * projection.width + rectangle.left;
      for (let column = rectangle.left; column < rectangle.right; column++, at++) {
        const px = px0 + column * step;
        const dx = forward[0] + py * up[0] + px * right[0];
        const dy = forward[1] + py * up[1] + px * right[1];
        const dz = forward[2] + py * up[2] + px * right[2];
        const cap = (capHeight - oy) / dy;
        const [capX, capZ] = [ox + cap * dx, oz + cap * dz];
        if (cap > NEAR && cap < depth[at] && capX * capX + capZ * capZ < capRadius * capRadius) {
          depth[at] = cap;
          surface[at] = part * 8 + capFace;
        }
        // (ox + t dx)^2 + (oz + t dz)^2 = (radius at the height oy + t dy)^2
        const slope = taper * dy;
        const a = dx * dx + dz * dz - slope * slope;
        const b = ox * dx + oz * dz - slope * radiusAtEye;
        const discriminant = b * b - a * c;
        if (discriminant < 0) continue;
        // The nearer root (-b - root) / a, in the form that holds for steep rays as well, where a is not positive.
        const t = c / (Math.sqrt(discriminant) - b);
        const y = oy + t * dy;
        if (t > NEAR && t < depth[at] && y >= 0 && y <= height) {
          depth[at] = t;
          surface[at] = part * 8;
        }
      }
    }
  }

  orient(probe: Probe, face: number): void {
    const wx = probe.x - this.base[0];
    const wz = probe.z - this.base[2];
    if (face !== 0) {
      probe.nx = 0;
      probe.ny = face === 3 ? 1 : -1;
      probe.nz = 0;
      probe.u = wx;
      probe.v = wz;
      return;
    }
    const radius = Math.sqrt(wx * wx + wz * wz);
    const scale = 1 / Math.sqrt(1 + this.taper * this.taper);
    probe.nx = (wx / radius) * scale;
    probe.ny = -this.taper * scale;
    probe.nz = (wz / radius) * scale;
    probe.u = Math.atan2(wz, wx) * this.bottomRadius;
    probe.v = probe.y - this.base[1] - this.height / 2;
  }

  /** Approximated by the cylinder of the mean radius. */
  blocks({ x, y, z, dx, dy, dz }: Segment): boolean {
    const iy = 1 / dy;
    const oy = y - this.base[1];
    let enter = (iy > 0 ? -oy : this.height - oy) * iy;
    let leave = (iy > 0 ? this.height - oy : -oy) * iy;
    if (enter >= 1 || leave <= 0) return false;
    const [ox, oz] = [x - this.base[0], z - this.base[2]];
    const radius = (this.bottomRadius + this.topRadius) / 2;
    const a = dx * dx + dz * dz;
    const b = ox * dx + oz * dz;
    const discriminant = b * b - a * (ox * ox + oz * oz - radius * radius);
    if (discriminant <= 0) return false;
    const root = Math.sqrt(discriminant);
    enter = Math.max(enter, (-b - root) / a);
    leave = Math.min(leave, (-b + root) / a);
    return enter < 1 && leave > 0 && enter < leave;
  }
}
