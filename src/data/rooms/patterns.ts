/** Patterns of surfaces: stripes, checks, planks and others. */
import type { Material } from './material.js';
import type { Probe } from './shapes/shape.js';

/**
 * A pattern gives the colour of a point in the palette of its material: 0 is the first colour, 1.5 lies half-way
 * between the second and the third. `u v` are metres on the surface; `footprint` is the size of a pixel there, also in
 * metres: edges are one pixel wide, and details smaller than a pixel fade to their mean, so that there is no aliasing.
 */
export type Pattern = (point: Readonly<Probe>, material: Material) => number;

export const plain: Pattern = () => 0;

export const stripes: Pattern = ({ u, v, footprint }, { cos, sin, period }) =>
  band(u * cos + v * sin, period, footprint);

export const checks: Pattern = ({ u, v, footprint }, { cos, sin, period }) => {
  const a = band(u * cos + v * sin, period, footprint);
  const b = band(v * cos - u * sin, period, footprint);
  return a + b - 2 * a * b;
};

/** Two octaves of smooth noise. */
export const clouds: Pattern = ({ u, v, footprint }, { period, seed }) => {
  const coarse = smoothNoise(u / period, v / period, seed);
  const fine = smoothNoise((2.7 * u) / period, (2.7 * v) / period, seed + 1);
  return fade(0.65 * coarse + 0.35 * fine, 0.5, period, footprint);
};

export const dots: Pattern = ({ u, v, footprint }, { period, cos, sin }) => {
  const a = period * (wrap((u * cos + v * sin) / period) - 0.5);
  const b = period * (wrap((v * cos - u * sin) / period) - 0.5);
  return fade(cover(0.28 * period - Math.sqrt(a * a + b * b), footprint), 0.25, period, footprint);
};

/** Square tiles of slightly different tones; colour 0 is the grout. */
export const tiles: Pattern = ({ u, v, footprint }, { cos, sin, period, seed }) => {
  const a = (u * cos + v * sin) / period;
  const b = (v * cos - u * sin) / period;
  const edge = period * Math.min(0.5 - Math.abs(wrap(a) - 0.5), 0.5 - Math.abs(wrap(b) - 0.5));
  const tone = hash(Math.floor(a), Math.floor(b), seed);
  return (
    (1 + fade(tone, 0.5, period, footprint)) * fade(cover(edge - 0.02 * period, footprint), 0.9, period, footprint)
  );
};

/** Boards eight times as long as wide, staggered, with some grain; colour 0 is the gap. */
export const planks: Pattern = ({ u, v, footprint }, { cos, sin, period, seed }) => {
  const a = (u * cos + v * sin) / period;
  const board = Math.floor(a);
  const b = (v * cos - u * sin) / (8 * period) + hash(board, 0, seed);
  const edge = period * Math.min(0.5 - Math.abs(wrap(a) - 0.5), 8 * (0.5 - Math.abs(wrap(b) - 0.5)));
  const grain = smoothNoise(a * 5, b * 6, seed);
  const tone = 0.7 * hash(board, Math.floor(b), seed) + 0.3 * grain;
  return (
    (1 + fade(tone, 0.5, period, footprint)) * fade(cover(edge - 0.02 * period, footprint), 0.9, period, footprint)
  );
};

/** Colour 0 up to the height `period`, colour 1 above. */
export const twoTone: Pattern = ({ v, footprint }, { period }) => cover(v - period, footprint);

/** A door leaf of `count` panels, outlined in colour 0. */
export const panels: Pattern = ({ u, v, footprint }, { halfU, halfV, count }) => {
  const height = (2 * halfV - PANEL_MARGIN) / count;
  const y = wrap((v + halfV - PANEL_MARGIN / 2) / height) * height;
  const inside = Math.min(halfU - PANEL_MARGIN - Math.abs(u), height / 2 - PANEL_MARGIN / 2 - Math.abs(y - height / 2));
  return cover(Math.abs(inside) - 0.02, footprint);
};
const PANEL_MARGIN = 0.12;

/** Fronts with a dark gap (colour 0) every `period` and along the rim, and a knob in the middle of each. */
export const rows: Pattern = ({ u, v, footprint }, { halfU, halfV, period, cos, sin }) => {
  const along = u * sin + v * cos;
  const across = u * cos - v * sin;
  const extent = sin === 0 ? halfV : halfU;
  const offset = period * (wrap((along + extent) / period) - 0.5);
  const gap = period / 2 - Math.abs(offset) - 0.012;
  const knob = Math.max(Math.abs(offset) - 0.025, Math.abs(across) - 0.06);
  return cover(Math.min(gap, knob), footprint);
};

