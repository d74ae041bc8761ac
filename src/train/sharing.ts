/** What the tasks of a training share, for its events. */
import type { Values } from '../nn/scope.js';
import { mixingLayers, type ShareTable, sharesOf, shareTable } from '../sharing/index.js';
import type { Training } from './training.js';

/** The shares of every layer that mixes features, by weights; nothing where the fusion has no such layer. */
export function sharedBy(
  { options: { network }, updater }: Pick<Training, 'options' | 'updater'>,
  values: Values,
): { shares?: ShareTable } {
  const layers = mixingLayers(network, updater.graph.variables, values);
  return layers.length === 0 ? {} : { shares: shareTable(layers.map((layer) => sharesOf(layer))) };
}
