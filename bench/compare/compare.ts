/** Measures the product and its peers in turn: A B A B, round after round. */
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { openProgress } from '../../src/cli/progress.js';
import { readText, writeWhole } from '../../src/files.js';
import { casesOf } from './cases.js';
import { writeChart } from './chart.js';
import { chosenBy, measure } from './measure.js';
import { findPeers, type Peers } from './peers.js';
import { type CaseResult, joined, type Measured, type Results } from './results.js';
import { renderDocument, renderText } from './tables.js';

export interface CompareOptions {
  /** Only cases whose `KIND/CONFIGURATION` matches. */
  readonly only?: string;
  readonly rounds?: number;
  /** One round with fewer steps. */
  readonly quick?: boolean;
  readonly threads: number;
  readonly out: string;
  /** The JSON file; OUT/results.json by default. */
  readonly json?: string;
  readonly markdown?: boolean;
}

export async function compare(options: CompareOptions): Promise<void> {
  const { only = '', quick = false, rounds = quick ? 1 : 3, threads, out } = options;
  const peers = findPeers();
  const chosen = chosenBy(only, casesOf({ peers, threads, quick }), ({ id }) => id);
  const cases = chosen.map(
    ({ contenders, ...one }): CaseResult => ({
      ...one,
      contenders: contenders.map(({ who, command, yardstick }) => ({
        who,
        command: command.map((word) => word.slice(word.lastIndexOf('/') + 1)).join(' '),
        yardstick,
        rounds: [],
      })),
    }),
  );
  const turns = chosen.flatMap(({ id, contenders }, at) =>
    contenders.map(({ command }, who) => ({ id, command, measured: cases[at].contenders[who] })),
  );
  const progress = openProgress({ title: 'bench', total: rounds * turns.length, unit: 'measurements' });
  let done = 0;
  for (let round = 0; round < rounds; round++) {
    for (const { id, command, measured } of turns) {
      progress.update(done++, { note: `${id}: ${measured.who}` });
      if (!measured.error) await measureOnce(command, measured);
    }
  }
  progress.update(done);
  progress.close();
  await finish({ machine: machineOf(peers, rounds, threads), absent: peers.absent, cases }, options, out);
}

/** A peer that fails is named in the table and leaves the others alone. */
async function measureOnce(command: readonly string[], measured: Measured): Promise<void> {
  try {
    measured.rounds.push(await measure(command));
  } catch (error) {
    measured.error = (error as Error).message;
  }
}

const machineOf = ({ torch }: Peers, rounds: number, threads: number) => ({
  processors: cpus().length,
  model: cpus()[0]?.model ?? 'unknown',
  memoryGib: Math.round(totalmem() / 2 ** 30),
  versions: [`Node ${process.versions.node}`, torch?.version].filter(Boolean).join(', '),
  rounds,
  threads,
  date: new Date().toISOString().slice(0, 10),
});

/** Joins the results of earlier runs and shows them like one. */
export async function showResults(
  files: readonly string[],
  options: { readonly out: string; readonly markdown?: boolean },
): Promise<void> {
  const all = await Promise.all(files.map(async (file) => JSON.parse(await readText(file)) as Results));
  await finish(joined(all), options, options.out);
}

async function finish(results: Results, { json, markdown }: Partial<CompareOptions>, out: string): Promise<void> {
  const files = [json ?? join(out, 'results.json'), join(out, 'results.md')];
  await writeWhole(files[0], [`${JSON.stringify(results, null, 2)}\n`]);
  await writeWhole(files[1], [`${renderDocument(results)}\n`]);
  files.push(...(await writeChart(results, join(out, 'results'))));
  console.log(markdown ? renderDocument(results) : `\n${renderText(results)}`);
  console.error(`Written: ${files.join(', ')}`);
}
