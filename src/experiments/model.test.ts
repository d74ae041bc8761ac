import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { cast, mean, source, toModel } from '../engine/index.js';
import { Random } from '../random.js';
import type { Raster } from '../tasks/raster.js';
import { OUTPUT_FORMS } from '../train/model-facts.js';
import { type InferenceOptions, inferenceModel, type Predictor } from '../train/predictor.js';
import { parseConfig } from './config.js';
import { openModel } from './model.js';
import { openRun } from './open-run.js';
import { run } from './run.js';
import { networkOf } from './setup.js';
import { runWeights } from './weights.js';

const root = mkdtempSync(join(tmpdir(), 'nddr-model-'));
const path = join(root, 'run');
after(() => rmSync(root, { recursive: true, force: true }));

before(async () => {
  const config = parseConfig({
    name: 'every-kind',
    data: { kind: 'rooms', length: { train: 4, val: 3, test: 3 }, width: 24, height: 24 },
    tasks: {
      segmentation: { kind: 'segmentation' },
      normals: { kind: 'normals' },
      boundaries: { kind: 'boundaries' },
      depth: { kind: 'depth' },
      scene: { kind: 'classification' },
    },
    network: { backbone: { kind: 'tiny', width: 0.25 } },
    train: {
      ...{ steps: 2, batch: 2, height: 24, width: 24, rate: 0.01, workers: 0, threads: 1 },
      rates: { fusion: 1, headWeight: 1, headBias: 1 },
      ...{ evaluateEvery: 1000, checkpointEvery: 2 },
    },
  });
  for await (const _ of run({ path, config }));
});

/** Writes the run's network as a file. */
async function written(name: string, options: InferenceOptions): Promise<string> {
  const { folder, config } = await openRun(path);
  const { values, step, weights } = await runWeights(folder, 'last');
  const origin = { version: '1.2.3', run: config.name, step, weights };
  const file = join(root, name);
  writeFileSync(file, inferenceModel(await networkOf(config), values, { origin, ...options }).bytes);
  return file;
}

const [height, width] = [33, 41];
const imageOf = (seed: number) => {
  const random = new Random(seed);
  return Float32Array.from({ length: 3 * height * width }, () => random.integer(256));
};

async function answered(predictor: Predictor, image = imageOf(1)): Promise<Record<string, Raster>> {
  const answers = await predictor.answer(image, height, width);
  await predictor.close();
  return answers;
}

const apart = (a: Raster, b: Raster): number => {
  assert.deepEqual([a.channels, a.height, a.width], [b.channels, b.height, b.width]);
  return Math.max(...Array.from(a.data, (v, i) => Math.abs(v - b.data[i])));
};

test('a run and its file answer alike, whatever the outputs of the file hold', async () => {
  const ofRun = await openModel(path, { threads: 1 });
  assert.deepEqual([ofRun.from, ofRun.facts.origin?.run, ofRun.facts.origin?.step], ['run', 'every-kind', 2]);
  const wanted = await answered(ofRun.predictor);
  for (const outputs of OUTPUT_FORMS) {
    const model = await openModel(await written(`${outputs}.onnx`, { outputs }), { threads: 1 });
    assert.equal(model.from, 'file');
    assert.deepEqual(model.facts.origin, { version: '1.2.3', run: 'every-kind', step: 2, weights: 'last' });
    assert.deepEqual(model.facts.tasks, ofRun.facts.tasks);
    const found = await answered(model.predictor);
    assert.deepEqual(Object.keys(found), Object.keys(wanted));
    for (const task of model.predictor.tasks) {
      const [one, other] = [found[task.name], wanted[task.name]];
      if (outputs !== 'decisions' || !task.decide) assert.ok(apart(one, other) < 1e-5, `${outputs} ${task.name}`);
      else if (task.channels > 1)
        assert.deepEqual(
          task.raw?.(one) ?? task.inWords?.(one).value.class,
          task.raw?.(other) ?? task.inWords?.(other).value.class,
        );
      else
        assert.deepEqual(
          [...one.data],
          [...other.data].map((p) => (p >= 0.5 ? 1 : 0)),
          task.name,
        );
    }
  }
});

