export { gradients } from './autodiff.js';

import './fluent.js';

export { asPixels, atCellsOf, type Grid, gridOf, knownGrid, showGrid } from './grid.js';
export { MOST_OPTIMISED_NODES } from './lower/cpu/constants.js';
export { type Capabilities, cpu, cpuTarget, float64, plain, type Target, targets, webgpu } from './lower/index.js';
export { describeModel, type ModelDescription, type ModelValue, modelMetadata } from './onnx/metadata.js';
export { type Model, type ModelOptions, toModel, type ValueType } from './onnx/model.js';
export { labelled } from './op.js';
export * from './ops/index.js';
export type {
  DeviceMemory,
  DeviceSession,
  DeviceTensor,
  HostTensor,
  HostTensors,
  Runtime,
  Session,
  Upload,
} from './runtime/runtime.js';
export * from './tensor.js';
