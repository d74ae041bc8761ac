/** The picture of what tasks share: the flow through the layers, what became of channels, and the weights. */
import { element, picture, textAt, title } from '../drawing/svg.js';
import { percent } from '../words.js';
import { flow, towers } from './flow.js';
import { heatMap, heatScale, LEAST } from './heat.js';
import type { MixingLayer } from './layers.js';
import { colourOf, FATE_COLOURS, ramp } from './palette.js';
import { FATES, KEPT, type LayerShares, type OutputShares, TAKEN_OVER } from './shares.js';

export interface SharingPicture {
  readonly run: string;
  readonly weights: string;
  readonly step: number;
  readonly tasks: readonly string[];
  readonly says: string;
  readonly mixings: readonly MixingLayer[];
  /** The shares of `mixings`. */
  readonly layers: readonly LayerShares[];
}

const MARGIN = 24;
/** Of the names of tasks, at the left. */
const NAMES = 128;
/** Width of a layer, and of the towers between two. */
const LAYER = 168;
const BETWEEN = 54;
/** Height of a task in the flow, with the gap to the next. */
const TASK = 74;
const FATE_BAR = 16;
const PART_BAR = 20;
const SMALL = { 'font-size': 11, fill: '#50505a' };
const HEADING = { 'font-size': 13, 'font-weight': 600 };

/** An SVG. */
export function sharingPicture(sharing: SharingPicture): string {
  const { run, weights, step, says, tasks, mixings, layers } = sharing;
  const indices = [...layers.keys()];
  const between = indices.filter((i) => layers[i].of === 'tasks');
  const others = layers.filter(({ of }) => of !== 'tasks');
  const width = Math.max(
    760,
    2 * MARGIN + 6 * says.length,
    2 * MARGIN + NAMES + between.length * LAYER + Math.max(0, between.length - 1) * BETWEEN + MARGIN,
  );
  const parts: string[] = [
    textAt(MARGIN, 38, `What the tasks of ${run} share`, { 'font-size': 18, 'font-weight': 600 }),
    textAt(MARGIN, 59, `${weights} weights, step ${step}`, SMALL),
    textAt(MARGIN, 77, says, SMALL),
  ];
  let y = 112;
  if (between.length > 0) {
    const drawn = layersPart(
      between.map((i) => layers[i]),
      between.map((i) => mixings[i]),
      tasks,
      y,
    );
    parts.push(drawn.drawn);
    y = drawn.bottom;
  }
  if (others.length > 0) {
    const drawn = otherPart(others, y);
    parts.push(drawn.drawn);
    y = drawn.bottom;
  }
  return picture(width, y + 6, `What the tasks of ${run} share, at step ${step}. ${says}`, ...parts);
}

interface Part {
  readonly drawn: string;
  readonly bottom: number;
}

