/** Data sets of a page, and the batches that a training in it reads. */
import type { Batch } from '../data/batch.js';
import { type EvaluationSample, producerOf } from '../data/produce.js';
import { type DataSets, dataSets } from '../data/sources.js';
import { NddrError } from '../errors.js';
import { normalisationOf } from '../experiments/complete.js';
import type { Config } from '../experiments/config.js';
import { reading, type Splits } from '../experiments/split-choice.js';
import type { TrainingData } from '../train/options.js';

/** The data sets of a page. @param files those that the user gave, by their path below `data.root` */
export function pageData(files: ReadonlyMap<string, Blob> = new Map()): DataSets {
  const refuse = () => {
    throw new NddrError(`data.root: files are not read yet (${files.size}).`);
  };
  return dataSets({ splits: refuse, open: refuse });
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
