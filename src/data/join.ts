/** Several data sets as one. */
import { NddrError } from '../errors.js';
import type { Dataset, LabelInfo, PackableDataset, Sample } from './dataset.js';

/**
 * One data set of the samples of several, one part after another. A label that a part does not have is absent from the
 * samples of this part. A label that several parts have is one label: its kind, classes, names and unit must be equal.
 * @throws NddrError naming both data sets where a label of theirs differs
 */
export function joinDatasets(parts: readonly PackableDataset[]): PackableDataset {
  const names = uniqueNames(parts);
  const labels = joinLabels(parts, names);
  const facts = {
    name: names.join(' + '),
    length: parts.reduce((sum, { length }) => sum + length, 0),
    labels,
  };
  /** The part that a sample is of, and its number there. */
  const placeOf = (index: number): readonly [part: number, at: number] => {
    let [part, at] = [0, index];
    while (part < parts.length - 1 && at >= parts[part].length) at -= parts[part++].length;
    return [part, at];
  };
  const reader =
    <Label>(members: readonly Dataset<Label>[]) =>
    async (index: number): Promise<Sample<Label>> => {
      const [part, at] = placeOf(index);
      const { id, ...sample } = await members[part].read(at);
      return { id: `${names[part]}/${id}`, ...sample };
    };
  const labelled = (index: number, label: string): boolean => {
    const [part, at] = placeOf(index);
    const one = parts[part];
    return Object.hasOwn(one.labels, label) && (one.labelled?.(at, label) ?? true);
  };
  return {
    ...facts,
    read: reader(parts),
    labelled,
    packed: (wanted) => ({
      ...facts,
      read: reader(parts.map((part) => part.packed(wanted.filter((label) => Object.hasOwn(part.labels, label))))),
    }),
  };
}

/** The names of the parts; those of the same name get their number as well. */
function uniqueNames(parts: readonly Dataset[]): string[] {
  const names = parts.map(({ name }) => name);
  return names.map((name, i) =>
    names.filter((other) => other === name).length > 1 ? `${name} (part ${i + 1})` : name,
  );
}

/** What must be equal in all parts that have a label; colours, mean and deviation are those of the first part. */
const EQUAL_KEYS = ['kind', 'classes', 'names', 'unit'] as const satisfies (keyof LabelInfo)[];

function joinLabels(parts: readonly Dataset[], names: readonly string[]): Record<string, LabelInfo> {
  const labels: Record<string, LabelInfo> = {};
  const firstPart: Record<string, string> = {};
  for (const [i, part] of parts.entries()) {
    for (const [label, info] of Object.entries(part.labels)) {
      const first = labels[label];
      for (const key of first ? EQUAL_KEYS : []) {
        const [ours, theirs] = [JSON.stringify(first[key]), JSON.stringify(info[key])];
        if (ours === theirs) continue;
        throw new NddrError(
          `joined data sets: the label "${label}" has ${key} ${ours} in "${firstPart[label]}" and ${theirs} in ` +
            `"${names[i]}", expected the same; rename it in one of them, or leave it out there with "only"`,
        );
      }
      labels[label] ??= info;
      firstPart[label] ??= names[i];
    }
  }
  return labels;
}

/** The same data set with these labels and no others. @throws NddrError when it lacks one of them */
export function withOnly(dataset: PackableDataset, only: readonly string[]): PackableDataset {
  const missing = only.find((label) => !Object.hasOwn(dataset.labels, label));
  if (missing !== undefined) {
    throw new NddrError(
      `data set "${dataset.name}": there is no label "${missing}" to keep ("only"); ` +
        `its labels are ${Object.keys(dataset.labels).join(', ')}`,
    );
  }
  const labels = Object.fromEntries(only.map((label) => [label, dataset.labels[label]]));
  return {
    ...dataset,
    labels,
    async read(index) {
      const { labels: all, ...sample } = await dataset.read(index);
      return {
        ...sample,
        labels: Object.fromEntries(Object.entries(all).filter(([label]) => Object.hasOwn(labels, label))),
      };
    },
    packed: (wanted) => ({ ...dataset.packed(wanted), labels }),
  };
}
