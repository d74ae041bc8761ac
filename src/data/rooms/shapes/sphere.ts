import { type Bounds, NEAR, type Projection, type Vector } from '../camera.js';
import type { Probe, Segment, Shape, ViewBuffers } from './shape.js';

export class Sphere implements Shape {
  readonly bounds: Bounds;

  constructor(
    readonly centre: Vector,
    readonly radius: number,
  ) {
    const [x, y, z] = centre;
    this.bounds = { low: [x - radius, y - radius, z - radius], high: [x + radius, y + radius, z + radius] };
  }

  draw(projection: Projection, { depth, surface }: ViewBuffers, part: number): void {
    const rectangle = projection.rectangle(this.bounds);
    if (rectangle === null) return;
    const { px0, py0, step } = projection;
    const { position, right, up, forward } = projection.camera;
    const [ox, oy, oz] = [position[0] - this.centre[0], position[1] - this.centre[1], position[2] - this.centre[2]];
    const c = ox * ox + oy * oy + oz * oz - this.radius * this.radius;
    for (let row = rectangle.top; row < rectangle.bottom; row++) {
      const py = py0 - row * step;
      let at = row * projection.width + rectangle.left;
      for (let column = rectangle.left; column < rectangle.right; column++, at++) {
        const px = px0 + column * step;
        const dx = forward[0] + py * up[0] + px * right[0];
        const dy = forward[1] + py * up[1] + px * right[1];
        const dz = forward[2] + py * up[2] + px * right[2];
        // |o + t d|^2 = r^2, with the factor 2 of the middle term cancelled.
        const a = dx * dx + dy * dy + dz * dz;
        const b = ox * dx + oy * dy + oz * dz;
        const discriminant = b * b - a * c;
        if (discriminant < 0) continue;
        const t = (-b - Math.sqrt(discriminant)) / a;
        if (t > NEAR && t < depth[at]) {
          depth[at] = t;
          surface[at] = part * 8;
        }
      }
    }
  }

  orient(probe: Probe): void {
    const wx = probe.x - this.centre[0];
    const wy = probe.y - this.centre[1];
    const wz = probe.z - this.centre[2];
    const scale = 1 / Math.sqrt(wx * wx + wy * wy + wz * wz);
    probe.nx = wx * scale;
    probe.ny = wy * scale;
    probe.nz = wz * scale;
    // A slanted projection, so that stripes show from every side.
    probe.u = wx + 0.5 * wz;
    probe.v = wy + 0.5 * wz;
  }

  blocks({ x, y, z, dx, dy, dz }: Segment): boolean {
    const [ox, oy, oz] = [x - this.centre[0], y - this.centre[1], z - this.centre[2]];
    const b = ox * dx + oy * dy + oz * dz;
    if (b >= 0) return false;
    const a = dx * dx + dy * dy + dz * dz;
    const discriminant = b * b - a * (ox * ox + oy * oy + oz * oz - this.radius * this.radius);
    return discriminant > 0 && -b - Math.sqrt(discriminant) < a;
  }
}
