/** Finds out where numbers that are not finite come from. */
import { nodesOf, sub, sum, type Tensor, toModel } from '../engine/index.js';
import { buildNetwork, type Network } from '../network.js';
import type { Values, Variable } from '../nn/scope.js';
import type { StepFeeds } from './feeds.js';
import type { TrainingOptions } from './options.js';
import type { StepResult } from './step.js';
import { named } from './step-graph.js';

export const ADVICE = 'What was saved is kept. Start a new run with a lower train.rate, or with train.clip.';

/** The path of the first array that holds a number that is not finite; undefined where all are finite. */
export function firstNonFinite(values: Iterable<readonly [string, Float32Array]>): string | undefined {
  for (const [path, array] of values) if (!array.every(Number.isFinite)) return path;
  return undefined;
}

/**
 * What is not finite after a step, in words; undefined where everything is. Of the gradients only vectors (biases,
 * gamma, beta) are examined: each is a sum over its layer's output, so it is not finite where the output is not, and
 * together they are a thousandth of all numbers.
 */
export function failureOf(
  { losses, gradients, taskGradients }: Pick<StepResult, 'losses' | 'gradients' | 'taskGradients'>,
  variables: ReadonlyMap<string, Variable>,
): string | undefined {
  const failedLoss = failureOfLosses(losses);
  if (failedLoss) return failedLoss;
  const maps = [gradients, ...taskGradients.values()];
  const vectors = [...variables.values()].flatMap(({ path, shape }) =>
    maps.flatMap((map): [string, Float32Array][] => {
      const gradient = map.get(path);
      return gradient && shape.length === 1 ? [[path, gradient]] : [];
    }),
  );
  // The backward pass goes from the last layer to the first, so the last one that fails is nearest to the cause.
  const path = firstNonFinite(vectors.reverse());
  return path && `the gradient of ${path} is not finite`;
}

/** The loss that is not finite, in words; undefined where all are. */
export function failureOfLosses(losses: StepResult['losses']): string | undefined {
  for (const [task, loss] of Object.entries(losses))
    if (!Number.isFinite(loss)) return `the loss of ${task} is ${loss}`;
  return undefined;
}

interface Failure {
  /** The step that failed, from 1. */
  readonly step: number;
  /** The text of `failureOf`. */
  readonly failure: string;
  /** The weights that the step began with. */
  readonly values: Values;
  readonly options: TrainingOptions;
  readonly feeds: StepFeeds;
}

/** The message of an error: what failed, and whether weights, image, labels or which layer caused it. */
export async function diagnose({ step, failure, values, options, feeds }: Failure): Promise<string> {
  return `Step ${step}: ${failure}; ${await causeOf(options, values, feeds)}. ${ADVICE}`;
}

const notFinite = (array: Float32Array): number => array.findIndex((value) => !Number.isFinite(value));

async function causeOf(options: TrainingOptions, values: Values, feeds: StepFeeds): Promise<string> {
  const { network, settings } = options;
  const built = buildNetwork(network, 'train', [settings.batch, settings.height, settings.width]);
  // Running statistics are left out: the step has updated them, and a training step does not read them.
  const trained = [...values].filter(([path]) => built.build.variables.get(path)?.role !== 'statistic');
  const broken = firstNonFinite(trained);
  if (broken) return `${broken} is not finite since the update before`;
  const pixel = notFinite(feeds.image);
  if (pixel >= 0) return `the batch holds a pixel that is not finite (element ${pixel})`;
  for (const [task, label] of Object.entries(feeds.labels)) {
    const at = notFinite(label);
    if (at >= 0) return `the labels of ${task} hold a value that is not finite (element ${at})`;
  }
  const layer = await firstBadLayer(built, options, values, feeds);
  return layer ? `${layer} is the first layer to yield such numbers` : 'all layers are finite, the loss overflows';
}

/** The label of the first layer whose output is not finite, found by running the network forward. */
async function firstBadLayer({ logits }: Network, { runtime }: TrainingOptions, values: Values, feeds: StepFeeds) {
  const nodes = nodesOf(logits.values()).filter(({ label, outputs: [y] }) => label && y.dtype === 'float32');
  // The sum of y - y is 0 where all of y is finite and NaN otherwise. (A maximum of |y| could miss a NaN.)
  const checks = nodes.map(({ outputs: [y] }, i): [string, Tensor] => [`check${i}`, sum(sub(y, y))]);
  const model = toModel(Object.fromEntries(checks), { target: await runtime.target?.() });
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
