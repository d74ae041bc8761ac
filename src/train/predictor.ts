/** A trained network that answers questions about images of any size. */
import {
  type HostTensor,
  type Model,
  type ModelOptions,
  modelMetadata,
  type ResizeRule,
  type Runtime,
  type Session,
  toModel,
} from '../engine/index.js';
import { NddrError } from '../errors.js';
import { answers, buildNetwork, type NetworkOptions, requireSize } from '../network.js';
import type { Values } from '../nn/scope.js';
import type { Image, Raster } from '../tasks/raster.js';
import type { Task } from '../tasks/task.js';

/** Size at which the graph of free size is built; what it computes does not depend on it. */
const NOMINAL = [1, 64, 64] as const;

const FREE = ['batch', 'height', 'width'] as const;

const METADATA_KEY = 'nddr';

/** What a client needs to draw the answers: stored under the key `nddr` of the model's metadata. */
export interface ModelFacts {
  readonly tasks: readonly {
    readonly name: string;
    readonly kind: string;
    readonly level: Task['level'];
    readonly legend: readonly { readonly label: string; readonly colour: readonly number[] }[];
    readonly [fact: string]: unknown;
  }[];
}

export const factsOf = ({ tasks }: NetworkOptions): ModelFacts => ({
  tasks: tasks.map(({ name, kind, level, describe, legend }) => ({ name, kind, level, legend, ...describe })),
});

export interface InferenceOptions {
  /** How weights are stored; float32 by default, float16 takes half the space. */
  readonly storage?: ModelOptions['weights'];
  /** How logits are enlarged: see `answers`. */
  readonly resize?: ResizeRule;
}

/**
 * The model for inference, weights inside: `image` float32 [N, 3, H, W], RGB, 0..255, of any size, to one output a
 * task, under the task's name, at the size of the image, or [N, channels, 1, 1] about the image as a whole.
 * @throws NddrError when a weight is too large for float16
 */
export function inferenceModel(
  network: NetworkOptions,
  values: Values,
  { storage = 'float32', resize }: InferenceOptions = {},
): Model {
  return toModel(answers(buildNetwork(network, 'evaluate', NOMINAL), resize), {
    constants: values,
    weights: storage,
    dynamic: FREE,
    metadata: { [METADATA_KEY]: JSON.stringify(factsOf(network)) },
  });
}

/**
 * The same network in the form of training: free size as well, but every layer by itself and the weights fed at each
 * run. Slower; for checks.
 */
export async function openTrainingForm(network: NetworkOptions, values: Values, runtime: Runtime): Promise<Predictor> {
  const built = buildNetwork(network, 'evaluate', NOMINAL);
  const model = toModel(answers(built), { dynamic: FREE, fixed: built.build.variables });
  const weights = [...model.inputs].flatMap(([name, type]): [string, HostTensor][] => {
    if (name === 'image') return [];
    const data = values.get(name);
    if (!data) throw new NddrError(`The checkpoint lacks ${name}: it is not one of this run's network.`);
    return [[name, { ...type, data }]];
  });
  const { run, close } = await runtime.open(model.bytes);
  const session = { run: (feeds: Feeds) => run({ ...Object.fromEntries(weights), ...feeds }), close };
  return new Predictor(session, network);
}

/**
 * What an exported model says of its tasks.
 * @param model the bytes of the ONNX file
 * @throws NddrError when they are no ONNX model, or one that was not exported by nddr
 */
export function modelFacts(model: Uint8Array): ModelFacts {
  let text: string | undefined;
  try {
    text = modelMetadata(model).get(METADATA_KEY);
  } catch (error) {
    throw new NddrError(`This is no ONNX model, or a damaged one (${(error as Error).message}). Export it again.`);
  }
  if (text === undefined)
    throw new NddrError(`The model's metadata has no "${METADATA_KEY}": it was not written by "npx nddr export".`);
  return JSON.parse(text) as ModelFacts;
}

type Feeds = Parameters<Session['run']>[0];

export class Predictor {
  readonly tasks: readonly Task[];
  /** Sizes that the network is known to take. */
  private readonly taken = new Set<number>();

  /** @param session of a model as `inferenceModel` makes it, of this network */
  constructor(
    private readonly session: Session,
    private readonly network: NetworkOptions,
  ) {
    this.tasks = network.tasks;
  }

  static async open(
    network: NetworkOptions,
    values: Values,
    runtime: Runtime,
    options?: InferenceOptions,
  ): Promise<Predictor> {
    return new Predictor(await runtime.open(inferenceModel(network, values, options).bytes), network);
  }

  /**
   * Answers every task's question about one image.
   * @param image float32 [3, height, width], RGB, 0..255
   * @returns by task name, at the size of the image, or 1 x 1 about the image as a whole
   * @throws NddrError when the image is smaller than the network takes
   */
  async answer(image: Float32Array, height: number, width: number): Promise<Record<string, Raster>> {
    // The runtime does not refuse a window that does not fit: it ends the process.
    const side = Math.min(height, width);
    if (!this.taken.has(side)) requireSize(this.network, height, width);
    this.taken.add(side);
    const shape = [1, 3, height, width];
    const outputs = await this.session.run({ image: { dtype: 'float32', shape, data: image } });
    return Object.fromEntries(
      Object.entries(outputs).map(([task, { shape: found, data }]) => [
        task,
        { channels: found[1], height: found[2], width: found[3], data: data as Float32Array },
      ]),
    );
  }

  /** The same of a decoded image file. */
  answerImage(image: Image): Promise<Record<string, Raster>> {
    return this.answer(planes(image), image.height, image.width);
  }

  close(): Promise<void> {
    return this.session.close();
  }
}

/** RGB RGB ... -> RR.. GG.. BB.., as a network takes it. */
function planes({ data, width, height }: Image): Float32Array {
  const plane = width * height;
  const result = new Float32Array(3 * plane);
  for (let i = 0; i < plane; i++) for (let c = 0; c < 3; c++) result[c * plane + i] = data[3 * i + c];
  return result;
}