/** The layers between the tasks, side by side. */
function layersPart(
  layers: readonly LayerShares[],
  mixings: readonly MixingLayer[],
  tasks: readonly string[],
  y: number,
): Part {
  const left = MARGIN + NAMES;
  const xOf = (i: number) => left + i * (LAYER + BETWEEN);
  const height = TASK * tasks.length;
  const flowTop = y + 22;
  const fateTop = flowTop + height + 40;
  const heatTop = fateTop + FATE_BAR * tasks.length + 44;
  const flows = layers.map((layer, i) => flow(layer, { x: xOf(i), y: flowTop, width: LAYER, height }));
  const branched = (i: number) => layers[i].after === layers[i + 1]?.after;
  const parts = layers.flatMap(({ layer, after, outputs }, i) => [
    textAt(xOf(i), y + 6, `${layer}, after ${after}`, HEADING),
    flows[i].drawn,
    ...(i + 1 < layers.length && !branched(i)
      ? [towers(flows[i].outputs, xOf(i) + LAYER, flows[i + 1].sources, xOf(i + 1))]
      : []),
    ...outputs.map((output, t) => fateBar(output, xOf(i), fateTop + t * FATE_BAR)),
    heatMap(mixings[i], { x: xOf(i), y: heatTop, width: LAYER, height: LAYER }),
    ...(tasks.length > 3
      ? []
      : tasks.map((task, j) =>
          textAt(
            xOf(i) + ((j + 0.5) * LAYER) / tasks.length,
            heatTop + LAYER + 14,
            clipped(task, LAYER / tasks.length),
            {
              ...{ ...SMALL, 'text-anchor': 'middle', fill: colourOf(j), 'font-size': 10 },
            },
          ),
        )),
  ]);
  const names = tasks.flatMap((task, t) => {
    const at = { 'dominant-baseline': 'central', fill: colourOf(t), 'font-weight': 600 };
    const { top, height: tall } = flows[0].sources[t];
    return [
      textAt(MARGIN, top + tall / 2, clipped(task, NAMES), at),
      textAt(MARGIN, fateTop + (t + 0.4) * FATE_BAR, clipped(task, NAMES), { ...at, 'font-size': 11 }),
      textAt(MARGIN, heatTop + ((t + 0.5) * LAYER) / tasks.length, clipped(`into ${task}`, NAMES), {
        ...{ ...at, 'font-size': 11 },
      }),
    ];
  });
  const scaleTop = heatTop + LAYER + 30;
  const legend = [
    ...FATES.map((fate, i) => fateKey(fate, left + i * 110, fateTop - 16)),
    textAt(MARGIN, fateTop - 8, 'channels', HEADING),
    textAt(MARGIN, heatTop - 10, 'weights', HEADING),
    textAt(left, heatTop - 10, 'rows: channels of a task; columns: whose features they take', SMALL),
    heatScale({ x: left, y: scaleTop, width: 120, height: 10 }),
    textAt(left + 128, scaleTop + 9, `energy, from ${LEAST} to 1 of the largest in the layer`, SMALL),
    textAt(
      MARGIN,
      scaleTop + 34,
      `kept: at least ${100 * KEPT} % of a channel's energy comes from its own task. taken over: at most ` +
        `${100 * TAKEN_OVER} %. Pale bands: own features; full ones: features of other tasks.`,
      SMALL,
    ),
  ];
  return { drawn: [...parts, ...names, ...legend].join(''), bottom: scaleTop + 56 };
}

/** A name in about so many pixels of small letters. */
function clipped(name: string, width: number): string {
  const most = Math.floor(width / 6.5);
  return name.length <= most ? name : `${name.slice(0, most - 1)}…`;
}

function fateBar({ name, channels, fates }: OutputShares, x: number, y: number): string {
  let left = x;
  return FATES.map((fate) => {
    const count = fates?.[fate] ?? 0;
    const width = (count / channels) * LAYER;
    if (count === 0) return '';
    const shown = { x: left, y, width, height: FATE_BAR - 4, fill: FATE_COLOURS[fate], stroke: '#8a93a6' };
    left += width;
    return element(
      'rect',
      { ...shown, 'stroke-width': 0.5 },
      title(`${name}: ${count} of ${channels} channels ${fate}`),
    );
  }).join('');
}

const fateKey = (fate: keyof typeof FATE_COLOURS, x: number, y: number): string =>
  element('rect', { x, y, width: 12, height: 10, fill: FATE_COLOURS[fate], stroke: '#8a93a6', 'stroke-width': 0.5 }) +
  textAt(x + 17, y + 9, fate, SMALL);

/** Layers whose sources are no tasks: a bar a task. */
function otherPart(layers: readonly LayerShares[], y: number): Part {
  const left = MARGIN + NAMES;
  const width = 560;
  const parts: string[] = [];
  let top = y;
  for (const { layer, of, sources, outputs } of layers) {
    const what = of === 'stages' ? 'what each head sees of the stages' : 'what each mask is made from';
    parts.push(textAt(MARGIN, top + 6, `${layer}: ${what}`, HEADING));
    top += 20;
    for (const { name, shares } of outputs) {
      let x = left;
      parts.push(textAt(MARGIN, top + 12, name, SMALL));
      for (const [j, source] of sources.entries()) {
        const part = width * (Number.isFinite(shares[j]) ? shares[j] : 0);
        const says = title(`${percent(shares[j], 1)} of ${name} from ${source}`);
        parts.push(
          element('rect', { x, y: top, width: part, height: PART_BAR - 5, fill: ramp(j, sources.length) }, says),
        );
        x += part;
      }
      top += PART_BAR;
    }
    parts.push(
      ...sources.map((source, j) => {
        const at = left + j * 110;
        return (
          element('rect', { x: at, y: top + 2, width: 12, height: 10, fill: ramp(j, sources.length) }) +
          textAt(at + 17, top + 11, source, SMALL)
        );
      }),
    );
    top += 40;
  }
  return { drawn: parts.join(''), bottom: top };
}
