/** The server of the studio: what it shows of runs in every state, and what it refuses. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { lockFolder } from '../lock.js';
import { type Answer, ask, raw, reasonOf, until } from '../serve/client.test.fixture.js';
import type { EventLines, RunDetails, RunSummary } from './protocol.js';
import { append, evaluationLine, line, makeRun, startLine, stepLine } from './runs.test.fixture.js';
import { type RunningStudio, startStudio } from './server.js';

const top = realpathSync(mkdtempSync(join(tmpdir(), 'nddr-studio-')));
const root = join(top, 'runs');
const faults: string[] = [];
let studio: RunningStudio;

before(async () => {
  makeRun(root, 'done', { end: 'done', evaluated: [0.5, 1] });
  makeRun(root, 'stopped', { done: 10, end: 'stopped' });
  makeRun(root, 'killed', { done: 10 });
  studio = await startStudio({ folder: root, port: 0, everyMillis: 20, log: (text) => faults.push(text) });
});
after(async () => {
  await studio?.stop();
  rmSync(top, { recursive: true, force: true });
  assert.deepEqual(faults, [], 'nothing was a fault of the server');
});

const json = <T>({ text }: Answer): T => JSON.parse(text) as T;
const api = (path: string, query: Readonly<Record<string, string>> = {}, url = studio.url) =>
  ask(`${url}/api/${path}?${new URLSearchParams(query)}`);
const listed = async () => json<{ runs: RunSummary[] }>(await api('runs')).runs;
const find = async (id: string) => (await listed()).find((one) => one.id === id);
const seen = async (id: string, so: (run: RunSummary | undefined) => boolean) => {
  await until(async () => so(await find(id)));
  return (await find(id)) as RunSummary;
};

test('the list tells the state of every run, its data, fusion, tasks and score', async () => {
  const states = (await listed()).map(({ id, state }) => [id, state]);
  assert.deepEqual(states, [
    ['done', 'done'],
    ['killed', 'killed'],
    ['stopped', 'stopped'],
  ]);
  const run = (await find('done')) as RunSummary;
  assert.deepEqual(
    [run.name, run.data, run.fusion, run.step, run.steps, run.score, run.split, run.values?.depth.rmseMetres],
    ['done', 'rooms', 'nddr', 40, 40, 0.5, 'val', 1],
  );
  const main = run.tasks.map(({ name, metrics }) => [name, metrics.find((metric) => metric.main)?.name]);
  assert.deepEqual(main, [
    ['segmentation', 'mIoU'],
    ['depth', 'rmseMetres'],
  ]);
  assert.deepEqual([run.began, run.updated], ['2026-01-01T00:00:00.000Z', '2026-01-01T00:00:40.000Z']);
});

test('a run whose process lives is running, with its speed and the time left', async () => {
  const folder = makeRun(root, 'deep/er/live', { done: 10 });
  const lock = await lockFolder(folder, 'run');
  const run = await seen('deep/er/live', (one) => one?.state === 'running');
  // The mean of the ten steps is 113.5 ms, and 4 images are an update.
  assert.ok(Math.abs((run.imagesPerSecond as number) - 4000 / 113.5) < 0.1, String(run.imagesPerSecond));
  assert.ok(Math.abs((run.secondsLeft as number) - (30 * 113.5) / 1000) < 0.01, String(run.secondsLeft));
  await lock.release();
  assert.equal((await seen('deep/er/live', (one) => one?.state !== 'running')).state, 'killed');
  append(folder, line({ type: 'failed', step: 10, message: 'The loss is not finite.' }));
  const failed = await seen('deep/er/live', (one) => one?.state === 'failed');
  assert.deepEqual(failed.problems, ['The loss is not finite.']);
});

test('a last line that is half written waits for its end; damaged lines are counted', async () => {
  const folder = makeRun(root, 'half', { done: 3 });
  const { size } = await seen('half', (one) => one?.step === 3);
  const [whole, next] = [stepLine(4), stepLine(5)];
  append(folder, whole.slice(0, 30));
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.deepEqual([(await find('half'))?.step, (await find('half'))?.size], [3, size]);
  append(folder, `${whole.slice(30)}{broken\n${next}`);
  const run = await seen('half', (one) => one?.step === 5);
  assert.deepEqual(run.problems, ['events.jsonl: 1 line cannot be read and are left out.']);
  const piece = json<EventLines>(await api('events', { id: 'half', edition: run.edition, from: String(size) }));
  assert.deepEqual(piece.lines, [whole.trim(), '{broken', next.trim()]);
  assert.deepEqual([piece.from, piece.to, piece.more], [size, run.size, false]);
});

test('events that begin anew, as after a resumption, are read from the first on', async () => {
  const folder = makeRun(root, 'again', { done: 9, end: 'stopped' });
  const old = await seen('again', (one) => one?.step === 9);
  writeFileSync(join(folder, 'new'), startLine(40) + stepLine(1));
  renameSync(join(folder, 'new'), join(folder, 'events.jsonl'));
  const now = await seen('again', (one) => one?.step === 1);
  const piece = json<EventLines>(await api('events', { id: 'again', edition: old.edition, from: String(old.size) }));
  assert.deepEqual([piece.from, piece.lines.length, piece.edition], [0, 2, now.edition]);
  truncateSync(join(folder, 'events.jsonl'), startLine(40).length);
  assert.equal((await seen('again', (one) => one?.step === 0)).state, 'killed');
});

test('damaged and deleted folders are shown as such, and never are a fault of the server', async () => {
  const folder = makeRun(root, 'broken', { done: 2 });
  writeFileSync(join(folder, 'config.json'), '{"name":');
  const run = await seen('broken', (one) => one?.state === 'damaged');
  assert.match(run.problems[0], /config\.json is not JSON\. Restore it/);
  assert.equal((await api('run', { id: 'broken' })).status, 200);
  for (const text of ['null', '[]', '7', '{"tasks":[],"network":7,"train":{"steps":"many"}}', '\0\0']) {
    writeFileSync(join(folder, 'config.json'), text);
    writeFileSync(join(folder, 'events.jsonl'), `${text}\n{"type":"evaluation","values":[1,{}],"score":"high"}\n`);
    await seen('broken', (one) => one !== undefined);
    for (const path of ['run', 'events']) assert.equal((await api(path, { id: 'broken' })).status, 200, text);
  }
  rmSync(join(folder, 'events.jsonl'));
  mkdirSync(join(folder, 'events.jsonl'));
  await seen('broken', (one) => one?.problems.some((text) => text.startsWith('events.jsonl cannot be read')) === true);
  rmSync(folder, { recursive: true });
  await seen('broken', (one) => one === undefined);
  for (const path of ['run', 'events']) {
    const answer = await api(path, { id: 'broken' });
    assert.equal(answer.status, 404);
    assert.match(reasonOf(answer), /no run "broken": it was deleted or renamed/);
  }
});

test('one run has its configuration, checkpoints and pictures; delta_m comes from the table of its experiment', async () => {
  const folder = makeRun(root, 'experiment/row-seed-1', { end: 'done', evaluated: [0.4, 2] });
  mkdirSync(join(folder, 'pictures'));
  writeFileSync(join(folder, 'pictures', 'one.png'), 'png');
  writeFileSync(
    join(root, 'experiment', 'runs.csv'),
    'row,seed,run,delta_m %,step ms\nrow,1,runs/x/row-seed-1,2.5,9\n',
  );
  const run = await seen('experiment/row-seed-1', (one) => one?.deltaPercent !== undefined);
  assert.equal(run.deltaPercent, 2.5);
  const details = json<RunDetails>(await api('run', { id: run.id }));
  assert.deepEqual(details.pictures, ['pictures/one.png']);
  assert.deepEqual(details.checkpoints, [{ name: 'checkpoints/step-000020.safetensors', bytes: 15 }]);
  assert.equal((details.config as { name: string }).name, 'row-seed-1');
  const picture = await api('picture', { id: run.id, path: 'pictures/one.png' });
  assert.deepEqual([picture.status, picture.headers['content-type'], picture.text], [200, 'image/png', 'png']);
});

test('the stream sends the list, new lines of the runs that are followed, and runs that are gone', async (t) => {
  const folder = makeRun(root, 'streamed', { done: 2 });
  const { edition, size } = await seen('streamed', (one) => one?.step === 2);
  const sent = get(`${studio.url}/api/stream?follow=${encodeURIComponent(`${edition}@${size}@streamed`)}`);
  t.after(() => sent.destroy());
  let text = '';
  sent.on('response', (response) => response.setEncoding('utf8').on('data', (part: string) => (text += part)));
  sent.on('error', () => {});
  await until(() => text.includes('event: runs'));
  append(folder, stepLine(3).slice(0, 20));
  append(folder, stepLine(3).slice(20) + evaluationLine(3, 0.2, 3));
  await until(() => text.includes('"score":0.225,"scoreKind"'));
  await until(() => text.split('event: lines').length > 1);
  const pieces = text.split('\n').filter((one) => one.startsWith('data: {"id":"streamed"'));
  const lines = pieces.flatMap((one) => (JSON.parse(one.slice(6)) as EventLines).lines);
  assert.deepEqual(lines, [stepLine(3).trim(), evaluationLine(3, 0.2, 3).trim()]);
  rmSync(folder, { recursive: true });
  await until(() => text.includes('"removed":["streamed"]'));
});

test('no path leads out of the folder: not upwards, not from the root, not through links, not to pipes', async () => {
  writeFileSync(join(top, 'secret.png'), 'secret');
  writeFileSync(join(top, 'secret.json'), '{"name":"secret"}');
  const outside = makeRun(top, 'outside', { done: 1 });
  writeFileSync(join(outside, 'secret.png'), 'secret');
  const folder = makeRun(root, 'links', { done: 1 });
  symlinkSync(join(top, 'secret.png'), join(folder, 'link.png'));
  symlinkSync(outside, join(folder, 'out'));
  symlinkSync(outside, join(root, 'linked'));
  const bait = join(root, 'bait');
  mkdirSync(bait);
  symlinkSync(join(top, 'secret.json'), join(bait, 'config.json'));
  symlinkSync(join(outside, 'events.jsonl'), join(bait, 'events.jsonl'));
  await seen('links', (one) => one !== undefined);
  const paths = ['../../secret.png', '../done/../../secret.png', join(top, 'secret.png'), 'link.png', 'out/secret.png'];
  const more = ['', '.', './link.png', '..\\..\\secret.png', 'a\0.png', 'pictures//x.png', `${'a/'.repeat(3000)}x.png`];
  for (const path of [...paths, ...more, 'config.json', 'checkpoints/step-000020.safetensors']) {
    const answer = await api('picture', { id: 'links', path });
    assert.equal(answer.status, 404, path);
    assert.ok(!answer.text.includes('secret"') || path !== 'link.png', path);
  }
  for (const id of ['..', '../outside', 'linked', 'bait', '/', outside, 'links/out', 'links/../../outside'])
    for (const path of ['run', 'events', 'picture'])
      assert.equal((await api(path, { id, path: 'secret.png' })).status, 404, `${path} ${id}`);
  for (const target of ['/../secret.json', '/%2e%2e/secret.json', '/assets/../../package.json', '//etc/passwd']) {
    const { socket, answer } = raw(
      studio.url,
      `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
    );
    assert.match(await answer, /^HTTP\/1\.1 40[04]/, target);
    socket.destroy();
  }
  // A run whose configuration or lock is a link shows nothing of what it leads to.
  rmSync(join(folder, 'config.json'));
  symlinkSync(join(top, 'secret.json'), join(folder, 'config.json'));
  const run = await seen('links', (one) => one?.state === 'damaged');
  assert.ok(!JSON.stringify(run).includes('secret'));
  assert.equal(json<RunDetails>(await api('run', { id: 'links' })).config, undefined);
  if (spawnSync('mkfifo', [join(folder, 'pipe.png'), join(folder, 'lock.json')]).status === 0)
    assert.equal((await api('picture', { id: 'links', path: 'pipe.png' })).status, 404);
});

test('requests to another host or from pages elsewhere are refused, and so is everything that is not reading', async () => {
  const from = (headers: Record<string, string>, method = 'GET') => ask(`${studio.url}/api/runs`, { headers, method });
  for (const Host of ['evil.example', '127.0.0.1.evil.example', 'localhost@evil.example'])
    assert.ok([400, 403].includes((await from({ Host })).status), Host);
  for (const Origin of ['https://evil.example', 'null', 'http://127.0.0.1:1'])
    assert.equal((await from({ Origin })).status, 403, Origin);
  assert.equal((await from({ Origin: studio.url })).status, 200);
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) assert.equal((await from({}, method)).status, 405, method);
  const wrong = ['follow=x', 'follow=1@-1@done', Array(51).fill('follow=1@0@done').join('&')];
  for (const query of wrong) assert.equal((await ask(`${studio.url}/api/stream?${query}`)).status, 400);
  assert.equal((await api('run')).status, 400);
});

test('every answer forbids scripts in the markup and being framed, and text of runs stays text', async () => {
  const markup = '<script>alert(1)</script>';
  const folder = makeRun(root, 'markup', { done: 1 });
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ name: markup }));
  append(folder, line({ type: 'warning', step: 1, message: markup }));
  await seen('markup', (one) => one?.name === markup);
  const answers = [await api('runs'), await api('run', { id: 'markup' }), await api('run', { id: markup })];
  for (const answer of answers) {
    assert.match(answer.headers['content-type'] ?? '', /^application\/json/);
    assert.equal(answer.headers['x-content-type-options'], 'nosniff');
  }
  const page = await ask(`${studio.url}/`);
  assert.match(page.headers['content-type'] ?? '', /^text\/html/);
  for (const answer of [page, ...answers, await ask(`${studio.url}/none`)]) {
    const policy = answer.headers['content-security-policy'] as string;
    assert.match(policy, /default-src 'none'.*frame-ancestors 'none'.*script-src 'self'/);
    assert.doesNotMatch(policy, /unsafe/);
  }
  assert.doesNotMatch(page.text, /<script(?![^>]*src=)|<style| on[a-z]+=|style=/i);
});

test('where other machines reach it, it needs its token, which the page exchanges for a cookie', async (t) => {
  const open = await startStudio({ folder: root, host: '0.0.0.0', port: 0, everyMillis: 1000 });
  t.after(() => open.stop());
  const { port, searchParams } = new URL(open.url);
  const token = searchParams.get('token') as string;
  assert.ok(token.length >= 32);
  const url = `http://127.0.0.1:${port}`;
  const wrong: Record<string, string>[] = [
    ...[{}, { Authorization: 'Bearer x' }, { Authorization: `Bearer ${token}x` }, { Authorization: 'Bearer ' }],
    ...[{ Cookie: `nddr-studio-${port}=x` }, { Cookie: `nddr-studio-1=${token}` }],
  ];
  for (const headers of wrong)
    for (const path of ['/', '/api/runs', '/api/stream', '/api/picture?id=done&path=x.png', '/?token=x', '/none'])
      assert.equal((await ask(url + path, { headers })).status, 401, `${path} ${JSON.stringify(headers)}`);
  assert.equal((await ask(`${url}/api/runs`, { headers: { Authorization: `Bearer ${token}` } })).status, 200);
  const exchanged = await ask(`${url}/?token=${token}`);
  assert.deepEqual([exchanged.status, exchanged.headers.location], [303, '/']);
  const cookie = exchanged.headers['set-cookie']?.[0] as string;
  assert.match(cookie, /HttpOnly.*SameSite=Strict/);
  const Cookie = cookie.split(';')[0];
  assert.equal((await ask(`${url}/api/runs`, { headers: { Cookie } })).status, 200);
  assert.equal((await ask(`${url}/api/runs`, { headers: { Cookie, Origin: 'https://evil.example' } })).status, 403);
});

test('a wrong folder, a short token and a taken port are refused with the way out', async () => {
  const refused = (options: Parameters<typeof startStudio>[0], message: RegExp) =>
    assert.rejects(startStudio(options), { name: 'NddrError', message });
  await refused({ folder: join(top, 'none') }, /there is no such folder\. Check/);
  await refused({ folder: root, token: 'short' }, /--token: expected 16 .* or more/);
  await refused({ folder: root, port: Number(new URL(studio.url).port) }, /another program listens there/);
});
