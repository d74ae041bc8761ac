/**
 * The part of the library that runs anywhere, also in browsers: graphs and their gradients, networks, tasks, the
 * training loop. The part that needs Node (files, threads, the native library of ONNX Runtime) is `nddr/node`.
 */
export {
  type Backbone,
  type BackboneConfig,
  type BranchedStage,
  type BuiltInBackbone,
  createBackbone,
  createHead,
  type Head,
  type HeadKind,
  type HeadSettings,
  type ImportModule,
  loadBackbone,
  type Stage,
} from './backbones/index.js';
export * as engine from './engine/index.js';
export { NddrError } from './errors.js';
export { createFusion, type Fusion, type FusionConfig } from './fusion/index.js';
export { answers, buildNetwork, type Network, type NetworkOptions } from './network.js';
export { filled, heNormal, xavierUniform } from './nn/init.js';
export * from './nn/layers.js';
export { pooledHead } from './nn/pooled-head.js';
export { initialValues, type Mode, parameterCount, Scope, type Values, type Variable } from './nn/scope.js';
export { Random } from './random.js';
export { type LayerShares, type MixingLayer, mixingLayers, type ShareTable, sharesOf } from './sharing/index.js';
export { sharingPicture } from './sharing/picture.js';
export { createTask, type TaskConfig, type TaskKind } from './tasks/index.js';
export type { Image, Raster } from './tasks/raster.js';
export { deltaM, type TaskValues } from './tasks/score.js';
export type { LabelSpec, LegendEntry, Meter, MetricSpec, Task } from './tasks/task.js';
export { type EvaluationImage, evaluate } from './train/evaluate.js';
export type { TrainingEvent } from './train/events.js';
export {
  type InputSizes,
  type ModelFacts,
  modelFacts,
  OUTPUT_FORMS,
  type OutputForm,
} from './train/model-facts.js';
export type { OptimizerConfig } from './train/optimizers/index.js';
export type { TrainingOptions, TrainingSettings } from './train/options.js';
export { inferenceModel, Predictor } from './train/predictor.js';
export type { ScheduleConfig } from './train/schedule.js';
export { train } from './train/trainer.js';
export { type Answerer, answerViews, type Views } from './train/views.js';
export type { WeightingConfig } from './train/weighting/index.js';
export { decodeSafetensors, encodeSafetensors } from './weights/safetensors.js';
export { type StoredDType, type StoredTensor, toFloat32 } from './weights/stored-tensor.js';
