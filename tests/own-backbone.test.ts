/** docs/guides/add-a-backbone.md: a backbone outside the package, from its file to the exported model. */
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readConfig } from '../src/experiments/config-file.js';
import { exportRun } from '../src/experiments/export.js';
import { openRun } from '../src/experiments/open-run.js';
import { run } from '../src/experiments/run.js';
import { networkOf } from '../src/experiments/setup.js';
import { guide, node, root, tsc } from './guide.fixture.js';

const example = join(root, 'examples', 'own-backbone.js');
const code = readFileSync(example, 'utf8');

// A user's folder with the package in it.
const folder = mkdtempSync(join(tmpdir(), 'nddr-own-backbone-'));
mkdirSync(join(folder, 'node_modules'));
symlinkSync(root, join(folder, 'node_modules', 'nddr'), 'junction');
writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
process.env.XDG_STATE_HOME = join(folder, 'state');
after(() => rmSync(folder, { recursive: true, force: true }));

test('the guide shows the example, which has its types and fewer than 40 lines', () => {
  assert.deepEqual(guide('add-a-backbone')('js'), [code]);
  assert.ok(code.split('\n').length - 1 < 40);
  const options = ['--allowJs', '--checkJs', '--noEmit', '--skipLibCheck', '--strict', 'false', '--ignoreConfig'];
  const types = ['--module', 'nodenext', '--target', 'es2023', '--types', 'node'];
  node(root, tsc, ...options, ...types, example);
});

test('the example trains a network', () => {
  let short = code;
  for (const [part, by] of [
    ['steps: 200', 'steps: 2'],
    ["kind: 'rooms'", "kind: 'rooms', length: { train: 8, test: 1 }"],
    ['% 20', '% 1'],
  ]) {
    assert.ok(short.includes(part), part);
    short = short.replace(part, by);
  }
  writeFileSync(join(folder, 'short.js'), short);
  assert.match(node(folder, 'short.js'), /^1 \{ segmentation: .*^2 \{ segmentation: .*mIoU/ms);
  assert.ok(existsSync(join(folder, 'runs', 'own-backbone', 'best.safetensors')));
});

test('a configuration names the file relative to itself, and its run is exported from anywhere', async () => {
  mkdirSync(join(folder, 'settings'));
  cpSync(example, join(folder, 'backbones', 'mine.js'));
  const settings = {
    name: 'mine',
    data: { kind: 'rooms', length: { train: 8, test: 2 }, width: 48, height: 48 },
    tasks: { segmentation: { kind: 'segmentation' }, normals: { kind: 'normals' } },
    network: { backbone: { kind: 'module', path: '../backbones/mine.js', channels: 4 } },
    train: { steps: 2, batch: 2, height: 48, width: 48, workers: 0 },
  };
  const path = join(folder, 'settings', 'mine.json');
  writeFileSync(path, JSON.stringify(settings));
  const config = readConfig(path);
  const runPath = join(folder, 'runs', 'mine');
  for await (const _ of run({ path: runPath, config }));
  const { config: complete } = await openRun(runPath);
  assert.deepEqual(complete.network.backbone, {
    ...{ kind: 'module', path: join(folder, 'backbones', 'mine.js'), channels: 4 },
    ...{ width: 1, keep: 1, head: 'linear' },
  });
  const { differences } = await exportRun(runPath, { images: 1 });
  assert.deepEqual(Object.keys(differences), ['segmentation', 'normals']);
  // Its channels are the setting's: the first convolution of the second stage sees 4 and has 8.
  const { backbone: built } = await networkOf(complete);
  assert.deepEqual(
    built.stages.map(({ channels, stride }) => [channels, stride]),
    [
      [4, 2],
      [8, 4],
      [16, 8],
    ],
  );

  writeFileSync(path, JSON.stringify({ ...settings, network: { backbone: { kind: 'module', path: 'lost.js' } } }));
  await assert.rejects(
    networkOf({ ...complete, network: readConfig(path).network }),
    ({ message }: Error) =>
      message.includes(join(folder, 'settings', 'lost.js')) && /cannot be imported.*export default/s.test(message),
  );
});
