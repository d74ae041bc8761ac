/** Data sets of a page, and the batches that a training in it reads. */
import type { Batch } from '../data/batch.js';
import { type EvaluationSample, producerOf } from '../data/produce.js';
import { type DataSets, dataSets } from '../data/sources.js';
import { NddrError } from '../errors.js';
import { completeFrom, normalisationOf } from '../experiments/complete.js';
import { type Config, type ConfigInput, parseConfig } from '../experiments/config.js';
import { reading, Splits } from '../experiments/split-choice.js';
import { entriesOf } from '../experiments/start-settings.js';
import type { TrainingData } from '../train/options.js';
import { filesSource, type PageFiles } from './files.js';

/** The data sets of a page. @param files those that the user gave, by their path below `data.root` */
export const pageData = (files: PageFiles = new Map()): DataSets => dataSets(filesSource(files));

/**
 * Completes a configuration as Node does.
 * @param note called with a sentence on what was counted
 * @throws NddrError as `completeFrom`, and where the training would start from files of weights
 */
export async function completeInPage(
  splits: Splits,
  given: Config,
  note: (message: string) => void = () => {},
): Promise<Config> {
  for (const [key, setting] of [
    ['network.weights', given.network.weights],
    ['train.start', given.train.start],
  ] as const)
    if (entriesOf(setting).length > 0)
      throw new NddrError(`${key}: a training in a page cannot start from files of weights. Leave the key out.`);
  const config = await completeFrom(splits, given, note);
  const { mean, deviation } = normalisationOf(config.network);
  return { ...config, network: { ...config.network, mean: [...mean], deviation: [...deviation] } };
}

/**
 * What a training of a configuration reads, for callers that train by themselves (`train`).
 * @param firstStep the step whose batch comes first
 * @throws NddrError when a setting is wrong, or the data set cannot be opened or lacks a label
 */
export async function openTrainingData(
  config: ConfigInput,
  { files, firstStep = 0 }: { readonly files?: PageFiles; readonly firstStep?: number } = {},
): Promise<TrainingData> {
  const splits = new Splits(pageData(files));
  return trainingData(splits, await completeInPage(splits, parseConfig(config)), firstStep);
}

/**
 * What a training in a page reads: the same batches as in Node, made when they are asked for.
 * @param firstStep the step from which it goes on
 * @throws NddrError when the data set cannot be opened or lacks a label that a task needs
 */
export async function trainingData(splits: Splits, config: Config, firstStep: number): Promise<TrainingData> {
  const { batch, accumulate, height, width, augment, seed, split } = config.train;
  const dataset = await splits.open(config, split);
  const producer = producerOf(dataset, {
    make: 'batches',
    config: {
      ...reading(config, split),
      ...{ batch, height, width, seed },
      augment: { ...augment, mean: normalisationOf(config.network).mean },
    },
  });
  let next = firstStep * accumulate;
  let waitedMillis = 0;
  return {
    ...{ samples: dataset.length, split: config.evaluate.split },
    get waitedMillis() {
      return waitedMillis;
    },
    async next() {
      const began = performance.now();
      const made = (await producer.produce(next++)) as Batch;
      waitedMillis += performance.now() - began;
      return made;
    },
    async *evaluation() {
      const judged = await splits.open(config, config.evaluate.split);
      const samples = producerOf(judged, { make: 'samples', config: reading(config, config.evaluate.split) });
      for (let index = 0; index < samples.jobs; index++) yield (await samples.produce(index)) as EvaluationSample;
    },
  };
}
