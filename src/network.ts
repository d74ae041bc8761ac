/** Joins a backbone, a fusion and tasks into one network. */
import {
  type Backbone,
  type BranchedStage,
  branchSuffix,
  buildStage,
  joinBranches,
  type Stage,
} from './backbones/index.js';
import {
  asPixels,
  atLeastPixels,
  constant,
  gridOf,
  labelled,
  mul,
  type ResizeRule,
  resizeLike,
  showGrid,
  source,
  sub,
  type Tensor,
} from './engine/index.js';
import { NddrError } from './errors.js';
import type { Fusion, FusionContext } from './fusion/index.js';
import { pooledHead } from './nn/pooled-head.js';
import { type Build, type Mode, type PaddingRule, Scope } from './nn/scope.js';
import type { Task } from './tasks/task.js';

/** What is subtracted from each channel (red, green, blue, 0..255) and what the rest is divided by. */
export interface Normalisation {
  readonly mean: readonly [number, number, number];
  readonly deviation: readonly [number, number, number];
}

export interface NetworkOptions {
  readonly backbone: Backbone;
  readonly fusion: Fusion;
  readonly tasks: readonly Task[];
  readonly normalisation: Normalisation;
  /** Of windows that keep or halve the size of a map; symmetric by default. */
  readonly padding?: PaddingRule;
}

export interface Network {
  readonly build: Build;
  /** float32 [N, 3, H, W], RGB, 0..255; the source `image`. */
  readonly image: Tensor;
  /** Logits of every task at the head's resolution; [N, channels, 1, 1] of those about the image as a whole. */
  readonly logits: ReadonlyMap<Task, Tensor>;
}

/**
 * Builds the graph of a network for images [N, 3, H, W].
 * @param least the graph refuses images of fewer pixels a side, where it is written for free sizes
 */
export function buildNetwork(
  options: NetworkOptions,
  mode: Mode,
  [n, h, w]: readonly [number, number, number],
  least = 1,
): Network {
  const { backbone, fusion, tasks, normalisation, padding } = options;
  const { scope, build } = Scope.root(mode, padding);
  const image = asPixels(source('image', [n, 3, h, w]));
  const enough = labelled(`images of ${least} pixels a side or more`, () => atLeastPixels(image, least));
  const input = labelled('normalise', () => normalise(enough, normalisation));

  const names = tasks.map((task) => task.name);
  const towers = fusion.towers(names);
  const context = { scope, tasks: names, towers, stageCount: backbone.stages.length };
  let features: readonly (readonly Tensor[])[] = towers.map(() => [input]); // of every tower, its branches
  const stages: (readonly Tensor[])[] = [];
  for (const [index, stage] of backbone.stages.entries()) {
    const built = features.map((x, i) => buildStage(stage, scope.child(towers[i]), x));
    for (const branches of built) checkStrides(stage, branches);
    features = fuseBranches(fusion, context, built, index + 1);
    stages.push(
      features.map((branches, i) =>
        labelled(`${towers[i]}.${stage.name}`, () => joinBranches(branches, backbone.resize)),
      ),
    );
  }
  const gathered = fusion.gather(context, stages);
  const logits = new Map(
    tasks.map((task, i) => {
      const head = task.level === 'image' ? (backbone.imageHead ?? pooledHead) : backbone.head;
      return [task, head.call(backbone, scope.child(task.name), gathered[i], task.channels)] as const;
    }),
  );
  return { build, image, logits };
}

/**
 * Lets the towers exchange features after a stage, each branch by itself.
 * @param built the features of every tower, by branch
 * @returns the same after the fusion
 */
function fuseBranches(
  fusion: Fusion,
  context: FusionContext,
  built: readonly (readonly Tensor[])[],
  stage: number,
): readonly (readonly Tensor[])[] {
  const branchCount = built[0].length;
  const fused = Array.from({ length: branchCount }, (_, branch) => {
    const scope = context.scope.suffixed(branchSuffix(branchCount, branch));
    const features = built.map((branches) => branches[branch]);
    return fusion.fuse({ ...context, scope }, features, stage);
  });
  return built.map((_, tower) => fused.map((features) => features[tower]));
}