test('a batch of two equals two singles, with a free and with a fixed batch', async () => {
  const images = [imageOf(1), imageOf(2), imageOf(3)];
  const free = await openModel(await written('free.onnx', {}), { threads: 1 });
  const fixed = await openModel(await written('two.onnx', { fixed: { batch: 2, height, width } }), { threads: 1 });
  assert.deepEqual([fixed.predictor.sizes.batch, fixed.facts.input.width], [2, width]);
  const singles = [];
  for (const image of images) singles.push(await free.predictor.answer(image, height, width));
  for (const { predictor } of [free, fixed]) {
    const together = await predictor.answerAll(images, height, width);
    assert.equal(together.length, 3);
    for (const [i, one] of together.entries())
      for (const { name } of predictor.tasks) assert.ok(apart(one[name], singles[i][name]) < 1e-5, `${i} ${name}`);
  }
  await assert.rejects(fixed.predictor.answer(new Float32Array(3 * 64 * 64), 64, 64), {
    name: 'NddrError',
    message: /An image of 64x64 pixels does not fit: the model takes images of 41x33 pixels\. Resize it, or export/,
  });
  await Promise.all([free.predictor.close(), fixed.predictor.close()]);
});

test('a file without a description is refused with the way out, and opened with its run', async () => {
  const { folder, config } = await openRun(path);
  const { values } = await runWeights(folder, 'last');
  const bare = join(root, 'bare.onnx');
  const whole = inferenceModel(await networkOf(config), values);
  writeFileSync(
    bare,
    Buffer.from(Buffer.from(whole.bytes).toString('latin1').replace('\x04nddr\x12', '\x04ndxx\x12'), 'latin1'),
  );
  await assert.rejects(openModel(bare), /bare\.onnx: its metadata has no "nddr".* Export it again .*--run RUN/);
  const { predictor, facts } = await openModel(bare, { run: path, threads: 1 });
  assert.equal(facts.origin, undefined);
  assert.ok((await answered(predictor)).segmentation.data.length > 0);
});

test('what is no model, a foreign one and a run with options of files are refused in words', async () => {
  const refused = async (name: string, bytes: Uint8Array, message: RegExp, options = {}) => {
    const file = join(root, name);
    writeFileSync(file, bytes);
    await assert.rejects(openModel(file, options), { name: 'NddrError', message });
  };
  await refused(
    'noise.onnx',
    Uint8Array.from({ length: 999 }, (_, i) => (i * 73) % 256),
    /noise\.onnx: is no ONNX model/,
  );
  await refused('empty.onnx', new Uint8Array(0), /empty\.onnx: the file is empty\. Export it again\.$/);
  const foreign = toModel({ y: source('x', [1, 3]) }).bytes;
  await refused('foreign.onnx', foreign, /foreign\.onnx: its metadata has no "nddr"/);
  await refused('foreign.onnx', foreign, /expected one input, image \[N, 3, H, W\], found x\./, { run: path });
  const of = (facts: unknown) =>
    toModel({ y: source('image', [1, 3, 4, 4]) }, { metadata: { nddr: JSON.stringify(facts) } }).bytes;
  await refused('old.onnx', of({ tasks: [] }), /older version.*Export it again/);
  await refused('wrong.onnx', of({ format: 2, outputs: 'words' }), /outputs: .*found "words"/s);
  const { facts } = await openModel(path);
  await refused('other.onnx', of(facts), /has no output segmentation, normals, .* its outputs are y/);
  const [first] = facts.tasks;
  await refused(
    'own.onnx',
    of({ ...facts, tasks: [{ ...first, settings: undefined }] }),
    /object of the program that trained it/,
  );
  await refused(
    'kind.onnx',
    of({ ...facts, tasks: [{ ...first, settings: { kind: 'hue' } }] }),
    /kind\.onnx: .*unknown kind "hue"/,
  );
  await assert.rejects(openModel(path, { run: path }), /is a run itself/);
  await assert.rejects(openModel(join(root, 'none.onnx')), /there is no such file/);
  await assert.rejects(openModel(join(root, 'none')), /holds no run/);
});

