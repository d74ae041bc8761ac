/** What an experiment will do, and what it costs, in lines for the user. */
import type { Plan, PlannedRun } from '../experiments/comparison/plan.js';
import type { RunState } from '../experiments/comparison/state.js';
import type { RunEvent } from '../experiments/run.js';
import { several } from '../words.js';
import { showSeconds } from './progress.js';

/** The steps of a plan, and those that earlier commands did. */
export function stepsOf({ runs }: Plan, states: ReadonlyMap<PlannedRun, RunState>): { total: number; done: number } {
  const sum = (numbers: number[]) => numbers.reduce((all, number) => all + number, 0);
  return {
    total: sum(runs.map(({ config }) => config.train.steps)),
    done: sum(runs.map((run) => states.get(run)?.step ?? 0)),
  };
}

/** Such as "Plan: 7 rows x 3 seeds = 21 runs, 2400 steps of 8 crops of 193x129 (width x height); 400 are done." */
export function showPlan(plan: Plan, states: ReadonlyMap<PlannedRun, RunState>): string {
  const { runs, seeds } = plan;
  const { total, done } = stepsOf(plan, states);
  const kinds = new Set(
    runs.map(({ config: { train } }) => {
      const crops = several(train.batch * train.accumulate, 'crop');
      return `${crops} of ${train.width}x${train.height} (width x height)`;
    }),
  );
  const rows = several(runs.length / seeds.length, 'row');
  return (
    `Plan: ${rows} x ${several(seeds.length, 'seed')} = ${several(runs.length, 'run')}, ` +
    `${several(total, 'step')} of ${[...kinds].join(' or of ')}${done > 0 ? `; ${done} are done` : ''}.`
  );
}

/** The step after which a step has its usual time: the first ones allocate memory. */
const SETTLED = 3;

const showStep = (millis: number): string =>
  millis < 10_000 ? `${(millis / 1000).toPrecision(2)} s` : showSeconds(millis / 1000);

/** Tells once, early in the first run that trains, what a step takes. */
export class Cost {
  #steps = 0;

  /** A line about the costs after a settled step, undefined after all other events. @param left steps of all runs */
  after(event: RunEvent, title: string, left: number): string | undefined {
    if (event.type !== 'step' || ++this.#steps !== SETTLED) return undefined;
    const gigabytes = (process.resourceUsage().maxRSS * 1024) / 1e9; // maxRSS is in KiB
    const all = showSeconds((left * event.stepMillis) / 1000);
    return (
      `A step of "${title}" takes ${showStep(event.stepMillis)}; memory so far ${gigabytes.toFixed(1)} GB. ` +
      `If all ${several(left, 'step')} that are left take as long, ${all}, and evaluations besides. Joined rows take longer.`
    );
  }
}
