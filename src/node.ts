/** All of `nddr`, and the parts that need Node: runs with their folders, data on disk, the native runtime. */
export type { Batch, BatchSource } from './data/batch.js';
export type { Dataset, LabelInfo, Sample } from './data/dataset.js';
export { encodePng, readImage } from './data/image.js';
export { importKinds } from './data/import/index.js';
export { type ImportOptions, type ImportReport, importData } from './data/import/run.js';
export { type DataConfig, openDataset } from './data/index.js';
export { openEvaluation, openLoader } from './data/loader.js';
export { type Device, type DeviceName, devices } from './engine/runtime/devices.js';
export { type NodeOptions, nodeRuntime, requireDevice } from './engine/runtime/node.js';
export {
  type Experiment,
  type ExperimentInput,
  experimentJsonSchema,
  parseExperiment,
  readExperiment,
} from './experiments/comparison/experiment.js';
export { type Plan, type PlannedRun, type PlanOptions, planRuns } from './experiments/comparison/plan.js';
export { type Results, readResults } from './experiments/comparison/results.js';
export { type ExperimentEvent, runExperiment, statesOf } from './experiments/comparison/runner.js';
export { writeResults } from './experiments/comparison/write.js';
export { type Config, type ConfigInput, configJsonSchema, parseConfig } from './experiments/config.js';
export { readConfig } from './experiments/config-file.js';
export { type Exported, type ExportOptions, exportRun } from './experiments/export.js';
export { exportWeb, type WebExported } from './experiments/export-web.js';
export { exportWeights, type WeightsExported } from './experiments/export-weights.js';
export { type Judgement, type JudgeOptions, judgeRun } from './experiments/judge.js';
export { type FileJudgement, type JudgeFileOptions, judgeFile, type OpenedFile } from './experiments/judge-file.js';
export { type OpenedModel, type OpenModelOptions, openModel, openPredictor } from './experiments/model.js';
export { type ModuleAccess, rememberModule } from './experiments/module-access.js';
export { openRun } from './experiments/open-run.js';
export { type PredictEvent, type Predicted, type PredictOptions, predictRun } from './experiments/predict.js';
export { type RunEvent, type RunOptions, run } from './experiments/run.js';
export { runInThread } from './experiments/run-in-thread.js';
export { completeConfig, networkOf, tasksOf } from './experiments/setup.js';
export { type RunSharing, readSharing } from './experiments/sharing.js';
export { type ExportEventsOptions, exportEvents } from './experiments/tensorboard/export.js';
export { runWeights, type WeightsChoice } from './experiments/weights.js';
export * from './index.js';
export { openWeights } from './weights/node/open.js';
export type { WeightEntry, WeightFile } from './weights/weight-file.js';
