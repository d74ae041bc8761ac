/**
 * A layer of a file becomes a layer of the network. Where one of them has a batch normalisation and the other a bias, the
 * converted layer computes the same as the file's, by the running statistics:
 * - A bias without normalisation becomes the running mean -bias, with variance 1 - epsilon, gamma 1 and beta 0.
 * - A bias before a normalisation is taken from its mean.
 * - A normalisation that the network lacks becomes part of its weights and biases.
 * - Where both have one with another epsilon, gamma makes up for it, so that training, whose statistics are those of the
 *   batch, sees what the file's network saw as well.
 */

import { elementsOf } from '../npy.js';
import type { LayerNames, Shapes } from './family.js';
import {
  canonical,
  colourReversed,
  type Layout,
  type Reduction,
  type Reorder,
  reduced,
  reductionTo,
  type Shape,
} from './layout.js';
import { type Context, recipesOf } from './recipes.js';
import type { Layer } from './target.js';

/** Reads a tensor of the file as float32, by its name without the prefix. */
export type ReadFloats = (name: string) => Promise<Float32Array>;

/** How one variable of the network is made of tensors of the file. */
export interface Assignment {
  readonly path: string;
  readonly shape: Shape;
  /** Names of the file. */
  readonly uses: readonly string[];
  make(read: ReadFloats): Promise<Float32Array>;
}

/** Shapes that do not fit. */
export interface Difference {
  readonly path: string;
  readonly here: Shape;
  readonly name: string;
  readonly there: Shape;
}

/** What is done to a layer beyond copying, for the report. */
export type Change = 'reduced' | 'bias to mean' | 'bias from mean' | 'folded' | 'epsilon' | 'colours reversed';

export interface Conversion {
  readonly assignments: readonly Assignment[];
  readonly differences: readonly Difference[];
  readonly changes: readonly Change[];
}

export interface ConversionRules {
  readonly shapes: Shapes;
  readonly layout: Layout;
  /** What the file's batch normalisations add to the variance. */
  readonly epsilon: number;
  /** Whether weights over three colours take them as blue, green and red. */
  readonly reversed: boolean;
}

/** How a layer of the network is made of the named layer of a file. Variables that the file has nothing for are left out. */
export function convertLayer(layer: Layer, names: LayerNames, rules: ConversionRules): Conversion {
  const { shapes } = rules;
  const weight = layer.variables.get('weight');
  const there = shapes.get(names.weight);
  const fitted = weight && there && fit(weight.shape, there, names, rules);
  if (weight && there && !fitted) {
    // What belongs to weights of another shape is of another shape as well.
    const difference = { path: weight.path, here: weight.shape, name: names.weight, there };
    return { assignments: [], differences: names.onlyIfItFits ? [] : [difference], changes: [] };
  }
  const context: Context = {
    layer,
    names,
    rules,
    step: fitted?.step ?? 1,
    has: (name): name is string => name !== undefined && shapes.has(name),
  };
  const recipes = recipesOf(context, fitted?.reorder);
  const assignments: Assignment[] = [];
  const differences: Difference[] = [];
  for (const [entry, { path, shape }] of layer.variables) {
    const recipe = recipes[entry];
    if (!recipe) continue;
    const [first] = recipe.uses;
    const found = shapes.get(first) ?? [];
    if (entry !== 'weight' && elementsOf(found) !== elementsOf(shape) * context.step)
      differences.push({ path, here: shape, name: first, there: found });
    else assignments.push({ path, shape, ...recipe });
  }
  return { assignments, differences, changes: assignments.length > 0 ? changesOf(context, fitted ?? undefined) : [] };
}

/** How the file's weights become the network's. */
interface Fitted {
  readonly reorder: Reorder;
  readonly step: number;
  readonly reduction?: Reduction;
  readonly reversed: boolean;
}

/** Undefined where shapes differ. */
function fit(here: Shape, there: Shape, names: LayerNames, { layout, reversed }: ConversionRules): Fitted | undefined {
  const depthwise = here[1] === 1 && here[0] > 1;
  const form = canonical(there, layout, names.window, depthwise);
  if (!form) return undefined;
  const colours = reversed && here[1] === 3;
  const reorder: Reorder = (data) => {
    const ordered = form.reorder(data);
    return colours ? colourReversed(ordered, form.shape) : ordered;
  };
  if (form.shape.join() === here.join()) return { reorder, step: 1, reversed: colours };
  const reduction = names.reducible ? reductionTo(form.shape, here) : undefined;
  if (!reduction) return undefined;
  return {
    reorder: (data) => reduced(reorder(data), form.shape, here, reduction),
    ...{ step: reduction.outputs, reduction, reversed: colours },
  };
}

function changesOf({ layer, names: { bias, norm }, rules, has }: Context, fitted: Fitted | undefined): Change[] {
  const normed = norm !== undefined && has(norm.mean);
  return [
    ...(fitted?.reduction ? (['reduced'] as const) : []),
    ...(fitted?.reversed ? (['colours reversed'] as const) : []),
    ...(normed && layer.epsilon === undefined && layer.variables.has('bias') ? (['folded'] as const) : []),
    ...(normed && layer.epsilon !== undefined && has(bias) ? (['bias from mean'] as const) : []),
    ...(!normed && layer.epsilon !== undefined && has(bias) ? (['bias to mean'] as const) : []),
    ...(normed && layer.epsilon !== undefined && layer.epsilon !== rules.epsilon ? (['epsilon'] as const) : []),
  ];
}
