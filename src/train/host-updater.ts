/** Updates of weights on the host: gradients come back from each run, and arrays are changed in place. */
import type { Runtime } from '../engine/index.js';
import type { Values } from '../nn/scope.js';
import { accumulate } from './accumulate.js';
import type { WeightAverage } from './average.js';
import { failureOf } from './diagnose.js';
import type { Optimizer } from './optimizers/index.js';
import { CompiledStep } from './step.js';
import type { StepGraph } from './step-graph.js';
import type { Updater } from './updater.js';
import type { Weigher } from './weigher.js';

export interface HostUpdaterOptions {
  readonly graph: StepGraph;
  readonly runtime: Runtime;
  readonly values: Values;
  readonly optimizer: Optimizer;
  readonly weigher: Weigher;
  readonly average?: WeightAverage;
}

export async function openHostUpdater(options: HostUpdaterOptions): Promise<Updater> {
  const { graph, runtime, values, optimizer, weigher, average } = options;
  const step = await CompiledStep.open(graph, runtime, values);
  return {
    graph,
    async apply({ update, batches, feedsOf, fed, rate, fail }) {
      const result = await accumulate(step, batches, feedsOf, async (part, feeds) => {
        const failure = failureOf(part, graph.variables);
        if (failure) await fail(failure, feeds);
      });
      const { gradients, weights } = weigher.weigh(update, result, fed, values);
      optimizer.apply(gradients, rate, update + 1);
      average?.add(update + 1);
      return { losses: result.losses, counts: result.counts, weights };
    },
    fetch: async () => {},
    close: () => step.close(),
  };
}
