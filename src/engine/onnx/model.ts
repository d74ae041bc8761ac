/** A graph of symbolic tensors, written as the bytes of an ONNX model. */
import { create, toBinary } from '@bufbuild/protobuf';
import { type Rewritten, rewriteForInference } from '../inference.js';
import { type ConstantAttributes, isConstant, isSource, type SourceAttributes, storeConstant } from '../ops/source.js';
import { simplify } from '../simplify.js';
import { type Floats, nodesOf, type Precision, type Shape, type StoredDType, type Tensor } from '../tensor.js';
import {
  type ModelProto,
  ModelProtoSchema,
  TensorShapeProto_DimensionSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from './onnx_pb.js';
import { scheduled } from './schedule.js';
import { GraphWriter, onnxType } from './writer.js';

const OPSET = 18n;
const IR_VERSION = 8n;

export interface ModelOptions {
  /**
   * Sources to store in the model, by name, in place of asking for them at each run. What follows from them alone is
   * worked out beforehand (`rewriteForInference`).
   */
  readonly constants?: ReadonlyMap<string, Floats>;
  /**
   * How constants of two and more axes are stored. float16 takes half the space; what is computed stays float32, with
   * weights rounded to 11 bits.
   */
  readonly weights?: 'float32' | 'float16';
  /**
   * Names for axes that may have any size; every input and output of rank 4 has them as axes 0, 2 and 3, but for those
   * of one pixel, which stay so.
   */
  readonly dynamic?: readonly [batch: string, height: string, width: string];
  /** Inputs that keep their size in a model with dynamic axes: weights that are fed. */
  readonly fixed?: { has(name: string): boolean };
  /** Key-value pairs of the model's metadata. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** How float32 tensors are stored and computed; float64, for checks of formulas, knows no dynamic sizes. */
  readonly precision?: Precision;
  /** What the runtime's `convolutionBlock` said: a model with blocks is for this machine alone. */
  readonly block?: number;
}

/** Shape and type of a value as the model stores it. */
export interface StoredType {
  readonly shape: Shape;
  readonly dtype: StoredDType;
}

/** A model and what it asks for. */
export interface Model {
  readonly bytes: Uint8Array;
  /** Inputs that the graph really reads, by name. */
  readonly inputs: ReadonlyMap<string, StoredType>;
  readonly outputs: ReadonlyMap<string, StoredType>;
  /** How many nodes it has: a measure of its size that does not vary. */
  readonly nodeCount: number;
}

/** Without constants a graph is not for inference: another one may want the values of every layer. */
const inferred = (outputs: readonly Tensor[], constants: ModelOptions['constants']): Rewritten =>
  constants ? rewriteForInference(outputs, constants) : { outputs, constants: new Map() };

/**
 * Writes the graph that computes `outputs`.
 * @throws NddrError when weights are to be stored as float16 and one is too large for that
 */
export function toModel(outputs: Readonly<Record<string, Tensor>>, options: ModelOptions = {}): Model {
  const { dynamic, fixed, metadata = {}, precision = 'float32', weights = 'float32', block = 0 } = options;
  if (dynamic && precision === 'float64') throw new Error('a float64 graph has fixed sizes: leave out `dynamic`');
  const names = Object.keys(outputs);
  const { outputs: results, constants } = inferred(simplify(Object.values(outputs)), options.constants);
  const nodes = nodesOf(results);
  const used = new Set<Tensor>(results);
  for (const node of nodes) for (const input of node.inputs) used.add(input);

  const writer = new GraphWriter(dynamic !== undefined, precision, block);
  const typeOf = ({ shape, dtype }: Tensor): StoredType => ({ shape, dtype: writer.stored(dtype) });
  const inputs = new Map<string, StoredType>();
  const values = new Map<Tensor, string>();
  const resultNames = new Map<Tensor, string>();
  for (const [i, tensor] of results.entries()) if (!resultNames.has(tensor)) resultNames.set(tensor, names[i]);

  for (const node of nodes) {
    writer.within(node.label);
    if (isSource(node)) {
      const { name } = node.attributes as SourceAttributes;
      const tensor = node.outputs[0];
      const data = constants.get(name);
      values.set(tensor, name);
      // Vectors (biases) are a thousandth of the file: they keep all their digits.
      if (data && weights === 'float16' && tensor.shape.length > 1) writer.halfInitializer(name, data, tensor.shape);
      else if (data) writer.initializer(name, data, 'float32', tensor.shape);
      else inputs.set(name, typeOf(tensor));
      continue;
    }
    if (isConstant(node.outputs[0])) {
      values.set(node.outputs[0], storeConstant(writer, node.attributes as ConstantAttributes));
      continue;
    }
    // An operator's first output cannot be left out, even where only a later one is read.
    for (const output of node.outputs) {
      const wanted = used.has(output) || output.slot === 0;
      values.set(output, wanted ? (resultNames.get(output) ?? writer.fresh(node.rules.name)) : '');
    }
    const nameOf = (tensor: Tensor) => values.get(tensor) as string; // set above: inputs come before their readers
    node.rules.emit({
      writer,
      inputs: node.inputs.map(nameOf),
      outputs: node.outputs.map(nameOf),
      attributes: node.attributes,
      inputTypes: node.inputs,
      outputTypes: node.outputs,
      used: node.outputs.map((output) => used.has(output)),
    });
  }
  // An output that is itself an input, or a second name for one value, needs a node that carries it over.
  for (const [i, tensor] of results.entries()) {
    const value = values.get(tensor) as string;
    if (value !== names[i]) writer.node('Identity', [value], [names[i]]);
  }

  const inputSizes = dynamic ? free(dynamic) : writer.nodes.length > MOST_UNSAID_NODES ? said : unsaid;
  const outputTypes = new Map(names.map((name, i) => [name, typeOf(results[i])] as const));
  const model: ModelProto = create(ModelProtoSchema, {
    irVersion: IR_VERSION,
    producerName: 'nddr',
    opsetImport: [...writer.domains].map((domain) => ({ domain, version: domain === '' ? OPSET : 1n })),
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    graph: {
      name: 'nddr',
      node: scheduled(writer.nodes),
      initializer: writer.initializers,
      input: [...inputs].map(([name, type]) => valueInfo(name, type, fixed?.has(name) ? said : inputSizes)),
      output: [...outputTypes].map(([name, type]) => valueInfo(name, type, dynamic ? free(dynamic) : said)),
    },
  });
  return { bytes: toBinary(ModelProtoSchema, model), inputs, outputs: outputTypes, nodeCount: writer.nodes.length };
}

/** The shape as a model states it, in numbers and in names of what may vary; or not at all. */
type Sizes = (shape: Shape) => readonly (number | string)[] | undefined;

/** Axes 0, 2 and 3 of whatever has four are free; what is one pixel, an answer about the whole image, stays one. */
const free =
  ([batch, height, width]: readonly [string, string, string]): Sizes =>
  (shape) => {
    if (shape.length !== 4) return shape;
    return shape[2] * shape[3] === 1 ? [batch, shape[1], 1, 1] : [batch, shape[1], height, width];
  };

const said: Sizes = (shape) => shape;

/**
 * Where the runtime knows sizes it plans beforehand which values share memory, and holds the memory of a value until
 * the last one of equal shape is read: from the forward pass through the backward pass. Where it does not, it takes
 * and frees memory as it goes, and the arena of a training step peaks at two thirds: docs/decisions/007-memory.md.
 * Nor does it learn the rank: of a value with a rank and no size it would search all free memory for a match in vain.
 */
const unsaid: Sizes = () => undefined;

/**
 * Beyond this sizes are said: shapes that follow from constants have a rank all the same, and their searches take time
 * that grows with the square of the number of nodes.
 */
const MOST_UNSAID_NODES = 20_000;

function valueInfo(name: string, { dtype, shape }: StoredType, sizes: Sizes): ValueInfoProto {
  const dim = sizes(shape)?.map((size) =>
    create(TensorShapeProto_DimensionSchema, {
      value: typeof size === 'number' ? { case: 'dimValue', value: BigInt(size) } : { case: 'dimParam', value: size },
    }),
  );
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: 'tensorType', value: { elemType: onnxType[dtype], shape: dim && { dim } } } },
  });
}
