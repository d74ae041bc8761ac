/** Colours of tasks and of what became of channels. */
import { hex, viridis } from '../drawing/colours.js';
import type { Fate } from './shares.js';

/** Okabe and Ito (2008): colours that people with any common form of colour blindness tell apart. */
const COLOURS = ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#56b4e9', '#d55e00', '#f0e442', '#5a5a5a'];

export const colourOf = (index: number): string => COLOURS[index % COLOURS.length];

/** Colours of sources that have an order, such as stages: other ones than those of tasks. */
export const ramp = (index: number, count: number): string => hex(viridis((index + 0.5) / count));

export const FATE_COLOURS: Readonly<Record<Fate, string>> = {
  kept: '#d5d9e0',
  mixed: '#8a93a6',
  'taken over': '#2b3145',
  silent: '#ffffff',
};
