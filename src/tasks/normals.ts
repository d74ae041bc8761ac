import * as z from 'zod';
import { BLACK, type Colour, paint } from '../drawing/colours.js';
import { greater, maximum, relu, square, sub, sum, type Tensor, where } from '../engine/index.js';
import { AngleStatistics, THRESHOLDS_DEGREES } from './angles.js';
import { maskedSum } from './masked.js';
import type { Raster } from './raster.js';
import { defineTask } from './settings.js';
import type { LegendEntry, Meter } from './task.js';

/** A shorter vector has no direction: its cosine is taken as 0, without a gradient, which would be unbounded. */
const SHORTEST = 1e-6;

const settings = z.strictObject({
  kind: z.literal('normals'),
  encoding: z
    .enum(['xyz', 'rgb'])
    .default('xyz')
    .describe(
      'Form in which a normal n is learnt and judged. "xyz": n itself. "rgb": its colour (n + 1) / 2, as published; ' +
        'angles are then smaller (70.5 degrees at most)',
    ),
  mirror: z
    .enum(['negate-x', 'pixels'])
    .default('negate-x')
    .describe(
      'What mirroring does to the vectors. "negate-x": it mirrors them too. "pixels": it only moves them, as published',
    ),
  zoom: z
    .enum(['divide', 'keep'])
    .default('divide')
    .describe(
      'What enlarging an image by s does to a vector (x, y, z). "divide": it becomes (x, y, s z) at length 1, as ' +
        'depth divided by s makes it. "keep": it stays, as published, which is right for a longer lens. Choose as for depth',
    ),
});

const dot = (a: Tensor, b: Tensor): Tensor => sum(a.times(b), [1], true); // [N, 3, h, w] -> [N, 1, h, w]
const squaredLength = (x: Tensor): Tensor => sum(square(x), [1], true);
const lengthOf = (squared: Tensor): Tensor => maximum(squared, SHORTEST ** 2).root();
const unit = (x: Tensor): Tensor => x.over(lengthOf(squaredLength(x)));

/**
 * The unit normal n whose colour (n + 1) / 2 has the direction of u.
 * Of n = 2 s u - 1, |n| = 1 follows 2 s^2 - 2 s c + 1 = 0 with c = u_x + u_y + u_z. The larger root,
 * s = (c + sqrt(c^2 - 2)) / 2, is right for all normals with n_x + n_y + n_z >= -1, which are nearly all that face the
 * viewer. Where c < sqrt(2) no normal has that colour; c is then taken as sqrt(2), and n is not exactly of length 1.
 */
function decodeColour(u: Tensor): Tensor {
  const c = maximum(sum(u, [1], true), Math.SQRT2);
  const doubled = c.plus(relu(square(c).minus(2)).root()); // 2 s
  return doubled.times(u).minus(1);
}

/** Surface normals: unit vectors, x right, y up, z towards the viewer; all zero where unlabelled. */
export const normals = defineTask(settings, (name, { kind, encoding, mirror, zoom }) => ({
  name,
  kind,
  level: 'pixel',
  channels: 3,
  label: {
    dtype: 'float32',
    channels: 3,
    unlabelled: 0,
    mirrored: mirror === 'negate-x' ? negateX : undefined,
    scaled: zoom === 'divide' ? scaleNormals : undefined,
    rotated: rotate,
  },
  regression: true,
  metrics: [
    { name: 'meanDegrees', unit: 'degrees', better: 'lower', main: true, scaled: (degrees) => 1 - degrees / 180 },
    { name: 'medianDegrees', unit: 'degrees', better: 'lower' },
    { name: 'rmseDegrees', unit: 'degrees', better: 'lower' },
    ...THRESHOLDS_DEGREES.map((t) => ({ name: `within${t}`, unit: '%', better: 'higher' }) as const),
  ],
  legend: LEGEND,
  describe: { answer: 'unit normal', axes: 'x right, y up, z towards the viewer', encoding },

  // loss = 1/|V| sum_{p in V} 1 - cos(logits(p), truth(p)), with V the labelled pixels
  loss(logits, normal) {
    const labelled = greater(squaredLength(normal), SHORTEST ** 2);
    const truth = unit(encoding === 'rgb' ? normal.plus(1) : normal);
    const squared = squaredLength(logits);
    const cosine = where(greater(squared, SHORTEST ** 2), dot(logits, truth).over(lengthOf(squared)), 0);
    return maskedSum(sub(1, cosine), labelled);
  },

  answer: (logits) => (encoding === 'rgb' ? decodeColour(unit(logits)) : unit(logits)),
  averaged: normalise,
  meter: () => new NormalsMeter(encoding === 'rgb'),

  picture({ height, width, data }) {
    const pixels = height * width;
    return paint(width, height, (i) => colourOf(data[i], data[i + pixels], data[i + 2 * pixels]));
  },
}));

