/** Colours and patterns of surfaces. */
import type { Random } from '../../random.js';
import {
  checks,
  clouds,
  dots,
  landscape,
  type Pattern,
  panels,
  panes,
  plain,
  planks,
  rings,
  rows,
  spines,
  stripes,
  tiles,
  twoTone,
} from './patterns.js';

/** The appearance of a surface. It does not depend on the class: all classes have the same colours. */
export interface Material {
  readonly pattern: Pattern;
  /** Linear red, green, blue of each colour of the palette, one after another; each 0..1. */
  readonly palette: Float32Array;
  /** Metres from one repetition to the next. */
  readonly period: number;
  /** Cosine and sine of the angle by which the texture is rotated. */
  readonly cos: number;
  readonly sin: number;
  /** Half the size of the piece that a fitted pattern (door, window, picture) fills, in metres. */
  readonly halfU: number;
  readonly halfV: number;
  /** How many panels a door has, how many bars a window. */
  readonly count: number;
  /** By which two surfaces of the same pattern differ. */
  readonly seed: number;
  /** Light given off by palette colours from 1 up, in units of white paper under a common lamp. */
  readonly emission: number;
  /** Strength of the highlight, 0..1. */
  readonly gloss: number;
}

/** A random linear colour of any hue, brightness and saturation. */
function randomColour(random: Random): [number, number, number] {
  const value = random.uniform(0.2, 0.97);
  const saturation = random.next() ** 2 * 0.85;
  const hue = 6 * random.next();
  const channel = (shift: number) => {
    const k = (shift + hue) % 6;
    const encoded = value * (1 - saturation * Math.max(0, Math.min(k, 4 - k, 1)));
    return encoded * encoded;
  };
  return [channel(5), channel(3), channel(1)];
}

/** A random brown, as of wood. */
function woodColour(random: Random): [number, number, number] {
  const value = random.uniform(0.08, 0.65);
  return [value, value * random.uniform(0.5, 0.75), value * random.uniform(0.18, 0.5)];
}

const woodOrPaint = (random: Random) => (random.next() < 0.4 ? woodColour(random) : randomColour(random));

/** A colour close to a given one. */
function variant(random: Random, colour: readonly number[], amount: number): number[] {
  const factor = 1 + random.uniform(-amount, amount);
  return colour.map((channel) => Math.min(0.97, channel * factor * (1 + random.uniform(-amount, amount) / 4)));
}

type Overrides = Partial<Omit<Material, 'palette'>>;

function make(random: Random, pattern: Pattern, colours: readonly (readonly number[])[], rest: Overrides): Material {
  return {
    pattern,
    palette: Float32Array.from(colours.flat()),
    period: 1,
    cos: 1,
    sin: 0,
    halfU: 1,
    halfV: 1,
    count: 1,
    seed: random.integer(1 << 20),
    emission: 0,
    gloss: 0,
    ...rest,
  };
}

/** A random material, plain or patterned, at a scale for objects of about `size` metres. */
export function randomMaterial(random: Random, size: number): Material {
  const first = random.next() < 0.25 ? woodColour(random) : randomColour(random);
  const contrast = random.uniform(0.1, 0.6);
  const second = random.next() < 0.4 ? randomColour(random) : variant(random, first, contrast);
  const angle = [0, 0, Math.PI / 2, Math.PI / 4][random.integer(4)];
  const choice = random.next();
  const rest: Overrides = {
    period: size * random.uniform(0.08, 0.3),
    cos: Math.cos(angle),
    sin: Math.sin(angle),
    gloss: random.next() < 0.3 ? random.uniform(0.1, 0.5) : 0,
  };
  if (choice < 0.3) return make(random, plain, [first], rest);
  if (choice < 0.45) return make(random, stripes, [first, second], rest);
  if (choice < 0.55) return make(random, checks, [first, second], rest);
  if (choice < 0.7) return make(random, clouds, [first, second], rest);
  if (choice < 0.8) return make(random, dots, [first, second], rest);
  if (choice < 0.9) return make(random, tiles, [second, first, variant(random, first, 0.25)], rest);
  return make(random, planks, [variant(random, first, 0.5), first, variant(random, first, 0.35)], rest);
}

/** A plain material for frames, legs and boards: wood or one colour. */
export function plainMaterial(random: Random): Material {
  return make(random, plain, [woodOrPaint(random)], {});
}

