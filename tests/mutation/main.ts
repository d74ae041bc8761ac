/** npm run mutate -- [PATH ...]: changes one operator at a time and asks whether a test notices. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Command } from 'commander';
import { collect, numberOption } from '../../src/cli/options.js';
import { openProgress } from '../../src/cli/progress.js';
import { NddrError } from '../../src/errors.js';
import { Random } from '../../src/random.js';
import { isExecuted } from './coverage.js';
import { EQUIVALENT } from './equivalent.js';
import { mutantsOf, mutated } from './mutants.js';
import { MODULE, TEXT } from './replace-module.js';
import {
  type Candidate,
  equivalentOf,
  type Fate,
  type Fated,
  isSurvivor,
  showSurvivor,
  showTable,
  summaryOf,
} from './report.js';
import { killTests, runTest } from './run-test.js';
import { compileMaps, placesOf } from './source-lines.js';
import { inDist, measureTests, modulesOf, out, type TestFile, testsOf } from './tests.js';

/** What is mutated where no path is given. */
const PATHS = ['src/tasks', 'src/fusion', 'src/train/weighting', 'src/engine/autodiff.ts', 'src/engine/simplify.ts'];
/** The test files that may kill: those of these modules and of the modules that use them, and those of the whole. */
const TESTS = ['src/tasks/', 'src/fusion/', 'src/train/', 'src/engine/', 'src/network', 'src/data/', 'tests/'];

interface Options {
  readonly sample?: number;
  readonly seed: number;
  readonly tests: readonly string[];
  readonly slow: number;
  readonly budget: number;
  readonly threshold: number;
  readonly again?: boolean;
  readonly list?: boolean;
}

const results = join(out, 'results.json');
const mutantFile = join(out, `mutant-${process.pid}.js`);
const register = new URL('./register.js', import.meta.url).href;

/** The mutants of the modules in random order, or the survivors of the last run. */
function candidatesOf(paths: readonly string[], { sample, seed, again }: Options): Candidate[] {
  const modules = modulesOf(paths);
  if (modules.length === 0)
    throw new NddrError(`${paths.join(', ')}: no compiled module; expected paths such as ${PATHS[0]}`);
  const all = modules.flatMap((module) => {
    const code = readFileSync(inDist(module), 'utf8');
    const placeOf = placesOf(module, code);
    return mutantsOf(code).map((mutant): Candidate => ({ ...mutant, module, place: placeOf(mutant.start) }));
  });
  const drawn = new Random(seed).shuffle(all).slice(0, sample);
  if (!again) return drawn;
  if (!existsSync(results)) throw new NddrError('--again: there is no last run; run without --again first');
  const idOf = ({ module, place, change }: Candidate) => `${module} ${place.text} ${change}`;
  const survivors = new Set((JSON.parse(readFileSync(results, 'utf8')) as Fated[]).filter(isSurvivor).map(idOf));
  return all.filter((mutant) => survivors.has(idOf(mutant)));
}

/**
 * Runs the tests that execute a mutant until one fails. Quick ones, those beside the module and those that killed
 * other mutants of it come first.
 * @param budget seconds that the tests may take together without the mutant, one of them excepted
 */
