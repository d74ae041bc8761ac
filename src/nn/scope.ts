/** Named variables: what a network is made of while its graph is built. */
import {
  type Floats,
  labelled,
  type Shape,
  sameShape,
  showShape,
  sizeOf,
  source,
  type Tensor,
} from '../engine/index.js';
import { NddrError } from '../errors.js';
import type { Random } from '../random.js';

/**
 * What a variable is. Only a `weight` decays; a `statistic` is moved on by the step itself and has no gradient; `mixing`
 * are coefficients of a weighted sum.
 */
export type Role = 'weight' | 'bias' | 'gamma' | 'beta' | 'mixing' | 'statistic';

/** Which learning rate a variable follows: the network's, the fusion layers' or the last layer's. */
export type Group = 'base' | 'fusion' | 'head';

/** Fills the first values of a variable. */
export type Initializer = (values: Float32Array, shape: Shape, random: Random) => void;

export interface Variable {
  /** Path such as `seg.conv3_1.weight`: the key in checkpoints. */
  readonly path: string;
  readonly shape: Shape;
  readonly role: Role;
  readonly group: Group;
  readonly initializer: Initializer;
  readonly tensor: Tensor;
}

/** Random bytes, evenly spread over 0..255, that a dropout layer is fed at each step. */
export interface Mask {
  readonly name: string;
  readonly shape: Shape;
}

/** After a step a running statistic moves from its value to momentum value + (1 - momentum) observed. */
export interface Observation {
  readonly observed: Tensor;
  readonly momentum: number;
}

export type Mode = 'train' | 'evaluate';

/**
 * How windows that keep or halve the size of a map are padded: 'symmetric' adds as many pixels before as after it, so
 * that cells are centred at multiples of the stride; 'same' is TensorFlow's rule, which at even sizes pads after the map
 * alone, as the published weights have it.
 */
export type PaddingRule = 'symmetric' | 'same';

/** What building a network collects beside the graph. */
export interface Build {
  readonly mode: Mode;
  readonly padding: PaddingRule;
  readonly variables: Map<string, Variable>;
  /** The batch's own values of running statistics, by path; in training mode only. */
  readonly observations: Map<string, Observation>;
  readonly masks: Mask[];
  /** What layers add to the loss, in training mode only: scalars, weighted already. */
  readonly penalties: Tensor[];
}

/** A place in the tree of names. The same code builds a network for training and for evaluation. */
export class Scope {
  private constructor(
    private readonly build: Build,
    readonly path: string,
    private readonly group: Group,
    private readonly suffix = '',
    private readonly reuses = false,
  ) {}

  static root(mode: Mode, padding: PaddingRule = 'symmetric'): { scope: Scope; build: Build } {
    const build: Build = { mode, padding, variables: new Map(), observations: new Map(), masks: [], penalties: [] };
    return { scope: new Scope(build, '', 'base'), build };
  }

  get mode(): Mode {
    return this.build.mode;
  }

  get padding(): PaddingRule {
    return this.build.padding;
  }

  child(name: string): Scope {
    return new Scope(this.build, this.join(`${name}${this.suffix}`), this.group, '', this.reuses);
  }

  /** The same place; the names of its children end in `suffix`. */
  suffixed(suffix: string): Scope {
    return new Scope(this.build, this.path, this.group, suffix, this.reuses);
  }

  /** The same place; variables made through it follow another learning rate. */
  inGroup(group: Group): Scope {
    return new Scope(this.build, this.path, group, this.suffix, this.reuses);
  }

  /** The same place; its variables may be declared again, by layers that are to share them. */
  shared(): Scope {
    return new Scope(this.build, this.path, this.group, this.suffix, true);
  }

  /** Builds nodes that carry this scope's path as their label. */
  layer<T>(build: () => T): T {
    return labelled(this.path, build);
  }

  /**
   * Declares a variable. Through a scope that is `shared` it may be there already, and is returned.
   * @throws NddrError when the path names a variable already, of another shape or of a layer that does not share it
   */
  variable(name: string, shape: Shape, role: Role, initializer: Initializer): Tensor {
    const path = this.join(name);
    const known = this.build.variables.get(path);
    if (known) {
      if (!this.reuses)
        throw new NddrError(
          `Two layers declare the variable ${path}: give each a scope of its own, as scope.child('name') makes it, or ` +
            'build both with scope.shared() if they are to share their variables.',
        );
      if (!sameShape(known.shape, shape))
        throw new NddrError(
          `${path} has shape ${showShape(known.shape)}, and a layer that shares it wants ${showShape(shape)}: ` +
            'layers share variables of one shape only.',
        );
      return known.tensor;
    }
    const tensor = source(path, shape);
    this.build.variables.set(path, { path, shape: [...shape], role, group: this.group, initializer, tensor });
    return tensor;
  }

  /**
   * Says towards what the running statistic `name` moves after the step.
   * @param observed the batch's own value
   * @param momentum share of the running value that stays: see `Observation`
   * @throws NddrError when the statistic is observed already: one of two values would be lost
   */
  observe(name: string, observed: Tensor, momentum: number): void {
    const path = this.join(name);
    if (this.build.observations.has(path))
      throw new NddrError(
        `Two layers move the running statistic ${path}: normalise both batches as one, or give each layer a scope of its own.`,
      );
    this.build.observations.set(path, { observed, momentum });
  }

  /** Adds a scalar to the loss that training lowers. */
  penalty(value: Tensor): void {
    this.build.penalties.push(value);
  }

  /**
   * uint8 [shape]: see `Mask`.
   * @throws NddrError when the scope has a mask already: two dropout layers would be fed the same bytes
   */
  mask(shape: Shape): Tensor {
    const name = this.join('mask');
    if (this.build.masks.some((mask) => mask.name === name))
      throw new NddrError(`Two dropout layers are named ${this.path}: give each a scope of its own.`);
    this.build.masks.push({ name, shape: [...shape] });
    return source(name, shape, 'uint8');
  }

  private join(name: string): string {
    return this.path ? `${this.path}.${name}` : name;
  }
}

/** Values of variables by path, shared by every graph that reads them; in float64 to check a step's formulas. */
export type Values<A extends Floats = Float32Array> = Map<string, A>;

/** First values of variables: each draws from its own stream, named by its path, whatever else there is. */
export function initialValues(variables: Iterable<Variable>, random: Random): Values {
  const values: Values = new Map();
  for (const { path, shape, initializer } of variables) {
    const array = new Float32Array(sizeOf(shape));
    initializer(array, shape, random.fork(path));
    values.set(path, array);
  }
  return values;
}

/** How many numbers training changes. */
export const parameterCount = (variables: Iterable<Variable>): number =>
  [...variables].reduce((sum, { role, shape }) => sum + (role === 'statistic' ? 0 : sizeOf(shape)), 0);
