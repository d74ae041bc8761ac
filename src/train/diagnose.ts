/** Finds where a training went wrong. */
import { abs, max, nodesOf, type Tensor, toModel } from '../engine/index.js';
import { buildNetwork } from '../network.js';
import type { Values } from '../nn/scope.js';
import { named, type StepFeeds } from './step.js';
import type { TrainingOptions } from './trainer.js';

export const ADVICE = 'Go on from the last checkpoint with a lower train.rate, or set train.clip.';

/** The path of the first value that is not finite, if there is one. */
export function firstNonFinite(values: Values): string | undefined {
  for (const [path, array] of values) for (const value of array) if (!Number.isFinite(value)) return path;
  return undefined;
}

interface Failure {
  readonly step: number;
  readonly losses: Readonly<Record<string, number>>;
  readonly values: Values;
  readonly options: TrainingOptions;
  readonly feeds: StepFeeds;
}

/** Says which task's loss is not finite, and which layer is the first to yield such numbers. */
export async function diagnose({ step, losses, values, options, feeds }: Failure): Promise<string> {
  const [task, loss] = Object.entries(losses).find(([, value]) => !Number.isFinite(value)) ?? ['', Number.NaN];
  const spoilt = firstNonFinite(values);
  const source = spoilt
    ? `the weights ${spoilt} are not finite since the update before`
    : await firstBadLayer(options, values, feeds);
  return `Step ${step}: the loss of ${task} is ${loss}; ${source}. The last checkpoint is kept. ${ADVICE}`;
}

async function firstBadLayer({ network, settings, runtime }: TrainingOptions, values: Values, feeds: StepFeeds) {
  const bad = feeds.image.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) return `the batch holds a pixel that is not finite (element ${bad})`;
  const built = buildNetwork(network, 'train', [settings.batch, settings.height, settings.width]);
  const largest: Record<string, Tensor> = {};
  for (const { label, outputs } of nodesOf(built.logits.values())) {
    const [y] = outputs;
    if (label && y.dtype === 'float32') largest[label] = max(abs(y));
  }
  const model = toModel(largest);
  const session = await runtime.open(model.bytes);
  try {
    const given = [...model.inputs].map(([name, type]) => {
      const data = name === named.image ? feeds.image : (values.get(name) ?? feeds.masks[name]);
      return [name, { ...type, data }] as const;
    });
    const found = await session.run(Object.fromEntries(given));
    const layer = Object.keys(largest).find((name) => !Number.isFinite(found[name].data[0] as number));
    return layer ? `${layer} is the first layer to yield such numbers` : 'every layer is finite, so the labels are not';
  } finally {
    await session.close();
  }
}
