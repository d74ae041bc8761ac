/** Counts the values in label files, from which `data init` guesses what they mean. */
import { colourNumber } from './class-table.js';
import { greyOf, type LabelFile } from './label-file.js';

/** How often a value occurs. */
export interface Count {
  pixels: number;
  /** Files in which it occurs. */
  files: number;
}
/** Value to count. */
export type Counts = ReadonlyMap<number, Count>;

/** At most so many different values of a file are counted one by one. */
const MOST_VALUES = 70_000;

/** Counts of the values in the files of a label, whatever these mean. */
export class Survey {
  files = 0;
  pixels = 0;
  /** Whole numbers in files of one channel, or of three that are the same. */
  readonly values = new Map<number, Count>();
  /** Colours, as 0xRRGGBB, in files that hold any. */
  readonly colours = new Map<number, Count>();
  /** Number of pixels that hold fractions, and of those that hold NaN or infinite numbers. */
  fractions = 0;
  notFinite = 0;
  /** The least and the largest finite number but 0, and how many pixels hold them. */
  least = Number.POSITIVE_INFINITY;
  most = Number.NEGATIVE_INFINITY;
  atLeast = 0;
  atMost = 0;
  /** The largest number that the types of the files can hold; undefined where no file has such a limit. */
  range: number | undefined;
  /** Files of a type that holds fractions, whether or not there are any. */
  floats = 0;
  palette: LabelFile['palette'];

  add(file: LabelFile): void {
    this.files++;
    this.pixels += file.width * file.height;
    this.palette ??= file.palette;
    this.floats += Number(file.data instanceof Float32Array || file.data instanceof Float64Array);
    if (file.range !== undefined) this.range = Math.max(this.range ?? 0, file.range);
    const grey = file.channels >= 3 ? greyOf(file) : file;
    if (grey) this.addNumbers(grey);
    else this.addColours(file);
  }

  private addNumbers({ data, channels, range }: LabelFile): void {
    if ((data instanceof Uint8Array || data instanceof Uint16Array) && range !== undefined) {
      const histogram = new Uint32Array(range + 1);
      for (let at = 0; at < data.length; at += channels) histogram[data[at]]++;
      for (const [value, pixels] of histogram.entries()) if (pixels > 0) this.count(value, pixels);
      return;
    }
    const whole = new Map<number, number>();
    for (let at = 0; at < data.length; at += channels) {
      const value = data[at];
      if (!Number.isFinite(value)) this.notFinite++;
      else if (Number.isInteger(value) && (whole.size < MOST_VALUES || whole.has(value)))
        whole.set(value, (whole.get(value) ?? 0) + 1);
      else {
        if (!Number.isInteger(value)) this.fractions++;
        this.widen(value, 1);
      }
    }
    for (const [value, pixels] of whole) this.count(value, pixels);
  }

  private count(value: number, pixels: number): void {
    tally(this.values, value, pixels);
    if (value !== 0) this.widen(value, pixels);
  }

  private widen(value: number, pixels: number): void {
    if (value < this.least) [this.least, this.atLeast] = [value, 0];
    if (value > this.most) [this.most, this.atMost] = [value, 0];
    if (value === this.least) this.atLeast += pixels;
    if (value === this.most) this.atMost += pixels;
  }

  private addColours({ data, channels }: LabelFile): void {
    const here = new Map<number, number>();
    for (let at = 0; at < data.length; at += channels) {
      const colour = colourNumber([data[at], data[at + 1], data[at + 2]]);
      if (here.size < MOST_VALUES || here.has(colour)) here.set(colour, (here.get(colour) ?? 0) + 1);
    }
    for (const [colour, pixels] of here) tally(this.colours, colour, pixels);
  }
}

function tally(counts: Map<number, Count>, value: number, pixels: number): void {
  const count = counts.get(value);
  if (count) {
    count.pixels += pixels;
    count.files++;
  } else if (counts.size < MOST_VALUES) counts.set(value, { pixels, files: 1 });
}
