/** The page of the studio in a real browser, while runs begin, go on, break and are deleted. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import { lockFolder } from '../src/lock.js';
import { append, evaluationLine, line, makeRun, stepLine } from '../src/studio/runs.test.fixture.js';
import { type RunningStudio, startStudio } from '../src/studio/server.js';
import { type Browser, chromium, openBrowser } from './chromium.fixture.js';
import { start as startCommand, temporaryFolder } from './command.fixture.js';

const skip = chromium ? false : 'there is no Chromium here: apt-get install chromium, or name it in CHROMIUM';
const root = temporaryFolder({ after });
const markup = '<img src=x onerror=document.title="attacked">';
let studio: RunningStudio;
let browser: Browser;

const start = (port = 0) => startStudio({ folder: root, port, everyMillis: 50 });

before(async () => {
  makeRun(root, 'single', { fusion: 'single', end: 'done', evaluated: [0.4, 1] });
  makeRun(root, 'nddr', { end: 'done', evaluated: [0.5, 0.9], factor: 0.8 });
  makeRun(root, 'shared', { fusion: 'shared', end: 'stopped', done: 30, evaluated: [0.3, 0.8] });
  studio = await start();
  if (skip) return;
  browser = await openBrowser();
  await browser.send('Page.navigate', { url: `${studio.url}/` });
  await browser.until(`document.readyState === 'complete' && document.querySelectorAll('tbody tr').length === 3`);
});
after(() => {
  browser?.close();
  return studio?.stop();
});

const evaluate = (expression: string) => browser.evaluate(expression);
const holds = (condition: string) => browser.until(condition);
const cells = (run: string) =>
  evaluate(`[...document.querySelector('tr[data-run="${run}"]').cells].map((cell) => cell.textContent.trim())`);
const press = (title: string) =>
  evaluate(`[...document.querySelectorAll('button')].find((one) => one.textContent.startsWith('${title}')).click()`);
const order = () => evaluate(`[...document.querySelectorAll('tbody tr')].map((row) => row.dataset.run)`);
const draw = (run: string) => evaluate(`document.querySelector('tr[data-run="${run}"] input').click()`);
const readout = (chart: string) =>
  `[...document.querySelectorAll('.chart')].find((one) => one.querySelector('figcaption').textContent === '${chart}')` +
  `?.querySelector('.readout').textContent`;

test('the command prints its address, shows the runs there, and Ctrl-C stops it', async (t) => {
  const { child, finished } = startCommand(t, 'studio', root, '--port', '0');
  const [printed] = (await once(child.stdout as Readable, 'data')) as [string];
  const url = printed.split(' ')[0];
  assert.match(printed, /^http:\/\/127\.0\.0\.1:\d+ {2}shows 3 runs of /);
  const { runs } = (await (await fetch(`${url}/api/runs`)).json()) as { runs: unknown[] };
  assert.equal(runs.length, 3);
  child.kill('SIGINT');
  const { code, stderr } = await finished;
  assert.deepEqual([code, stderr.trim().split('\n').at(-1)], [0, 'Stopped.']);
});

test('the list shows every run, sorts it, marks the best values and computes delta_m against a run', {
  skip,
}, async () => {
  const nddr = (await cells('nddr')) as string[];
  assert.deepEqual(nddr.slice(1, 6), ['nddr', '✓ done', 'rooms', 'nddr', '40 / 40']);
  assert.ok(nddr.includes('★ 50.0 %') && nddr.includes('0.900 m'), nddr.join(' | '));
  assert.ok(((await cells('shared')) as string[]).includes('★ 0.800 m'));
  await press('segmentation mIoU');
  assert.deepEqual(await order(), ['nddr', 'single', 'shared']);
  await press('segmentation mIoU');
  assert.deepEqual(await order(), ['shared', 'single', 'nddr']);
  await evaluate(`(() => { const all = document.querySelectorAll('select')[0]; all.value = 'single';
    all.dispatchEvent(new Event('change', { bubbles: true })); })()`);
  // mIoU 0.4 -> 0.5: +25 %; 1 m -> 0.9 m: +10 %.
  await holds(`document.querySelector('tr[data-run="nddr"]').textContent.includes('+17.50 %')`);
});

test('a live run moves its curve; a half-written event waits; it is over when it says so', { skip }, async () => {
  const folder = makeRun(root, 'live', { done: 5 });
  const lock = await lockFolder(folder, 'run');
  await holds(`document.querySelector('tr[data-run="live"]')?.textContent.includes('running')`);
  await evaluate(`document.querySelectorAll('tbody input:checked').forEach((one) => one.click())`);
  await draw('live');
  await press('Curves');
  await holds(`${readout('Loss of depth')} === 'latest0.4472'`);
  const ink = `(() => { const { width, height } = document.querySelector('canvas');
    const { data } = document.querySelector('canvas').getContext('2d').getImageData(0, 0, width, height);
    let sum = 0; for (let i = 0; i < data.length; i++) sum = (31 * sum + data[i]) % 1e9; return sum; })()`;
  const drawn = await evaluate(ink);
  append(folder, stepLine(6) + stepLine(7) + stepLine(8).slice(0, 40));
  await holds(`${readout('Loss of depth')} === 'latest0.378'`);
  assert.notEqual(await evaluate(ink), drawn, 'the curve moved');
  append(folder, stepLine(8).slice(40) + evaluationLine(8, 0.25, 2));
  await holds(`${readout('Loss of depth')} === 'latest0.3536' && ${readout('segmentation: mIoU')} === 'latest25.0 %'`);
  append(folder, line({ type: 'stopped', step: 8 }));
  await lock.release();
  await press('Runs');
  await holds(`document.querySelector('tr[data-run="live"]').textContent.includes('stopped')`);
});

test('several runs lie over one another; the arrow keys read values, zoom ends with Escape', { skip }, async () => {
  for (const run of ['live', 'nddr', 'single']) await draw(run);
  await press('Curves');
  await holds(
    `document.querySelectorAll('.chips li').length === 2 && ${readout('Loss of depth')}?.startsWith('latest')`,
  );
  await holds(`document.querySelectorAll('.chart:first-child .readout i').length === 2`);
  await evaluate(`document.querySelector('.plot').focus()`);
  await browser.send('Input.dispatchKeyEvent', { type: 'keyDown', key: 'Home' });
  await holds(`document.querySelector('.where').textContent === 'step 1'`);
  await browser.send('Input.dispatchKeyEvent', { type: 'keyDown', key: 'ArrowRight' });
  await holds(`document.querySelector('.plot').getAttribute('aria-valuetext').startsWith('step 2: nddr 1.1')`);
  const box =
    (await evaluate(`(() => { const { x, y, width, height } = document.querySelector('.u-over').getBoundingClientRect();
    return [x, y, width, height]; })()`)) as number[];
  const mouse = (type: string, share: number) =>
    browser.send('Input.dispatchMouseEvent', {
      ...{ type, x: box[0] + share * box[2], y: box[1] + box[3] / 2, button: 'left', buttons: 1, clickCount: 1 },
    });
  await mouse('mousePressed', 0.2);
  await mouse('mouseMoved', 0.5);
  await mouse('mouseReleased', 0.5);
  const whole = `[...document.querySelectorAll('button')].find((one) => one.textContent === 'Show all steps').disabled`;
  await holds(`!${whole}`);
  await browser.send('Input.dispatchKeyEvent', { type: 'keyDown', key: 'Escape' });
  await holds(whole);
});

test('the configuration is text, or a difference between two runs; the log tells what was reported', {
  skip,
}, async () => {
  await press('Configuration');
  await holds(`document.querySelector('pre')?.textContent.includes('"kind": "rooms"')`);
  await evaluate(`(() => { const other = document.querySelectorAll('select')[1]; other.value = 'single';
    other.dispatchEvent(new Event('change', { bubbles: true })); })()`);
  await holds(`document.querySelector('tbody')?.textContent.includes('network.fusion.kind"nddr""single"')`);
  await press('Log');
  await holds(`document.querySelector('.log')?.textContent.includes('evaluation')`);
});

test('text of runs is never markup', { skip }, async () => {
  const folder = makeRun(root, 'hostile', { done: 2 });
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ name: markup, data: { kind: markup } }));
  append(folder, line({ type: 'failed', step: 2, message: markup }));
  await press('Runs');
  await holds(`document.querySelector('tr[data-run="hostile"]')?.textContent.includes('onerror')`);
  await draw('hostile');
  for (const view of ['Curves', 'Configuration', 'Log']) {
    await press(view);
    await holds(`document.querySelector('main').textContent.includes('onerror')`);
  }
  assert.deepEqual(await evaluate(`[document.title, document.images.length]`), ['nddr studio', 0]);
  await press('Runs');
  rmSync(folder, { recursive: true });
});

test('a folder that breaks is shown as damaged, and a run that is deleted while it is drawn is gone', {
  skip,
}, async () => {
  const folder = makeRun(root, 'broken', { done: 4 });
  await holds(`document.querySelector('tr[data-run="broken"]') !== null`);
  await draw('broken');
  writeFileSync(join(folder, 'config.json'), '{"name":');
  await holds(`document.querySelector('tr[data-run="broken"]')?.textContent.includes('is not JSON. Restore it')`);
  assert.match(((await cells('broken')) as string[])[2], /damaged/);
  await press('Curves');
  await holds(`document.querySelector('.chips').textContent.includes('broken')`);
  rmSync(folder, { recursive: true });
  await holds(`document.querySelector('.chips').textContent.includes('broken (gone)')`);
  assert.equal(await evaluate(`document.getElementById('status').className`), 'live');
});

test('the page goes on after the server was started anew, also with a file that was written anew', {
  skip,
}, async () => {
  const { port } = new URL(studio.url);
  await studio.stop();
  await holds(`document.getElementById('status').className === 'lost'`);
  writeFileSync(join(root, 'new'), stepLine(1, 7));
  renameSync(join(root, 'new'), join(root, 'nddr', 'events.jsonl'));
  studio = await start(Number(port));
  await holds(`document.getElementById('status').className === 'live'`);
  await holds(`${readout('Loss of depth')}?.startsWith('latest7')`);
  const refused = browser.faults.filter((fault) => !fault.includes('ERR_CONNECTION_REFUSED'));
  assert.deepEqual(refused, []);
});

test('the page is as wide as the window from 360 pixels on, in every view', { skip }, async () => {
  for (const width of [360, 768, 1600]) {
    const screen = { width, height: 800, deviceScaleFactor: 1, mobile: false };
    await browser.send('Emulation.setDeviceMetricsOverride', screen);
    for (const view of ['Runs', 'Curves', 'Configuration', 'Log']) {
      await press(view);
      await holds(`document.documentElement.scrollWidth <= ${width}`);
    }
  }
});
