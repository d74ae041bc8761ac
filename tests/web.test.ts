/** The folder of `nddr export --web` in a real browser, and its client against the tasks that it draws. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { encodePng } from '../src/data/image.js';
import { parseConfig } from '../src/experiments/config.js';
import { exportWeb } from '../src/experiments/export-web.js';
import { openModel } from '../src/experiments/model.js';
import { run } from '../src/experiments/run.js';
import { example, taskCases } from '../src/tasks/cases.test.fixture.js';
import type { Task } from '../src/tasks/task.js';
import { type Answer, type Facts, pictureOf, refusalOf, type TaskFacts, wordsOf } from '../src/web/client.js';
import { chromium, openBrowser, serveFolder } from './chromium.fixture.js';
import { temporaryFolder, tinyConfig } from './command.fixture.js';

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
});

test('in Chromium answers are those of Node, and the page shows them', {
  skip: chromium ? false : 'there is no Chromium here: apt-get install chromium, or name it in CHROMIUM',
}, async (t) => {
  const [width, height] = [61, 47];
  const image = {
    width,
    height,
    data: Uint8Array.from({ length: 3 * width * height }, (_, i) => (i * i + 7 * i) % 256),
  };
  const file = join(root, 'image.png');
  writeFileSync(file, await encodePng(image));
  const { predictor } = await openModel(join(folder, 'model.onnx'));
  const wanted = await predictor.answerImage(image);
  await predictor.close();
  const server = await serveFolder(folder);
  const browser = await openBrowser();
  t.after(() => {
    browser.close();
    server.close();
  });
  await browser.send('Page.navigate', { url: server.url });
  await browser.until(`document.readyState === 'complete' && !document.getElementById('file').disabled`);
  const found = (await browser.evaluate(`(async () => {
    const [{ openModel }, ort] = await Promise.all([import('./nddr/web/client.js'), import('./ort/ort.wasm.min.mjs')]);
    const model = await openModel(location.href, ort);
    const answers = await model.answer({ width: ${width}, height: ${height}, data: ${JSON.stringify([...image.data])} });
    await model.close();
    return Object.fromEntries(Object.entries(answers).map(([name, { data }]) => [name, [...data]]));
  })()`)) as Record<string, number[]>;
  assert.deepEqual(Object.keys(found), Object.keys(wanted));
  for (const [name, { data }] of Object.entries(wanted)) {
    const apart = Math.max(...found[name].map((value, i) => Math.abs(value - data[i])));
    assert.ok(found[name].length === data.length && apart < 1e-4, `${name}: ${apart}`);
  }

  const { root: dom } = await browser.send('DOM.getDocument');
  const { nodeId } = await browser.send('DOM.querySelector', {
    nodeId: (dom as { nodeId: number }).nodeId,
    selector: '#file',
  });
  await browser.send('DOM.setFileInputFiles', { nodeId, files: [file] });
  await browser.until(`/answered in/.test(document.getElementById('status').textContent)`);
  const titles = await browser.evaluate(`[...document.querySelectorAll('figcaption')].map((e) => e.textContent)`);
  assert.deepEqual(titles, [
    ...['image.png', 'segmentation', 'parts', 'depth', 'normals', 'boundaries', 'saliency'],
    ...['scene (classification)', 'things (multilabel)', 'height (regression)'],
  ]);
  assert.deepEqual(browser.faults, []);
});
