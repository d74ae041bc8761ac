/** The folder of `nddr export --web` in a real browser, and its client against the tasks that it draws. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { encodePng } from '../src/data/image.js';
import { parseConfig } from '../src/experiments/config.js';
import { exportWeb } from '../src/experiments/export-web.js';
import { openModel } from '../src/experiments/model.js';
import { run } from '../src/experiments/run.js';
import { predict } from '../src/serve/client.test.fixture.js';
import { startServer } from '../src/serve/server.js';
import { example, taskCases } from '../src/tasks/cases.test.fixture.js';
import type { Task } from '../src/tasks/task.js';
import { type Answer, type Facts, pictureOf, refusalOf, type TaskFacts, wordsOf } from '../src/web/client.js';
import { choose, chromium, openBrowser, serveFolder, until } from './chromium.fixture.js';
import { assertRefused, nddr, temporaryFolder, tinyConfig } from './command.fixture.js';

const root = temporaryFolder({ after });
const folder = join(root, 'site');

before(async () => {
  const tasks = {
    ...{ segmentation: { kind: 'segmentation' }, parts: { kind: 'parts', from: 'segmentation' } },
    ...{ depth: { kind: 'depth' }, normals: { kind: 'normals' }, boundaries: { kind: 'boundaries' } },
    ...{ saliency: { kind: 'saliency' }, scene: { kind: 'classification' }, things: { kind: 'multilabel' } },
    height: { kind: 'regression' },
  };
  const train = { ...tinyConfig.train, steps: 2 };
  const network = { backbone: { kind: 'tiny', width: 0.25 }, fusion: { kind: 'shared' } };
  const path = join(root, 'run');
  const config = parseConfig({ ...tinyConfig, name: 'every-kind', tasks, train, network });
  for await (const _ of run({ path, config }));
  await exportWeb(path, folder, { images: 0 });
});

const factsOf = ({ name, kind, level, channels, legend, describe }: Task): TaskFacts => ({
  ...describe,
  ...{ name, kind, level, channels, legend },
});

test('the client draws and words answers of every kind of task as the task itself does', () => {
  for (const cases of Object.values(taskCases))
    for (const one of cases) {
      const { task, answer: plain } = example(one);
      const answer = { ...plain, data: Float32Array.from(plain.data, (v, i) => v + 0.3 * Math.sin(i + 1)) } as Answer;
      if (task.level === 'pixel') {
        assert.deepEqual(pictureOf(factsOf(task), answer), task.picture(answer), task.kind);
        continue;
      }
      const lines = task.inWords?.(answer).lines.map(({ text, note }) => [text, note]);
      assert.deepEqual(
        wordsOf(factsOf(task), answer).map(({ text, note }) => [text, note]),
        lines,
        task.kind,
      );
    }
});

test('the folder has a client of a few kilobytes, and what it says of the model is what the model says', async () => {
  const sizeOf = (...path: string[]) => statSync(join(folder, ...path)).size;
  assert.ok(sizeOf('nddr', 'web', 'client.js') + sizeOf('nddr', 'drawing', 'colours.js') < 16_000);
  assert.deepEqual(readdirSync(folder).sort(), ['index.html', 'model.json', 'model.onnx', 'nddr', 'ort']);
  const facts = JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8')) as Facts;
  const { predictor, facts: own } = await openModel(join(folder, 'model.onnx'));
  await predictor.close();
  assert.deepEqual(facts, JSON.parse(JSON.stringify(own)));
  assert.match(
    refusalOf({ ...facts, input: { height: null, width: null, least: 63 } }, { height: 70, width: 62 }) ?? '',
    /63 pixels a side/,
  );
  assert.match(
    refusalOf({ ...facts, input: { height: 4, width: 5, least: 1 } }, { height: 5, width: 4 }) ?? '',
    /takes images of 5x4/,
  );
});

test('a folder of other files is refused, and a page of the user stays', async () => {
  const other = join(root, 'other');
  await exportWeb(join(root, 'run'), other, { images: 0 });
  writeFileSync(join(other, 'index.html'), 'mine');
  const { notes } = await exportWeb(join(root, 'run'), other, { images: 0, storage: 'float16' });
  assert.match(notes[0], /index\.html is not the example page and stays/);
  assert.equal(readFileSync(join(other, 'index.html'), 'utf8'), 'mine');
  await assert.rejects(exportWeb(join(root, 'run'), root), /holds other files/);

  // As an export leaves it that is killed before it has written what the model says about itself.
  const begun = join(root, 'begun');
  mkdirSync(begun);
  for (const name of ['model.onnx', '.model.onnx.0123abcd.part', '.model.json.0123abcd.part'])
    writeFileSync(join(begun, name), 'a part');
  await exportWeb(join(root, 'run'), begun, { images: 0 });
  assert.deepEqual(readdirSync(begun).sort(), readdirSync(folder).sort());
});

test('what weights alone have no use for is refused, not ignored', async (t) => {
  for (const words of [
    ['--images', '20'],
    ['--batch', '1'],
    ['--outputs', 'logits'],
  ])
    assertRefused(
      await nddr(t, 'export', join(root, 'run'), '--format', 'safetensors', ...words),
      /--outputs, --size, --batch and --images are for a model/,
    );
});

test('Node, Chromium and the HTTP server answer alike, two images at once as each alone, and the page shows the answers', {
  skip: chromium ? false : 'there is no Chromium here: apt-get install chromium, or name it in CHROMIUM',
}, async (t) => {
  const [width, height] = [61, 47];
  const [image, other] = [7, 11].map((factor) => ({
    ...{ width, height },
    data: Uint8Array.from({ length: 3 * width * height }, (_, i) => (i * i + factor * i) % 256),
  }));
  const file = join(root, 'image.png');
  writeFileSync(file, await encodePng(image));
  const model = join(folder, 'model.onnx');
  const { predictor } = await openModel(model);
  const [wanted, wantedOther] = [await predictor.answerImage(image), await predictor.answerImage(other)];
  const same = (title: string, found: Readonly<Record<string, ArrayLike<number>>>, as = wanted) => {
    assert.deepEqual(Object.keys(found), Object.keys(as), title);
    let most = 0;
    for (const [name, { data }] of Object.entries(as)) {
      assert.equal(found[name].length, data.length, `${title}: ${name}`);
      const apart = Math.max(...Array.from(data, (value, i) => Math.abs(found[name][i] - value)));
      assert.ok(apart < 1e-4, `${title}: ${name} is off by ${apart}`);
      most = Math.max(most, apart);
    }
    t.diagnostic(`${title}: off by ${most.toExponential(1)} at most`);
  };
  const dataOf = (answers: typeof wanted) =>
    Object.fromEntries(Object.entries(answers).map(([name, { data }]) => [name, data]));
  const both = await predictor.answerImages([image, other]);
  await predictor.close();
  same('Node, the first of two', dataOf(both[0]));
  same('Node, the second of two', dataOf(both[1]), wantedOther);

  const http = await startServer({ port: 0, model: { path: model, threads: 1 } });
  const server = await serveFolder(folder);
  const browser = await openBrowser();
  t.after(() => {
    browser.close();
    server.close();
    return http.stop(0);
  });
  await http.model;
  const bodies = await Promise.all([image, other].map(async (one) => Buffer.from(await encodePng(one))));
  const answers = await Promise.all(bodies.map((body) => predict(http.url, body, '?maps=array')));
  for (const [i, { status, text }] of answers.entries()) {
    assert.equal(status, 200, text.slice(0, 300));
    const { tasks } = JSON.parse(text) as { tasks: Record<string, { map: { base64: string } }> };
    const numbers = Object.entries(tasks).map(([name, { map }]) => [name, floatsOf(map.base64)] as const);
    same(`HTTP, image ${i + 1}`, Object.fromEntries(numbers), [wanted, wantedOther][i]);
  }

  await browser.send('Page.navigate', { url: server.url });
  await until(browser, `document.readyState === 'complete' && !document.getElementById('file').disabled`);
  const planes = ({ data }: typeof image) => [0, 1, 2].flatMap((c) => [...data].filter((_, i) => i % 3 === c));
  const [alone, ...two] = (await browser.evaluate(`(async () => {
    const [{ openModel }, ort] = await Promise.all([import('./nddr/web/client.js'), import('./ort/ort.wasm.min.mjs')]);
    const model = await openModel(location.href, ort);
    const answers = await model.answer({ width: ${width}, height: ${height}, data: ${JSON.stringify([...image.data])} });
    await model.close();
    const session = await ort.InferenceSession.create('./model.onnx', { executionProviders: ['wasm'] });
    const feed = Float32Array.from(${JSON.stringify([...planes(image), ...planes(other)])});
    const outputs = await session.run({ image: new ort.Tensor('float32', feed, [2, 3, ${height}, ${width}]) });
    await session.release();
    const part = (data, i) => [...data.slice((i * data.length) / 2, ((i + 1) * data.length) / 2)];
    const names = model.tasks.map(({ name }) => name);
    return [
      Object.fromEntries(names.map((name) => [name, [...answers[name].data]])),
      ...[0, 1].map((i) => Object.fromEntries(names.map((name) => [name, part(outputs[name].data, i)]))),
    ];
  })()`)) as Record<string, number[]>[];
  same('Chromium', alone);
  same('Chromium, the first of two', two[0]);
  same('Chromium, the second of two', two[1], wantedOther);

  await choose(browser, [file]);
  await until(browser, `/answered in/.test(document.getElementById('status').textContent)`);
  const titles = await browser.evaluate(`[...document.querySelectorAll('figcaption')].map((e) => e.textContent)`);
  assert.deepEqual(titles, [
    ...['image.png', 'segmentation', 'parts', 'depth', 'normals', 'boundaries', 'saliency'],
    ...['scene (classification)', 'things (multilabel)', 'height (regression)'],
  ]);
  assert.deepEqual(browser.faults, []);
});

const floatsOf = (base64: string): Float32Array =>
  new Float32Array(Uint8Array.from(Buffer.from(base64, 'base64')).buffer);
