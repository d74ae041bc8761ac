/**
 * An initialisation of the fusion layers under which trained networks keep their features.
 *
 * An NDDR layer is initialised as a mixture of features (0.9 own, 0.1 others), but its batch norm normalises the
 * mixture to mean 0, and its ReLU then removes about half of the features that the trained layers after it expect.
 * Here the batch norm is initialised as the identity on one batch instead: gamma = sqrt(variance + epsilon), beta =
 * mean, and the running statistics are those of the batch. A mixture of rectified features is not negative, so the
 * ReLU changes nothing. (Data-dependent initialisation: Mishkin and Matas, ICLR 2016.)
 */
import { type HostTensor, type Runtime, toModel } from '../engine/index.js';
import { buildNetwork, type NetworkOptions } from '../network.js';
import { BATCH_NORM } from '../nn/layers.js';
import type { Values } from '../nn/scope.js';
import type { Random } from '../random.js';
import { DropoutMasks } from './dropout.js';
import { named } from './step-graph.js';

/**
 * Initialises the batch norms of the fusion layers in place, stage after stage; does nothing where there are none.
 * @param images a batch, [N, 3, H, W], RGB, 0..255
 * @param shape of the batch: images, height and width in pixels
 * @param random the stream of dropout between the stages, which is active as in training
 */
export async function calibrateFusion(
  network: NetworkOptions,
  values: Values,
  images: Float32Array,
  shape: readonly [batch: number, height: number, width: number],
  runtime: Runtime,
  random: Random,
): Promise<void> {
  const { variables, observations, masks } = buildNetwork(network, 'train', shape).build;
  const layers = [...variables.values()]
    .filter(({ group, role }) => group === 'fusion' && role === 'gamma')
    .map(({ path }) => path.slice(0, path.lastIndexOf('.')));
  const observed = [...observations].filter(([path]) => layers.includes(path.slice(0, path.lastIndexOf('.'))));
  if (observed.length === 0) return;
  const model = toModel(
    Object.fromEntries(observed.map(([path, statistic]) => [named.observed(path), statistic.observed])),
    { target: await runtime.target?.() },
  );
  const bytes = new DropoutMasks(masks).fill(random);
  const session = await runtime.open(model.bytes);
  try {
    // The statistics of a stage depend on the initialisation of the stages before it.
    for (const stage of new Set(layers.map((layer) => layer.split('.')[0]))) {
      const feeds = [...model.inputs].map(([name, type]): [string, HostTensor] => {
        if (name === named.image) return [name, { ...type, data: images }];
        const data = values.get(name) ?? bytes[name];
        return [name, { ...type, data }];
      });
      const found = await session.run(Object.fromEntries(feeds));
      const batch = (path: string) => found[named.observed(path)].data as Float32Array;
      for (const layer of layers.filter((path) => path.split('.')[0] === stage)) {
        const mean = batch(`${layer}.mean`);
        const variance = batch(`${layer}.var`);
        values.get(`${layer}.mean`)?.set(mean);
        values.get(`${layer}.var`)?.set(variance);
        values.get(`${layer}.beta`)?.set(mean);
        values.get(`${layer}.gamma`)?.set(variance.map((v) => Math.sqrt(v + BATCH_NORM.epsilon)));
      }
    }
  } finally {
    await session.close();
  }
}
