/** Pictures of text, for answers about an image as a whole. */
import type { Colour } from './colours.js';
import { eachDot, GLYPH_HEIGHT, GLYPH_WIDTH, printable } from './font.js';
import type { Image, Size } from './image.js';

/** A line of text on a card. */
export interface CardLine {
  readonly text: string;
  /** Stands at the right end of the line, such as `83 %`. */
  readonly note?: string;
  /** Length of a bar behind the text, as a part of the width: 0..1. */
  readonly bar?: number;
}

const DEFAULT_SIZE: Size = { width: 240, height: 180 };
const PAPER = 242;
const INK: Colour = [20, 20, 24];
const BAR: Colour = [176, 208, 240];
/** Pixels of the image to a pixel of a letter, at most. */
const LARGEST_SCALE = 3;
/** Letters are made so small that this many lines fit. */
const LINES = 10;
const MARGIN = 2;

/** A picture of lines of text over bars. The letters are as large as fits; lines that do not fit are left out. */
export function drawCard(lines: readonly CardLine[], size: Size = DEFAULT_SIZE): Image {
  const { width, height } = size;
  const data = new Uint8Array(3 * width * height).fill(PAPER);
  const fill = (left: number, top: number, right: number, bottom: number, colour: Colour) => {
    for (let y = Math.max(top, 0); y < Math.min(bottom, height); y++)
      for (let x = Math.max(left, 0); x < Math.min(right, width); x++) data.set(colour, 3 * (y * width + x));
  };
  const { rows, scale, pitch } = layOut(lines, size);
  for (const [row, { text, note = '', bar = 0 }] of rows.entries()) {
    const top = MARGIN + row * pitch;
    fill(MARGIN, top, MARGIN + Math.round(bar * (width - 2 * MARGIN)), top + pitch - scale, BAR);
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

/** Pixels from one line to the next. */
const pitchOf = (scale: number): number => scale * (GLYPH_HEIGHT + 3);

/**
 * Chooses the scale of the letters. Notes stand at the right of their lines, or below them where that allows larger
 * letters.
 */
function layOut(lines: readonly CardLine[], { width, height }: Size) {
  const beside = lines.map(({ text, note, bar }) => ({
    text: printable(text),
    note: note === undefined ? undefined : printable(note),
    bar,
  }));
  const below = beside.flatMap(({ text, note, bar }): CardLine[] => [
    { text, bar },
    ...(note === undefined ? [] : [{ text: '', note }]),
  ]);
  const scaleOf = (rows: readonly CardLine[]): number => {
    const longest = Math.max(1, ...rows.map(({ text, note = '' }) => `${text} ${note}`.trim().length));
    const across = Math.floor((width - 2 * MARGIN) / (longest * (GLYPH_WIDTH + 1)));
    const down = Math.floor((height - 2 * MARGIN) / (Math.min(rows.length, LINES) * pitchOf(1)));
    return Math.min(Math.max(Math.min(across, down), 1), LARGEST_SCALE);
  };
  const rows = below.length <= LINES && scaleOf(below) > scaleOf(beside) ? below : beside;
  const scale = scaleOf(rows);
  const pitch = pitchOf(scale);
  return { rows: rows.slice(0, Math.floor((height - 2 * MARGIN) / pitch)), scale, pitch };
}
