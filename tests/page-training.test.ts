/** Training in a page, in a real browser: against Node, over closed tabs, and within a steady memory. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { build } from 'esbuild';
import { encodeGreyPng, encodePng } from '../src/data/image.js';
import { openLoader } from '../src/data/loader.js';
import type { ConfigInput } from '../src/experiments/config.js';
import { run } from '../src/experiments/run.js';
import { type Browser, chromium, openBrowser, type Page, SOFTWARE_GPU } from './chromium.fixture.js';
import { temporaryFolder, tinyConfig } from './command.fixture.js';

const project = fileURLToPath(new URL('../..', import.meta.url));
const root = temporaryFolder({ after });

test('the library of a page needs nothing of Node, and is under 150 kB as servers compress it', async () => {
  // The bundler refuses imports of Node for this platform.
  const { outputFiles, metafile } = await build({
    entryPoints: [join(project, 'dist', 'src', 'web.js')],
    ...{
      bundle: true,
      format: 'esm',
      platform: 'browser',
      target: 'es2022',
      minify: true,
      write: false,
      metafile: true,
    },
  });
  const shipped = readFileSync(join(project, 'dist', 'web', 'nddr-web.js'));
  assert.equal(outputFiles[0].contents.length, shipped.length, 'what is tested is what is shipped');
  assert.ok(brotliCompressSync(shipped).length < 150_000, `${brotliCompressSync(shipped).length} bytes`);
  const packages = Object.keys(metafile.inputs).flatMap(
    (path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? [],
  );
  assert.deepEqual([...new Set(packages)].sort(), ['@bufbuild/protobuf', 'zod']);
});

const config = (name: string, train: object = {}, more: object = {}) =>
  ({
    ...tinyConfig,
    name,
    network: { backbone: { kind: 'tiny', width: 0.25 }, fusion: { kind: 'nddr' } },
    train: { ...tinyConfig.train, steps: 10, rate: 0.001, evaluateEvery: 0, checkpointEvery: 3, ...train },
    ...more,
  }) as ConfigInput;

/** Seconds after which nothing is waited for any more, also where other work slows the browser down. */
const PATIENCE = 240;

type Losses = Readonly<Record<string, number>>;

/** What a training in Node reports. */
async function lossesOfNode(given: ConfigInput): Promise<Losses[]> {
  const losses: Losses[] = [];
  for await (const event of run({ path: join(root, 'node', given.name), config: given }))
    if (event.type === 'step') losses.push(event.losses);
  return losses;
}

function assertClose(found: readonly Losses[], wanted: readonly Losses[]): void {
  assert.equal(found.length, wanted.length);
  for (const [i, losses] of wanted.entries())
    for (const [task, loss] of Object.entries(losses))
      assert.ok(Math.abs(found[i][task] - loss) < 1e-3, `step ${i + 1}, ${task}: ${found[i][task]}, in Node ${loss}`);
}

const sha256 = (array: Float32Array) => createHash('sha256').update(new Uint8Array(array.buffer)).digest('hex');

/** A page that keeps what happens in `events`, and what failed in `fault`. */
const PAGE = `<!doctype html><link rel="icon" href="data:,"><p id="status"></p><script type="module">
import * as nddr from './nddr-web.js';
// The runtime for the processor alone is half as large.
const worker = new Worker(location.hash === '#webgpu' ? './worker.js' : './wasm-worker.js', { type: 'module' });
window.nddr = nddr;
window.order = async (order) => {
  Object.assign(window, { events: [], fault: undefined, ended: false, stop: new AbortController() });
  const show = (text) => { document.getElementById('status').textContent = text; };
  try {
    for await (const event of nddr.trainInWorker(worker, { ...order, signal: stop.signal })) {
      events.push(event);
      show(event.type + ' ' + event.step);
    }
  } catch (error) {
    window.fault = error.name + ': ' + error.message;
    show(fault);
  }
  window.ended = true;
};
window.withRun = async (name, act) => {
  const run = await nddr.StoredRun.open(name);
  try { return await act(run); } finally { run.close(); }
};
window.hash = async (bytes) => [...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))].map((b) => b.toString(16).padStart(2, '0')).join('');
window.lossesOf = (events) => events.filter(({ type }) => type === 'step').map(({ losses }) => losses);
window.ready = true;
</script>`;