/** Every network takes images of this size, in pixels along each side. */
export const ENOUGH = 64;

/**
 * Checks that images are large enough. A window without padding must fit into its input, so some networks take no small
 * images.
 * @throws NddrError when images of height x width pixels are too small
 */
export function requireSize(options: NetworkOptions, height: number, width: number): void {
  const side = Math.min(height, width);
  if (side >= ENOUGH || fits(options, side)) return;
  throw new NddrError(
    `An image of ${width}x${height} pixels is too small: ${options.backbone.name} takes no less than ` +
      `${leastSide(options)} a side.`,
  );
}

/** Least sides that were found: each takes building the network several times. */
const leastSides = new WeakMap<NetworkOptions, number>();

/** The least side of an image that the network takes, in pixels. */
export function leastSide(options: NetworkOptions): number {
  const found = leastSides.get(options) ?? findLeastSide(options);
  leastSides.set(options, found);
  return found;
}

function findLeastSide(options: NetworkOptions): number {
  let [small, enough] = [0, ENOUGH];
  if (fits(options, 1)) return 1;
  while (enough - small > 1) {
    const middle = (small + enough) >> 1;
    if (fits(options, middle)) enough = middle;
    else small = middle;
  }
  return enough;
}

function fits(options: NetworkOptions, side: number): boolean {
  try {
    buildNetwork(options, 'evaluate', [1, side, side]);
    return true;
  } catch {
    return false;
  }
}

/** @throws NddrError if a stage's cells are not as far apart as its `stride` says, or if their grid is unknown */
function checkStrides({ name, stride }: Stage | BranchedStage, branches: readonly Tensor[]): void {
  for (const [i, x] of branches.entries()) {
    const grid = gridOf(x);
    const stated = typeof stride === 'number' ? stride : stride[i];
    if (grid?.stride.every((found) => found === stated)) continue;
    const found = grid
      ? `its cells are centred at pixels ${showGrid(grid)}`
      : `where its cells lie in the image is unknown after ${x.node.rules.name}: say it with engine.atCellsOf`;
    throw new NddrError(`backbone stage ${name} says stride ${stated}, but ${found}.`);
  }
}

function normalise(image: Tensor, { mean, deviation }: Normalisation): Tensor {
  const perChannel = (values: readonly number[]) => constant(Float32Array.from(values), [1, 3, 1, 1]);
  const centred = mean.every((value) => value === 0) ? image : sub(image, perChannel(mean));
  return deviation.every((value) => value === 1) ? centred : mul(centred, perChannel(deviation.map((d) => 1 / d)));
}

export interface AnswerOptions {
  /** How logits are enlarged: by where their cells lie, unless another program's way is to be compared. */
  readonly rule?: ResizeRule;
  /** `logits` as they are enlarged, the task's answer (`probabilities`, the default), or what it decides. */
  readonly form?: 'logits' | 'probabilities' | 'decisions';
}

/** The answers of every task by name: at image resolution, or [N, channels, 1, 1] about the image as a whole. */
export function answers({ image, logits }: Network, { rule, form }: AnswerOptions = {}): Record<string, Tensor> {
  const enlarged = (task: Task, y: Tensor) => (task.level === 'image' ? y : resizeLike(y, image, rule));
  return Object.fromEntries(
    [...logits].map(([task, y]) => [task.name, labelled(task.name, () => inForm(task, enlarged(task, y), form))]),
  );
}

/** What an output holds, of a task's logits. */
export function inForm(task: Task, logits: Tensor, form: AnswerOptions['form'] = 'probabilities'): Tensor {
  if (form === 'logits') return logits;
  const answer = task.answer(logits);
  return form === 'decisions' && task.decide ? task.decide(answer) : answer;
}
