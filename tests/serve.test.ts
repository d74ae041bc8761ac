/** nddr serve with a network: its answers are those of predict, and the command starts and stops cleanly. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import sharp from 'sharp';
import * as z from 'zod';
import { jpeg, rgb, writeTestFile } from '../src/data/folder.test.fixture.js';
import { parseConfig } from '../src/experiments/config.js';
import { exportRun } from '../src/experiments/export.js';
import { openModel } from '../src/experiments/model.js';
import { predictRun } from '../src/experiments/predict.js';
import { run } from '../src/experiments/run.js';
import { type Answer, ask, metric, predict, reasonOf, until } from '../src/serve/client.test.fixture.js';
import { Metrics } from '../src/serve/metrics.js';
import { Queue } from '../src/serve/queue.js';
import { type Running, startServer } from '../src/serve/server.js';
import { assertRefused, start, temporaryFolder, tinyConfig } from './command.fixture.js';
import { parseMetrics } from './prometheus.fixture.js';

const root = temporaryFolder({ after });
const path = join(root, 'run');
const photo = join(root, 'photo.jpg');
let server: Running;

before(async () => {
  const tasks = {
    ...{ segmentation: { kind: 'segmentation' }, depth: { kind: 'depth' }, normals: { kind: 'normals' } },
    ...{ boundaries: { kind: 'boundaries' }, scene: { kind: 'classification' } },
  };
  const train = { ...tinyConfig.train, steps: 2 };
  for await (const _ of run({ path, config: parseConfig({ ...tinyConfig, name: 'served', tasks, train }) }));
  // Stored lying down, by its EXIF tag.
  const upright = await jpeg(rgb(40, 24, (x, y) => [5 * x, 7 * y, (x * y) % 200]));
  await writeTestFile(photo, await sharp(upright).withMetadata({ orientation: 6 }).jpeg().toBuffer());
  server = await startServer({ port: 0, model: { path, threads: 1, longestPixels: 64 } });
  await server.model;
});
after(() => server?.stop(0));

interface Found {
  readonly tasks: Readonly<Record<string, { readonly map?: Part; readonly picture?: Part; readonly value?: unknown }>>;
  readonly [key: string]: unknown;
}
interface Part {
  readonly unit?: string;
  readonly shape?: readonly number[];
  readonly base64: string;
}

async function answered(query: string, url = server.url, body: Uint8Array = readFileSync(photo)): Promise<Found> {
  const answer = await predict(url, body, query, { headers: { 'Content-Type': 'image/jpeg' } });
  assert.equal(answer.status, 200, answer.text.slice(0, 300));
  return JSON.parse(answer.text);
}

const bytesOf = ({ base64 }: Part) => Buffer.from(base64, 'base64');
const floatsOf = (part: Part) => {
  const bytes = bytesOf(part);
  return Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
};

test('answers are the files that predict writes, of an image that its EXIF tag turns', async () => {
  const out = join(root, 'out');
  for await (const event of predictRun({ path, inputs: [photo], out })) assert.notEqual(event.type, 'failed');
  const found = await answered('?pictures=true');
  assert.deepEqual(found.model, { name: 'served', step: 2 });
  assert.deepEqual(found.image, { width: 24, height: 40, orientation: 6, pages: 1 });
  for (const [name, unit] of [
    ['segmentation', 'classes'],
    ['depth', 'millimetres'],
    ['boundaries', 'percent'],
    ['normals', 'colours'],
  ]) {
    const { map, picture } = found.tasks[name];
    assert.ok(map && picture);
    assert.equal(map.unit, unit);
    const file = (suffix: string) => readFileSync(join(out, `photo.${name}${suffix}.png`));
    assert.deepEqual(bytesOf(picture), file(''), name);
    assert.deepEqual(bytesOf(map), file(unit === 'colours' ? '' : `.${unit}`), name);
  }
  assert.deepEqual(found.tasks.scene.value, JSON.parse(readFileSync(join(out, 'photo.scene.json'), 'utf8')));
});

test('numbers are those of the network, from a run and from a file, whole and in tiles', async (t) => {
  const { path: file } = await exportRun(path, { images: 0 });
  const ofFile = await startServer({ port: 0, model: { path: file, threads: 1, longestPixels: 64 } });
  t.after(() => ofFile.stop(0));
  assert.equal((await ofFile.model).name, 'served');
  const { predictor } = await openModel(path, { threads: 1 });
  const upright = await sharp(photo).autoOrient().raw().toBuffer();
  const wanted = await predictor.answerImage({ width: 24, height: 40, data: upright });
  await predictor.close();
  const large = await jpeg(rgb(90, 70, (x, y) => [2 * x, 3 * y, (x * y) % 200]));
  const tiles = await answered('?maps=array&tasks=depth', server.url, large);
  assert.equal((tiles.shown as { kind: string }).kind, 'tiles');
  const numbersIn = ({ tasks }: Found) => floatsOf(tasks.depth.map as Part);
  const inTiles = numbersIn(tiles);
  for (const url of [server.url, ofFile.url]) {
    const { tasks } = await answered('?maps=array', url);
    for (const [name, { map }] of Object.entries(tasks)) {
      const { channels, height, width, data } = wanted[name];
      assert.ok(map?.shape);
      assert.deepEqual(
        map.shape,
        channels * height * width === data.length && height > 1 ? [channels, height, width] : [channels],
      );
      for (const [i, value] of floatsOf(map).entries())
        assert.ok(
          Math.abs(value - data[i]) <= 1e-4 * Math.max(1, Math.abs(data[i])),
          `${name} ${i}: ${value}, ${data[i]}`,
        );
    }
    const again = numbersIn(await answered('?maps=array&tasks=depth', url, large));
    assert.equal(again.length, 90 * 70);
    for (const [i, value] of again.entries()) assert.ok(Math.abs(value - inTiles[i]) <= 1e-4 * inTiles[i], `${i}`);
  }
});

test('only the tasks that are asked for, in the order of the model, and no maps where none are wanted', async () => {
  const found = await answered('?tasks=scene,depth&maps=none');
  assert.deepEqual(Object.keys(found.tasks), ['depth', 'scene']);
  for (const one of Object.values(found.tasks))
    assert.ok(!('map' in one) && !('picture' in one) && !('settings' in one));
  assert.ok(found.tasks.scene.value);
});

test('damaged, truncated, huge and too small images are refused, and the next one is answered', async () => {
  const good = await sharp(photo).png().toBuffer();
  // A PNG that claims 60000 x 60000 pixels, with a sound checksum.
  const bomb = await sharp({
    create: { width: 60000, height: 2, channels: 3, background: 'red' },
    limitInputPixels: false,
  })
    .png()
    .toBuffer();
  const small = await sharp({ create: { width: 1, height: 1, channels: 3, background: 'red' } })
    .png()
    .toBuffer();
  const cases: [Buffer, number, RegExp][] = [
    [good.subarray(0, good.length - 300), 422, /^The image is cut short or damaged/],
    [readFileSync(photo).subarray(0, 400), 422, /cut short or damaged|not an image/],
    [Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * i * 31) % 256)), 422, /^The body is not an image/],
    [claiming(bomb, 60000, 60000), 413, /^The image has 60000x60000 pixels, more than 25 million/],
  ];
  for (const [body, status, reason] of cases) {
    const answer = await predict(server.url, body);
    assert.equal(answer.status, status, answer.text.slice(0, 300));
    assert.match(reasonOf(answer), reason);
  }
  const tiny = await predict(server.url, small);
  assert.ok([200, 422].includes(tiny.status), tiny.text.slice(0, 300));
  await answered('');
});

/** A PNG whose header claims another size, with its checksum. */
function claiming(png: Buffer, width: number, height: number): Buffer {
  const changed = Buffer.from(png);
  changed.writeUInt32BE(width, 16);
  changed.writeUInt32BE(height, 20);
  let crc = ~0;
  for (const byte of changed.subarray(12, 29)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  changed.writeUInt32BE(~crc >>> 0, 29);
  return changed;
}

test('metrics are in the text format, also where a name holds quotes and line breaks', async () => {
  const { text, headers } = await ask(`${server.url}/metrics`);
  assert.match(headers['content-type'] ?? '', /^text\/plain; version=0\.0\.4/);
  const families = parseMetrics(text);
  assert.ok([...families].every(([name, { help }]) => name.startsWith('nddr_') && help !== ''));
  assert.ok((families.get('nddr_images_total')?.samples[0].value ?? 0) > 3);
  assert.deepEqual(families.get('nddr_ready')?.samples, [{ name: 'nddr_ready', labels: {}, value: 1 }]);
  assert.ok(families.get('nddr_request_seconds')?.samples.some(({ labels }) => labels.path === '/predict'));
  const metrics = new Metrics(new Queue(1), 2);
  const name = 'a "quoted" \\ name\nof two lines {x="1"} 5';
  metrics.opened({ name, step: 3, tasks: [] });
  const [{ labels }] = parseMetrics(await metrics.text()).get('nddr_model_info')?.samples ?? assert.fail();
  assert.deepEqual(labels, { name, step: '3' });
});

test('answers and refusals are those that the OpenAPI document describes', async () => {
  const api = JSON.parse((await ask(`${server.url}/openapi.json`)).text);
  assert.equal(api.openapi, '3.1.0');
  const $defs = JSON.parse(JSON.stringify(api.components.schemas).replaceAll('#/components/schemas/', '#/$defs/'));
  const expectDescribed = (path: string, method: string, { status, headers, text }: Answer) => {
    const described = api.paths[path][method].responses[status];
    assert.ok(described, `${method} ${path}: ${status} is not described`);
    const type = String(headers['content-type']).split(';')[0];
    const { schema } = described.content[type] ?? assert.fail(`${path} ${status}: ${type} is not described`);
    const own = JSON.parse(JSON.stringify(schema).replaceAll('#/components/schemas/', '#/$defs/'));
    const found = z.fromJSONSchema({ ...own, $defs }).safeParse(type === 'application/json' ? JSON.parse(text) : text);
    assert.ok(found.success, `${path} ${status}: ${found.error}`);
  };
  const { url } = server;
  const paths = ['/health', '/metrics', '/model', '/openapi.json'];
  assert.deepEqual(Object.keys(api.paths), ['/predict', ...paths]);
  for (const path of paths) {
    expectDescribed(path, 'get', await ask(url + path));
    expectDescribed(path, 'get', await ask(url + path, { method: 'DELETE' }));
    expectDescribed(path, 'get', await ask(url + path, { headers: { Host: 'evil.example' } }));
  }
  const image = readFileSync(photo);
  for (const query of ['', '?maps=array', '?pictures=true&maps=none', '?tasks=scene', '?tasks=nothing', '?maps=jpg'])
    expectDescribed('/predict', 'post', await predict(url, image, query));
  for (const body of ['', 'no image', Buffer.alloc(20_000_001)])
    expectDescribed('/predict', 'post', await predict(url, body));
  expectDescribed('/predict', 'post', await predict(url, image, '', { headers: { 'Content-Type': 'text/plain' } }));
  expectDescribed('/predict', 'post', await predict(url, image, '', { headers: { Origin: 'https://example.org' } }));
  expectDescribed('/predict', 'post', await predict(url, image, '', { headers: { 'X-Long': 'y'.repeat(20_000) } }));
  expectDescribed('/predict', 'post', await ask(`${url}/predict`));
  assert.deepEqual(
    api.paths['/predict'].post.parameters.map(({ name }: { name: string }) => name),
    ['tasks', 'maps', 'pictures'],
  );
});

test('maps of indices are not called probabilities; what arrays hold is', async () => {
  const { tasks } = JSON.parse((await ask(`${server.url}/model`)).text) as { tasks: Record<string, unknown>[] };
  for (const task of tasks) assert.ok(!('answer' in task) && !('settings' in task) && task.numbers, String(task.name));
  assert.equal(tasks.find(({ name }) => name === 'segmentation')?.numbers, 'probability of each class');
});

test('the page needs nothing from elsewhere, and its policy allows nothing else', async () => {
  const { text, headers } = await ask(server.url);
  assert.match(String(headers['content-security-policy']), /default-src 'none'.*script-src 'self'.*style-src 'self'/);
  assert.deepEqual([headers['x-content-type-options'], headers['access-control-allow-origin']], ['nosniff', undefined]);
  const named = [...text.matchAll(/(?:href|src)="(\/[^"]*)"/g)].map(([, name]) => name);
  for (const name of named) assert.equal((await ask(server.url + name)).status, 200, name);
  const all =
    text +
    (await Promise.all(['/page.js', '/page.css'].map(async (name) => (await ask(server.url + name)).text))).join('\n');
  assert.doesNotMatch(all, /https?:\/\/|<script>|style="|onclick=/);
});

test('the command says where it listens, and ends with 0 once it is told to', async (t) => {
  const { child, finished } = start(t, 'serve', path, '--port', '0', '--threads', '1');
  let said = '';
  child.stdout?.on('data', (text) => {
    said += text;
  });
  await until(() => /Ctrl-C/.test(said) || child.exitCode !== null);
  const url = /^(http:\/\/127\.0\.0\.1:\d+)/.exec(said)?.[1] ?? '';
  assert.match(
    said,
    /model {3}served, step 2\n {2}tasks .*scene \(classification\)\n {2}limits {2}20 MB, 25 megapixels/,
  );
  const inHand = predict(url, await sharp(photo).png().toBuffer());
  await until(
    async () => (await metric(url, 'nddr_requests_in_hand')) > 0 || (await metric(url, 'nddr_images_total')) > 0,
  );
  child.kill('SIGTERM');
  assert.equal((await inHand).status, 200);
  const { code, stderr } = await finished;
  assert.equal(code, 0, stderr);
  assert.match(stderr, /Stopping: requests in hand have 30 s\..*\nStopped\.\n$/s);
});

test('a port that is taken is an error in words, before the model is opened', async (t) => {
  const { port } = new URL(server.url);
  const done = await start(t, 'serve', path, '--port', port).finished;
  assertRefused(done, /another program listens there\. Choose another --port/);
});
