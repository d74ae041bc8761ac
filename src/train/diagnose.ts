/** Finds where a training went wrong. */
import { nodesOf, sub, sum, type Tensor, toModel } from '../engine/index.js';
import { buildNetwork, type Network } from '../network.js';
import type { Values } from '../nn/scope.js';
import { named, type StepFeeds } from './step.js';
import type { TrainingOptions } from './trainer.js';

export const ADVICE = 'What was saved is kept. Start a new run with a lower train.rate, or with train.clip.';

/** The path of the first value that is not finite, if there is one. */
export function firstNonFinite(values: Iterable<readonly [string, Float32Array]>): string | undefined {
  for (const [path, array] of values) if (!array.every(Number.isFinite)) return path;
  return undefined;
}

interface Failure {
  /** The step that failed, from 1. */
  readonly step: number;
  readonly losses: Readonly<Record<string, number>>;
  /** The weights that the step began with. */
  readonly values: Values;
  readonly options: TrainingOptions;
  readonly feeds: StepFeeds;
}

/** Says which task's loss is not finite, and where such numbers come from: weights, image, labels or the first layer. */
export async function diagnose({ step, losses, values, options, feeds }: Failure): Promise<string> {
  const [task, loss] = Object.entries(losses).find(([, value]) => !Number.isFinite(value)) ?? ['', Number.NaN];
  const source = await sourceOf(task, options, values, feeds);
  return `Step ${step}: the loss of ${task} is ${loss}; ${source}. ${ADVICE}`;
}

async function sourceOf(task: string, options: TrainingOptions, values: Values, feeds: StepFeeds): Promise<string> {
  const { network, settings } = options;
  const built = buildNetwork(network, 'train', [settings.batch, settings.height, settings.width]);
  // The step has moved the running statistics already; they take no part in it.
  const trained = [...values].filter(([path]) => built.build.variables.get(path)?.role !== 'statistic');
  const spoilt = firstNonFinite(trained);
  if (spoilt) return `${spoilt} is not finite since the update before`;
  const pixel = feeds.image.findIndex((value) => !Number.isFinite(value));
  if (pixel >= 0) return `the batch holds a pixel that is not finite (element ${pixel})`;
  const label = feeds.labels[task]?.findIndex((value) => !Number.isFinite(value)) ?? -1;
  if (label >= 0) return `its labels hold a value that is not finite (element ${label})`;
  const layer = await firstBadLayer(built, options, values, feeds);
  return layer ? `${layer} is the first layer to yield such numbers` : 'every layer is finite, so the loss overflows';
}

async function firstBadLayer({ logits }: Network, { runtime }: TrainingOptions, values: Values, feeds: StepFeeds) {
  const nodes = nodesOf(logits.values()).filter(({ label, outputs: [y] }) => label && y.dtype === 'float32');
  // y - y is 0 where y is finite and NaN elsewhere; a maximum may pass over NaN.
  const checks = nodes.map(({ outputs: [y] }, i): [string, Tensor] => [`check${i}`, sum(sub(y, y))]);
  const model = toModel(Object.fromEntries(checks));
  const session = await runtime.open(model.bytes);
  try {
    const given = [...model.inputs].map(([name, type]) => {
      const data = name === named.image ? feeds.image : (values.get(name) ?? feeds.masks[name]);
      return [name, { ...type, data }] as const;
    });
    const found = await session.run(Object.fromEntries(given));
    return nodes.find((_, i) => found[`check${i}`].data[0] !== 0)?.label;
  } finally {
    await session.close();
  }
}
