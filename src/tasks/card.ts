import type { Colour } from './colours.js';
import { WHITE } from './colours.js';
import { eachDot, GLYPH_HEIGHT, GLYPH_WIDTH, printable } from './font.js';
import type { Image, Size } from './raster.js';
import type { TellingLine } from './task.js';

const CARD: Size = { width: 240, height: 180 };
const INK: Colour = [20, 20, 24];
const BAR: Colour = [176, 208, 240];
const LARGEST = 3;

/** An image-level answer as a picture: lines of text over bars of their shares, as many as fit, as large as they fit. */
export function drawCard(lines: readonly TellingLine[], { width, height }: Size = CARD): Image {
  const data = new Uint8Array(3 * width * height).fill(WHITE[0]);
  const set = (x: number, y: number, colour: Colour) => {
    if (x >= 0 && y >= 0 && x < width && y < height) data.set(colour, 3 * (y * width + x));
  };
  const texts = lines.map(({ text, note = '', share }) => ({ text: printable(text), note: printable(note), share }));
  const longest = Math.max(1, ...texts.map(({ text, note }) => text.length + (note === '' ? 0 : note.length + 1)));
  const fitting = Math.floor((width - 4) / (longest * (GLYPH_WIDTH + 1)));
  const scale = Math.min(Math.max(fitting, 1), LARGEST);
  const pitch = scale * (GLYPH_HEIGHT + 4);
  for (const [row, { text, note, share = 0 }] of texts.slice(0, Math.floor((height - 2) / pitch)).entries()) {
    const top = 2 + row * pitch;
    const bar = Math.round(share * (width - 4));
    for (let y = top; y < top + pitch - scale; y++) for (let x = 0; x < bar; x++) set(2 + x, y, BAR);
    const write = (words: string, left: number) =>
      eachDot(words, (x, y) => {
        for (let i = 0; i < scale * scale; i++)
          set(left + x * scale + (i % scale), top + scale + y * scale + Math.floor(i / scale), INK);
      });
    write(text, 2 + scale);
    write(note, width - 2 - note.length * scale * (GLYPH_WIDTH + 1));
  }
  return { width, height, data };
}
