/** Which characters of which modules a test file executes, from the coverage files that V8 writes. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where executed text begins and ends, in rising order: begin, end, begin, end ... */
export type Executed = readonly number[];

/** The part of V8's report that is read here. */
export interface ScriptCoverage {
  readonly url: string;
  readonly functions: readonly {
    readonly ranges: readonly { readonly startOffset: number; readonly endOffset: number; readonly count: number }[];
  }[];
}

/** What all processes of a test executed, by the URL of the module. @param folder what NODE_V8_COVERAGE named */
export function readCoverage(folder: string, isWanted: (url: string) => boolean): Map<string, Executed> {
  const scripts = new Map<string, ScriptCoverage[]>();
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const { result }: { result: ScriptCoverage[] } = JSON.parse(readFileSync(join(folder, name), 'utf8'));
    for (const script of result.filter(({ url }) => isWanted(url)))
      scripts.set(script.url, [...(scripts.get(script.url) ?? []), script]);
  }
  return new Map([...scripts].map(([url, reports]) => [url, executedIn(reports)]));
}

/** What any of several reports about one module says was executed: the innermost range around a character counts. */
export function executedIn(reports: readonly ScriptCoverage[]): Executed {
  const rangesOf = ({ functions }: ScriptCoverage) => functions.flatMap(({ ranges }) => ranges);
  const any = new Uint8Array(Math.max(0, ...reports.flatMap(rangesOf).map(({ endOffset }) => endOffset)));
  for (const report of reports) {
    const one = new Uint8Array(any.length);
    const outerFirst = rangesOf(report).sort(
      (a, b) => b.endOffset - b.startOffset - (a.endOffset - a.startOffset) || a.startOffset - b.startOffset,
    );
    for (const { startOffset, endOffset, count } of outerFirst) one.fill(count > 0 ? 1 : 0, startOffset, endOffset);
    for (let i = 0; i < any.length; i++) any[i] |= one[i];
  }
  const edges: number[] = [];
  for (let i = 0; i <= any.length; i++) if ((any[i] ?? 0) !== (any[i - 1] ?? 0)) edges.push(i);
  return edges;
}

/** Whether the character at an offset was executed: an odd number of edges lies at or before it. */
export const isExecuted = (executed: Executed, offset: number): boolean =>
  executed.filter((edge) => edge <= offset).length % 2 === 1;
