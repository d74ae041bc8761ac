/** Files of which too little fits are refused: a network that starts from them would not be what its user believes. */
import { NddrError } from '../errors.js';
import { percent, someOf } from '../words.js';
import type { Recognition } from './family.js';
import type { SourceReport } from './report.js';
import type { WeightSource } from './source.js';
import type { Target } from './target.js';

/** The share of a backbone's parameters that must be found, unless a part is meant. */
const LEAST_SHARE = 0.9;
/** What to look at where shapes differ. */
const WIDTH = 'Shapes differ where networks have other widths: published weights need network.backbone.width 1.';
/** So many shapes that differ are told. */
const SHOWN = 5;

/**
 * @returns an error when nothing is taken; and, unless the source is `partial`, when the file holds another network than
 *   the backbone, or less than nine tenths of the parameters of a tower that it fills
 */
export function shortageOf(
  { where, file, partial }: WeightSource,
  target: Target,
  report: SourceReport,
  recognition: Recognition | undefined,
): NddrError | undefined {
  const { taken, unused, shares, differs, family, evidence } = report;
  const names = [...file.tensors.keys()];
  const isOther = recognition !== undefined && recognition.backbone !== target.backbone;
  const partly = 'If a part is meant all the same, say {"file": ..., "partial": true}.';
  if (isOther && (!partial || taken.length === 0))
    return new NddrError(
      `${where} holds ${recognition.model} (${evidence}), and the backbone is ${target.backbone}: set network.backbone to ` +
        `${recognition.backbone}, or name weights of ${target.backbone}.${taken.length > 0 ? ` ${partly}` : ''}`,
    );
  if (taken.length === 0)
    return new NddrError(
      differs.length > 0
        ? `Nothing of ${where} fits, all shapes differ:${shapesOf(report)}\n${WIDTH}`
        : `Nothing of ${where} has a name that the network has. There: ${someOf(unused) || someOf(names) || 'nothing'}. ` +
            `In the network: ${someOf([...target.variables.keys()])}. Use weights of a network with the same tasks and backbone.`,
    );
  if (partial) return undefined;
  // The names of this project's own files say which towers they fill.
  const filled = Object.entries(shares).filter(
    ([, share]) => recognition !== undefined || share > 0 || differs.length > 0,
  );
  const least = filled.reduce<readonly [string, number]>((one, other) => (other[1] < one[1] ? other : one), ['', 1]);
  if (least[1] >= LEAST_SHARE) return undefined;
  return new NddrError(
    `${where} gives only ${percent(least[1], 1)} of the parameters of the backbone of "${least[0]}"; at least ` +
      `${percent(LEAST_SHARE, 1)} are wanted. It was read as ${family} (${evidence}).${shapesOf(report)}\n${differs.length > 0 ? `${WIDTH} ` : ''}${partly}`,
  );
}

function shapesOf({ differs }: SourceReport): string {
  const lines = differs
    .slice(0, SHOWN)
    .map(
      ({ path, here, name, there }) => `\n  ${path} is [${here.join(', ')}] here, ${name} [${there.join(', ')}] there`,
    );
  return lines.join('') + (differs.length > SHOWN ? `\n  and ${differs.length - SHOWN} more` : '');
}
