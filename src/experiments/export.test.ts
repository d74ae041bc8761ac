import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { writeWhole } from '../files.js';
import { parseConfig } from './config.js';
import { assertClose, exportRun } from './export.js';
import { run } from './run.js';

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
