/** The server in front of a thread that takes as long as it is told to. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, type TestContext, test } from 'node:test';
import { ask, head, metric, picture, predict, raw, reasonOf, until } from './client.test.fixture.js';
import { type Running, type ServeOptions, startServer } from './server.js';

const threadFile = new URL('./thread.test.fixture.js', import.meta.url);
const lines: string[] = [];

async function start(t: { after(f: () => Promise<void>): void }, millis: number, options: Partial<ServeOptions> = {}) {
  const log = (line: string) => lines.push(line);
  const server = await startServer({ port: 0, model: { path: String(millis) }, threadFile, log, ...options });
  t.after(() => server.stop(0));
  await server.model;
  return server;
}

let quick: Running;
let image: Buffer;
before(async () => {
  image = await picture();
  quick = await startServer({ port: 0, model: { path: '0' }, threadFile, log: (line) => lines.push(line) });
  await quick.model;
});
after(() => quick.stop(0));

test('every wrong request has its status and a reason with the way out', async () => {
  const { url } = quick;
  const cases: [status: number, reason: RegExp, asked: Promise<Awaited<ReturnType<typeof ask>>>][] = [
    [400, /The request has no body\. Send the file/, predict(url, '')],
    [400, /unknown key "map"; did you mean "maps"/, predict(url, image, '?map=png')],
    [400, /maps: .*"jpg"/, predict(url, image, '?maps=jpg')],
    [400, /tasks: unknown task "ecko"; did you mean "echo"/, predict(url, image, '?tasks=ecko')],
    [400, /"maps" is given twice/, predict(url, image, '?maps=png&maps=none')],
    [404, /There is nothing here\. There are \/predict, /, ask(`${url}/../../etc/passwd`)],
    [404, /nothing here/, ask(`${url}/predict/`)],
    [405, /\/predict takes POST, not GET/, ask(`${url}/predict`)],
    [405, /\/health takes GET, HEAD, not DELETE/, ask(`${url}/health`, { method: 'DELETE' })],
    [413, /larger than 20 MB \(--megabytes of the server\)\. Reduce/, predict(url, Buffer.alloc(20_000_001))],
    [
      415,
      /Content-Type text\/plain is none that is taken\. Send the file/,
      predict(url, image, '', type('text/plain')),
    ],
    [415, /no Content-Type/, ask(`${url}/predict`, { method: 'POST' })],
    [415, /Content-Encoding gzip/, predict(url, image, '', { headers: { 'Content-Encoding': 'gzip' } })],
    [422, /^The body is not an image that can be read .*; expected JPEG, PNG/, predict(url, Buffer.alloc(999, 7))],
    [
      422,
      /^The body is not an image .*svg/,
      predict(url, '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
    ],
  ];
  for (const [status, reason, asked] of cases) {
    const answer = await asked;
    assert.match(reasonOf(answer), reason);
    assert.equal(answer.status, status, reasonOf(answer));
    assert.deepEqual(Object.keys(JSON.parse(answer.text)), ['error']);
    assert.match(answer.headers['content-type'] ?? '', /^application\/json/);
  }
  assert.equal((await ask(`${url}/predict`)).headers.allow, 'POST');
});

const type = (value: string) => ({ headers: { 'Content-Type': value } });

test('an image that claims billions of pixels is refused by its header', async () => {
  const bomb = Buffer.from(image);
  bomb.writeUInt32BE(60000, 16);
  bomb.writeUInt32BE(60000, 20);
  const answer = await predict(quick.url, bomb);
  // The checksum of the header is wrong now, which the decoder may tell first.
  assert.ok([413, 422].includes(answer.status), answer.text);
});

test('a body is cut off at its limit, whether or not its length is told', async (t) => {
  const { url } = await start(t, 0, { megabytes: 0.001 });
  const chunked = { headers: { 'Transfer-Encoding': 'chunked' } };
  assert.equal((await predict(url, Buffer.alloc(1001), '', chunked)).status, 413);
  assert.equal((await predict(url, Buffer.alloc(1001))).status, 413);
  assert.equal((await predict(url, image, '', chunked)).status, 200);
});

test('an image comes as a body of any type that is taken, or in a form', async () => {
  for (const one of ['image/jpeg', 'IMAGE/PNG; x=y', 'application/octet-stream'])
    assert.deepEqual(JSON.parse((await predict(quick.url, image, '', type(one))).text), { bytes: image.length });
  const form = new FormData();
  form.set('image', new Blob([new Uint8Array(image)]), 'a.png');
  const sent = () => fetch(`${quick.url}/predict`, { method: 'POST', body: form });
  assert.deepEqual(await (await sent()).json(), { bytes: image.length });
  form.set('image', 'no file');
  const refused = await sent();
  assert.equal(refused.status, 400);
  assert.match(((await refused.json()) as { error: string }).error, /no file in the field "image"/);
  const damaged = await predict(quick.url, 'nothing', '', type('multipart/form-data; boundary=x'));
  assert.match(reasonOf(damaged), /The form is damaged/);
});

test('a page from elsewhere is refused: by its host, and by its origin unless that is allowed', async (t) => {
  const { url } = quick;
  const { port } = new URL(url);
  const from = (headers: Record<string, string>, to = url) => ask(`${to}/health`, { headers });
  for (const Host of ['evil.example', `evil.example:${port}`, '127.0.0.1.evil.example', `[::2]:${port}`])
    assert.equal((await from({ Host })).status, 403, Host);
  for (const Host of ['localhost@evil.example', 'localhost/evil.example', '[::'])
    assert.ok([400, 403].includes((await from({ Host })).status), Host);
  for (const Host of ['localhost', `LOCALHOST:${port}`, `127.0.0.1:${port}`, '[::1]:80'])
    assert.equal((await from({ Host })).status, 200, Host);
  const Origin = 'https://example.org';
  const refused = await from({ Origin });
  assert.deepEqual([refused.status, refused.headers['access-control-allow-origin']], [403, undefined]);
  assert.match(reasonOf(refused), /Pages of https:\/\/example\.org may not call this server\. .*--allow-origin/);
  assert.equal((await from({ Origin: 'null' })).status, 403);
  assert.equal((await from({ Origin: url })).status, 200);

  const open = await start(t, 0, { allowHosts: ['vision.example'], allowOrigins: [Origin] });
  assert.equal((await from({ Host: 'vision.example' }, open.url)).status, 200);
  const allowed = await from({ Origin }, open.url);
  assert.deepEqual([allowed.status, allowed.headers['access-control-allow-origin']], [200, Origin]);
  assert.equal((await from({ Origin: 'https://example.com' }, open.url)).status, 403);
  const preflight = await ask(`${open.url}/predict`, {
    method: 'OPTIONS',
    headers: { Origin, 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'content-type' },
  });
  assert.deepEqual([preflight.status, preflight.headers['access-control-allow-headers']], [204, 'content-type']);
});

test('of many requests at once each is answered or refused, and the accepted ones wait no longer than the queue', async (t) => {
  const { url } = await start(t, 100, { queue: 4 });
  const count = 120;
  let next = 0;
  const statuses: number[] = [];
  const seconds: number[] = [];
  const client = async () => {
    while (next++ < count) {
      const began = performance.now();
      const { status, headers } = await predict(url, image);
      statuses.push(status);
      if (status === 200) seconds.push((performance.now() - began) / 1000);
      else assert.ok(Number(headers['retry-after']) >= 1);
    }
  };
  await Promise.all(Array.from({ length: 40 }, client));
  const [answered, refused] = [200, 503].map((status) => statuses.filter((one) => one === status).length);
  assert.equal(answered + refused, count, `${answered} answered, ${refused} refused`);
  assert.ok(answered >= 5 && refused > 0, `${answered} answered, ${refused} refused`);
  const counted = await Promise.all(
    [200, 503].map((status) => metric(url, `nddr_requests_total{path="/predict",status="${status}"}`)),
  );
  assert.deepEqual(counted, [answered, refused]);
  assert.deepEqual([await metric(url, 'nddr_images_total'), await metric(url, 'nddr_requests_in_hand')], [answered, 0]);
  // Five in hand take half a second, and what the machine adds.
  assert.ok(Math.max(...seconds) < 5, `${Math.max(...seconds)} s`);
});

test('a request that waits too long is told to come again, and one that takes too long that it did', async (t) => {
  const { url } = await start(t, 700, { answerSeconds: 0.3 });
  const first = predict(url, image);
  await until(async () => (await metric(url, 'nddr_requests_in_hand')) === 1);
  const second = predict(url, image);
  const [late, waited] = await Promise.all([first, second]);
  assert.equal(late.status, 504);
  assert.match(reasonOf(late), /not answered within 0\.3 seconds \(--timeout of the server\)\. Reduce it/);
  assert.equal(waited.status, 503);
  assert.match(reasonOf(waited), /had no turn within 0\.3 seconds .* Try again in \d+ seconds?\./);
  assert.ok(waited.headers['retry-after']);
});

test('a client that leaves gives its place back, and is not answered', async (t) => {
  const { url } = await start(t, 200, { queue: 1 });
  const leaving = [new AbortController(), new AbortController()];
  for (const { signal } of leaving) predict(url, image, '', { signal }).catch(() => {});
  await until(async () => (await metric(url, 'nddr_requests_in_hand')) === 2);
  assert.equal((await predict(url, image)).status, 503);
  for (const one of leaving) one.abort();
  await until(async () => (await metric(url, 'nddr_requests_in_hand')) === 0);
  assert.equal((await predict(url, image)).status, 200);
  assert.equal(await metric(url, 'nddr_images_total'), 1);
  assert.equal(await metric(url, 'nddr_requests_total{path="/predict",status="499"}'), 2);
});

test('slow heads and bodies are cut off, and lengths that lie', async (t) => {
  const { url } = await start(t, 0, { uploadSeconds: 0.4 });
  const slow = [raw(url, 'POST /predict HT'), raw(url, head(500) + image.toString('latin1').slice(0, 20))];
  for (const { answer } of slow)
    assert.match(await answer, /^HTTP\/1\.1 408 .*"The request came too slowly \(--upload/s);
  assert.equal(await metric(url, 'nddr_requests_total{path="/predict",status="408"}'), 1);
  assert.equal(await metric(url, 'nddr_requests_in_hand'), 0);
  const long = raw(url, `${head(4)}more than four`);
  assert.match(await long.answer, /^HTTP\/1\.1 400 .*"The request is no valid HTTP/s);
  const broken = raw(url, head(500));
  await once(broken.socket, 'connect');
  broken.socket.destroy();
  assert.match(
    await raw(url, 'GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n').answer,
    /^HTTP\/1\.1 40[03] /,
  );
  assert.match(
    await raw(url, `GET / HTTP/1.1\r\nx: ${'y'.repeat(20000)}\r\n\r\n`).answer,
    /^HTTP\/1\.1 431 .*too long/s,
  );
  assert.equal((await predict(url, image)).status, 200);
});

test('a fault is logged and not shown; a thread that dies is started again', async () => {
  const { url } = quick;
  for (const [task, shown, logged] of [
    ['fault', /a fault of the server, which its log describes/, /could not be answered: Error: a planted fault/],
    ['death', /The thread of the model ended with this image/, /the thread of the model ended with code 7/],
  ] as const) {
    const answer = await predict(url, image, `?tasks=${task}`);
    assert.equal(answer.status, 500);
    assert.match(reasonOf(answer), shown);
    assert.doesNotMatch(answer.text, /planted|somewhere/);
    assert.match(lines.at(-1) ?? '', logged);
    assert.equal((await predict(url, image)).status, 200);
  }
});

test('told to stop while busy, it refuses what is new, finishes what is in hand, and ends', async (t) => {
  const server = await start(t, 300);
  const { url } = server;
  const inHand = [predict(url, image), predict(url, image)];
  await until(async () => (await metric(url, 'nddr_requests_in_hand')) === 2);
  const stopped = server.stop(10);
  const refused = await predict(url, image);
  assert.deepEqual([refused.status, refused.headers.connection], [503, 'close']);
  assert.match(reasonOf(refused), /The server stops/);
  const health = await ask(`${url}/health`);
  assert.deepEqual([health.status, JSON.parse(health.text).status], [503, 'stopping']);
  for (const one of inHand) assert.equal((await one).status, 200);
  await stopped;
  await assert.rejects(fetch(`${url}/health`), 'nothing listens');
});

test('requests that outlast the grace are refused', async (t) => {
  const server = await start(t, 600);
  const inHand = predict(server.url, image);
  await until(async () => (await metric(server.url, 'nddr_requests_in_hand')) === 1);
  const stopped = server.stop(0.05);
  assert.equal((await inHand).status, 503);
  await stopped;
});

test('a port that is taken, an address of elsewhere and a model that is not there are errors in words', async (t: TestContext) => {
  const { port } = new URL(quick.url);
  const wrong = (options: Partial<ServeOptions>) =>
    startServer({ port: 0, model: { path: '0' }, threadFile, ...options });
  await assert.rejects(wrong({ port: Number(port) }), {
    name: 'NddrError',
    message: `127.0.0.1:${port}: another program listens there. Choose another --port; 0 takes any that is free.`,
  });
  await assert.rejects(wrong({ host: '203.0.113.7' }), /this machine has no such address\. Choose another --host/);
  const none = await startServer({ port: 0, model: { path: 'none' }, threadFile });
  t.after(() => none.stop(0));
  await assert.rejects(none.model, { name: 'NddrError', message: 'there is no such model' });
});

test('while the model is opened the page is there, health says so, and images are told to wait', async (t) => {
  const server = await startServer({ port: 0, model: { path: '0' }, threadFile });
  t.after(() => server.stop(0));
  const { url } = server;
  const [health, page, early] = await Promise.all([ask(`${url}/health`), ask(url), predict(url, image)]);
  // A quick machine may have opened it already.
  if (health.status === 503) assert.equal(JSON.parse(health.text).status, 'starting');
  assert.equal(page.status, 200);
  assert.ok([200, 503].includes(early.status));
  assert.equal((await server.model).step, 7);
  assert.equal((await ask(`${url}/health`)).status, 200);
});
