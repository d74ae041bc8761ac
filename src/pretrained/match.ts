/** How weights of files are taken into a network, planned by names and shapes alone; numbers are read afterwards. */
import { NddrError } from '../errors.js';
import { suggest } from '../schema.js';
import type { InputConvention } from './convention.js';
import type { Assignment } from './convert.js';
import { shortageOf } from './enough.js';
import { conventionOfMapping } from './mapping.js';
import { planOf } from './plan.js';
import { recognise } from './recognise.js';
import { reportOf, type SourceReport } from './report.js';
import type { WeightSource } from './source.js';
import type { Target } from './target.js';

/** What is taken of one file. */
export interface SourceMatch {
  readonly report: SourceReport;
  readonly assignments: readonly Assignment[];
  readonly source: WeightSource;
  /** Why no network should start from it: nothing fits, it holds another network, or too little of the backbone. */
  readonly shortage?: NddrError;
  /** The name in the file of a tensor that an assignment uses. */
  fileName(name: string): string;
}

/** The input convention of a file's network; undefined where names do not tell. */
export function conventionOf({ file, where, family, from, mapping }: WeightSource): InputConvention | undefined {
  if (mapping) return conventionOfMapping(mapping.rules);
  return recognise(file, where, { family, from })?.recognition.convention;
}

/**
 * Plans what is taken of a file.
 * @throws NddrError when no family knows the file's names, nothing fits, or less than nine tenths of a tower's backbone is
 *   found and `partial` is not set
 */
export function matchSource(target: Target, source: WeightSource): SourceMatch {
  const match = planSource(target, source);
  if (match.shortage) throw match.shortage;
  return match;
}

/** The same, also where too little is found: `shortage` says so. */
function planSource(target: Target, source: WeightSource): SourceMatch {
  const { tower, where } = source;
  const known = [...new Set([...target.towers, ...target.tasks])];
  if (tower !== undefined && !known.includes(tower))
    throw new NddrError(`${where}: tower: the network has no "${tower}"; ${suggest(tower, known)}`);
  const plan = planOf(target, source);
  const report = reportOf(target, source, plan);
  const shortage = shortageOf(source, target, report, plan.recognised?.recognition);
  return { report, assignments: plan.assignments, source, fileName: plan.fileName, ...(shortage && { shortage }) };
}

/** What is taken of several files: later ones replace what earlier ones gave. */
export interface Match {
  readonly sources: readonly SourceMatch[];
  /** Variables that no file gives. */
  readonly fresh: readonly string[];
}

/** Says of a file how much of it later ones replace. */
function withReplaced(match: SourceMatch, at: number, all: readonly SourceMatch[]): SourceMatch {
  const later = new Set(all.slice(at + 1).flatMap(({ report }) => report.taken));
  const count = match.report.taken.filter((path) => later.has(path)).length;
  if (count === 0) return match;
  const note = `later files replace ${count} of the variables that are taken of it`;
  return { ...match, report: { ...match.report, notes: [...match.report.notes, note] } };
}

/** @throws NddrError as `matchSource` */
export const matchAll = (target: Target, sources: readonly WeightSource[]): Match =>
  together(
    target,
    sources.map((source) => matchSource(target, source)),
  );

/** The same, also where too little of a file is found: for people who want to know why. */
export const planAll = (target: Target, sources: readonly WeightSource[]): Match =>
  together(
    target,
    sources.map((source) => planSource(target, source)),
  );

function together({ variables }: Target, matches: readonly SourceMatch[]): Match {
  const taken = new Set(matches.flatMap(({ report }) => report.taken));
  return { sources: matches.map(withReplaced), fresh: [...variables.keys()].filter((path) => !taken.has(path)) };
}
