/** A run's folder is data: the module that its configuration names is imported by those who trained with it, or allow it. */
import assert from 'node:assert/strict';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parseConfig } from '../src/experiments/config.js';
import { exportRun } from '../src/experiments/export.js';
import { judgeRun } from '../src/experiments/judge.js';
import { openPredictor } from '../src/experiments/model.js';
import { openRun } from '../src/experiments/open-run.js';
import { predictRun } from '../src/experiments/predict.js';
import { run } from '../src/experiments/run.js';
import { samplesOf } from '../src/experiments/run-report.js';
import { assertRefused, nddr, succeed, temporaryFolder, tinyConfig, writeConfig } from './command.fixture.js';
import { root as clone } from './guide.fixture.js';

const folder = temporaryFolder({ after });
process.env.XDG_STATE_HOME = join(folder, 'state'); // child processes inherit it
mkdirSync(join(folder, 'node_modules'));
symlinkSync(clone, join(folder, 'node_modules', 'nddr'), 'junction');
writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
const module = join(folder, 'mine.js');
cpSync(join(clone, 'examples', 'own-backbone.js'), module);
const backbone = { kind: 'module', path: './mine.js', channels: 4 };
const config = { ...tinyConfig, network: { ...tinyConfig.network, backbone } };
const path = join(folder, 'run');

/** A run from elsewhere, whose module leaves a mark when it is run. */
function foreignRun(): { foreign: string; mark: string } {
  const foreign = join(folder, 'foreign');
  const mark = join(foreign, 'it-ran');
  cpSync(path, foreign, { recursive: true });
  const theirs = join(foreign, 'theirs.js');
  cpSync(module, theirs);
  appendFileSync(theirs, `\nimport { writeFileSync } from 'node:fs';\nwriteFileSync(${JSON.stringify(mark)}, '');\n`);
  const settings = JSON.parse(readFileSync(join(path, 'config.json'), 'utf8'));
  settings.network.backbone.path = theirs;
  settings.train.steps += 1;
  writeFileSync(join(foreign, 'config.json'), JSON.stringify(settings));
  return { foreign, mark };
}

test('a configuration that is given to train may name a module, and its run is used without a flag', async (t) => {
  await succeed(t, 'train', writeConfig(folder, config), '--runs', folder);
  assert.equal(readdirSync(join(folder, 'state', 'nddr', 'modules')).length, 1);
  await succeed(t, 'eval', path);
  (await openPredictor(path)).close();
  // From any folder, also when the run was moved.
  cpSync(path, join(folder, 'moved'), { recursive: true });
  await judgeRun({ path: join(folder, 'moved') });
});

test("somebody else's run is refused by every way that opens it, and no line of the module runs", async (t) => {
  const { foreign, mark } = foreignRun();
  const refusal = {
    name: 'NddrError',
    message: /theirs\.js is code that the run's configuration names, and you have not trained with it.*--allow-module/,
  };
  const { config: settings } = await openRun(foreign);
  const runs = [{ name: 'foreign', path: foreign }];
  const ways: (() => Promise<unknown>)[] = [
    () => openPredictor(foreign),
    () => judgeRun({ path: foreign }),
    () => exportRun(foreign),
    () => run({ path: foreign }).next(),
    () => predictRun({ path: foreign, inputs: [module], out: join(folder, 'out') }).next(),
    () => samplesOf({ runs, weights: 'last', samples: 1 }, settings),
  ];
  for (const way of ways) await assert.rejects(way, refusal);
  assertRefused(await nddr(t, 'resume', foreign), /theirs\.js is code/);
  assert.ok(!existsSync(mark));
  await judgeRun({ path: foreign, allowModule: true });
  assert.ok(existsSync(mark));
  // To look at it once is not to trust it; to train with it is.
  await assert.rejects(judgeRun({ path: foreign }), refusal);
  await succeed(t, 'resume', foreign, '--allow-module');
  await judgeRun({ path: foreign });
  appendFileSync(join(foreign, 'theirs.js'), '// changed');
  await assert.rejects(judgeRun({ path: foreign }), /it has changed since/);
});

test('where it cannot be remembered the run goes on, with a warning', async () => {
  const state = process.env.XDG_STATE_HOME;
  process.env.XDG_STATE_HOME = join(module, 'no-folder');
  try {
    const other = join(folder, 'other');
    const warnings: string[] = [];
    const given = parseConfig({ ...config, name: 'other', network: { backbone: { ...backbone, path: module } } });
    for await (const event of run({ path: other, config: given })) {
      if (event.type === 'warning') warnings.push(event.message);
      if (event.type === 'step') break;
    }
    assert.equal(warnings.length, 1);
    assert.match(warnings[0], /Cannot write .*Other commands on this run will ask for --allow-module/);
  } finally {
    process.env.XDG_STATE_HOME = state;
  }
});
