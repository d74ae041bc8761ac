/** Prediction: a trained network as a model for images of any size. */
import {
  type HostTensor,
  type Model,
  type ModelOptions,
  type ResizeRule,
  type Runtime,
  type Session,
  toModel,
} from '../engine/index.js';
import { NddrError } from '../errors.js';
import { answers, buildNetwork, ENOUGH, leastSide, type NetworkOptions } from '../network.js';
import type { Values } from '../nn/scope.js';
import { type Image, planesOf, type Raster } from '../tasks/raster.js';
import type { Task } from '../tasks/task.js';
import {
  type FixedSizes,
  factsOf,
  type InputSizes,
  METADATA_KEY,
  type Origin,
  type OutputForm,
} from './model-facts.js';
import { asProbabilities } from './output-forms.js';

/** The size for which the graph is built; its sizes are then made free, so it takes images of any size. */
const NOMINAL = [1, 64, 64] as const;

const FREE = ['batch', 'height', 'width'] as const;

export interface InferenceOptions {
  /** How weights are stored; float32 by default, float16 takes half the space. */
  readonly storage?: ModelOptions['weights'];
  /** How logits are enlarged to the image: see `answers`. */
  readonly resize?: ResizeRule;
  /** Sizes that are fixed in the model; those left out or null may be any. */
  readonly fixed?: FixedSizes;
  /** What the outputs hold; `probabilities` by default. */
  readonly outputs?: OutputForm;
  /** Where the weights come from, for the metadata. */
  readonly origin?: Origin;
}

/**
 * The model for inference, which contains the weights. Its input is `image`, float32 [N, 3, H, W], RGB, 0..255, of any
 * size that is not fixed. Each task has one output under its name, [N, channels, H, W], or [N, channels, 1, 1] about
 * the image as a whole: float32; decisions are int32 or uint8 where the task decides (`Task.decide`).
 * @throws NddrError when a weight is too large for float16, or fixed sizes are too small for the network
 */
export function inferenceModel(
  network: NetworkOptions,
  values: Values,
  { storage = 'float32', resize, fixed = {}, outputs = 'probabilities', origin }: InferenceOptions = {},
): Model {
  const { batch = null, height = null, width = null } = fixed;
  const facts = factsOf(network, { outputs, origin, fixed });
  requireSide(facts.input, height ?? ENOUGH, width ?? ENOUGH);
  const shape = [batch ?? NOMINAL[0], height ?? NOMINAL[1], width ?? NOMINAL[2]] as const;
  const built = buildNetwork(network, 'evaluate', shape, facts.input.least);
  return toModel(answers(built, { rule: resize, form: outputs }), {
    constants: values,
    weights: storage,
    dynamic: [batch ?? FREE[0], height ?? FREE[1], width ?? FREE[2]],
    metadata: { [METADATA_KEY]: JSON.stringify(facts) },
  });
}

/**
 * The same network as it is trained: batch norms are not folded into convolutions, and the weights are fed at each run.
 * It is slower, and serves to check the model for inference.
 * @param outputs those of the model that is checked: decisions at ties, and the rounding of logits, are then alike
 * @throws NddrError when a weight is missing
 */
export async function openTrainingForm(
  network: NetworkOptions,
  values: Values,
  runtime: Runtime,
  outputs: OutputForm = 'probabilities',
): Promise<Predictor> {
  const built = buildNetwork(network, 'evaluate', NOMINAL);
  const model = toModel(answers(built, { form: outputs }), { dynamic: FREE, fixed: built.build.variables });
  const weights = [...model.inputs].flatMap(([name, type]): [string, HostTensor][] => {
    if (name === 'image') return [];
    const data = values.get(name);
    if (!data) throw new NddrError(`The checkpoint lacks ${name}: it is not one of this run's network.`);
    return [[name, { ...type, data }]];
  });
  const { run, close } = await runtime.open(model.bytes);
  const session = { run: (feeds: Feeds) => run({ ...Object.fromEntries(weights), ...feeds }), close };
  return new Predictor(
    await asProbabilities(session, network.tasks, outputs, runtime),
    network.tasks,
    sizesOf(network),
  );
}

type Feeds = Parameters<Session['run']>[0];

/** Images of any size that a network takes. */
const sizesOf = (network: NetworkOptions): InputSizes => ({
  ...{ batch: null, height: null, width: null },
  least: leastSide(network),
});

