/** What became of the weights of a file, in lines for people. */
import { percent, printable, several, someOf } from '../words.js';
import type { SourceReport } from './report.js';

/** The lines under the name of a file: whose names, how much was taken, what not, and what was done besides copying. */
export function describeSource(report: SourceReport): string[] {
  const { family, evidence, taken, unused, bookkeeping, differs, shares, notes } = report;
  const names = (list: readonly string[]) => (list.length === 0 ? '' : ` (${someOf(list.map(printable))})`);
  const found = Object.entries(shares).map(([tower, share]) => `${tower} ${percent(share, 1)}`);
  return [
    `Read as ${family}: ${printable(evidence)}.`,
    `Taken: ${several(taken.length, 'variable')} of the network${names(taken)}.`,
    `Parameters of the backbone that were found: ${found.join(', ')}.`,
    ...differs.map(
      ({ path, here, name, there }) =>
        `Shape differs: ${path} is [${here.join(', ')}], ${printable(name)} is [${there.join(', ')}].`,
    ),
    `Unused: ${several(unused.length, 'tensor')} of the file${names(unused)}.`,
    ...(bookkeeping > 0 ? [`Left out: ${several(bookkeeping, 'counter or optimizer slot')}.`] : []),
    ...notes.map((note) => `Note: ${printable(note)}.`),
  ];
}
