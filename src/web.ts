/** All of `nddr`, and the parts that need a browser: training in a worker of a page, with runs that it keeps. */
export { type TrainOptions, trainInWorker } from './browser/client.js';
export { openTrainingData } from './browser/data.js';
export type { PageFiles } from './browser/files.js';
export { chosenFiles, droppedFiles } from './browser/given-files.js';
export type { Order } from './browser/messages.js';
export { type PageEvent, type PageRunOptions, runInPage } from './browser/run.js';
export { type KeptEvent, type RunFile, StoredRun, storedRuns } from './browser/stored-run.js';
export { serveTraining, type WorkerScope } from './browser/worker.js';
export { type WebDevice, type WebOptions, type WebOrt, webDevices, webRuntime } from './engine/runtime/web.js';
export { type Config, type ConfigInput, configJsonSchema, parseConfig } from './experiments/config.js';
export * from './index.js';
