/** What the tasks of a run share: by its weights, and over its training. */
import { buildNetwork, ENOUGH } from '../network.js';
import type { Values } from '../nn/scope.js';
import {
  type LayerShares,
  type MixingLayer,
  mixingLayers,
  type ShareTable,
  sharesOf,
  shareTable,
} from '../sharing/index.js';
import type { StoredEvent } from '../train/node/run-folder.js';
import type { ModuleAccess } from './module-access.js';
import { openRun } from './open-run.js';
import { networkOf } from './setup.js';
import { floats, runWeights, tensorsOf, type WeightsChoice } from './weights.js';

export interface SharingOptions extends ModuleAccess {
  readonly weights?: WeightsChoice;
}

/** The shares after a step of the training. */
export interface SharesAt {
  readonly step: number;
  readonly shares: ShareTable;
}

export interface RunSharing {
  readonly run: string;
  readonly weights: WeightsChoice;
  /** The step that the weights are of. */
  readonly step: number;
  readonly tasks: readonly string[];
  /** What tasks share by design, in a sentence. */
  readonly says: string;
  /** The layers that mix features, with their weights; none where tasks share nothing, or everything. */
  readonly mixings: readonly MixingLayer[];
  /** One for each of `mixings`. */
  readonly layers: readonly LayerShares[];
  /** Over the training: what its events tell, or else what the checkpoints that it keeps tell. */
  readonly history: { readonly from: 'events' | 'checkpoints'; readonly points: readonly SharesAt[] };
  /** Checkpoints that could not be read. */
  readonly warnings: readonly string[];
}

/**
 * Reads what the tasks of a run share.
 * @throws NddrError when there is no run, when it has no checkpoint yet, or when its weights do not fit its network
 */
export async function readSharing(path: string, options: SharingOptions = {}): Promise<RunSharing> {
  const { weights: choice = 'best', allowModule } = options;
  const { folder, config } = await openRun(path);
  const network = await networkOf(config, { allowModule });
  const { variables } = buildNetwork(network, 'evaluate', [1, ENOUGH, ENOUGH]).build;
  const layersOf = (values: Values) => mixingLayers(network, variables, values);
  const { values, step, weights } = await runWeights(folder, choice);
  const mixings = layersOf(values);
  const warnings: string[] = [];
  let history: RunSharing['history'] = { from: 'events', points: pointsOf(await folder.readEvents()) };
  if (history.points.length === 0 && mixings.length > 0) {
    const points: SharesAt[] = [];
    for await (const checkpoint of folder.checkpoints((message) => warnings.push(message)))
      points.push({
        step: checkpoint.state.step,
        shares: shareTable(layersOf(floats(tensorsOf(checkpoint))).map((layer) => sharesOf(layer))),
      });
    history = { from: 'checkpoints', points };
  }
  return {
    ...{ run: config.name, weights, step, mixings, history, warnings },
    tasks: network.tasks.map(({ name }) => name),
    says: network.fusion.shares,
    layers: mixings.map((layer) => sharesOf(layer)),
  };
}

/** What events recorded, a point a step. */
function pointsOf(events: readonly StoredEvent[]): SharesAt[] {
  const byStep = new Map<number, ShareTable>();
  for (const { step = 0, shares } of events) if (shares) byStep.set(step, shares as ShareTable);
  return [...byStep].map(([step, shares]) => ({ step, shares }));
}
