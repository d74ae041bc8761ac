/** The weights that a training starts from: opens what the settings name, and plans what the network takes of it. */
import { existsSync, statSync } from 'node:fs';
import { NddrError } from '../errors.js';
import { readUserJson } from '../json.js';
import { buildNetwork, type NetworkOptions, type Normalisation } from '../network.js';
import type { Match, Target, WeightSource } from '../pretrained/index.js';
import {
  conventionOf,
  type InputConvention,
  matchAll,
  parseMapping,
  readMatch,
  type SourceReport,
  targetOf,
} from '../pretrained/index.js';
import { checkpointState, OPTIMIZER } from '../train/checkpoint.js';
import { RunFolder } from '../train/node/run-folder.js';
import type { StartingWeights } from '../train/start.js';
import { AVERAGE } from '../train/training.js';
import { openWeights } from '../weights/node/open.js';
import type { WeightEntry, WeightFile } from '../weights/weight-file.js';
import type { Config } from './config.js';
import { entriesOf, type WeightsEntry } from './start-settings.js';

/** A source, and what the network of a run was fed with, where it is of one. */
interface Opened extends WeightSource {
  readonly trainedWith?: InputConvention;
}

/**
 * Opens the files of `network.weights`, then those of `train.start`: names, shapes and types are read, no numbers.
 * @throws NddrError when there is no such file, or it cannot be read
 */
async function openSources({ network, train }: Pick<Config, 'network' | 'train'>): Promise<Opened[]> {
  const opened: Opened[] = [];
  for (const entry of entriesOf(network.weights)) opened.push(await openSource('network.weights', entry));
  for (const entry of entriesOf(train.start)) opened.push(await openSource('train.start', entry));
  return opened;
}

async function openSource(setting: string, { file: path, mapping, ...wish }: WeightsEntry): Promise<Opened> {
  const where = `${setting} ${path}`;
  const file = await openWeights(await fileAt(setting, path));
  const given =
    mapping === undefined ? undefined : { where: mapping, rules: parseMapping(await readUserJson(mapping), mapping) };
  return {
    ...{ where, file: withoutOptimizer(file), ...wish },
    ...(given && { mapping: given }),
    ...inputOf(file, path),
  };
}

/** The file that a path stands for: a file, the weights of a run, or what TensorFlow calls a checkpoint of two files. */
async function fileAt(setting: string, path: string): Promise<string> {
  if (existsSync(path)) return statSync(path).isDirectory() ? RunFolder.open(path).weightsPath() : path;
  if (existsSync(`${path}.index`)) return `${path}.index`;
  throw new NddrError(`${setting}: ${path} does not exist. Name a run or a file of weights.`);
}

/** A checkpoint's weights: their moving average, where there is one, and no state of the optimizer. */
function withoutOptimizer(file: WeightFile): WeightFile {
  const average = `${OPTIMIZER}${AVERAGE}`;
  const tensors = new Map<string, WeightEntry>();
  for (const [name, entry] of file.tensors) if (!name.startsWith(OPTIMIZER)) tensors.set(name, entry);
  for (const [name, entry] of file.tensors)
    if (name.startsWith(average)) tensors.set(name.slice(average.length), entry);
  return { ...file, tensors };
}

/** What the network of a checkpoint was fed with, by the configuration that it keeps. */
function inputOf({ metadata }: WeightFile, path: string): { trainedWith?: InputConvention } {
  const network = (checkpointState(metadata, path)?.config as Config | undefined)?.network;
  if (!network?.mean || !network.deviation) return {};
  const { mean, deviation, padding = 'symmetric' } = network;
  return { trainedWith: { channels: 'rgb', mean, deviation, padding } };
}

/** The convention that comes with a source's weights. */
const conventionOfSource = (source: Opened): InputConvention | undefined => source.trainedWith ?? conventionOf(source);

/** Of VGG-16 in Caffe, and as published. */
const DEFAULT: Normalisation = { mean: [122.67891434, 116.66876762, 104.00698793], deviation: [1, 1, 1] };

