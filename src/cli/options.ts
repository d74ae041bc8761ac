/** Options that several commands have, and how numbers in them are read. */
import { InvalidArgumentError, Option } from 'commander';

/** Gathers what an option says each time that it is given. */
export const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];

/** Reads a number of at least so much. @throws InvalidArgumentError */
export const numberFrom =
  (least: number) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() !== '' && value >= least) return value;
    throw new InvalidArgumentError(`expected a number of at least ${least}.`);
  };

/** Reads a whole number of at least so much, written in digits. @throws InvalidArgumentError */
export const wholeFrom =
  (least: number) =>
  (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least) return value;
    throw new InvalidArgumentError(`expected a whole number of at least ${least}.`);
  };

/** Which weights of a run a command uses. @param standard what holds where it is left out */
export const weightsOption = (standard?: 'best') => {
  const described = 'of the best evaluation, or the latest';
  const option = new Option('--weights <which>', standard ? described : `${described}; evaluate.weights by default`);
  return option.choices(['best', 'last']).default(standard);
};

/** Settings of a run that may hold otherwise for one command. */
export const overrideOption = () =>
  new Option(
    '--set <key=value>',
    'in place of the setting of the run: data.* or evaluate.*, as in data.root=FOLDER',
  ).argParser(collect);

/** For commands that open a run, which may name a module. */
export const allowModuleOption = () =>
  new Option('--allow-module', "import the backbone's module that the run names, though it was not trained with here");
