/** The files of an experiment's results. */
import { join } from 'node:path';
import { writeWhole } from '../../files.js';
import { renderMarkdown } from '../table.js';
import { rowsCsv, runsCsv } from './csv.js';
import { experimentPage } from './page.js';
import type { Results } from './results.js';
import { columnNotes, experimentTable, metricsTable, verdict } from './tables.js';

/** Writes `table.md`, `table.csv`, `runs.csv` and `report.html` beside the runs. @returns their paths, the page last */
export async function writeResults(results: Results): Promise<string[]> {
  const files: readonly (readonly [string, string])[] = [
    ['table.md', resultsMarkdown(results)],
    ['table.csv', rowsCsv(results)],
    ['runs.csv', runsCsv(results)],
    ['report.html', experimentPage(results)],
  ];
  return Promise.all(
    files.map(async ([name, text]) => {
      const path = join(results.plan.out, name);
      await writeWhole(path, [text]);
      return path;
    }),
  );
}

function resultsMarkdown(results: Results): string {
  const { experiment, data, seeds } = results.plan;
  const parts = [
    `# ${experiment.title}`,
    ...(experiment.about ? [experiment.about] : []),
    `Data: ${data}. Seeds: ${seeds.join(', ')}.`,
    ...verdict(results),
    renderMarkdown(experimentTable(results)),
    columnNotes(results).join(' '),
    ...results.tasks.flatMap((task) => [`## ${task.name}`, renderMarkdown(metricsTable(results, task))]),
  ];
  return `${parts.join('\n\n')}\n`;
}