/** What the network subtracts from colours and divides them by; the standard where the configuration leaves it open. */
export const normalisationOf = ({ mean, deviation }: Config['network']): Normalisation => ({
  mean: mean ?? DEFAULT.mean,
  deviation: deviation ?? DEFAULT.deviation,
});

/**
 * Fills in mean and deviation where the configuration leaves them open: those of the weights that the training starts
 * from, the last ones first.
 */
export async function completeNormalisation(config: Config): Promise<Config> {
  const { network } = config;
  if (network.mean && network.deviation) return config;
  const conventions = (await openSources(config)).map(conventionOfSource);
  const known = conventions.findLast((convention) => convention !== undefined);
  const { mean, deviation } = known ?? DEFAULT;
  return {
    ...config,
    network: { ...network, mean: network.mean ?? [...mean], deviation: network.deviation ?? [...deviation] },
  };
}

/** What became of the files that a training starts from. */
export interface StartPlan {
  readonly match: Match;
  readonly reports: readonly SourceReport[];
}

/**
 * Plans what the network takes of the files that its configuration names; undefined where it names none.
 * @param config complete
 * @param all `planAll` for a plan also where too little of a file fits
 * @throws NddrError when a file does not fit
 */
export async function planStart(
  config: Config,
  network: NetworkOptions,
  all: typeof matchAll = matchAll,
): Promise<StartPlan | undefined> {
  const sources = await openSources(config);
  if (sources.length === 0) return undefined;
  const match = all(targetFor(config, network), sources);
  const reports = match.sources.map(({ report }, i) => ({
    ...report,
    notes: [...report.notes, ...inputNotes(conventionOfSource(sources[i]), config)],
  }));
  return { match, reports };
}

function targetFor({ train: { height, width } }: Config, network: NetworkOptions): Target {
  const { build, logits } = buildNetwork(network, 'evaluate', [1, height, width]);
  const tasks = network.tasks.map(({ name }) => name);
  return targetOf({
    backbone: network.backbone,
    towers: network.fusion.towers(tasks),
    tasks,
    variables: build.variables,
    outputs: logits.values(),
    size: [height, width],
  });
}

/** How the network's input is, or differs from, what the weights were trained with. */
function inputNotes(trained: InputConvention | undefined, { network }: Config): string[] {
  if (!trained)
    return [
      'what its network was fed with is unknown: network.mean and network.deviation are as the configuration says',
    ];
  const { mean, deviation } = normalisationOf(network);
  const list = (values: readonly number[]) => `[${values.map((value) => Number(value.toPrecision(6))).join(', ')}]`;
  const near = (a: readonly number[], b: readonly number[]) => a.every((value, i) => Math.abs(value - b[i]) < 0.01);
  const said = (what: readonly number[], by: readonly number[]) => `mean ${list(what)}, deviation ${list(by)}`;
  const fits = near(mean, trained.mean) && near(deviation, trained.deviation);
  return [
    fits
      ? `the network is fed as that of the file was: ${said(mean, deviation)} of red, green and blue from 0 to 255`
      : `the file's network was fed with ${said(trained.mean, trained.deviation)}, this one with ${said(mean, deviation)}, as the configuration says`,
    ...(trained.padding === network.padding
      ? []
      : [
          `the file's network padded by the rule "${trained.padding}" and this one pads by "${network.padding}": their ` +
            `answers differ unless network.padding is "${trained.padding}"`,
        ]),
  ];
}

/** Reads the numbers of a plan. @throws NddrError when a file is damaged, or holds numbers that are not finite or variances below 0 */
export async function readStart({ match, reports }: StartPlan): Promise<StartingWeights> {
  const values = await readMatch(match);
  const shapes = new Map(
    match.sources.flatMap(({ assignments }) => assignments.map(({ path, shape }) => [path, shape])),
  );
  return {
    from: reports.map(({ from }) => from).join(', '),
    tensors: new Map(
      [...values].map(([path, data]) => [
        path,
        { dtype: 'F32' as const, shape: shapes.get(path) ?? [data.length], data },
      ]),
    ),
  };
}
