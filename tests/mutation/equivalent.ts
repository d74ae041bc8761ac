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
    file: 'src/engine/simplify.ts',
    line: 'if (!same) seen.set(key, kept);',
    changes: ['!same -> true'],
    why: 'Where there is one already, the same is set once more.',
  },
  {
    file: 'src/tasks/angles.ts',
    line: 'if (!Number.isFinite(length)) cosine = -1;',
    changes: ['1 -> (1 + 1)'],
    why: 'A cosine of -2 is clamped to -1.',
  },
  {
    file: 'src/tasks/boundary-matching.ts',
    line: '.sort((a, b) => a.squared - b.squared);',
    changes: ['a.squared - b.squared -> (a.squared + b.squared)'],
    why: 'The order of the steps decides which pixels are matched, not how many.',
  },
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
    file: 'src/tasks/boundary-resize.ts',
    line: 'for (let y = rows.from; y < rows.to; y++) {',
    changes: ['y < rows.to -> (y <= rows.to)'],
    why: 'Lines of one more row of the source do not reach the part; below the image, the source is undefined.',
  },
  {
    file: 'src/tasks/boundary-resize.ts',
    line: 'for (let step = 1; step < steps; step++) {',
    changes: ['step < steps -> (step <= steps)'],
    why: 'The last step is the neighbour itself, which is marked on its own.',
  },
  {
    file: 'src/tasks/boundary-resize.ts',
    line: 'from: Math.max(0, Math.floor((first * from) / to) - 2),',
    changes: ['Math.floor -> Math.ceil', '2 -> (2 + 1)'],
    why: 'A line to the next pixel reaches the part from x >= first from / to - 1.5 on, so one pixel is to spare.',
  },
  {
    file: 'src/tasks/boundary-resize.ts',
    line: 'to: Math.min(from, Math.ceil(((first + length) * from) / to) + 2),',
    changes: ['Math.ceil -> Math.floor', '2 -> (2 + 1)'],
    why: 'A line to the pixel before reaches the part up to x < (first + length) from / to + 0.5.',
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
    file: 'src/tasks/saliency-score.ts',
    line: 'while (above < THRESHOLDS.length && probability > THRESHOLDS[above]) above++;',
    changes: ['above < THRESHOLDS.length -> (above <= THRESHOLDS.length)'],
    why: 'The threshold behind the last one is undefined, and no probability is greater.',
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
    file: 'src/tasks/thinning.ts',
    line: 'for (let halfPass = 1; halfPass <= 2 || before.length + gone.length > 0; halfPass++) {',
    changes: ['halfPass <= 2 -> false'],
    why: 'At first all set pixels count as gone; without any there is nothing to thin.',
  },
  {
    file: 'src/train/weighting/cagrad.ts',
    line: 'if (face.length === 1) return [onFace(gram.length, face, [1])];',
    changes: ['face.length === 1 -> false'],
    why: 'For a single corner the formulas below give the weight 1 as well.',
  },
  {
    file: 'src/train/weighting/dwa.ts',
    line: 'for (let t = 0; t < count.length; t++) if (count[t] > 0) last[t] = sum[t] / count[t];',
    changes: ['t < count.length -> (t <= count.length)'],
    why: 'The count behind the last one is undefined, which is not greater than 0.',
  },
];
