/** The flow of features through a layer, as bands from the sources to the outputs. */
import { element, short, textAt, title } from '../drawing/svg.js';
import { percent } from '../words.js';
import type { Box } from './heat.js';
import { colourOf } from './palette.js';
import type { LayerShares } from './shares.js';

/** Pixels between the bars of neighbouring tasks. */
const GAP = 14;
const BAR = 7;
/** Shares from this one on have their number beside the band. */
const LABELLED = 0.03;

/** A bar: where a task's features go in or come out. */
export interface Bar {
  readonly top: number;
  readonly height: number;
}

export interface Flow {
  readonly drawn: string;
  readonly sources: readonly Bar[];
  readonly outputs: readonly Bar[];
}

/**
 * Bands from the sources, on the left, to the outputs, on the right. All outputs are of one height, and a band is as
 * thick as its share. A source's bar is as tall as all that is taken from it.
 */
export function flow({ sources, outputs, layer }: LayerShares, { x, y, width, height }: Box): Flow {
  const unit = (height - GAP * (outputs.length - 1)) / outputs.length;
  const taken = sources.map((_, j) => outputs.reduce((sum, { shares }) => sum + finite(shares[j]), 0));
  const inBars = stacked(
    taken.map((part) => part * unit),
    y,
  );
  const outBars = stacked(
    outputs.map(() => unit),
    y,
  );
  const left = inBars.map(({ top }) => top);
  const bands: string[] = [];
  const labels: string[] = [];
  for (const [i, { name, shares }] of outputs.entries()) {
    let right = outBars[i].top;
    for (const [j, source] of sources.entries()) {
      const thick = finite(shares[j]) * unit;
      if (thick <= 0) continue;
      const says = `${layer}: ${percent(shares[j], 1)} of ${name} from ${source}`;
      bands.push(
        element(
          'path',
          {
            d: band(x + BAR, left[j], x + width - BAR, right, thick),
            ...{ fill: colourOf(j), 'fill-opacity': source === name ? 0.35 : 0.85 },
          },
          title(says),
        ),
      );
      if (shares[j] >= LABELLED) {
        const halo = { 'paint-order': 'stroke', stroke: '#ffffff', 'stroke-width': 2.5, 'stroke-opacity': 0.8 };
        const at = { ...halo, 'text-anchor': 'end', 'font-size': 10, 'dominant-baseline': 'central' };
        labels.push(textAt(x + width - BAR - 3, right + thick / 2, percent(shares[j], 1), at));
      }
      left[j] += thick;
      right += thick;
    }
  }
  const bars = [
    ...inBars.map((bar, j) => barAt(x, bar, colourOf(j))),
    ...outBars.map((bar, i) => barAt(x + width - BAR, bar, colourOf(sources.indexOf(outputs[i].name)))),
  ];
  return { drawn: [...bands, ...bars, ...labels].join(''), sources: inBars, outputs: outBars };
}

/** The towers between two layers: each from its bar on the left to its bar on the right. */
export const towers = (from: readonly Bar[], x: number, to: readonly Bar[], right: number): string =>
  from
    .map((bar, i) => {
      const d = taper(x, bar, right, to[i]);
      return element('path', { d, fill: colourOf(i), 'fill-opacity': 0.12 });
    })
    .join('');

const finite = (share: number): number => (Number.isFinite(share) ? share : 0);

function stacked(heights: readonly number[], first: number): Bar[] {
  let top = first;
  return heights.map((height) => {
    const bar = { top, height };
    top += height + GAP;
    return bar;
  });
}

const barAt = (x: number, { top, height }: Bar, fill: string): string =>
  element('rect', { x, y: top, width: BAR, height, fill });

function band(x: number, y: number, right: number, bottom: number, thick: number): string {
  const middle = short((x + right) / 2);
  const [a, b] = [short(y), short(bottom)];
  const [c, d] = [short(bottom + thick), short(y + thick)];
  const [l, r] = [short(x), short(right)];
  return `M${l} ${a}C${middle} ${a} ${middle} ${b} ${r} ${b}V${c}C${middle} ${c} ${middle} ${d} ${l} ${d}z`;
}

const taper = (x: number, from: Bar, right: number, to: Bar): string =>
  `M${short(x)} ${short(from.top)}L${short(right)} ${short(to.top)}v${short(to.height)}` +
  `L${short(x)} ${short(from.top + from.height)}z`;
