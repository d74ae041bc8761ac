/** Where the time of a step goes, read from the runtime's profile. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import * as z from 'zod';
import { NddrError } from '../src/errors.js';
import { renderTable, type Table } from '../src/experiments/table.js';
import { readText } from '../src/files.js';
import { TASKS } from './options.js';
import { type StepBench, type StepParts, stepLine, timeSteps } from './step.js';

const eventSchema = z.object({
  cat: z.string(),
  name: z.string(),
  /** Microseconds. */
  ts: z.number(),
  dur: z.number(),
  args: z.object({ op_name: z.string().optional() }).optional(),
});

type Event = z.infer<typeof eventSchema>;

/** Milliseconds that a node took in a run, on the mean. */
export interface NodeTime {
  readonly operator: string;
  /** As `conv1_1`, of whatever tower; of nodes that the runtime added, `LAYOUT`. */
  readonly layer: string;
  readonly backward: boolean;
  readonly millis: number;
}

export interface Profile {
  readonly nodes: readonly NodeTime[];
  /** A run of the graph as the runtime sees it: its nodes, and what lies between them. */
  readonly runMillis: number;
}

export const LAYOUT = 'layout, by the runtime';
const KERNEL = '_kernel_time';

/**
 * Reads a profile of the runtime.
 * @param text the JSON file
 * @param runs how many runs count, from the last one back: the first are slow
 */
export function readProfile(text: string, runs: number): Profile {
  const parsed = z.array(z.unknown()).safeParse(JSON.parse(text));
  const events = (parsed.data ?? []).flatMap((event): Event[] => {
    const found = eventSchema.safeParse(event);
    return found.success ? [found.data] : [];
  });
  const counted = events.filter(({ name }) => name === 'model_run').slice(-runs);
  if (counted.length < runs) throw new NddrError(`the profile holds ${counted.length} runs, expected ${runs} or more.`);
  const within = ({ ts }: Event) => counted.some((run) => ts >= run.ts && ts <= run.ts + run.dur);
  const millis = (event: Event) => event.dur / 1000 / runs;
  const nodes = events
    .filter((event) => event.cat === 'Node' && event.name.endsWith(KERNEL) && within(event))
    .map((event) => ({ ...placeOf(event.name), operator: event.args?.op_name ?? 'unknown', millis: millis(event) }));
  return { nodes, runMillis: counted.reduce((sum, run) => sum + millis(run), 0) };
}

/** `seg.conv1_1'/mul.12_kernel_time` -> the backward pass of conv1_1. */
function placeOf(name: string): { layer: string; backward: boolean } {
  const slash = name.indexOf('/');
  if (slash < 0) return { layer: LAYOUT, backward: false };
  const label = name.slice(0, slash);
  const parts = label.replaceAll("'", '').split('.');
  const layer = parts.filter((part) => !Object.hasOwn(TASKS, part) && part !== 'shared').join('.');
  return { layer: layer || 'network', backward: label.includes("'") };
}

/**
 * Times a step, then again with the runtime's profile on: the line is of the first, the tables of the second, which
 * takes longer by what writing the profile takes between kernels.
 * @param prefix where the profile is kept; left out, it is not
 */
