/** The layers of a network that mix features, with their trained weights. */
import { type Backbone, branchSuffix, widthsOf } from '../backbones/index.js';
import { NddrError } from '../errors.js';
import type { Fusion, Mixing, TrainedFusion, TrainedVariable } from '../fusion/index.js';
import type { Values, Variable } from '../nn/scope.js';

/** What of a network says which layers it has. */
export interface MixingNetwork {
  readonly backbone: Backbone;
  readonly fusion: Fusion;
  readonly tasks: readonly { readonly name: string }[];
}

/** A layer that mixes features, and where it lies. */
export interface MixingLayer extends Mixing {
  /** Name of the stage that it follows. */
  readonly after: string;
}

/**
 * All layers that mix features, from the image to the heads.
 * @param variables of the network, by path
 * @param values of the variables, by path
 * @throws NddrError when a layer's weights are missing, of another size, or not finite
 */
export function mixingLayers(
  { backbone, fusion, tasks }: MixingNetwork,
  variables: ReadonlyMap<string, Pick<Variable, 'shape'>>,
  values: Values,
): MixingLayer[] {
  const names = tasks.map(({ name }) => name);
  const { stages } = backbone;
  const widths = stages.map(widthsOf);
  const trained = (stageChannels: readonly number[], suffix = ''): TrainedFusion => ({
    ...{ tasks: names, towers: fusion.towers(names), stageChannels },
    layer: (name) => ({
      path: `${name}${suffix}`,
      read: (variable) => readVariable(`${name}${suffix}.${variable}`, variables, values),
    }),
  });
  const fused = stages.flatMap((_, index) =>
    widths[index].flatMap((_, branch) => {
      const channels = widths.map((of) => of[branch] ?? 0);
      const mixing = fusion.fused(trained(channels, branchSuffix(widths[index].length, branch)), index + 1);
      return mixing ? [mixing] : [];
    }),
  );
  const gathered = fusion.gathered(trained(widths.map((of) => of.reduce((sum, channels) => sum + channels, 0))));
  return [...fused, ...gathered].map((mixing) => ({ ...mixing, after: stages[mixing.stage - 1].name }));
}

function readVariable(
  path: string,
  variables: ReadonlyMap<string, Pick<Variable, 'shape'>>,
  values: Values,
): TrainedVariable {
  const shape = variables.get(path)?.shape;
  if (!shape) throw new Error(`the network has no variable ${path}`);
  const found = values.get(path);
  const wanted = shape.reduce((product, n) => product * n, 1);
  if (found?.length !== wanted)
    throw new NddrError(
      `${path}: expected ${wanted} numbers, found ${found?.length ?? 'none'}. The weights are of another network.`,
    );
  if (!found.every(Number.isFinite))
    throw new NddrError(`${path}: the weights hold numbers that are not finite. Choose weights of another step.`);
  return { shape, values: found };
}
