/** nddr eval on exported files. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parseConfig } from '../src/experiments/config.js';
import { exportRun } from '../src/experiments/export.js';
import { judgeRun } from '../src/experiments/judge.js';
import { judgeFile } from '../src/experiments/judge-file.js';
import { run } from '../src/experiments/run.js';
import { assertRefused, nddr, succeed, temporaryFolder, tinyConfig, writeConfig } from './command.fixture.js';

const root = temporaryFolder({ after });
const path = join(root, 'run');
const file = join(root, 'model.onnx');
const data = writeConfig(root);

before(async () => {
  for await (const _ of run({
    path,
    config: parseConfig({ ...tinyConfig, train: { ...tinyConfig.train, steps: 2 } }),
  }));
  await exportRun(path, { out: file, images: 0 });
});

test('a file is judged as its run is, on a split, over views, and by class', async () => {
  const views = { scales: [1, 1.25], flip: true };
  for (const options of [{}, { split: 'val' }, { views }]) {
    const [ofRun, ofFile] = [await judgeRun({ path, ...options }), await judgeFile({ path: file, data, ...options })];
    assert.deepEqual([ofFile.split, ofFile.images], [ofRun.split, ofRun.images]);
    for (const [task, values] of Object.entries(ofRun.values))
      for (const [name, value] of Object.entries(values))
        assert.ok(Math.abs(value - ofFile.values[task][name]) < 1e-3, `${task} ${name}`);
    assert.deepEqual(Object.keys(ofFile.perClass), Object.keys(ofRun.perClass));
  }
});

test('the command prints the table of a run, and JSON', async (t) => {
  const [ofFile, ofRun] = [await succeed(t, 'eval', file, '--data', data), await succeed(t, 'eval', path)];
  assert.match(
    ofFile.stdout,
    /model\.onnx, (best|last) weights \(step 2\) of run, 2 images of "test"\nsegmentation: mIoU/,
  );
  assert.equal(ofFile.stdout.split('\n').length, ofRun.stdout.split('\n').length);
  const { values, file: named } = JSON.parse((await succeed(t, 'eval', file, '--data', data, '--json')).stdout);
  assert.deepEqual([named, Object.keys(values)], [file, ['segmentation', 'normals']]);
});

test('decisions are judged with a note, and a task without labels is left out with a reason', async () => {
  const decided = join(root, 'decided.onnx');
  await exportRun(path, { out: decided, images: 0, outputs: 'decisions' });
  const { notes, values } = await judgeFile({ path: decided, data });
  assert.match(notes.join(), /answers with decisions: metrics of segmentation that use probabilities/);
  const whole = await judgeFile({ path: file, data });
  assert.ok(Math.abs(values.segmentation.mIoU - whole.values.segmentation.mIoU) < 1e-3);
  const config = {
    ...tinyConfig,
    data: { ...tinyConfig.data, only: ['normals'] },
    tasks: { normals: { kind: 'normals' } },
  };
  const only = join(root, 'only.json');
  writeFileSync(only, JSON.stringify(config));
  const part = await judgeFile({ path: file, data: only });
  assert.deepEqual(
    part.tasks.map(({ name }) => name),
    ['normals'],
  );
  assert.match(part.notes[0], /segmentation is not judged: .*no label of kind segmentation/);
});

test('what cannot be judged is refused in words', async (t) => {
  assertRefused(await nddr(t, 'eval', file), /name the data set to evaluate it on with --data/);
  assertRefused(await nddr(t, 'eval', path, '--data', data), /is a run, which has a data set/);
  assertRefused(await nddr(t, 'eval', file, '--data', root), /has no dataset\.json/);
  assertRefused(await nddr(t, 'eval', file, '--data', data, '--split', 'nosuch'), /nosuch/);
  const text = readFileSync(file).toString('latin1');
  const other = join(root, 'classes.onnx');
  writeFileSync(other, Buffer.from(text.replaceAll('"wall"', '"walk"'), 'latin1'));
  assertRefused(await nddr(t, 'eval', other, '--data', data), /"walk" in the model and "wall" in the data set/);
});
