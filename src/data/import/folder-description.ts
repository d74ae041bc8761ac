// The description and the tables of a folder that an import has written.
import { type Description, type DescriptionInput, isTableLabel, type TableLabel } from '../description.js';
import { derivedFrom } from '../label-kinds.js';
import type { ImportPlan, PlannedSample } from './kind.js';

/** The name of the table of a split, with the labels of whole images. */
const TABLE = 'labels.csv';

type Counts = Record<string, { samples: number; labels: Record<string, number> }>;

/** What `dataset.json` says of the samples that were written, and how many have each label. */
export function descriptionOf(
  plan: ImportPlan,
  labels: Description['labels'],
  samples: readonly PlannedSample[],
): { readonly description: DescriptionInput; readonly splits: Counts } {
  const filed = Object.keys(labels).filter((name) => derivedFrom(labels[name]) === undefined);
  const splits: DescriptionInput['splits'] = {};
  const counts: Counts = {};
  for (const [split, own] of bySplit(samples)) {
    const having = filed.map((name) => [name, own.filter((sample) => hasLabel(sample, name, labels))] as const);
    const patterns = having.flatMap(([name, of]) => {
      if (of.length === 0) return [];
      const what = labels[name];
      if (isTableLabel(what)) return [[name, `${split}/${TABLE}`]];
      return [
        [
          name,
          pattern(
            `${split}/${name}`,
            of.map((sample) => sample.labels[name].extension),
          ),
        ],
      ];
    });
    splits[split] = {
      images: pattern(
        `${split}/images`,
        own.map(({ image }) => image.extension),
      ),
      labels: Object.fromEntries(patterns),
    };
    counts[split] = {
      samples: own.length,
      labels: Object.fromEntries(having.flatMap(([name, of]) => (of.length > 0 ? [[name, of.length]] : []))),
    };
  }
  const isMissing = (name: string) =>
    filed.includes(name) && Object.values(counts).some(({ samples: all, labels: of }) => (of[name] ?? 0) < all);
  const described = Object.entries(plan.labels).map(([name, what]) => [
    name,
    isMissing(name) ? { ...what, optional: true } : what,
  ]);
  return { description: { name: plan.name, splits, labels: Object.fromEntries(described) }, splits: counts };
}

function bySplit(samples: readonly PlannedSample[]): Map<string, PlannedSample[]> {
  const splits = new Map<string, PlannedSample[]>();
  for (const sample of samples) {
    const own = splits.get(sample.split);
    if (own) own.push(sample);
    else splits.set(sample.split, [sample]);
  }
  return splits;
}

/** `train/images/*.jpg`, or `train/images/*.{jpg,png}`. */
function pattern(folder: string, extensions: readonly string[]): string {
  const different = [...new Set(extensions)].map((extension) => extension.slice(1)).sort();
  return `${folder}/*.${different.length > 1 ? `{${different.join(',')}}` : different[0]}`;
}

/** The columns of a table that hold a label. */
function columnsOf(name: string, what: TableLabel): readonly string[] {
  if (what.kind === 'regression') return what.names ?? [name];
  return what.kind === 'multilabel' && what.column === undefined ? what.classes : [what.column ?? name];
}

function hasLabel({ labels, cells = {} }: PlannedSample, name: string, described: Description['labels']): boolean {
  const what = described[name];
  if (!isTableLabel(what)) return Object.hasOwn(labels, name);
  return columnsOf(name, what).some((column) => Object.hasOwn(cells, column));
}

/** The path and text of the table of every split that has labels of whole images. */
export function tablesOf(labels: Description['labels'], samples: readonly PlannedSample[]): [string, string][] {
  const columns = [
    ...new Set(Object.entries(labels).flatMap(([name, what]) => (isTableLabel(what) ? columnsOf(name, what) : []))),
  ];
  if (columns.length === 0) return [];
  return [...bySplit(samples)].map(([split, own]) => {
    const rows = own.map(({ id, image, cells = {} }) => [
      `${split}/images/${id}${image.extension}`,
      ...columns.map((column) => cells[column] ?? ''),
    ]);
    return [`${split}/${TABLE}`, [['file', ...columns], ...rows].map((row) => `${row.map(cell).join(',')}\n`).join('')];
  });
}

/** A cell of a CSV file, in quotes where it holds a separator, a quote or a new line. */
const cell = (value: string | number): string => {
  const text = String(value);
  return /[",\n\r;\t]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};
