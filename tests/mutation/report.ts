/** What became of mutants, as tables and numbers. */
import { renderTable, type Table } from '../../src/experiments/table.js';
import type { Equivalent } from './equivalent.js';
import type { Mutant } from './mutants.js';
import type { Place } from './source-lines.js';

/** A mutant of a module, with its place in the source. */
export interface Candidate extends Mutant {
  /** Path of the module below dist. */
  readonly module: string;
  readonly place: Place;
}

/**
 * `late`: a test ran into its time limit, which counts as killed. `uncovered`: no test executes it, so it survives.
 */
export type Fate = 'killed' | 'late' | 'survived' | 'uncovered' | 'equivalent';

export interface Fated extends Candidate {
  readonly fate: Fate;
}

export const isSurvivor = ({ fate }: { readonly fate: Fate }): boolean => fate === 'survived' || fate === 'uncovered';

/** The row of the table of equivalent mutants that names a mutant. */
export const equivalentOf = ({ place, change }: Candidate, table: readonly Equivalent[]): Equivalent | undefined =>
  table.find(({ file, line, changes }) => file === place.file && line === place.text && changes.includes(change));

export interface Summary {
  readonly mutants: number;
  readonly killed: number;
  readonly late: number;
  readonly survived: number;
  readonly equivalent: number;
  /** Per cent of the mutants that are not equivalent that were killed; 100 where there are none. */
  readonly score: number;
}

export function summaryOf(mutants: readonly Fated[]): Summary {
  const count = (...fates: Fate[]) => mutants.filter(({ fate }) => fates.includes(fate)).length;
  const [killed, survived] = [count('killed', 'late'), count('survived', 'uncovered')];
  const score = killed + survived === 0 ? 100 : (100 * killed) / (killed + survived);
  return { mutants: mutants.length, killed, late: count('late'), survived, equivalent: count('equivalent'), score };
}

const COLUMNS = ['mutants', 'killed', 'late', 'survived', 'equivalent', 'killed %'];

/** A row for every file and one for all. */
export function fileTable(mutants: readonly Fated[]): Table {
  const files = [...new Set(mutants.map(({ place }) => place.file))].sort();
  const row = (name: string, of: readonly Fated[]) => {
    const { score, ...counts } = summaryOf(of);
    const texts = [...Object.values(counts).map(String), score.toFixed(1)];
    return { name, cells: texts.map((text) => ({ text, best: false })) };
  };
  return {
    corner: 'file',
    columns: COLUMNS.map((title) => ({ group: '', title, unit: '' })),
    rows: [
      ...files.map((file) =>
        row(
          file,
          mutants.filter(({ place }) => place.file === file),
        ),
      ),
      row('all', mutants),
    ],
  };
}

/** A survivor in two lines: where and what, and the source line. */
export const showSurvivor = ({ place, change, fate }: Fated): string =>
  `${place.file}:${place.line}  ${change}${fate === 'uncovered' ? '  (no test executes it)' : ''}\n    ${place.text}`;

export const showTable = (mutants: readonly Fated[]): string => renderTable(fileTable(mutants));
