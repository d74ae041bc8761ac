/** Mutants that no test can kill, because they behave like the original. They are not run, and counted apart. */

export interface Equivalent {
  readonly file: string;
  /** The source line, without the space around it. */
  readonly line: string;
  /** Each as the report shows it. */
  readonly changes: readonly string[];
  readonly why: string;
}

export const EQUIVALENT: readonly Equivalent[] = [
  {
    file: 'src/tasks/boundary-matching.ts',
    line: 'const span = Array.from({ length: 2 * reach + 1 }, (_, i) => i - reach);',
    changes: ['2 -> (2 + 1)', '1 -> (1 + 1)'],
    why: 'The longer steps are filtered out by their length.',
  },
  {
    file: 'src/tasks/boundary-matching.ts',
    line: 'if (open[at] !== 1 || x + dx < 0 || x + dx >= width || y + dy < 0 || y + dy >= height) continue;',
    changes: ['y + dy < 0 -> false', 'y + dy >= height -> false', 'y + dy >= height -> (y + dy > height)'],
    why: 'Above and below the image, open[at] is undefined.',
  },
  {
    file: 'src/tasks/boundary-resize.ts',
    line: 'const isLine = (x: number, y: number): boolean => x >= 0 && x < width && y < height && source[y * width + x] === 1;',
    changes: ['y < height -> true', 'y < height -> (y <= height)'],
    why: 'Below the image, the source is undefined.',
  },
  {
    file: 'src/tasks/boundary-resize.ts',
    line: 'if (x >= 0 && x < out.width && y >= 0 && y < out.height) out.data[y * out.width + x] = 1;',
    changes: ['y >= 0 -> true', 'y < out.height -> true', 'y < out.height -> (y <= out.height)'],
    why: 'Above and below the map nothing is written: a typed array ignores what lies outside of it.',
  },
  {
    file: 'src/tasks/boundary-score.ts',
    line: 'for (let i = 0; i < level.length; i++) {',
    changes: ['i < level.length -> (i <= level.length)'],
    why: 'The label behind the last one is undefined, which is neither 0 nor 1.',
  },
  {
    file: 'src/tasks/ridges.ts',
    line: 'if (interpolate(x + dx, y + dy) <= limit && interpolate(x - dx, y - dy) <= limit) kept[i] = 1;',
    changes: [
      'interpolate(x + dx, y + dy) <= limit -> ((interpolate(x + dx, y + dy)) < limit)',
      'interpolate(x - dx, y - dy) <= limit -> ((interpolate(x - dx, y - dy)) < limit)',
    ],
    why: 'The limit lies a millionth above the value of the pixel, so nothing but chance makes both sides equal.',
  },
  {
    file: 'src/tasks/saliency-score.ts',
    line: 'const hits = new Float64Array(THRESHOLDS.length + 1);',
    changes: ['1 -> (1 + 1)'],
    why: 'The additional entry stays 0 and is not read.',
  },
  {
    file: 'src/tasks/saliency-score.ts',
    line: 'const alarms = new Float64Array(THRESHOLDS.length + 1);',
    changes: ['1 -> (1 + 1)'],
    why: 'The additional entry stays 0 and is not read.',
  },
  {
    file: 'src/tasks/swap.ts',
    line: 'else for (let i = 0; i < label.length; i++) if (label[i] < to.length) label[i] = to[label[i]];',
    changes: ['i < label.length -> (i <= label.length)'],
    why: 'The entry behind the last one is undefined, which is not less than a number.',
  },
  {
    file: 'src/tasks/thinning.ts',
    line: 'Uint8Array.from({ length: 256 }, (_, bits) => {',
    changes: ['256 -> (256 + 1)'],
    why: 'Eight bits are never 256.',
  },
  {
    file: 'src/train/weighting/dwa.ts',
    line: 'for (let t = 0; t < count.length; t++) if (count[t] > 0) last[t] = sum[t] / count[t];',
    changes: ['t < count.length -> (t <= count.length)'],
    why: 'The count behind the last one is undefined, which is not greater than 0.',
  },
];
