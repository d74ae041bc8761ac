/** Finds where a training went wrong. */
import { nodesOf, sub, sum, type Tensor, toModel } from '../engine/index.js';
import { buildNetwork, type Network } from '../network.js';
import type { Values, Variable } from '../nn/scope.js';
import { named, type StepFeeds, type StepResult } from './step.js';
import type { TrainingOptions } from './trainer.js';

export const ADVICE = 'What was saved is kept. Start a new run with a lower train.rate, or with train.clip.';

/** The path of the first value that is not finite, if there is one. */
export function firstNonFinite(values: Iterable<readonly [string, Float32Array]>): string | undefined {
  for (const [path, array] of values) if (!array.every(Number.isFinite)) return path;
  return undefined;
}

/**
 * What is not finite after a step, in words. Of the gradients only vectors (biases, gamma, beta) are looked at: each
 * is a sum over its layer's output and fails with it, and together they are a thousandth of all numbers.
 */
export function failureOf(
  { losses, gradients, apart }: Pick<StepResult, 'losses' | 'gradients' | 'apart'>,
  variables: ReadonlyMap<string, Variable>,
): string | undefined {
  for (const [task, loss] of Object.entries(losses))
    if (!Number.isFinite(loss)) return `the loss of ${task} is ${loss}`;
  const all = [gradients, ...apart.values()];
  const vectors = [...variables.values()].flatMap(({ path, shape }) =>
    all.flatMap((some): [string, Float32Array][] => {
      const gradient = some.get(path);
      return gradient && shape.length === 1 ? [[path, gradient]] : [];
    }),
  );
  // Gradients fail from the loss backwards, so the last layer is the nearest to the cause.
  const path = firstNonFinite(vectors.reverse());
  return path && `the gradient of ${path} is not finite`;
}

interface Failure {
  /** The step that failed, from 1. */
  readonly step: number;
  /** What `failureOf` said. */
  readonly failure: string;
  /** The weights that the step began with. */
  readonly values: Values;
  readonly options: TrainingOptions;
  readonly feeds: StepFeeds;
}

/** Says what failed, and where such numbers come from: weights, image, labels or the first layer to yield them. */
export async function diagnose({ step, failure, values, options, feeds }: Failure): Promise<string> {
  return `Step ${step}: ${failure}; ${await sourceOf(options, values, feeds)}. ${ADVICE}`;
}

const notFinite = (array: Float32Array): number => array.findIndex((value) => !Number.isFinite(value));

async function sourceOf(options: TrainingOptions, values: Values, feeds: StepFeeds): Promise<string> {
  const { network, settings } = options;
  const built = buildNetwork(network, 'train', [settings.batch, settings.height, settings.width]);
  // The step has moved the running statistics already; they take no part in it.
  const trained = [...values].filter(([path]) => built.build.variables.get(path)?.role !== 'statistic');
  const spoilt = firstNonFinite(trained);
  if (spoilt) return `${spoilt} is not finite since the update before`;
  const pixel = notFinite(feeds.image);
  if (pixel >= 0) return `the batch holds a pixel that is not finite (element ${pixel})`;
  for (const [task, label] of Object.entries(feeds.labels)) {
    const at = notFinite(label);
    if (at >= 0) return `the labels of ${task} hold a value that is not finite (element ${at})`;
  }
  const layer = await firstBadLayer(built, options, values, feeds);
  return layer ? `${layer} is the first layer to yield such numbers` : 'all layers are finite, the loss overflows';
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
