/** Event files of TensorBoard, read by a decoder that shares nothing with the writer. */
import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { NddrError } from '../../errors.js';
import { RunFolder, type StoredEvent } from '../../train/node/run-folder.js';
import { parseConfig } from '../config.js';
import { type Decoded, decodeEvent, messagesOf } from './decode.test.fixture.js';
import { exportEvents } from './export.js';
import { LiveLog } from './live.js';
import { eventRecord, firstRecord } from './record.js';

const root = mkdtempSync(join(tmpdir(), 'nddr-tensorboard-'));
after(() => rmSync(root, { recursive: true, force: true }));

const config = parseConfig({
  name: 'rooms',
  data: { kind: 'rooms', length: { train: 4 } },
  tasks: { depth: { kind: 'depth' } },
  train: { steps: 4, batch: 5, accumulate: 2 },
});

const at = (seconds: number) => new Date(1000 * seconds).toISOString();
const step = (number: number, loss: number): StoredEvent => ({
  ...{ type: 'step', step: number, losses: { depth: loss }, weights: { depth: 1 }, total: 2 * loss },
  ...{ rate: 0.125, stepMillis: 500, waitMillis: 0, time: at(1000 + number) },
});
const EVENTS: readonly StoredEvent[] = [
  { type: 'start', step: 0, steps: 4, shares: { nddr1: { depth: { depth: 0.75, seg: 0.25 } } }, time: at(1000) },
  step(1, 2),
  step(2, Number.NaN),
  {
    ...{
      type: 'evaluation',
      step: 2,
      values: { depth: { rmseMetres: 0.5, delta1: Number.NaN } },
      score: 0.25,
      best: true,
    },
    time: at(1003),
  },
  { type: 'checkpoint', step: 2, time: at(1003.5) },
];

async function runWith(name: string, events: readonly StoredEvent[]): Promise<RunFolder> {
  const folder = RunFolder.vacant(join(root, name));
  await folder.begin({ ...config, name });
  for (const event of events) folder.appendEvent(event);
  return folder;
}

const decoded = (path: string): Decoded[] => messagesOf(readFileSync(path)).messages.map(decodeEvent);

/** Scalars as [tag, step, value]. */
const scalarsOf = (events: readonly Decoded[]) =>
  events.flatMap(({ step, scalars }) => Object.entries(scalars).map(([tag, value]) => [tag, step, value]));

test('an exported run holds its numbers, NaN among them, its times and its configuration', async () => {
  const folder = await runWith('exported', EVENTS);
  const [file] = await exportEvents([folder.path], join(root, 'logs'));
  assert.equal(file, join(root, 'logs', 'exported', 'events.out.tfevents.0000001000.nddr'));
  const events = decoded(file);
  assert.deepEqual([events[0].version, events[0].seconds], ['brain.Event:2', 1000]);
  assert.equal(JSON.parse(events[1].texts.configuration).name, 'exported');
  assert.deepEqual(scalarsOf(events), [
    ['share/nddr1/depth/depth', 0, 0.75],
    ['share/nddr1/depth/seg', 0, 0.25],
    ...[
      [1, 2],
      [2, Number.NaN],
    ].flatMap(([number, loss]) => [
      ['loss/depth', number, loss],
      ['training/total loss', number, 2 * loss],
      ['weight of the loss/depth', number, 1],
      ['training/rate', number, 0.125],
      // Two batches of 5 in half a second.
      ['training/images per second', number, 20],
    ]),
    ['evaluation/depth/rmseMetres', 2, 0.5],
    ['evaluation/depth/delta1', 2, Number.NaN],
    ['evaluation/score', 2, 0.25],
  ]);
  assert.equal(events.at(-1)?.seconds, 1003);
});

test('runs of one name are refused before anything is written', async () => {
  const folder = await runWith('twice', EVENTS);
  await assert.rejects(
    exportEvents([folder.path, folder.path], join(root, 'refused')),
    (error: Error) => error instanceof NddrError && /Two runs have the name twice/.test(error.message),
  );
  assert.ok(!readdirSync(root).includes('refused'));
});

test('pictures keep their bytes and sizes, and long texts their characters', () => {
  const png = Uint8Array.from({ length: 300 }, (_, i) => i % 256);
  const words = 'ä€😀\n'.repeat(100);
  const values = [
    { tag: 'a/image', png, width: 640, height: 3 },
    { tag: 'words', text: words },
    { tag: 'large', scalar: 1e300 },
  ];
  const record = eventRecord({ seconds: 1.5, step: 2 ** 40, values });
  const { messages, torn } = messagesOf(record);
  const { images, texts, scalars, step: found, seconds } = decodeEvent(messages[0]);
  assert.deepEqual({ ...images['a/image'], png: [...images['a/image'].png] }, { width: 640, height: 3, png: [...png] });
  assert.deepEqual([texts.words, scalars.large, found, seconds, torn], [words, Infinity, 2 ** 40, 1.5, false]);
});

test('records are those that TensorFlow documents', () => {
  // By python3: struct.pack('<Q', 24), masked crc32c by a table of its own, Event { wall_time: 0, file_version }.
  const hex = Buffer.from(firstRecord(0)).toString('hex');
  assert.equal(hex, '1800000000000000a37f4b220900000000000000001a0d627261696e2e4576656e743a32eedf28a3');
});

test('a live log has what its run told; a resumed one voids later steps, and goes on after a torn record', async () => {
  const folder = await runWith('live', []);
  const log = new LiveLog(folder, config);
  for (const event of EVENTS) {
    await log.add(event);
    folder.appendEvent(event);
  }
  const filesOf = () => readdirSync(folder.path).filter((name) => name.includes('tfevents'));
  const [first] = filesOf();
  const whole = scalarsOf(decoded(join(folder.path, first)));
  const [exported] = await exportEvents([folder.path], join(root, 'logs'));
  assert.deepEqual(whole, scalarsOf(decoded(exported)));

  // Killed while it wrote; then resumed from step 1.
  appendFileSync(join(folder.path, first), eventRecord({ seconds: 1, step: 3, values: [] }).subarray(0, 15));
  assert.ok(messagesOf(readFileSync(join(folder.path, first))).torn);
  await folder.rewindEvents(1);
  const resumed = new LiveLog(folder, config);
  await resumed.add({ type: 'start', step: 1, time: at(1000) });
  await resumed.add(step(2, 5));
  assert.deepEqual(filesOf(), [first, 'events.out.tfevents.0000001001.nddr']);
  const events = decoded(join(folder.path, filesOf()[1]));
  assert.deepEqual(
    events.map(({ restart, step: number }) => [restart, number]),
    [
      [false, 0],
      [true, 2],
      [false, 1],
      [false, 2],
    ],
  );
  assert.deepEqual(scalarsOf(events)[0], ['loss/depth', 2, 5]);
});

test('a run that is logged only after it was resumed tells its earlier events too', async () => {
  const folder = await runWith('late', EVENTS);
  await new LiveLog(folder, config).add(step(3, 1));
  const [file] = readdirSync(folder.path).filter((name) => name.includes('tfevents'));
  const losses = scalarsOf(decoded(join(folder.path, file))).filter(([tag]) => tag === 'loss/depth');
  assert.deepEqual(losses, [
    ['loss/depth', 1, 2],
    ['loss/depth', 2, Number.NaN],
    ['loss/depth', 3, 1],
  ]);
});