/** The usual colour of a normal, (n + 1) / 2; black where there is none. */
function colourOf(x: number, y: number, z: number): Colour {
  if (x === 0 && y === 0 && z === 0) return BLACK;
  const channel = (v: number) => Math.min(Math.max(Math.round((v + 1) * 127.5), 0), 255);
  return [channel(x), channel(y), channel(z)];
}

const LEGEND: readonly LegendEntry[] = [
  { label: 'faces right', colour: colourOf(1, 0, 0) },
  { label: 'faces left', colour: colourOf(-1, 0, 0) },
  { label: 'faces up', colour: colourOf(0, 1, 0) },
  { label: 'faces down', colour: colourOf(0, -1, 0) },
  { label: 'faces the viewer', colour: colourOf(0, 0, 1) },
];

function negateX({ data, height, width }: Raster): void {
  for (let i = 0; i < height * width; i++) data[i] = -data[i];
}

/**
 * Normals of an image that was enlarged by s, with depth divided by s. With the same focal length f, a point (X, Y, Z),
 * which is seen at (f X / Z, f Y / Z), moves to (X, Y, Z / s). Normals transform by the inverse transpose of that map:
 * (x, y, z) becomes (x, y, s z), scaled to length 1.
 */
function scaleNormals(map: Raster, factor: number): void {
  const { data, height, width } = map;
  for (let i = 2 * height * width; i < data.length; i++) data[i] *= factor;
  normalise(map);
}

/** Scales vectors to length 1, in place; those of length 0 stay. */
function normalise({ data, height, width }: Raster): void {
  const pixels = height * width;
  for (let i = 0; i < pixels; i++) {
    const length = Math.hypot(data[i], data[i + pixels], data[i + 2 * pixels]);
    if (length === 0) continue;
    for (let c = 0; c < 3; c++) data[i + c * pixels] /= length;
  }
}

/** Rotates x and y, in place: a rotation about the optical axis leaves z as it is. */
function rotate({ data, height, width }: Raster, radians: number): void {
  const pixels = height * width;
  const [cos, sin] = [Math.cos(radians), Math.sin(radians)];
  for (let i = 0; i < pixels; i++) {
    const [x, y] = [data[i], data[i + pixels]];
    data[i] = cos * x - sin * y;
    data[i + pixels] = sin * x + cos * y;
  }
}

/** n + 1, which has the direction of the colour of n; unlabelled pixels stay zero. */
function toColour({ data }: Raster): Float32Array {
  const pixels = data.length / 3;
  return Float32Array.from(data, (v, i) => {
    const p = i % pixels;
    return data[p] === 0 && data[p + pixels] === 0 && data[p + 2 * pixels] === 0 ? 0 : v + 1;
  });
}

class NormalsMeter implements Meter {
  private readonly angles = new AngleStatistics();

  constructor(private readonly asColours: boolean) {}

  add(answer: Raster, label: Raster): void {
    if (this.asColours) this.angles.add(toColour(answer), toColour(label));
    else this.angles.add(answer.data, label.data);
  }

  values(): Record<string, number> {
    const shares = this.angles.shares();
    return {
      meanDegrees: this.angles.meanDegrees(),
      medianDegrees: this.angles.medianDegrees(),
      rmseDegrees: this.angles.rmseDegrees(),
      ...Object.fromEntries(THRESHOLDS_DEGREES.map((t, i) => [`within${t}`, shares[i]])),
    };
  }
}