test('a file whose description does not fit its graph, or whose names lead elsewhere, is refused', async () => {
  const { facts, predictor: sound } = await openModel(await written('sound.onnx', {}));
  await sound.close();
  const depth = facts.tasks.find(({ kind }) => kind === 'depth');
  assert.ok(depth);
  const claiming = async (name: string, ...tasks: readonly object[]) => {
    const metadata = { nddr: JSON.stringify({ ...facts, tasks }) };
    const { bytes } = toModel(
      { depth: source('image', [1, 3, 4, 4]) },
      { metadata, dynamic: ['batch', 'height', 'width'] },
    );
    writeFileSync(join(root, name), bytes);
    return join(root, name);
  };
  for (const name of ['../../escaped', 'a/b', '__proto__', 'constructor', ''])
    await assert.rejects(openModel(await claiming('names.onnx', { ...depth, name })), {
      name: 'NddrError',
      message: /names\.onnx: "nddr" in its metadata.*tasks/s,
    });
  await assert.rejects(openModel(await claiming('twice.onnx', depth, depth)), /tasks.*names that differ/s);
  const { predictor } = await openModel(await claiming('other-channels.onnx', depth));
  await assert.rejects(
    predictor.answer(imageOf(1), height, width),
    /other-channels\.onnx: the output "depth" is float32 \[1, 3, 33, 41\], expected float32 \[1, 1, 33, 41\]/,
  );
  await predictor.close();
});

test('a file whose description claims other sizes or decisions than its graph has is refused', async () => {
  const { facts, predictor: sound } = await openModel(await written('sizes.onnx', {}));
  await sound.close();
  const boundaries = facts.tasks.find(({ kind }) => kind === 'boundaries');
  const classes = facts.tasks.find(({ kind }) => kind === 'segmentation');
  assert.ok(boundaries && classes);
  const claiming = (name: string, outputs: object, claims: object, dynamic: (string | number)[] = ['n', 'h', 'w']) => {
    const { bytes } = toModel(outputs as Parameters<typeof toModel>[0], {
      metadata: { nddr: JSON.stringify({ ...facts, ...claims }) },
      dynamic: dynamic as [string, string, string],
    });
    writeFileSync(join(root, name), bytes);
    return join(root, name);
  };
  const image = source('image', [1, 3, 4, 4]);
  const input = { ...facts.input, height: 4 };
  const one = { tasks: [boundaries] };
  await assert.rejects(openModel(claiming('height.onnx', { boundaries: image }, { ...one, input })), {
    name: 'NddrError',
    message:
      /height\.onnx: the description in the file says that its height is 4, and in its graph it is free\. .*export it/,
  });
  await assert.rejects(
    openModel(claiming('fixed.onnx', { boundaries: image }, one, [2, 'h', 'w'])),
    /batch is free, .* it is 2\./,
  );

  const answer = async (file: string) => {
    const { predictor } = await openModel(file);
    try {
      await predictor.answer(imageOf(1), height, width);
    } finally {
      await predictor.close();
    }
  };
  const grey = mean(image, [1], true);
  const decided = { ...one, outputs: 'decisions' };
  await assert.rejects(answer(claiming('plain.onnx', { boundaries: grey }, decided)), {
    name: 'NddrError',
    message:
      /"boundaries" is float32 \[1, 1, 33, 41\], expected int32 \[1, 1, 33, 41\] or uint8 \[1, 1, 33, 41\] by the/,
  });
  const numbers = { segmentation: cast(grey, 'int32') };
  await assert.rejects(answer(claiming('classes.onnx', numbers, { tasks: [classes], outputs: 'decisions' })), {
    name: 'NddrError',
    message: /"segmentation" decides for \d+, expected a number from 0 to \d+ by the description/,
  });
});
