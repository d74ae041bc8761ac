/** What a step is fed at each run besides the variables. */

import type { Model } from '../engine/index.js';
import { type Floats, type HostTensor, type Shape, showShape, sizeOf } from '../engine/index.js';
import { NddrError } from '../errors.js';
import { named } from './step-graph.js';

/** Arrays are of the graph's precision. */
export interface StepFeeds<A extends Floats = Float32Array> {
  /** [N, 3, H, W], RGB, 0..255. */
  readonly image: A;
  /** Labels by task name, [N, C, H, W], for every task: filled with `unlabelled` where a sample has no label. */
  readonly labels: Readonly<Record<string, A>>;
  /** Random bytes of the dropout layers, by the names of `StepGraph.masks`. */
  readonly masks: Readonly<Record<string, Uint8Array>>;
  /** Weights of the losses by task name, where the weighting is adaptive. */
  readonly weights?: Readonly<Record<string, number>>;
  /** In an update of several batches: what each task's loss is divided by, over all batches. */
  readonly counts?: Readonly<Record<string, number>>;
}

/**
 * The inputs of a model that a batch gives, and the names of the others.
 * @param batches of an update
 * @throws NddrError naming what has another size than the graph was built for
 */
export function feedsOf<A extends Floats>(
  { inputs }: Model,
  batch: StepFeeds<A>,
  batches: number,
): { readonly feeds: Record<string, HostTensor>; readonly rest: readonly string[] } {
  const given = namedFeeds(batch, batches);
  const feeds: Record<string, HostTensor> = {};
  const rest: string[] = [];
  for (const [name, type] of inputs) {
    const data = given[name];
    if (!data) rest.push(name);
    else if (data.length !== sizeOf(type.shape)) throw badFeed(name, type.shape, data.length);
    else feeds[name] = { ...type, data };
  }
  return { feeds, rest };
}

/** What a batch gives, by the names of the graph's inputs. */
function namedFeeds<A extends Floats>(
  { image, labels, masks, weights = {}, counts = {} }: StepFeeds<A>,
  batches: number,
): Readonly<Record<string, Floats | Uint8Array>> {
  const feeds: Record<string, Floats | Uint8Array> = { [named.image]: image, ...masks };
  for (const [task, label] of Object.entries(labels)) feeds[named.label(task)] = label;
  const Numbers = image.constructor as Float32ArrayConstructor;
  for (const [task, weight] of Object.entries(weights)) feeds[named.weight(task)] = Numbers.of(weight);
  for (const [task, count] of Object.entries(counts)) {
    feeds[named.count(task)] = Numbers.of(count);
    feeds[named.present(task)] = Numbers.of(count > 0 ? 1 / batches : 0);
  }
  return feeds;
}

/** @param found the length of what was given; undefined where nothing was */
export function badFeed(name: string, shape: Shape, found: number | undefined): NddrError {
  const [kind, task] = splitOnce(name);
  const what = kind === 'label' ? `labels of the task "${task}"` : `values for "${name}"`;
  const wanted = `${sizeOf(shape)} numbers, ${showShape(shape)}`;
  if (found !== undefined) return new NddrError(`The batch has ${found} numbers as ${what}; expected ${wanted}.`);
  const way = kind === 'label' ? ', each the label\'s "unlabelled" where a sample has none' : '';
  return new NddrError(`The batch has no ${what}: give ${wanted}${way}.`);
}

/** The parts of a name before and after its first dot. */
export function splitOnce(name: string): [string, string] {
  const dot = name.indexOf('.');
  return [name.slice(0, dot), name.slice(dot + 1)];
}