/** @throws NddrError when the network takes no images of height x width pixels */
function requireSide(sizes: InputSizes, height: number, width: number): void {
  if (Math.min(height, width) >= ENOUGH || Math.min(height, width) >= sizes.least) return;
  throw new NddrError(
    `An image of ${width}x${height} pixels is too small: this network takes no less than ${sizes.least} a side.`,
  );
}

/** Answers questions about images; close it when it is no longer needed. */
export class Predictor {
  /**
   * @param session of a model whose outputs are probabilities, as `inferenceModel` makes it
   * @param tasks those of the model
   * @param sizes the images that the model takes
   */
  constructor(
    private readonly session: Session,
    readonly tasks: readonly Task[],
    readonly sizes: InputSizes,
  ) {}

  /** Builds the model for inference and opens it. */
  static async open(
    network: NetworkOptions,
    values: Values,
    runtime: Runtime,
    options?: Pick<InferenceOptions, 'storage' | 'resize'>,
  ): Promise<Predictor> {
    const { bytes } = inferenceModel(network, values, options);
    return new Predictor(await runtime.open(bytes), network.tasks, sizesOf(network));
  }

  /**
   * Answers every task's question about one image.
   * @param image float32 [3, height, width], RGB, 0..255
   * @returns answers by task name: [channels, height, width], or [channels, 1, 1] about the image as a whole
   * @throws NddrError when the model does not take images of this size
   */
  async answer(image: Float32Array, height: number, width: number): Promise<Record<string, Raster>> {
    return (await this.answerAll([image], height, width))[0];
  }

  /**
   * Answers about several images of one size, in one pass; in several where the model has a fixed batch.
   * @param images each float32 [3, height, width], RGB, 0..255
   * @returns the answers to each, as `answer` does
   * @throws NddrError when the model does not take images of this size
   */
  async answerAll(images: readonly Float32Array[], height: number, width: number): Promise<Record<string, Raster>[]> {
    this.requireSize(height, width);
    const batch = this.sizes.batch ?? images.length;
    const all: Record<string, Raster>[] = [];
    for (let from = 0; from < images.length; from += batch)
      all.push(...(await this.answerBatch(images.slice(from, from + batch), batch, height, width)));
    return all;
  }

  /** The same for one 8-bit image. */
  answerImage(image: Image): Promise<Record<string, Raster>> {
    return this.answer(planesOf(image), image.height, image.width);
  }

  /** The same for several 8-bit images of one size. */
  answerImages(images: readonly Image[]): Promise<Record<string, Raster>[]> {
    if (images.length === 0) return Promise.resolve([]);
    const [{ height, width }] = images;
    for (const other of images)
      if (other.height !== height || other.width !== width)
        throw new Error(
          `images of one size are answered together, not ${width}x${height} and ${other.width}x${other.height}`,
        );
    return this.answerAll(images.map(planesOf), height, width);
  }

  close(): Promise<void> {
    return this.session.close();
  }

  /** The runtime would end the process where a window does not fit into its map. */
  private requireSize(height: number, width: number): void {
    const fixed = [this.sizes.height, this.sizes.width] as const;
    if ((fixed[0] ?? height) !== height || (fixed[1] ?? width) !== width)
      throw new NddrError(
        `An image of ${width}x${height} pixels does not fit: the model takes ${showSizes(this.sizes)}. Resize it, or ` +
          'export the model with free sizes (without --size).',
      );
    requireSide(this.sizes, height, width);
  }

  /** @param batch images of the model's input: the last ones are black where there are fewer */
  private async answerBatch(images: readonly Float32Array[], batch: number, height: number, width: number) {
    const each = 3 * height * width;
    const alone = images.length === 1 && batch === 1;
    const data = alone ? images[0] : new Float32Array(batch * each);
    if (!alone) for (const [i, image] of images.entries()) data.set(image, i * each);
    const outputs = await this.session.run({ image: { dtype: 'float32', shape: [batch, 3, height, width], data } });
    return images.map((_, i) =>
      Object.fromEntries(this.tasks.map(({ name }): [string, Raster] => [name, rasterOf(outputs[name], i)])),
    );
  }
}

/** Image `i` of an output [N, C, H, W]. */
function rasterOf({ shape: [, channels, height, width], data }: HostTensor, i: number): Raster {
  const each = channels * height * width;
  const own = (data as Float32Array).subarray(i * each, (i + 1) * each);
  return { channels, height, width, data: own };
}

/** `images of 480x360 pixels`, or what else the model takes. */
const showSizes = ({ height, width }: InputSizes): string =>
  `images of ${width ?? 'any width'}x${height ?? 'any height'} pixels`;
