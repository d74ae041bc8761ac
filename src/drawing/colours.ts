/** Colours: palettes for classes, scales for numbers, and pictures painted pixel by pixel. */
import type { Image } from './image.js';

/** Red, green, blue, 0..255. */
export type Colour = readonly [number, number, number];

export const BLACK: Colour = [0, 0, 0];
export const GREY: Colour = [96, 96, 96];
export const WHITE: Colour = [255, 255, 255];

/** Control points of viridis (van der Walt and Smith, 2015, CC0), evenly spaced from 0 to 1. */
const VIRIDIS: readonly Colour[] = [
  [68, 1, 84],
  [71, 44, 122],
  [59, 81, 139],
  [44, 113, 142],
  [33, 144, 141],
  [39, 173, 129],
  [92, 200, 99],
  [170, 220, 50],
  [253, 231, 37],
];

/** The colour of a value from 0 (dark violet) to 1 (bright yellow) on a perceptually even scale; others are clamped. */
export function viridis(value: number): Colour {
  const at = Math.min(Math.max(value, 0), 1) * (VIRIDIS.length - 1);
  const i = Math.min(Math.floor(at), VIRIDIS.length - 2);
  const [a, b, f] = [VIRIDIS[i], VIRIDIS[i + 1], at - i];
  return [0, 1, 2].map((c) => Math.round(a[c] + (b[c] - a[c]) * f)) as unknown as Colour;
}

/** `#1f77b4` */
export const hex = (colour: Colour): string => `#${colour.map((part) => part.toString(16).padStart(2, '0')).join('')}`;

/** sRGB to OKLab (Ottosson, 2020), in which distance is close to the difference that people see. */
function oklab(colour: Colour): [number, number, number] {
  const [r, g, b] = colour.map((v) => (v <= 10 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

/** The least lightness in OKLab of a colour for a class: darker ones look like black. */
const DARKEST = 0.4;

/**
 * `count` colours for classes, at most 255. Each is the colour farthest from black, from white and from all colours
 * before it. So a shorter palette is the beginning of a longer one, and black remains for pixels without a label.
 */
export function palette(count: number): Colour[] {
  const steps = [0, 36, 72, 108, 144, 180, 216, 252];
  const candidates = steps
    .flatMap((r) => steps.flatMap((g) => steps.map((b): Colour => [r, g, b])))
    .filter((colour) => oklab(colour)[0] >= DARKEST);
  const places = candidates.map(oklab);
  /** Squared distance of each candidate from the nearest colour that is used. */
  const gap = places.map(() => Number.POSITIVE_INFINITY);
  const use = ([l, a, b]: readonly number[]) => {
    for (let i = 0; i < gap.length; i++) {
      // Differences of hue tell classes apart better than differences of lightness do.
      const [dl, da, db] = [0.6 * (places[i][0] - l), places[i][1] - a, places[i][2] - b];
      gap[i] = Math.min(gap[i], dl * dl + da * da + db * db);
    }
  };
  use(oklab(BLACK));
  use(oklab(WHITE));
  return Array.from({ length: count }, () => {
    const best = gap.indexOf(Math.max(...gap));
    use(places[best]);
    return candidates[best];
  });
}

/** An image painted pixel by pixel. @param colourAt the colour of a pixel, numbered row by row */
export function paint(width: number, height: number, colourAt: (pixel: number) => Colour): Image {
  const data = new Uint8Array(3 * width * height);
  for (let pixel = 0, i = 0; i < data.length; pixel++) {
    const colour = colourAt(pixel);
    data[i++] = colour[0];
    data[i++] = colour[1];
    data[i++] = colour[2];
  }
  return { width, height, data };
}