const WASM_WORKER = `
import { serveTraining } from './nddr-web.js';
import * as ort from './ort/ort.wasm.min.mjs';
serveTraining(self, ort);`;

const skip = chromium ? false : 'there is no Chromium here: apt-get install chromium, or name it in CHROMIUM';

describe('in Chromium', { skip }, () => {
  let server: Server;
  let browser: Browser;
  let url: string;
  /** Used by all tests that close no tab: to start the runtime takes longer than to train. */
  let page: Page;
  const files: Record<string, string> = {};

  before(async () => {
    files['/test.html'] = join(root, 'test.html');
    writeFileSync(files['/test.html'], PAGE);
    files['/wasm-worker.js'] = join(root, 'wasm-worker.js');
    writeFileSync(files['/wasm-worker.js'], WASM_WORKER);
    for (const name of ['ort.wasm.min.mjs', 'ort-wasm-simd-threaded.mjs', 'ort-wasm-simd-threaded.wasm'])
      files[`/ort/${name}`] = join(project, 'node_modules', 'onnxruntime-web', 'dist', name);
    const example = join(project, 'examples', 'train-in-a-page', 'serve.js');
    const { serve } = (await import(example)) as { serve(port: number, more: object): Promise<Server> };
    server = await serve(0, files);
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    browser = await openBrowser(SOFTWARE_GPU);
    page = await openTab();
  });
  after(() => {
    browser?.close();
    server?.closeAllConnections();
    server?.close();
  });

  async function openTab(hash = ''): Promise<Page> {
    const tab = await browser.open(`${url}test.html${hash}`);
    await tab.until('window.ready === true', PATIENCE);
    return tab;
  }

  /** Trains to the end. @returns the losses of every step */
  async function train(tab: Page, order: object, patience = PATIENCE): Promise<Losses[]> {
    await tab.evaluate(`void window.order(${JSON.stringify(order)})`);
    await tab.until('window.ended', patience);
    assert.equal(await tab.evaluate('window.fault'), undefined);
    return (await tab.evaluate('lossesOf(events)')) as Losses[];
  }

  /** SHA-256 of each checkpoint and of the best weights, by their paths. */
  const hashesOf = (tab: Page, name: string) =>
    tab.evaluate(`withRun('${name}', async (run) => {
      const files = (await run.files()).filter(({ path }) => path.endsWith('.safetensors'));
      return Object.fromEntries(await Promise.all(files.map(async ({ path, bytes }) => [path, await hash(bytes)])));
    })`) as Promise<Record<string, string>>;

  test('the rooms of a page are those of Node, bit for bit', async () => {
    const given = config('rooms', { augment: { rotate: 10, hue: 20 } });
    const found = await page.evaluate(`nddr.openTrainingData(${JSON.stringify(given)}).then(async (data) => {
      const [, { images, labels }] = [await data.next(), await data.next()];
      return Object.fromEntries(await Promise.all(Object.entries({ images, ...labels }).map(async ([name, array]) => [name, await hash(array)])));
    })`);
    const { images, labels } = await secondBatch(given);
    const hashes = Object.entries({ images, ...labels }).map(([name, array]) => [name, sha256(array)]);
    assert.deepEqual(found, Object.fromEntries(hashes));
  });

  test('on wasm, on two threads, losses are those of Node', async () => {
    assert.equal(await page.evaluate('crossOriginIsolated'), true);
    const wanted = await lossesOfNode(config('wasm'));
    assertClose(await train(page, { config: config('wasm'), threads: 2 }), wanted);
    assert.match(String(await page.evaluate(`document.getElementById('status').textContent`)), /done 10/);
  });

  test('a run in a closed tab goes on from its last checkpoint, and ends as an uninterrupted one', async () => {
    const tab = await openTab();
    const settings = { steps: 12, evaluateEvery: 6 };
    const wanted = await train(page, { config: config('whole', settings) });
    await tab.evaluate(`void window.order(${JSON.stringify({ config: config('broken', settings) })})`);
    await tab.until(`events.some(({ type, step }) => type === 'step' && step >= 5)`, PATIENCE);
    await tab.close();

    const again = await openTab();
    // The browser lets go of a closed tab's lock a moment later.
    await again.until(`navigator.locks.query().then(({ held }) => held.length === 0)`, PATIENCE);
    await train(again, { resume: 'broken' });
    const first = (await again.evaluate('events[0].step')) as number;
    assert.ok(first >= 3 && first < 12 && first % 3 === 0, `went on from step ${first}`);
    const all = await again.evaluate(`withRun('broken', (run) => run.readEvents()).then(lossesOf)`);
    assert.deepEqual(all, wanted);
    const [whole, broken] = [await hashesOf(again, 'whole'), await hashesOf(again, 'broken')];
    assert.deepEqual(Object.keys(whole).length, 4);
    // The configuration in a checkpoint has the name of its run.
    const weights = (name: string) =>
      again.evaluate(`withRun('${name}', async (run) => {
        const { weights, optimizer } = (await run.latestCheckpoint()).checkpoint;
        return Promise.all([...weights, ...optimizer].map(async ([path, { data }]) => [path, await hash(data)]));
      })`);
    assert.deepEqual(await weights('broken'), await weights('whole'));
    assert.deepEqual(Object.keys(broken), Object.keys(whole));

    await again.evaluate(`void window.order({ resume: 'broken' })`);
    await again.until('window.ended', PATIENCE);
    assert.match(String(await again.evaluate('fault')), /NddrError: broken has done all its 12 steps/);
    await again.close();
  });

  test('a page stays responsive, stops on request, and Node goes on from its files', async (t) => {
    await page.evaluate(`void window.order(${JSON.stringify({ config: config('stopped', { steps: 1000 }) })})`);
    await page.until(`events.some(({ type, step }) => type === 'step' && step >= 2)`, PATIENCE);
    const other = await openTab();
    await other.evaluate(`void window.order({ resume: 'stopped' })`);
    await other.until('window.ended', PATIENCE);
    assert.match(String(await other.evaluate('fault')), /Another page of this browser trains "stopped"/);
    await other.close();
    await page.evaluate('stop.abort()');
    await page.until('window.ended', PATIENCE);
    const { type, step } = (await page.evaluate('events.at(-1)')) as { type: string; step: number };
    assert.equal(type, 'stopped');
    const written = (await page.evaluate(
      `withRun('stopped', async (run) => (await run.files()).map(({ path, bytes }) => [path, btoa(String.fromCharCode(...bytes))]))`,
    )) as [string, string][];
    const folder = join(temporaryFolder(t), 'stopped');
    for (const [path, text] of written) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), Buffer.from(text, 'base64'));
    }
    const steps: number[] = [];
    for await (const event of run({ path: folder, set: [`train.steps=${step + 2}`] }))
      if (event.type === 'step') steps.push(event.step);
    assert.deepEqual(steps, [step + 1, step + 2]);
  });

  test('files that the user gave are read as Node reads them, labels bit for bit', async (t) => {
    const folder = temporaryFolder(t);
    const given = await writeDataset(folder, files);
    const found = await page.evaluate(`(async () => {
      const files = new Map();
      for (const path of ${JSON.stringify(Object.keys(files).filter((path) => path.startsWith('/set/')))})
        files.set(path.slice(5), await (await fetch(path)).blob());
      const data = await nddr.openTrainingData(${JSON.stringify(given)}, { files });
      const [, { images, labels }] = [await data.next(), await data.next()];
      return Object.fromEntries(await Promise.all(Object.entries({ images, ...labels }).map(async ([name, array]) => [name, await hash(array)])));
    })()`);
    const { images, labels } = await secondBatch(given);
    const hashes = Object.entries({ images, ...labels }).map(([name, array]) => [name, sha256(array)]);
    assert.deepEqual(found, Object.fromEntries(hashes));
    await page.evaluate(`void window.order(${JSON.stringify({ config: given })})`);
    await page.until('window.ended', PATIENCE);
    assert.match(String(await page.evaluate('fault')), /NddrError: data\.root: the images of .* are not here/);
  });

  test('the memory of a page is steady over 200 steps', async () => {
    const wide = config('long', { steps: 200, checkpointEvery: 50 });
    const order = { config: { ...wide, network: { backbone: { kind: 'tiny', width: 1 }, fusion: { kind: 'nddr' } } } };
    await page.evaluate(`void window.order(${JSON.stringify(order)})`);
    const used: number[] = [];
    for (const step of [60, 200]) {
      await page.until(`events.some((event) => event.type === 'step' && event.step >= ${step})`, PATIENCE);
      used.push(residentMegabytes(browser.pid));
    }
    await page.until('window.ended', PATIENCE);
    // Each step makes 0.7 MB of gradients and as much of weights: kept, they would be 200 MB.
    assert.ok(used[1] - used[0] < 60, `${used.join(' MB, then ')} MB`);
  });

  test('on WebGPU, losses are those of Node', async (t) => {
    const tab = await openTab('#webgpu');
    const adapter = await tab.evaluate(`navigator.gpu?.requestAdapter().then((found) => found !== null)`);
    if (!adapter) return t.skip('Chromium finds no adapter for WebGPU here');
    // In software the first step compiles each of its shaders, for a minute: one trunk has fewer of them.
    const given = config(
      'webgpu',
      {},
      { network: { backbone: { kind: 'tiny', width: 0.25 }, fusion: { kind: 'shared' } } },
    );
    assertClose(await train(tab, { config: given, device: 'webgpu' }, 900), await lossesOfNode(given));
    await tab.close();
  });

  test('the example page trains, and tells its losses', async () => {
    const tab = await browser.open(url);
    await tab.until(`document.getElementById('status')?.textContent === 'ready'`, PATIENCE);
    await tab.evaluate(`document.getElementById('steps').value = 2; document.getElementById('start').click()`);
    await tab.until(`/^done at step 2/.test(document.getElementById('status').textContent)`, PATIENCE);
    assert.deepEqual(tab.faults, []);
    await tab.close();
  });
});

