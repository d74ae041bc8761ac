/** Turns the light of a rendered room into an image. */
import type { Image } from '../../tasks/raster.js';
import type { Scene } from './scene.js';

/**
 * Turns linear light into an image: exposure, a slightly soft lens, a tone curve like that of film, noise.
 * @param radiance float32 [H, W, 3], linear light
 * @param scratch memory of the size of `radiance`, overwritten
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
  // Lamps and windows count as at most 1 (white paper); otherwise they would make the rest of the image dark.
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
