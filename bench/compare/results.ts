/** What was measured: kept as JSON, summed up here. */
import { medianOf } from '../statistics.js';
import type { Case } from './cases.js';
import type { Line } from './measure.js';
import type { Absent } from './peers.js';

export interface Measured {
  readonly who: string;
  readonly command: string;
  readonly yardstick: boolean;
  /** One line a round. */
  readonly rounds: Line[];
  /** Why it could not be measured. */
  error?: string;
}

export interface CaseResult extends Omit<Case, 'contenders'> {
  readonly contenders: readonly Measured[];
}

export interface Results {
  readonly machine: Readonly<Record<string, string | number>>;
  readonly absent: readonly Absent[];
  readonly cases: readonly CaseResult[];
}

/** The median over the rounds; undefined where there is none. */
export function medianIn({ rounds }: Measured, key: string): number | undefined {
  const values = rounds.map((line) => line[key]).filter((value) => typeof value === 'number');
  return values.length > 0 ? medianOf(values) : undefined;
}

/** The product, which every case begins with. */
export const productOf = ({ contenders }: CaseResult): Measured => contenders[0];

/** The fastest of those that the product is compared with. */
export function yardstickOf({ contenders, kind }: CaseResult): Measured | undefined {
  const key = kind.values[0].key;
  const time = (one: Measured) => medianIn(one, key) ?? Number.POSITIVE_INFINITY;
  const [best] = contenders.filter((one) => one.yardstick).sort((a, b) => time(a) - time(b));
  return best && Number.isFinite(time(best)) ? best : undefined;
}

/**
 * Times the yardstick's value: the median of the rounds' ratios, so that a machine that slows down from round to round
 * slows both.
 */
export function ratioOf(result: CaseResult, to = yardstickOf(result), key = result.kind.values[0].key) {
  const own = productOf(result).rounds;
  if (!to) return undefined;
  const ratios = to.rounds.flatMap((line, round) => (own[round] ? [Number(own[round][key]) / Number(line[key])] : []));
  return ratios.length > 0 ? medianOf(ratios) : undefined;
}

/** Joins results of several runs: new cases are added, further rounds of known ones are appended. */
export function joined(all: readonly Results[]): Results {
  const cases = new Map<string, CaseResult>();
  for (const one of all.flatMap((results) => results.cases)) cases.set(one.id, appended(cases.get(one.id), one));
  const rounds = Math.max(...[...cases.values()].map((one) => productOf(one).rounds.length));
  const { machine, absent } = all[all.length - 1];
  return { machine: { ...machine, rounds }, absent, cases: [...cases.values()] };
}

function appended(before: CaseResult | undefined, more: CaseResult): CaseResult {
  if (!before) return more;
  const contenders = before.contenders.map((one): Measured => {
    const again = more.contenders.find(({ who }) => who === one.who);
    return again ? { ...one, rounds: [...one.rounds, ...again.rounds], error: again.error ?? one.error } : one;
  });
  return { ...before, contenders };
}