/** A row of books, each of one colour and thickness. */
export const spines: Pattern = ({ u, footprint }, { period, seed, palette }) => {
  const last = palette.length / 3 - 1;
  const pair = Math.floor(u / (2 * period));
  const inPair = wrap(u / (2 * period)) < 0.3 + 0.4 * hash(pair, 2, seed) ? 0 : 1;
  return fade(hash(pair, inPair, seed), 0.5, period, footprint / 2) * last;
};

/** Window panes: colour 0 is the frame; 1 to 3 go from the bottom of the glass to its top. */
export const panes: Pattern = ({ u, v, footprint }, { halfU, halfV, count }) => {
  let inside = Math.min(halfU - Math.abs(u), halfV - Math.abs(v)) - 0.05;
  if (count > 0) inside = Math.min(inside, Math.abs(u) - 0.025);
  if (count > 1) inside = Math.min(inside, Math.abs(v) - 0.025);
  const up = (v + halfV) / (2 * halfV);
  const view = up < 0.35 ? 1 + up : Math.min(3, 2 + 1.5 * (up - 0.35));
  return cover(inside, footprint) * view;
};

/** A picture of bands with wavy borders, colours 1 to 4, in a frame of colour 0. */
export const landscape: Pattern = ({ u, v, footprint }, { halfU, halfV, period, seed }) => {
  const hills = 0.5 * (smoothNoise(u / period, 0, seed) - 0.5) + 0.3 * (smoothNoise((3 * u) / period, 9, seed) - 0.5);
  const height = Math.min(0.999, Math.max(0, (v + halfV) / (2 * halfV) + hills));
  return cover(rim(u, v, halfU, halfV) - 0.035, footprint) * (1 + Math.floor(height * 4));
};

/** Nested borders, each `period` wide, that repeat the colours of the palette from colour 0 at the rim. */
export const rings: Pattern = ({ u, v, footprint }, { halfU, halfV, period, palette }) => {
  const count = palette.length / 3;
  const step = Math.max(0, rim(u, v, halfU, halfV) - 0.035) / period;
  const whole = Math.floor(step);
  const start = whole % count;
  return start + cover((step - whole) * period, footprint) * (Math.min(count - 1, start + 1) - start);
};

/** Metres to the nearest side of a rectangle. */
const rim = (u: number, v: number, halfU: number, halfV: number) => Math.min(halfU - Math.abs(u), halfV - Math.abs(v));

const wrap = (x: number) => x - Math.floor(x);

/** The share of a pixel that lies inside an edge `distance` metres away: positive is inside. */
function cover(distance: number, footprint: number): number {
  return Math.max(0, Math.min(1, 0.5 + distance / footprint));
}

/** Fades a value to its mean where the period falls from two pixels to one. */
function fade(value: number, mean: number, period: number, footprint: number): number {
  const share = period / footprint - 1;
  return share >= 1 ? value : share <= 0 ? mean : mean + share * (value - mean);
}

/** 1 on the first half of each period, 0 on the second. */
function band(x: number, period: number, footprint: number): number {
  const edge = 0.25 - Math.abs(wrap(x / period) - 0.25 - (wrap(x / period) > 0.75 ? 1 : 0));
  return fade(cover(edge * period, footprint), 0.5, period, footprint);
}

/** A number in [0, 1) for each point of the lattice. */
function hash(i: number, j: number, seed: number): number {
  let bits = Math.imul(i, 0x27d4eb2d) ^ Math.imul(j, 0x165667b1) ^ Math.imul(seed, 0x9e3779b1);
  bits = Math.imul(bits ^ (bits >>> 15), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return ((bits ^ (bits >>> 16)) >>> 0) / 4294967296;
}

/** Values at the points of the lattice, joined smoothly. */
function smoothNoise(x: number, y: number, seed: number): number {
  const [i, j] = [Math.floor(x), Math.floor(y)];
  const [fx, fy] = [x - i, y - j];
  const [sx, sy] = [fx * fx * (3 - 2 * fx), fy * fy * (3 - 2 * fy)];
  const low = hash(i, j, seed) * (1 - sx) + hash(i + 1, j, seed) * sx;
  const high = hash(i, j + 1, seed) * (1 - sx) + hash(i + 1, j + 1, seed) * sx;
  return low + (high - low) * sy;
}
