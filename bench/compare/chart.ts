/** A chart of the times, relative to the fastest PyTorch's. */
import sharp from 'sharp';
import { linearTicks, showTick } from '../../src/experiments/curves.js';
import { type Html, html } from '../../src/experiments/html.js';
import { writeWhole } from '../../src/files.js';
import { type CaseResult, type Results, ratioOf, yardstickOf } from './results.js';

const WIDTH = 900;
const LABELS = 330;
const RIGHT = 60;
const BAR = 13;
const GAP = 14;
const HEAD = 64;
const FOOT = 34;
const KEY_WIDTH = 210;
/** Kinds of measurement, as there is room for them. */
const SHORT: Readonly<Record<string, string>> = {
  step: 'Step',
  infer: 'Inference',
  first: 'First step',
  conv: 'Convolution, forward',
  tiny: 'Tiny step',
};
const COLOURS = ['#1f68c1', '#c9742c', '#0f766e', '#7c3aed'];
export const FONT = "'DejaVu Sans', 'Segoe UI', Helvetica, Arial, sans-serif";

/** Writes FILE.svg and FILE.png, where something was compared. @returns the files */
export async function writeChart(results: Results, file: string): Promise<string[]> {
  const compared = results.cases.filter((one) => yardstickOf(one) && ratioOf(one) !== undefined);
  return compared.length === 0 ? [] : writePicture(drawBars(compared).text, file);
}

/** Writes a drawing as FILE.svg and, at twice its size, FILE.png. @returns both paths */
export async function writePicture(svg: string, file: string): Promise<string[]> {
  await writeWhole(`${file}.svg`, [svg]);
  await writeWhole(`${file}.png`, [await sharp(Buffer.from(svg), { density: 144 }).png().toBuffer()]);
  return [`${file}.svg`, `${file}.png`];
}

interface Bar {
  readonly who: string;
  /** Times the yardstick's time. */
  readonly times: number;
}

function barsOf(result: CaseResult): Bar[] {
  const yardstick = yardstickOf(result);
  const key = result.kind.values[0].key;
  return result.contenders
    .filter(({ who, yardstick: torch }, i) => torch || i === 0 || who === yardstick?.who)
    .flatMap((one) => {
      const own = { ...result, contenders: [one] };
      const times = ratioOf(own, yardstick, key);
      return times === undefined ? [] : [{ who: one.who, times }];
    });
}

function drawBars(cases: readonly CaseResult[]): Html {
  const rows = cases.map((result) => ({
    title: `${SHORT[result.kind.name] ?? result.kind.title}: ${result.title}`,
    bars: barsOf(result),
  }));
  const names = [...new Set(rows.flatMap(({ bars }) => bars.map(({ who }) => who)))];
  const longest = Math.max(1.2, ...rows.flatMap(({ bars }) => bars.map(({ times }) => times)));
  const shown = Math.min(longest, 3);
  const x = (times: number) => LABELS + ((WIDTH - LABELS - RIGHT) * Math.min(times, shown)) / shown;
  let y = HEAD;
  const drawn = rows.map(({ title, bars }) => {
    const top = y;
    y += bars.length * BAR + GAP;
    return html`<text x="${LABELS - 10}" y="${top + (bars.length * BAR) / 2 + 4}" text-anchor="end">${title}</text>${bars.map(
      ({ who, times }, i) =>
        html`<rect x="${LABELS}" y="${top + i * BAR}" width="${(x(times) - LABELS).toFixed(1)}" height="${BAR - 2}" fill="${COLOURS[names.indexOf(who) % COLOURS.length]}"/><text x="${(x(times) + 5).toFixed(1)}" y="${top + i * BAR + BAR - 3}" font-size="10">${times.toFixed(2)}</text>`,
    )}`;
  });
  const height = y + FOOT;
  const keys = names.map(
    (who, i) =>
      html`<rect x="${20 + i * KEY_WIDTH}" y="36" width="11" height="11" fill="${COLOURS[i % COLOURS.length]}"/><text x="${20 + i * KEY_WIDTH + 16}" y="46">${who}</text>`,
  );
  const grid = linearTicks(0, shown, 5).map(
    (tick) =>
      html`<path d="M${x(tick)} ${HEAD - 6}V${y}" stroke="${tick === 1 ? '#333' : '#dfe0e3'}"/><text x="${x(tick)}" y="${y + 18}" text-anchor="middle">${showTick(tick)}</text>`,
  );
  return html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="${FONT}" font-size="12" fill="#1c1d21"><rect width="${WIDTH}" height="${height}" fill="#fff"/><text x="20" y="24" font-size="15" font-weight="bold">Time relative to the fastest PyTorch (1), less is better</text>${keys}${grid}${drawn}</svg>`;
}
