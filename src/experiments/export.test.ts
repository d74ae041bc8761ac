import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { writeWhole } from '../files.js';
import { modelFacts, OUTPUT_FORMS } from '../train/model-facts.js';
import { decodeSafetensors } from '../weights/safetensors.js';
import { parseConfig } from './config.js';
import { assertClose, exportRun } from './export.js';
import { exportWeights } from './export-weights.js';
import { openRun } from './open-run.js';
import { run } from './run.js';
import { runWeights } from './weights.js';

const root = mkdtempSync(join(tmpdir(), 'nddr-export-'));
const path = join(root, 'run');
after(() => rmSync(root, { recursive: true, force: true }));

before(async () => {
  const config = parseConfig({
    name: 'export',
    data: { kind: 'rooms', length: { train: 4, val: 3, test: 3 }, width: 24, height: 24 },
    tasks: { segmentation: { kind: 'segmentation' }, depth: { kind: 'depth' } },
    network: { backbone: { kind: 'vgg16', width: 0.125 } },
    train: {
      ...{ steps: 2, batch: 2, height: 24, width: 24, rate: 0.01, workers: 0, threads: 1 },
      rates: { fusion: 1, headWeight: 1, headBias: 1 },
      ...{ evaluateEvery: 1000, checkpointEvery: 2 },
    },
  });
  for await (const _ of run({ path, config }));
});

test('the exported file is judged beside the network it was made of', async () => {
  const { path: file, bytes, differences, judged } = await exportRun(path, { images: 2 });
  assert.equal(file, join(path, 'model.onnx'));
  assert.equal(bytes, readFileSync(file).length);
  assert.deepEqual(Object.keys(differences), ['segmentation', 'depth']);
  for (const { largest, mean } of Object.values(differences)) assert.ok(largest < 1e-4 && mean < largest);
  assert.deepEqual([judged?.split, judged?.images], ['val', 2]);
  const error = (values = judged?.network) => values?.depth.rmseMetres ?? Number.NaN;
  assert.ok(error() > 0.1 && Math.abs(error() - error(judged?.file)) < 1e-4);
});

test('weights in float16 make half the file, and answers that differ a little', async () => {
  const whole = await exportRun(path, { images: 0 });
  const half = await exportRun(path, { images: 0, storage: 'float16', out: join(root, 'half.onnx') });
  assert.ok(half.bytes < 0.52 * whole.bytes, `${half.bytes} of ${whole.bytes}`);
  for (const { mean } of Object.values(half.differences)) assert.ok(mean > 1e-7 && mean < 1e-2, `${mean}`);
  assert.equal(whole.judged, undefined);
});

test('a run is exported where its data set is not', async () => {
  const config = JSON.parse(readFileSync(join(path, 'config.json'), 'utf8'));
  const gone = { ...config, data: { kind: 'folder', root: join(root, 'gone') } };
  writeFileSync(join(path, 'config.json'), JSON.stringify(gone));
  const { judged, notJudged, differences } = await exportRun(path);
  assert.equal(judged, undefined);
  assert.match(notJudged ?? '', /gone/);
  assert.deepEqual(Object.keys(differences), ['segmentation', 'depth']);
});

