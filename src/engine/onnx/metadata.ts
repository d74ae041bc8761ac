/** Reads the metadata of an ONNX model. */
import { fromBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from './onnx_pb.js';

/** The key-value pairs that an ONNX model carries. @throws Error when the bytes are no model */
export const modelMetadata = (model: Uint8Array): ReadonlyMap<string, string> =>
  new Map(fromBinary(ModelProtoSchema, model).metadataProps.map(({ key, value }) => [key, value]));
