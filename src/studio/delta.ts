/** delta_m of runs of an experiment, from the table that the experiment wrote beside them. */
import { parse } from 'csv-parse/sync';
import type { Inside } from './inside.js';

const TABLE = 'runs.csv';
const MOST = 8_000_000;

/** By the name of a run's folder, in per cent; empty where there is no such table. @param folder of the runs */
export async function deltasIn(inside: Inside, folder: string): Promise<ReadonlyMap<string, number>> {
  try {
    const text = await inside.text(folder === '' ? TABLE : `${folder}/${TABLE}`, MOST);
    const rows = parse(text, { columns: true, skip_empty_lines: true }) as Record<string, string>[];
    const entries = rows.map((row): [string, number] => [
      (row.run ?? '').split('/').at(-1) ?? '',
      row['delta_m %'] ? Number(row['delta_m %']) : Number.NaN,
    ]);
    return new Map(entries.filter(([name, delta]) => name !== '' && Number.isFinite(delta)));
  } catch {
    return new Map(); // there is none, or it is not the table of an experiment
  }
}