/** The second batch of a training in Node. */
async function secondBatch(given: ConfigInput) {
  const { completeConfig } = await import('../src/experiments/setup.js');
  const { parseConfig } = await import('../src/experiments/config.js');
  const { reading } = await import('../src/experiments/splits.js');
  const { normalisationOf } = await import('../src/experiments/complete.js');
  const complete = await completeConfig(parseConfig(given));
  const { batch, height, width, augment, seed, split } = complete.train;
  const loader = await openLoader({
    ...reading(complete, split),
    ...{ batch, height, width, seed, workers: 0, firstStep: 1 },
    augment: { ...augment, mean: normalisationOf(complete.network).mean },
  });
  const found = await loader.next();
  await loader.close();
  return found;
}

/** Images and labels of several formats, and a configuration that trains on them. */
async function writeDataset(folder: string, served: Record<string, string>): Promise<ConfigInput> {
  const [width, height] = [31, 26];
  const plane = width * height;
  const write = (path: string, bytes: Uint8Array | string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
    served[`/set/${path}`] = join(folder, path);
  };
  for (let i = 0; i < 4; i++) {
    const noise = (length: number, most: number) =>
      Array.from({ length }, (_, at) => (at * 7 + at * at * (i + 3)) % most);
    write(`image/${i}.png`, await encodePng({ width, height, data: Uint8Array.from(noise(3 * plane, 256)) }));
    write(`class/${i}.png`, encodeGreyPng({ width, height, data: Uint8Array.from(noise(plane, 3)) }));
    write(`depth/${i}_d.png`, encodeGreyPng({ width, height, data: Uint16Array.from(noise(plane, 9000)) }));
    write(`normal/${i}.png`, await encodePng({ width, height, data: Uint8Array.from(noise(3 * plane, 256)) }));
  }
  const description = {
    name: 'given',
    splits: {
      train: {
        images: 'image/*.png',
        labels: { segmentation: 'class/*.png', depth: 'depth/*_d.png', normals: 'normal/*.png' },
      },
    },
    labels: {
      segmentation: { kind: 'segmentation', classes: ['a', 'b', 'c'] },
      depth: { kind: 'depth', metresPerValue: 0.001 },
      normals: { kind: 'normals', others: 'unlabelled' },
    },
  };
  write('dataset.json', JSON.stringify(description));
  const tasks = { ...config('').tasks, depth: { kind: 'depth' } };
  return config('given', { evaluateEvery: 5 }, { data: { kind: 'folder', root: folder }, tasks });
}

/** Memory of a process and all that it started, in megabytes; 0 where the system does not tell. */
function residentMegabytes(pid: number): number {
  const children = [pid];
  let bytes = 0;
  for (const one of children) {
    try {
      bytes += 4096 * Number(readFileSync(`/proc/${one}/statm`, 'utf8').split(' ')[1]);
      const below = readFileSync(`/proc/${one}/task/${one}/children`, 'utf8').trim();
      if (below !== '') children.push(...below.split(' ').map(Number));
    } catch {
      // It has ended, or this is no Linux.
    }
  }
  return Math.round(bytes / 2 ** 20);
}
