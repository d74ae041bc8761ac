/** Computes the light on the surfaces of a room. */
import type { Projection } from './camera.js';
import type { Scene } from './scene.js';
import type { Probe, Segment, Shape, ViewBuffers } from './shapes/shape.js';

/** Rays to the lights start this far off the surface, in metres, so that the surface throws no shadow on itself. */
const LIFT = 0.012;
/**
 * Square metres, added to the squared distance of a light, so that one close to a surface does not outshine everything.
 */
const LIGHT_SIZE = 0.3;

/** The height of the highest point. */
const topOf = ({ bounds }: Shape) => (bounds === null ? Infinity : bounds.high[1]);

/**
 * Computes the light of every visible surface: lamps and windows are point lights with shadows; there is ambient light,
 * which is weaker near the sides of the room, and highlights.
 *
 * @param normals float32 [3, H, W], filled with unit normals in camera axes
 * @param radiance float32 [H, W, 3], filled with linear light
 */
export function shade(
  scene: Scene,
  { camera, width, height, px0, py0, step }: Projection,
  { depth, surface }: ViewBuffers,
  normals: Float32Array,
  radiance: Float32Array,
): void {
  // Plain numbers and flat arrays, because most of the time of a sample is spent in this loop.
  const { parts } = scene;
  const casters = scene.casters.toSorted((a, b) => topOf(b) - topOf(a));
  const tops = Float64Array.from(casters, topOf);
  const lights = Float64Array.from(scene.lights.flatMap(({ position, colour }) => [...position, ...colour]));
  const sides = Float64Array.from(scene.sides.flatMap(({ normal, offset }) => [...normal, offset]));
  const [ambientR, ambientG, ambientB] = scene.ambient;
  const [rightX, rightY, rightZ] = camera.right;
  const [upX, upY, upZ] = camera.up;
  const [forwardX, forwardY, forwardZ] = camera.forward;
  const [eyeX, eyeY, eyeZ] = camera.position;
  const probe: Probe = { x: 0, y: 0, z: 0, nx: 0, ny: 0, nz: 0, u: 0, v: 0, footprint: 0 };
  const ray: Segment = { x: 0, y: 0, z: 0, dx: 0, dy: 0, dz: 0 };
  const area = width * height;
  // The last shape that threw a shadow, for each light: most likely it does at the next pixel, too.
  const lastCaster = new Int32Array(scene.lights.length);
  for (let row = 0, at = 0; row < height; row++) {
    const py = py0 - row * step;
    for (let column = 0; column < width; column++, at++) {
      const px = px0 + column * step;
      const dx = forwardX + px * rightX + py * upX;
      const dy = forwardY + px * rightY + py * upY;
      const dz = forwardZ + px * rightZ + py * upZ;
      const t = depth[at];
      const x = eyeX + t * dx;
      const y = eyeY + t * dy;
      const z = eyeZ + t * dz;
      probe.x = x;
      probe.y = y;
      probe.z = z;
      const { shape, material } = parts[surface[at] >> 3];
      shape.orient(probe, surface[at] & 7);
      const { nx, ny, nz } = probe;
      normals[at] = nx * rightX + ny * rightY + nz * rightZ;
      normals[at + area] = nx * upX + ny * upY + nz * upZ;
      normals[at + 2 * area] = -(nx * forwardX + ny * forwardY + nz * forwardZ);

      const length = Math.sqrt(dx * dx + dy * dy + dz * dz);
      const facing = -(nx * dx + ny * dy + nz * dz) / length;
      probe.footprint = (t * step) / Math.max(0.25, facing);
      const tone = material.pattern(probe, material);

      // Each side of the room hides some of the ambient light from points close to it: the light is multiplied by
      // 1 - 0.42 / (1 + 14 distance^2) for each, computed with one division for all.
      let open = 1;
      let whole = 1;
      for (let i = 0; i < sides.length; i += 4) {
        const cosine = nx * sides[i] + ny * sides[i + 1] + nz * sides[i + 2];
        if (cosine > 0.9) continue;
        const away = sides[i] * x + sides[i + 1] * y + sides[i + 2] * z - sides[i + 3];
        open *= 0.58 + 14 * away * away;
        whole *= 1 + 14 * away * away;
      }
      const ambientShare = (open / whole) * (1 + 0.25 * ny);
      let red = ambientR * ambientShare;
      let green = ambientG * ambientShare;
      let blue = ambientB * ambientShare;
      let shineR = 0;
      let shineG = 0;
      let shineB = 0;

      ray.x = x + nx * LIFT;
      ray.y = y + ny * LIFT;
      ray.z = z + nz * LIFT;
      for (let i = 0; i < lastCaster.length; i++) {
        const lx = lights[6 * i] - ray.x;
        const ly = lights[6 * i + 1] - ray.y;
        const lz = lights[6 * i + 2] - ray.z;
        const cosine = nx * lx + ny * ly + nz * lz;
        if (cosine <= 0) continue;
        ray.dx = lx;
        ray.dy = ly;
        ray.dz = lz;
        if (casters.length > 0 && casters[lastCaster[i]].blocks(ray)) continue;
        // A shape that lies below both ends of the ray cannot block it, nor can the following ones, which are lower.
        const lowest = Math.min(ray.y, ray.y + ly);
        let caster = 0;
        while (caster < tops.length && tops[caster] > lowest && !casters[caster].blocks(ray)) caster++;
        if (caster < tops.length && tops[caster] > lowest) {
          lastCaster[i] = caster;
          continue;
        }
        const square = lx * lx + ly * ly + lz * lz;
        const distance = Math.sqrt(square);
        const strength = cosine / (distance * (LIGHT_SIZE + square));
        red += lights[6 * i + 3] * strength;
        green += lights[6 * i + 4] * strength;
        blue += lights[6 * i + 5] * strength;
        if (material.gloss > 0) {
          // Blinn and Phong: the cosine between the normal and the direction half-way from light to eye, power 32.
          const hx = lx / distance - dx / length;
          const hy = ly / distance - dy / length;
          const hz = lz / distance - dz / length;
          const half = nx * hx + ny * hy + nz * hz;
          let gleam = (half * half) / (hx * hx + hy * hy + hz * hz);
          gleam *= gleam;
          gleam *= gleam;
          gleam *= gleam;
          gleam *= (gleam * material.gloss) / (LIGHT_SIZE + square);
          shineR += lights[6 * i + 3] * gleam;
          shineG += lights[6 * i + 4] * gleam;
          shineB += lights[6 * i + 5] * gleam;
        }
      }

      const { palette } = material;
      const low = Math.min(palette.length - 3, 3 * Math.floor(tone));
      const high = Math.min(palette.length - 3, low + 3);
      const mix = Math.min(1, tone - low / 3);
      const glow = tone >= 0.5 ? material.emission : 0;
      radiance[3 * at] = (palette[low] + mix * (palette[high] - palette[low])) * (red + glow) + shineR;
      radiance[3 * at + 1] =
        (palette[low + 1] + mix * (palette[high + 1] - palette[low + 1])) * (green + glow) + shineG;
      radiance[3 * at + 2] = (palette[low + 2] + mix * (palette[high + 2] - palette[low + 2])) * (blue + glow) + shineB;
    }
  }
}
