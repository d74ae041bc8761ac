/** Varies the colours of training images: blur, then one linear map of colours, then noise. */
import { Random } from '../random.js';
import type { Size } from '../tasks/raster.js';

/** The amounts of variation; 0 turns one off. */
export interface ColourConfig {
  /** All colours are multiplied by a factor drawn from 1 - amount to 1 + amount. */
  readonly brightness?: number;
  /** The difference from the mean grey of the crop is multiplied by a factor drawn likewise. */
  readonly contrast?: number;
  /** The difference from the pixel's own grey is multiplied by a factor drawn likewise. */
  readonly saturation?: number;
  /** Largest angle, in degrees, by which colours are rotated about the grey axis, in either direction. */
  readonly hue?: number;
  /** Largest standard deviation of a Gaussian blur, in pixels. */
  readonly blur?: number;
  /** Largest standard deviation of Gaussian noise, of 255. */
  readonly noise?: number;
}

/** The change of one image, as it was drawn. */
export interface ColourChange {
  readonly brightness: number;
  readonly contrast: number;
  readonly saturation: number;
  /** Radians. */
  readonly hue: number;
  readonly blur: number;
  readonly noise: number;
}

/** Draws a change; it always takes six numbers from the stream. Undefined where every amount is 0. */
export function drawColours(config: ColourConfig, random: Random): ColourChange | undefined {
  const { brightness = 0, contrast = 0, saturation = 0, hue = 0, blur = 0, noise = 0 } = config;
  if (Math.max(brightness, contrast, saturation, hue, blur, noise) === 0) return undefined;
  const factor = (amount: number) => random.uniform(1 - amount, 1 + amount);
  return {
    brightness: factor(brightness),
    contrast: factor(contrast),
    saturation: factor(saturation),
    hue: (random.uniform(-hue, hue) * Math.PI) / 180,
    blur: random.uniform(0, blur),
    noise: random.uniform(0, noise),
  };
}

/** Weights of red, green and blue in grey (ITU-R BT.601). */
const GREY = [0.299, 0.587, 0.114] as const;

/** The linear map of colours, row by row: saturation s about grey, then hue rotated about the axis of greys. */
export function colourMatrix(saturation: number, hue: number): number[] {
  // Rodrigues' rotation about (1, 1, 1) / sqrt 3 by a: R = cos a I + (1 - cos a) / 3 + sin a / sqrt 3 [axis]x.
  const [cos, sin] = [Math.cos(hue), Math.sin(hue) / Math.sqrt(3)];
  const all = (1 - cos) / 3;
  const rotation = [cos + all, all - sin, all + sin, all + sin, cos + all, all - sin, all - sin, all + sin, cos + all];
  // S = s I + (1 - s) grey, and R does not change grey, so R S = s R + (1 - s) grey.
  return rotation.map((value, at) => saturation * value + (1 - saturation) * GREY[at % 3]);
}

/**
 * Changes the part of an image that is no padding, in place. Colours stay within 0 and 255.
 * @param image float32 [3, size.height, size.width], RGB, 0..255
 * @param part its upper left, which is changed
 * @param random of the noise
 */
export function changeColours(image: Float32Array, size: Size, part: Size, change: ColourChange, random: Random): void {
  const plane = size.height * size.width;
  if (change.blur > LEAST_BLUR) {
    for (let c = 0; c < 3; c++) blur(image.subarray(c * plane, (c + 1) * plane), size.width, part, change.blur);
  }
  const { brightness, contrast } = change;
  // p -> b p, then m + c (p - m) with m the mean grey, then M p, which does not change grey: c b M p + (1 - c) m.
  const offset = contrast === 1 ? 0 : (1 - contrast) * brightness * meanGrey(image, size, part);
  const [rr, rg, rb, gr, gg, gb, br, bg, bb] = colourMatrix(change.saturation, change.hue).map(
    (value) => value * contrast * brightness,
  );
  const clip = (value: number): number => (value < 0 ? 0 : value > 255 ? 255 : value);
  const { noise } = change;
  for (let i = 0; i < part.height; i++) {
    // Every row starts at its own random place of the table.
    let from = noise > 0 ? random.integer(NORMALS.length) : 0;
    const next = () => noise * NORMALS[from++ % NORMALS.length];
    for (let at = i * size.width; at < i * size.width + part.width; at++) {
      const [r, g, b] = [image[at], image[at + plane], image[at + 2 * plane]];
      image[at] = clip(rr * r + rg * g + rb * b + offset + (noise > 0 ? next() : 0));
      image[at + plane] = clip(gr * r + gg * g + gb * b + offset + (noise > 0 ? next() : 0));
      image[at + 2 * plane] = clip(br * r + bg * g + bb * b + offset + (noise > 0 ? next() : 0));
    }
  }
}

function meanGrey(image: Float32Array, { height, width }: Size, part: Size): number {
  const plane = height * width;
  let sum = 0;
  for (let i = 0; i < part.height; i++) {
    for (let at = i * width; at < i * width + part.width; at++)
      sum += GREY[0] * image[at] + GREY[1] * image[at + plane] + GREY[2] * image[at + 2 * plane];
  }
  return sum / (part.height * part.width);
}

/**
 * A table of normally distributed numbers: noise reads it from random places on, which is cheaper than to draw numbers.
 */
const NORMALS = (() => {
  const random = new Random('noise');
  return Float32Array.from({ length: 2 ** 15 }, () => random.normal());
})();

/** A Gaussian narrower than this, in pixels, hardly changes an image and is left out. */
const LEAST_BLUR = 0.2;

/** Gaussian blur of a plane's upper left part, along rows and then columns, the last pixel repeated beyond an edge. */
function blur(plane: Float32Array, pitch: number, { height, width }: Size, deviation: number): void {
  const radius = Math.ceil(3 * deviation);
  const weights = Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-((i - radius) ** 2) / (2 * deviation ** 2)),
  );
  const total = weights.reduce((sum, w) => sum + w, 0);
  const kernel = Float64Array.from(weights, (w) => w / total);
  const along = (lines: number, lineStep: number, length: number, step: number) => {
    const line = new Float32Array(length + 2 * radius);
    for (let l = 0; l < lines; l++) {
      const start = l * lineStep;
      for (let i = 0; i < line.length; i++) {
        line[i] = plane[start + Math.min(length - 1, Math.max(0, i - radius)) * step];
      }
      for (let i = 0; i < length; i++) {
        let sum = 0;
        for (let k = 0; k < kernel.length; k++) sum += kernel[k] * line[i + k];
        plane[start + i * step] = sum;
      }
    }
  };
  along(height, pitch, width, 1);
  along(width, 1, height, pitch);
}