async function fateOf(
  mutant: Candidate,
  tests: readonly TestFile[],
  kills: Map<string, number>,
  budget: number,
): Promise<Fate> {
  if (equivalentOf(mutant, EQUIVALENT)) return 'equivalent';
  const covering = tests.filter(({ executed }) => isExecuted(executed[mutant.module] ?? [], mutant.start));
  if (covering.length === 0) return 'uncovered';
  writeFileSync(mutantFile, mutated(readFileSync(inDist(mutant.module), 'utf8'), mutant));
  const env = {
    [MODULE]: pathToFileURL(inDist(mutant.module)).href,
    [TEXT]: mutantFile,
    // A mutant that never stops collecting would fill the memory.
    NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --max-old-space-size=2048 --import=${register}`,
  };
  const key = (test: TestFile) => `${mutant.module} ${test.path}`;
  const isBeside = (test: TestFile) => dirname(test.path) === dirname(mutant.module);
  const cost = (test: TestFile) => test.seconds / (1 + (kills.get(key(test)) ?? 0)) / (isBeside(test) ? 4 : 1);
  let seconds = 0;
  for (const test of covering.sort((a, b) => cost(a) - cost(b))) {
    seconds += test.seconds;
    if (seconds > budget && seconds > test.seconds) break;
    const { result } = await runTest(inDist(test.path), env, 5 + 4 * test.seconds);
    if (result === 'passed') continue;
    kills.set(key(test), (kills.get(key(test)) ?? 0) + 1);
    return result === 'late' ? 'late' : 'killed';
  }
  return 'survived';
}

/** Whether the process was asked to end: what was found until then is reported. */
let ending = false;

async function mutate(paths: readonly string[], options: Options): Promise<void> {
  compileMaps();
  const candidates = candidatesOf(paths, options);
  if (options.list) {
    for (const { place, change } of candidates) console.log(`${place.file}:${place.line}  ${change}`);
    return;
  }
  mkdirSync(out, { recursive: true });
  const measured = await measureTests(testsOf(options.tests), options.slow);
  for (const { path, result, seconds } of measured)
    if (result === 'late') console.error(`left out: ${path} takes more than ${Math.floor(seconds)} s`);
  const tests = measured.filter(({ result }) => result === 'passed');
  const progress = openProgress({ title: 'mutants', total: candidates.length, unit: 'mutants' });
  const found: Fated[] = [];
  const kills = new Map<string, number>();
  for (const candidate of candidates) {
    const fate = await fateOf(candidate, tests, kills, options.budget);
    if (ending) break;
    found.push({ ...candidate, fate });
    if (fate === 'survived') progress.message(showSurvivor({ ...candidate, fate }));
    progress.update(found.length);
  }
  progress.close();
  rmSync(mutantFile, { force: true });
  report(found, options);
}

function report(found: readonly Fated[], { threshold, again }: Options): void {
  const sorted = [...found].sort((a, b) => a.place.file.localeCompare(b.place.file) || a.start - b.start);
  writeFileSync(results, JSON.stringify(sorted, null, 1));
  for (const survivor of sorted.filter(isSurvivor)) console.log(showSurvivor(survivor));
  console.log(`\n${showTable(sorted)}`);
  const { score } = summaryOf(sorted);
  console.log(`\n${score.toFixed(1)} % of the mutants were killed; ${threshold} % are expected. Details: ${results}`);
  if (score < threshold && !again) process.exitCode = 1;
}

process.on('SIGINT', () => {
  if (ending) process.exit(130);
  ending = true;
  process.exitCode = 130;
  killTests();
});

const count = numberOption({ whole: true, least: 1 });
const seconds = numberOption({ above: 0 });
const program = new Command('mutate')
  .description('change one operator of the code at a time, and count the changes that no test notices')
  .argument('[paths...]', `files and folders of src (${PATHS.join(' ')})`)
  .option('--sample <count>', 'only so many mutants, drawn at random', count)
  .option('--seed <number>', 'of the order and the sample', numberOption({ whole: true, least: 0 }), 1)
  .option(
    '--tests <part>',
    `only test files with this part in their path; may be repeated (${TESTS.join(' ')})`,
    collect,
  )
  .option('--slow <seconds>', 'leave out test files that take longer', seconds, 20)
  .option('--budget <seconds>', 'most seconds of tests for one mutant', seconds, 30)
  .option('--threshold <percent>', 'exit with 1 if fewer are killed', numberOption({ least: 0, most: 100 }), 85)
  .option('--again', 'only the survivors of the last run')
  .option('--list', 'only list the mutants')
  .action((paths: string[], options) =>
    mutate(paths.length > 0 ? paths : PATHS, { ...options, tests: options.tests ?? TESTS }),
  );

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof NddrError)) throw error;
  console.error(`error: ${error.message}`);
  process.exitCode = 1;
}