export async function profileStep(options: StepBench, prefix?: string) {
  const folder = prefix === undefined ? mkdtempSync(join(tmpdir(), 'nddr-profile-')) : dirname(prefix);
  try {
    const start = prefix ?? join(folder, 'step');
    const before = new Set(readdirSync(folder));
    const line = stepLine(options, await timeSteps({ ...options, profile: undefined }));
    const { parts } = await timeSteps({ ...options, profile: start });
    const file = readdirSync(folder).find((name) => name.startsWith(basename(start)) && !before.has(name));
    if (file === undefined) throw new NddrError(`${start}: the runtime wrote no profile that begins so.`);
    const profile = readProfile(await readText(join(folder, file)), options.steps);
    const tables = [operatorTable(profile, parts), layerTable(profile)];
    return { line, tables: tables.map(renderTable) };
  } finally {
    if (prefix === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

const meanOf = (parts: readonly StepParts[], key: keyof StepParts) =>
  parts.reduce((sum, part) => sum + part[key], 0) / parts.length;

/** Operators with less than this share of the step stand together. */
const LEAST_SHARE = 0.005;

/** A step: its kernels by operator, the runtime around them, masks and update. The rows add up to the step. */
export function operatorTable({ nodes, runMillis }: Profile, parts: readonly StepParts[]): Table {
  const total = meanOf(parts, 'total');
  const [graph, masks, update] = (['graph', 'masks', 'update'] as const).map((key) => meanOf(parts, key));
  const kernels = nodes.reduce((sum, { millis }) => sum + millis, 0);
  const operators = sumsBy(nodes, ({ operator }) => operator).sort((a, b) => b.millis - a.millis);
  const shown = operators.filter(({ millis }) => millis >= LEAST_SHARE * total);
  const rest = operators.filter(({ millis }) => millis < LEAST_SHARE * total);
  const others = rest.reduce((sum, { millis }) => sum + millis, 0);
  const rows: [name: string, millis: number][] = [
    ...shown.map(({ name, millis }): [string, number] => [`  ${name}`, millis]),
    [`  ${rest.length} other operators`, others],
    ['kernels, together', kernels],
    ['between kernels: runtime and profile', runMillis - kernels],
    ['copies into and out of the runtime', graph - runMillis],
    ['dropout masks', masks],
    ['update of the weights', update],
    ['step', total],
  ];
  return {
    corner: 'operator',
    columns: [
      { group: '', title: 'ms', unit: '' },
      { group: '', title: '%', unit: '' },
    ],
    rows: rows.map(([name, millis]) => ({ name, cells: cellsOf(millis, (100 * millis) / total) })),
  };
}

/** Kernels by layer, the towers of all tasks together, in the order of the network. */
export function layerTable({ nodes }: Profile): Table {
  const kernels = nodes.reduce((sum, { millis }) => sum + millis, 0);
  const forward = sumsBy(
    nodes.filter(({ backward }) => !backward),
    ({ layer }) => layer,
  );
  const back = new Map(
    sumsBy(
      nodes.filter(({ backward }) => backward),
      ({ layer }) => layer,
    ).map(({ name, millis }) => [name, millis]),
  );
  const layers = forward.map(({ name, millis }) => ({ name, ahead: millis, behind: back.get(name) ?? 0 }));
  // Layers whose forward pass has no kernel of its own.
  for (const [name, behind] of back)
    if (!forward.some((one) => one.name === name)) layers.push({ name, ahead: 0, behind });
  const order = layers.sort((a, b) => rankOf(a.name) - rankOf(b.name) || a.name.localeCompare(b.name));
  const sum = { name: 'all', ahead: 0, behind: 0 };
  for (const { ahead, behind } of order) {
    sum.ahead += ahead;
    sum.behind += behind;
  }
  return {
    corner: 'layer',
    columns: ['forward ms', 'backward ms', 'both ms', '% of kernels'].map((title) => ({ group: '', title, unit: '' })),
    rows: [...order, sum].map(({ name, ahead, behind }) => ({
      name,
      cells: cellsOf(ahead, behind, ahead + behind, (100 * (ahead + behind)) / kernels),
    })),
  };
}

/** Stage after stage, each with its fusion behind it, then the heads and the losses. */
function rankOf(layer: string): number {
  if (layer === LAYOUT) return Number.POSITIVE_INFINITY;
  const stage = Number(/^(?:conv|nddr)(\d+)/.exec(layer)?.[1] ?? Number.NaN);
  if (!Number.isNaN(stage)) return 2 * stage + (layer.startsWith('conv') ? 0 : 1);
  return [/^normalise/, /^shortcut/, /^fc/, /^loss/].findIndex((pattern) => pattern.test(layer)) * 100 || 0;
}

const cellsOf = (...values: readonly number[]) => values.map((value) => ({ text: value.toFixed(1), best: false }));

function sumsBy(nodes: readonly NodeTime[], key: (node: NodeTime) => string): { name: string; millis: number }[] {
  const sums = new Map<string, number>();
  for (const node of nodes) sums.set(key(node), (sums.get(key(node)) ?? 0) + node.millis);
  return [...sums].map(([name, millis]) => ({ name, millis }));
}