/** A wall: like any surface, or with a lower part in another colour. */
export function wallMaterial(random: Random): Material {
  if (random.next() < 0.2) {
    const colours = [randomColour(random), randomColour(random)];
    return make(random, twoTone, colours, { period: random.uniform(0.7, 1.3) });
  }
  return randomMaterial(random, random.uniform(0.8, 2.5));
}

/** A floor: planks and tiles more often than elsewhere. */
export function floorMaterial(random: Random): Material {
  const angle = random.uniform(0, Math.PI);
  const turned = { cos: Math.cos(angle), sin: Math.sin(angle), gloss: random.next() < 0.4 ? random.next() * 0.5 : 0 };
  const choice = random.next();
  const base = random.next() < 0.5 ? woodColour(random) : randomColour(random);
  if (choice < 0.35) {
    const colours = [variant(random, base, 0.5), base, variant(random, base, 0.35)];
    return make(random, planks, colours, { ...turned, period: random.uniform(0.12, 0.3) });
  }
  if (choice < 0.5) {
    const colours = [randomColour(random), base, variant(random, base, 0.25)];
    return make(random, tiles, colours, { ...turned, period: random.uniform(0.25, 0.6) });
  }
  return { ...randomMaterial(random, random.uniform(0.8, 2.5)), ...turned };
}

export function doorMaterial(random: Random, halfU: number, halfV: number): Material {
  const colour = woodOrPaint(random);
  return make(random, panels, [variant(random, colour, 0.6), colour], { halfU, halfV, count: 1 + random.integer(3) });
}

/** Fronts of drawers or doors, one below or beside another. */
export function frontMaterial(random: Random, halfU: number, halfV: number): Material {
  const colour = woodOrPaint(random);
  const gap = colour.map((channel) => channel * 0.25);
  const upright = random.next() < 0.4;
  const extent = upright ? halfU : halfV;
  const count = Math.max(1, Math.round((2 * extent) / random.uniform(0.22, 0.5)));
  const turn = upright ? { cos: 0, sin: 1 } : {};
  return make(random, rows, [gap, colour], { halfU, halfV, period: (2 * extent) / count, ...turn });
}

/** A row of books. */
export function bookMaterial(random: Random): Material {
  const colours = Array.from({ length: 6 }, () => randomColour(random));
  return make(random, spines, colours, { period: random.uniform(0.03, 0.08) });
}

/** Frame, ground, horizon and sky, bright by day and dark by night. */
export function windowMaterial(random: Random, halfU: number, halfV: number, day: boolean): Material {
  const sky = day ? [random.uniform(0.5, 1), random.uniform(0.7, 1), 1] : [0.02, 0.02, 0.05];
  const horizon = day ? sky.map((channel) => Math.min(1, channel * random.uniform(0.9, 1.3))) : [0.04, 0.03, 0.05];
  const ground = (day ? randomColour(random) : [0.03, 0.03, 0.03]).map((channel) => channel * 0.8);
  const rest = { halfU, halfV, count: random.integer(3), emission: day ? random.uniform(0.7, 2) : 0.3, gloss: 0.3 };
  return make(random, panes, [woodOrPaint(random), ground, horizon, sky], rest);
}

/** A framed picture: a landscape, rings or anything else. */
export function pictureMaterial(random: Random, halfU: number, halfV: number): Material {
  const colours = [woodOrPaint(random), ...Array.from({ length: 4 }, () => randomColour(random))];
  return make(random, random.next() < 0.6 ? landscape : rings, colours, {
    halfU,
    halfV,
    period: random.uniform(0.3, 1.2) * Math.min(halfU, halfV),
  });
}

/** A rug: a border round any pattern's colours. */
export function rugMaterial(random: Random, halfU: number, halfV: number): Material {
  if (random.next() < 0.4) return randomMaterial(random, 1.2);
  const colours = Array.from({ length: 3 }, () => randomColour(random));
  return make(random, rings, colours, { halfU, halfV, period: random.uniform(0.15, 0.6) });
}

/** A lamp shade; it shines when lit. */
export function shadeMaterial(random: Random, lit: boolean): Material {
  const colour = randomColour(random);
  const warm = [1, random.uniform(0.75, 0.95), random.uniform(0.5, 0.85)];
  const glow = warm.map((channel, i) => channel * (0.5 + 0.5 * colour[i]));
  return make(random, lit ? solidGlow : plain, [colour, lit ? glow : colour], {
    emission: lit ? random.uniform(0.6, 1.6) : 0,
  });
}

const solidGlow: Pattern = () => 1;
