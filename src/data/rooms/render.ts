import type { Image } from '../../tasks/raster.js';
import { Projection } from './camera.js';
import type { Scene } from './scene.js';
import type { ViewBuffers } from './shapes/shape.js';

/** What the camera sees of the scene: depth and surface of each pixel. Every pixel of a closed room gets one. */
export function look(scene: Scene, projection: Projection, buffers: ViewBuffers): void {
  buffers.depth.fill(Infinity);
  buffers.surface.fill(-1);
  for (const [i, part] of scene.parts.entries()) part.shape.draw(projection, buffers, i);
}

/**
 * Colours what `look` found: lamps and windows as points of light with shadows, light from everywhere, darker corners,
 * highlights. Also gives the normals, since they are needed on the way.
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
  const { parts, sides, casters, lights, ambient } = scene;
  const { right, up, forward } = camera;
  const [eyeX, eyeY, eyeZ] = camera.position;
  const probe = new Float64Array(5);
  const area = width * height;
  for (let row = 0, at = 0; row < height; row++) {
    const py = py0 - row * step;
    for (let column = 0; column < width; column++, at++) {
      const px = px0 + column * step;
      const dx = forward[0] + px * right[0] + py * up[0];
      const dy = forward[1] + px * right[1] + py * up[1];
      const dz = forward[2] + px * right[2] + py * up[2];
      const t = depth[at];
      const [x, y, z] = [eyeX + t * dx, eyeY + t * dy, eyeZ + t * dz];
      const { shape, material } = parts[surface[at] >> 3];
      shape.probe(x, y, z, surface[at] & 7, probe);
      const [nx, ny, nz] = [probe[0], probe[1], probe[2]];
      normals[at] = nx * right[0] + ny * right[1] + nz * right[2];
      normals[at + area] = nx * up[0] + ny * up[1] + nz * up[2];
      normals[at + 2 * area] = -(nx * forward[0] + ny * forward[1] + nz * forward[2]);

      const length = Math.sqrt(dx * dx + dy * dy + dz * dz);
      const facing = -(nx * dx + ny * dy + nz * dz) / length;
      const footprint = (t * step) / Math.max(0.25, facing);
      const tone = material.pattern(probe[3], probe[4], footprint, material);

      let open = 1;
      for (let i = 0; i < sides.length; i++) {
        const side = sides[i];
        const [sx, sy, sz] = side.normal;
        // A surface that faces away from a side sees nothing of it.
        if (nx * sx + ny * sy + nz * sz > 0.9) continue;
        const away = (sx * x + sy * y + sz * z - side.offset) * 2.2;
        open *= 1 - 0.42 / (1 + away * away * 3);
      }
      // The floor throws some of the light back up, the ceiling some of it down.
      const everywhere = open * (1 + 0.25 * ny);
      let [red, green, blue] = [ambient[0] * everywhere, ambient[1] * everywhere, ambient[2] * everywhere];
      let [shineR, shineG, shineB] = [0, 0, 0];

      // Lifted off the surface, so that it throws no shadow on itself.
      const [fromX, fromY, fromZ] = [x + nx * 0.012, y + ny * 0.012, z + nz * 0.012];
      for (let i = 0; i < lights.length; i++) {
        const { position, colour } = lights[i];
        const [lx, ly, lz] = [position[0] - fromX, position[1] - fromY, position[2] - fromZ];
        const cosine = nx * lx + ny * ly + nz * lz;
        if (cosine <= 0) continue;
        let lit = true;
        for (let j = 0; lit && j < casters.length; j++) lit = !casters[j].blocks(fromX, fromY, fromZ, lx, ly, lz);
        if (!lit) continue;
        const square = lx * lx + ly * ly + lz * lz;
        const distance = Math.sqrt(square);
        const strength = (cosine / distance) / (0.3 + square);
        red += colour[0] * strength;
        green += colour[1] * strength;
        blue += colour[2] * strength;
        if (material.gloss > 0) {
          // Blinn and Phong: the normal against the direction half-way between light and eye; power 32.
          const hx = lx / distance - dx / length;
          const hy = ly / distance - dy / length;
          const hz = lz / distance - dz / length;
          let gleam = (nx * hx + ny * hy + nz * hz) ** 2 / (hx * hx + hy * hy + hz * hz);
          gleam *= gleam;
          gleam *= gleam;
          gleam *= gleam;
          gleam *= gleam * material.gloss / (0.3 + square);
          shineR += colour[0] * gleam;
          shineG += colour[1] * gleam;
          shineB += colour[2] * gleam;
        }
      }

      const { palette, emission } = material;
      const last = palette.length - 3;
      const low = Math.min(last, 3 * Math.floor(tone));
      const high = Math.min(last, low + 3);
      const mix = Math.min(1, tone - low / 3);
      const glow = tone >= 0.5 ? emission : 0;
      const albedoR = palette[low] + mix * (palette[high] - palette[low]);
      const albedoG = palette[low + 1] + mix * (palette[high + 1] - palette[low + 1]);
      const albedoB = palette[low + 2] + mix * (palette[high + 2] - palette[low + 2]);
      radiance[3 * at] = albedoR * (red + glow) + shineR;
      radiance[3 * at + 1] = albedoG * (green + glow) + shineG;
      radiance[3 * at + 2] = albedoB * (blue + glow) + shineB;
    }
  }
}

/**
 * The photograph of a scene: exposure, a slightly soft lens, a film-like curve, noise.
 * @param radiance float32 [H, W, 3], linear light
 * @param scratch as large as radiance
 */
export function expose(
  { sensor }: Scene,
  width: number,
  height: number,
  radiance: Float32Array,
  scratch: Float32Array,
): Image {
  const { brightness, whiteBalance, blur, noise, noiseSeed } = sensor;
  const stride = 3 * width;
  // Bright lamps and windows count no more than white paper, or they would make the room dark.
  let sum = 0;
  for (let i = 0; i < radiance.length; i++) sum += Math.min(1, radiance[i]);
  const gain = (brightness * radiance.length) / Math.max(sum, 1e-6);
  const gains = [gain * whiteBalance[0], gain * whiteBalance[1], gain * whiteBalance[2]];
  for (let row = 0; row < height; row++) {
    for (let i = row * stride, end = i + stride, channel = 0; i < end; i++, channel = channel === 2 ? 0 : channel + 1) {
      const left = i - 3 < row * stride ? i : i - 3;
      const right = i + 3 >= end ? i : i + 3;
      scratch[i] = gains[channel] * (radiance[i] * (1 - 2 * blur) + blur * (radiance[left] + radiance[right]));
    }
  }
  const data = new Uint8Array(radiance.length);
  let bits = noiseSeed;
  for (let i = 0; i < data.length; i++) {
    const above = i < stride ? i : i - stride;
    const below = i + stride >= data.length ? i : i + stride;
    const light = scratch[i] * (1 - 2 * blur) + blur * (scratch[above] + scratch[below]);
    // Four bytes of a xorshift generator, added: close to normal, mean 510, standard deviation 147.8.
    bits ^= bits << 13;
    bits ^= bits >>> 17;
    bits ^= bits << 5;
    const grain = (bits & 255) + ((bits >>> 8) & 255) + ((bits >>> 16) & 255) + (bits >>> 24) - 510;
    // Highlights saturate softly; the square root stands for the display's gamma.
    const value = 255 * Math.sqrt((light * (1 + 0.25 * light)) / (1 + light)) + (grain * noise) / 147.8;
    data[i] = value < 0 ? 0 : value > 255 ? 255 : value + 0.5;
  }
  return { width, height, data };
}
