/** Options that several commands have, and how numbers in them are read. */
import { InvalidArgumentError, Option } from 'commander';
import { deviceNames } from '../engine/runtime/devices.js';
import { LONGEST_PIXELS } from '../experiments/predict.js';
import { LEAST_TILE } from '../experiments/prediction/tiles.js';

/** Parser of an option that may be given several times: adds its value to those before. */
export const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];

/** Which numbers an option takes. Whole ones are written in digits. */
export interface NumberRange {
  readonly whole?: true;
  readonly least?: number;
  /** The number must be larger than this. */
  readonly above?: number;
  readonly most?: number;
}

export interface NumberListRange extends NumberRange {
  /** How many numbers there must be; any number of them where left out. */
  readonly count?: number;
  /** A list as it may be typed, for the message. */
  readonly example: string;
}

/** Parser of an option that takes one number. @throws InvalidArgumentError, which says what is expected */
export const numberOption =
  (range: NumberRange) =>
  (text: string): number => {
    const value = numberIn(text, range);
    if (value !== undefined) return value;
    throw new InvalidArgumentError(`expected a ${inWords('number', range)}.`);
  };

/** Parser of an option that takes numbers with commas between. @throws InvalidArgumentError as `numberOption` */
export const numbersOption =
  (range: NumberListRange) =>
  (text: string): number[] => {
    const parts = text.split(',');
    const values = parts.flatMap((one) => numberIn(one.trim(), range) ?? []);
    const { count = parts.length, example } = range;
    if (values.length === count && parts.length === count) return values;
    const many = range.count === undefined ? '' : `${range.count} `;
    throw new InvalidArgumentError(
      `expected ${many}${inWords('numbers', range)}, with commas between, such as ${example}.`,
    );
  };

/** Parser of an option that takes a size in pixels, `480x360`. @throws InvalidArgumentError as `numberOption` */
export function sizeOption(text: string): { readonly width: number; readonly height: number } {
  const [, width, height] = /^([1-9]\d{0,4})x([1-9]\d{0,4})$/.exec(text) ?? [];
  if (height !== undefined) return { width: Number(width), height: Number(height) };
  throw new InvalidArgumentError('expected width and height in pixels, such as 480x360.');
}

/** Parser of an option that takes a number, or `free`, which is null. @throws InvalidArgumentError as `numberOption` */
export const numberOrFree =
  (range: NumberRange) =>
  (text: string): number | null => {
    const value = text === 'free' ? null : numberIn(text, range);
    if (value !== undefined) return value;
    throw new InvalidArgumentError(`expected a ${inWords('number', range)}, or free.`);
  };

/** The number that a text holds; undefined where it holds none, or one outside the range. */
function numberIn(text: string, { whole, least = -Infinity, above = -Infinity, most = Infinity }: NumberRange) {
  const form = whole ? /^-?\d+$/ : /^[-+.\deE]+$/;
  const value = form.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) && value >= least && value > above && value <= most ? value : undefined;
}

function inWords(noun: 'number' | 'numbers', { whole, least, above, most }: NumberRange): string {
  const what = `${whole ? 'whole ' : ''}${noun}`;
  if (above !== undefined) return `${what} above ${above}`;
  if (least !== undefined && most !== undefined) return `${what} from ${least} to ${most}`;
  return least === undefined ? what : `${what} of at least ${least}`;
}

/**
 * `--device`, of commands that run a network.
 * @param does what is done there
 * @param standard the default in words
 */
export const deviceOption = (does: string, standard = 'cpu') =>
  new Option('--device <name>', `${does}; "npx nddr doctor" shows which there are`)
    .choices(deviceNames)
    .default(undefined, standard);

/** What `--device` of a command that trains stands for. */
export const deviceSetting = (device: string | undefined): string[] =>
  device === undefined ? [] : [`train.device=${device}`];

/** `--weights`. @param standard the default in words */
export const weightsOption = (standard: 'best' | 'evaluate.weights of the configuration') =>
  new Option('--weights <which>', 'which weights of the run: those of the best evaluation, or the latest')
    .choices(['best', 'last'])
    .default(undefined, standard);

/** `--scales` and `--flip`: answers are means over several views of an image. */
export const viewOptions = (): [Option, Option] => [
  new Option('--scales <numbers>', 'average the answers to the image resized by each of these factors').argParser(
    numbersOption({ least: 0.1, most: 10, example: '0.75,1,1.25' }),
  ),
  new Option('--flip', 'average the answers to the image and to its mirror image'),
];

/** `--longest` and `--large`: how images are answered that are larger than the network sees at once. */
export const sizeOptions = (): [Option, Option] => [
  new Option('--longest <pixels>', 'longer side of the largest image that the network sees at once')
    .argParser(numberOption({ whole: true, least: LEAST_TILE }))
    .default(LONGEST_PIXELS),
  new Option('--large <how>', 'larger images are cut into overlapping tiles, or reduced to --longest')
    .choices(['tiles', 'reduce'])
    .default('tiles'),
];

/** `--run`, of commands that open a model file. */
export const tasksOfRunOption = () =>
  new Option('--run <folder>', 'the run whose tasks a model file has that does not describe them');

/** `--set` of commands that use a finished run. */
export const overrideOption = () =>
  new Option(
    '--set <key=value>',
    'replace a setting of the run for this command: data.* or evaluate.*; may be given several times',
  ).argParser(collect);

/** `--allow-module`, for commands that open a run, which may name a module. */
export const allowModuleOption = () =>
  new Option(
    '--allow-module',
    "import the module of the backbone that the run's configuration names; needed where this machine has not trained with it",
  );

/** `--steps`, the number of training steps. */
export const stepsOption = (description: string) =>
  new Option('--steps <number>', description).argParser(numberOption({ whole: true, least: 1 }));

/** `--description`, of commands that read a data set from its folder. */
export const descriptionOption = () =>
  new Option('--description <file>', 'description of the data set').default(undefined, 'ROOT/dataset.json');

/** `--port` and `--allow-host`, for commands that listen. */
export const listenOptions = (port: number): readonly Option[] => [
  new Option('--port <number>', 'port to listen on; 0 takes any that is free')
    .argParser(numberOption({ whole: true, least: 0, most: 65535 }))
    .default(port),
  new Option('--allow-host <name>', 'a further name by which it may be called; may be given several times').argParser(
    collect,
  ),
];
