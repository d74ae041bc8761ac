// Faults of a plan, before anything is written.
import { NddrError } from '../../errors.js';
import { several, someOf } from '../../words.js';
import { type Description, parseDescription } from '../description.js';
import { derivedFrom, type LabelDescription } from '../label-kinds.js';
import type { ImportPlan } from './kind.js';

/**
 * Checks the samples and labels of a plan. @returns its labels with all defaults
 * @throws NddrError where there are no samples, an id cannot be a name of a file, or two would be the same file
 */
export function checkPlan({ name, labels, samples, skipped = [] }: ImportPlan, where: string): Description['labels'] {
  if (samples.length === 0) {
    const left = skipped.filter(({ names }) => names.length > 0);
    const reasons = left.map(({ why, names }) => `${why} (${names.length}): ${someOf(names)}`);
    throw new NddrError(
      `${where}: there is nothing to import${reasons.length > 0 ? `; left out: ${reasons.join('; ')}` : ''}`,
    );
  }
  const bad = samples.filter(({ id }) => !isFileName(id)).map(({ id }) => JSON.stringify(id));
  if (bad.length > 0)
    throw new NddrError(
      `${where}: ${several(bad.length, 'name')} cannot be names of files: ${someOf(bad)}; rename them in the source`,
    );
  const seen = new Map<string, string>();
  for (const { split, id } of samples) {
    const key = `${split}/${id}`.normalize('NFC').toLowerCase();
    const other = seen.get(key);
    if (other !== undefined)
      throw new NddrError(
        `${where}: "${other}" and "${split}/${id}" would be one file where capital letters do not count; rename one of them in the source`,
      );
    seen.set(key, `${split}/${id}`);
  }
  const splits = Object.fromEntries([...new Set(samples.map(({ split }) => split))].map((split) => [split, NO_FILES]));
  const optional = Object.entries(labels).map(([key, what]) => [
    key,
    derivedFrom(what as LabelDescription) === undefined ? { ...what, optional: true } : what,
  ]);
  return parseDescription({ name, splits, labels: Object.fromEntries(optional) }, where).labels;
}

const NO_FILES = { images: '*', labels: {} };

/** Whether a text can be the name of a file on every system. */
const isFileName = (id: string): boolean =>
  id.length <= 200 && /^[^/\\:*?"<>|\p{Cc}.][^/\\:*?"<>|\p{Cc}]*$/u.test(id) && !/[. ]$/.test(id);
