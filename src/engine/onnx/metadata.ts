/** Reads what an ONNX model says about itself. */
import { fromBinary } from '@bufbuild/protobuf';
import {
  type GraphProto,
  ModelProtoSchema,
  type TensorProto,
  TensorProto_DataLocation,
  type ValueInfoProto,
} from './onnx_pb.js';

/** An input or output of a model. */
export interface ModelValue {
  readonly name: string;
  /** Sizes of its axes: null where one may vary. Undefined where the model does not tell. */
  readonly shape?: readonly (number | null)[];
}

/** What a model says about itself. */
export interface ModelDescription {
  readonly metadata: ReadonlyMap<string, string>;
  /** What must be fed; weights are not. */
  readonly inputs: readonly ModelValue[];
  readonly outputs: readonly ModelValue[];
  /** Names of weights that lie in other files. */
  readonly external: readonly string[];
}

/** The key-value pairs that an ONNX model carries. @throws Error when the bytes are no model */
export const modelMetadata = (model: Uint8Array): ReadonlyMap<string, string> => describeModel(model).metadata;

/** What an ONNX model says about itself. @throws Error when the bytes are no model */
export function describeModel(model: Uint8Array): ModelDescription {
  const { graph, metadataProps } = fromBinary(ModelProtoSchema, model);
  const weights = new Set(graph?.initializer.map(({ name }) => name));
  return {
    metadata: new Map(metadataProps.map(({ key, value }) => [key, value])),
    inputs: (graph?.input ?? []).filter(({ name }) => !weights.has(name)).map(described),
    outputs: (graph?.output ?? []).map(described),
    external: (graph ? tensorsOf(graph) : []).filter(liesElsewhere).map(({ name }) => name),
  };
}

/** All constants of a graph, those in attributes of nodes and in graphs within nodes too. */
function tensorsOf({ initializer, node }: GraphProto): TensorProto[] {
  const inNodes = node
    .flatMap(({ attribute }) => attribute)
    .flatMap(({ t, tensors, g, graphs }) => [
      ...(t ? [t] : []),
      ...tensors,
      ...[...(g ? [g] : []), ...graphs].flatMap(tensorsOf),
    ]);
  return [...initializer, ...inNodes];
}

const liesElsewhere = ({ dataLocation }: TensorProto): boolean => dataLocation === TensorProto_DataLocation.EXTERNAL;

function described({ name, type }: ValueInfoProto): ModelValue {
  const tensor = type?.value.case === 'tensorType' ? type.value.value : undefined;
  const shape = tensor?.shape?.dim.map(({ value }) => (value.case === 'dimValue' ? Number(value.value) : null));
  return { name, shape };
}
