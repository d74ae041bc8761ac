import type { Colour } from './colours.js';
import { eachDot, GLYPH_HEIGHT, GLYPH_WIDTH, printable } from './font.js';
import type { Image, Size } from './raster.js';
import type { TellingLine } from './task.js';

const CARD: Size = { width: 240, height: 180 };
const PAPER = 242;
const INK: Colour = [20, 20, 24];
const BAR: Colour = [176, 208, 240];
const LARGEST = 3;
/** Letters are small enough for so many lines, where there are as many. */
const LINES = 10;
const MARGIN = 2;

/** An image-level answer as a picture: lines of text over bars of their shares, as many as fit, as large as they fit. */
export function drawCard(lines: readonly TellingLine[], size: Size = CARD): Image {
  const { width, height } = size;
  const data = new Uint8Array(3 * width * height).fill(PAPER);
  const fill = (left: number, top: number, right: number, bottom: number, colour: Colour) => {
    for (let y = Math.max(top, 0); y < Math.min(bottom, height); y++)
      for (let x = Math.max(left, 0); x < Math.min(right, width); x++) data.set(colour, 3 * (y * width + x));
  };
  const { rows, scale, pitch } = layOut(lines, size);
  for (const [row, { text, note = '', share = 0 }] of rows.entries()) {
    const top = MARGIN + row * pitch;
    fill(MARGIN, top, MARGIN + Math.round(share * (width - 2 * MARGIN)), top + pitch - scale, BAR);
    const write = (words: string, left: number) =>
      eachDot(words, (x, y) => {
        const [dotLeft, dotTop] = [left + x * scale, top + (y + 1) * scale];
        fill(dotLeft, dotTop, dotLeft + scale, dotTop + scale, INK);
      });
    write(text, MARGIN + scale);
    write(note, width - MARGIN - note.length * scale * (GLYPH_WIDTH + 1));
  }
  return { width, height, data };
}

const pitchOf = (scale: number): number => scale * (GLYPH_HEIGHT + 3);

/** Notes stand at the right of their lines, or below them where that lets the letters be larger. */
function layOut(lines: readonly TellingLine[], { width, height }: Size) {
  const beside = lines.map(({ text, note, share }) => ({
    text: printable(text),
    note: note === undefined ? undefined : printable(note),
    share,
  }));
  const below = beside.flatMap(({ text, note, share }): TellingLine[] => [
    { text, share },
    ...(note === undefined ? [] : [{ text: '', note }]),
  ]);
  const scaleOf = (rows: readonly TellingLine[]): number => {
    const longest = Math.max(1, ...rows.map(({ text, note = '' }) => `${text} ${note}`.trim().length));
    const across = Math.floor((width - 2 * MARGIN) / (longest * (GLYPH_WIDTH + 1)));
    const down = Math.floor((height - 2 * MARGIN) / (Math.min(rows.length, LINES) * pitchOf(1)));
    return Math.min(Math.max(Math.min(across, down), 1), LARGEST);
  };
  const rows = below.length <= LINES && scaleOf(below) > scaleOf(beside) ? below : beside;
  const scale = scaleOf(rows);
  const pitch = pitchOf(scale);
  return { rows: rows.slice(0, Math.floor((height - 2 * MARGIN) / pitch)), scale, pitch };
}