test('a file takes the place of another when it was checked, and not before', async () => {
  const folder = join(root, 'place');
  mkdirSync(folder);
  const out = join(folder, 'model.onnx');
  writeFileSync(out, 'the model before');
  const untouched = () => {
    assert.equal(readFileSync(out, 'utf8'), 'the model before');
    assert.deepEqual(readdirSync(folder), ['model.onnx'], 'nothing is left aside');
  };
  const stop = new AbortController();
  stop.abort();
  await assert.rejects(exportRun(path, { out, images: 0, signal: stop.signal }), { name: 'AbortError' });
  untouched();
  // What the check throws goes through, and the file is not put into place.
  const refused = writeWhole(out, ['another'], async (aside) => {
    assert.equal(readFileSync(aside, 'utf8'), 'another');
    assertClose({ depth: { largest: 0.5, mean: 0.1 } }, { depth: { of: 'largest', most: 1e-3 } }, out);
  });
  await assert.rejects(refused, /model\.onnx was not written: the answers of depth would differ by 0\.5 \(largest;/);
  untouched();
  assert.throws(
    () => assertClose({ depth: { largest: Number.NaN, mean: 0 } }, { depth: { of: 'largest', most: 1e-3 } }, out),
    /differ by NaN/,
  );
  assertClose({ depth: { largest: 5e-4, mean: 1e-4 } }, { depth: { of: 'largest', most: 1e-3 } }, out);
  await exportRun(path, { out, images: 0 });
  assert.ok(readFileSync(out).length > 10_000);
});

test('a folder that is not there is refused by name, and not made', async () => {
  const out = join(root, 'nosuch', 'model.onnx');
  await assert.rejects(exportRun(path, { out }), {
    name: 'NddrError',
    message: /--out .*: there is no folder .*nosuch\. Make/,
  });
  assert.ok(!existsSync(join(root, 'nosuch')));
  const inFile = join(path, 'config.json', 'model.onnx');
  await assert.rejects(exportRun(path, { out: inFile }), /config\.json is a file, not a folder/);
});

test('logits, decisions and fixed sizes are checked like the rest, and say so in the file', async () => {
  const out = join(root, 'forms.onnx');
  for (const outputs of OUTPUT_FORMS) {
    const { differences } = await exportRun(path, {
      out,
      images: 0,
      outputs,
      fixed: { batch: 2, height: 40, width: 56 },
    });
    for (const { largest } of Object.values(differences)) assert.ok(largest < 1e-4, `${outputs}: ${largest}`);
    const { input, outputs: told, origin } = modelFacts(readFileSync(out));
    assert.deepEqual([told, input.batch, input.height, input.width, input.least], [outputs, 2, 40, 56, 1]);
    assert.deepEqual([origin?.run, origin?.step], ['export', 2]);
  }
});

test('weights take their name after their table, and not without it', async () => {
  const out = join(root, 'weights', 'model.safetensors');
  mkdirSync(`${out}.json`, { recursive: true });
  writeFileSync(out, 'the weights before');
  await assert.rejects(
    exportWeights(path, { out }),
    /Cannot write .*model\.safetensors\.json.* a folder has this name/,
  );
  assert.equal(readFileSync(out, 'utf8'), 'the weights before');
  assert.deepEqual(readdirSync(join(root, 'weights')), ['model.safetensors', 'model.safetensors.json']);
});

test('weights as safetensors keep their names, and a table says what they are', async () => {
  const { path: file, table, tensors } = await exportWeights(path, { weights: 'last' });
  assert.equal(file, join(path, 'model.safetensors'));
  const { values } = await runWeights((await openRun(path)).folder, 'last');
  const read = decodeSafetensors(readFileSync(file), file);
  assert.equal(tensors, read.tensors.size);
  for (const [name, { data }] of read.tensors) assert.deepEqual(data, values.get(name), name);
  assert.equal(JSON.parse(read.metadata.nddr).origin.run, 'export');
  const rows = JSON.parse(readFileSync(table, 'utf8')).tensors;
  assert.deepEqual(Object.keys(rows).sort(), [...read.tensors.keys()].sort());
  assert.deepEqual(
    [rows['depth.conv1_1.weight'].part, rows['depth.conv1_1.weight'].layer, rows['depth.conv1_1.weight'].of],
    ['base', 'conv1_1', 'depth'],
  );
  const half = await exportWeights(path, { storage: 'float16', out: join(root, 'half.safetensors') });
  assert.equal(decodeSafetensors(readFileSync(half.path), 'half').tensors.get('depth.conv1_1.weight')?.dtype, 'F16');
});
