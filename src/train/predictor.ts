/** Prediction: a trained network as a model for images of any size. */
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
import { type Image, planesOf, type Raster } from '../tasks/raster.js';
import type { Task } from '../tasks/task.js';

/** The size for which the graph is built; its sizes are then made free, so it takes images of any size. */
const NOMINAL = [1, 64, 64] as const;

const FREE = ['batch', 'height', 'width'] as const;

const METADATA_KEY = 'nddr';

/** What a program needs to interpret the answers of an exported model; stored as JSON in its metadata, under `nddr`. */
export interface ModelFacts {
  readonly tasks: readonly {
    readonly name: string;
    readonly kind: string;
    readonly level: Task['level'];
    readonly legend: readonly { readonly label: string; readonly colour: readonly number[] }[];
    readonly [fact: string]: unknown;
  }[];
}

const factsOf = ({ tasks }: NetworkOptions): ModelFacts => ({
  tasks: tasks.map(({ name, kind, level, describe, legend }) => ({ name, kind, level, legend, ...describe })),
});

export interface InferenceOptions {
  /** How weights are stored; float32 by default, float16 takes half the space. */
  readonly storage?: ModelOptions['weights'];
  /** How logits are enlarged to the image: see `answers`. */
  readonly resize?: ResizeRule;
}

/**
 * The model for inference, which contains the weights. Its input is `image`, float32 [N, 3, H, W], RGB, 0..255, of any
 * size. Each task has one output under its name: [N, channels, H, W], or [N, channels, 1, 1] about the image as a
 * whole.
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
 * The same network as it is trained: batch norms are not folded into convolutions, and the weights are fed at each run.
 * It is slower, and serves to check the model for inference.
 * @throws NddrError when a weight is missing
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
 * The description of the tasks in an exported model.
 * @param model the bytes of the ONNX file
 * @throws NddrError when they are not an ONNX model, or one that nddr did not export
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

/** Answers questions about images; close it when it is no longer needed. */
export class Predictor {
  readonly tasks: readonly Task[];
  /** Lengths of the shorter side that the network was found to take. */
  private readonly knownSides = new Set<number>();

  /** @param session of a model as `inferenceModel` makes it, of this network */
  constructor(
    private readonly session: Session,
    private readonly network: NetworkOptions,
  ) {
    this.tasks = network.tasks;
  }

  /** Builds the model for inference and opens it. */
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
   * @returns answers by task name: [channels, height, width], or [channels, 1, 1] about the image as a whole
   * @throws NddrError when the image is too small for the network
   */
  async answer(image: Float32Array, height: number, width: number): Promise<Record<string, Raster>> {
    // The runtime would end the process where a window does not fit into its map.
    const side = Math.min(height, width);
    if (!this.knownSides.has(side)) requireSize(this.network, height, width);
    this.knownSides.add(side);
    const shape = [1, 3, height, width];
    const outputs = await this.session.run({ image: { dtype: 'float32', shape, data: image } });
    return Object.fromEntries(
      Object.entries(outputs).map(([task, { shape: found, data }]) => [
        task,
        { channels: found[1], height: found[2], width: found[3], data: data as Float32Array },
      ]),
    );
  }

  /** The same for an 8-bit image. */
  answerImage(image: Image): Promise<Record<string, Raster>> {
    return this.answer(planesOf(image), image.height, image.width);
  }

  close(): Promise<void> {
    return this.session.close();
  }
}
