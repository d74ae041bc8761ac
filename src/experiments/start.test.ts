import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { encodeSafetensors, type StoredTensor } from '../weights/safetensors.js';
import { planRuns } from './comparison/plan.js';
import { single, small } from './comparison/small.test.fixture.js';
import { parseConfig } from './config.js';
import { matchFiles } from './match-files.js';
import { openRun } from './open-run.js';
import { type RunEvent, type RunOptions, run } from './run.js';
import { completeConfig } from './setup.js';

const root = mkdtempSync(join(tmpdir(), 'nddr-start-'));
after(() => rmSync(root, { recursive: true, force: true }));

/** VGG-16 as torchvision names it, narrow, of random numbers. */
function vggFile(): string {
  const tensors = new Map<string, StoredTensor>();
  let [at, inputs, seed] = [0, 3, 1];
  const noise = () => {
    seed = (seed * 48271) % 2147483647;
    return seed / 2147483647 - 0.5;
  };
  const add = (name: string, shape: number[]) => {
    const length = shape.reduce((product, n) => product * n, 1);
    tensors.set(name, { dtype: 'F32', shape, data: Float32Array.from({ length }, noise) });
  };
  for (const [count, channels] of [
    [2, 4],
    [2, 8],
    [3, 16],
    [3, 32],
    [3, 32],
  ]) {
    for (let i = 0; i < count; i++) {
      add(`features.${at}.weight`, [channels, inputs, 3, 3]);
      add(`features.${at}.bias`, [channels]);
      [at, inputs] = [at + 2, channels];
    }
    at++;
  }
  const path = join(root, 'vgg16.safetensors');
  writeFileSync(
    path,
    encodeSafetensors(tensors).reduce((all, part) => Buffer.concat([all, part]), Buffer.alloc(0)),
  );
  return path;
}
const vgg = vggFile();

const config = (network: object, train: object = {}) => ({
  name: 'run',
  data: { kind: 'rooms' as const, length: { train: 4, val: 1, test: 1 }, width: 24, height: 24 },
  tasks: { segmentation: { kind: 'segmentation' }, depth: { kind: 'depth' } },
  network: { backbone: { kind: 'vgg16' as const, width: 0.0625 }, fusion: { kind: 'nddr' as const }, ...network },
  train: {
    ...{ steps: 1, batch: 2, height: 24, width: 24, rate: 1e-9, workers: 0, threads: 1, evaluateEvery: 0 },
    ...train,
  },
});

async function eventsOf(options: RunOptions): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of run(options)) events.push(event);
  return events;
}

const IMAGENET = [123.675, 116.28, 103.53];

test('a run starts from a file of another program, is fed as its network was, and says so; resumed, it does not read it', async () => {
  const path = join(root, 'first');
  const events = await eventsOf({ path, config: config({ weights: vgg }) });
  const start = events.find((event) => event.type === 'warm-start');
  assert.ok(start?.type === 'warm-start');
  const [source] = start.sources;
  assert.match(source.family, /VGG-16 as torchvision/);
  assert.deepEqual(source.shares, { segmentation: 1, depth: 1 });
  assert.ok(source.notes.some((note) => /fed as that of the file was: mean \[123\.675/.test(note)));
  assert.equal(start.taken.length, 2 * 13 * 5);
  const opened = await openRun(path);
  assert.deepEqual([opened.config.network.weights, opened.config.network.mean], [vgg, IMAGENET]);
  assert.ok(
    (await opened.folder.readEvents()).some(({ type, sources }) => type === 'warm-start' && Array.isArray(sources)),
  );
  const more = await eventsOf({ path, set: ['train.steps=2'] });
  assert.ok(more.every(({ type }) => type !== 'warm-start'));
});

test('a run that starts from another one is fed as it was, by the folder as by a checkpoint', async () => {
  const first = join(root, 'first');
  for (const start of [first, join(first, 'checkpoints', 'step-000002.safetensors')]) {
    const { network } = await completeConfig(parseConfig(config({}, { start })));
    assert.deepEqual(network.mean, IMAGENET);
  }
});

test('mean and deviation that the configuration sets stay, and the difference is said', async () => {
  const { reports } = await matchFiles(parseConfig(config({ mean: [0, 0, 0], deviation: [255, 255, 255] })), [vgg]);
  const note = reports[0].notes.find((one) => one.includes('as the configuration says'));
  assert.match(note ?? '', /fed with mean \[123\.675.*this one with mean \[0, 0, 0\], deviation \[255, 255, 255\]/);
  const { network } = await completeConfig(parseConfig(config({})));
  assert.deepEqual(network.mean, [122.67891434, 116.66876762, 104.00698793]);
});

test('padding by another rule than that of the file is said, with the setting', async () => {
  const mapping = join(root, 'same.json');
  const tensors = { 'conv1_1.weight': 'features.0.weight' };
  writeFileSync(mapping, JSON.stringify({ tensors, mean: [0, 0, 0], padding: 'same' }));
  const notes = async (network: object) => {
    const wanted = parseConfig(config({ weights: { file: vgg, mapping, partial: true }, ...network }));
    return (await matchFiles(wanted, [])).reports[0].notes.join('\n');
  };
  assert.match(
    await notes({}),
    /padded by the rule "same" and this one pads by "symmetric": .*unless network\.padding is "same"/,
  );
  assert.doesNotMatch(await notes({ padding: 'same' }), /padded by/);
});

test('network.weights comes first, and train.start over it', async () => {
  const given = config({ weights: vgg }, { start: join(root, 'first') });
  const { reports, match } = await matchFiles(parseConfig(given), []);
  assert.deepEqual(
    reports.map(({ from }) => from.split(' ')[0]),
    ['network.weights', 'train.start'],
  );
  assert.deepEqual(match.fresh, []);
});

test('faults of the setting name the key', () => {
  const refused = (weights: unknown, message: RegExp) =>
    assert.throws(() => parseConfig(config({ weights })), { name: 'NddrError', message });
  refused({ file: vgg, partail: true }, /network\.weights: unknown key "partail"; did you mean "partial"/);
  refused([vgg, { fiel: vgg }], /network\.weights\.1: unknown key "fiel"; did you mean "file"/);
  refused({ file: vgg, family: 'vgg' }, /network\.weights\.family: .*torchvision-vgg16/);
  refused(7, /network\.weights: .*found 7/);
});

test('the rows of an experiment start from the file, or from their runs and nothing else, all fed alike', async () => {
  const experiment = small({
    rows: [
      { name: 'NDDR', start: 'begin' },
      { name: 'single-task', start: 'begin', set: single },
      { name: 'begin', shown: false, set: single },
    ],
  });
  const { runs } = await planRuns({ experiment, seeds: [1], set: [`network.weights=${vgg}`], out: join(root, 'out') });
  assert.deepEqual(
    runs.map(({ row, config: { network, train } }) => [row.name, network.weights, train.start !== null, network.mean]),
    [
      ['begin', vgg, false, IMAGENET],
      ['NDDR', null, true, IMAGENET],
      ['single-task', null, true, IMAGENET],
    ],
  );
});

test('a mapping file lies where the setting says', async () => {
  const mapping = join(root, 'map.json');
  writeFileSync(mapping, JSON.stringify({ tensors: { 'conv1_1.weight': 'features.0.weight' } }));
  const wanted = parseConfig(config({ weights: { file: vgg, mapping, partial: true } }));
  const { reports } = await matchFiles(wanted, []);
  assert.equal(reports[0].taken.length, 2);
});
