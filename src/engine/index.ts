export { gradients } from './autodiff.js';
export { asPixels, atCellsOf, type Grid, gridOf, knownGrid, showGrid } from './grid.js';
export { modelMetadata } from './onnx/metadata.js';
export { type Model, type ModelOptions, type StoredType, toModel } from './onnx/model.js';
export { labelled } from './op.js';
export * from './ops/index.js';
export type { HostTensor, Runtime, Session } from './runtime/runtime.js';
export * from './tensor.js';
