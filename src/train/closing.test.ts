/** However a training is left, nothing stays open. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Runtime } from '../engine/index.js';
import { nodeRuntime } from '../engine/runtime/node.js';
import type { TrainingEvent } from './events.js';
import type { TrainingOptions } from './options.js';
import { memoryStore, startOf, tinyData, tinyNetwork, tinySettings } from './tiny.test.fixture.js';
import { train } from './trainer.js';

/** Options of a short training, and how many sessions and readers of its are open. */
function counted(change: (options: TrainingOptions) => Partial<TrainingOptions> = () => ({})) {
  const real = nodeRuntime({ threads: 1 });
  const open = { sessions: 0, opened: 0, readers: 0 };
  const runtime: Runtime = {
    ...real,
    async open(...given) {
      const session = await real.open(...given);
      open.sessions++;
      open.opened++;
      const close = async () => {
        open.sessions--;
        await session.close();
      };
      return { run: (feeds) => session.run(feeds), close };
    },
  };
  const data = tinyData();
  async function* evaluation() {
    open.readers++;
    try {
      yield* data.evaluation();
    } finally {
      open.readers--;
    }
  }
  const options: TrainingOptions = {
    ...{ network: tinyNetwork(), runtime, store: memoryStore(), data: { ...data, evaluation } },
    settings: { ...tinySettings, steps: 2, accumulate: 2, evaluateEvery: 1, calibrate: true },
  };
  return { open, options: { ...options, ...change(options) } };
}

/** Trainings that together yield every kind of event. */
const SCENARIOS: Readonly<Record<string, (options: TrainingOptions) => Partial<TrainingOptions>>> = {
  'a whole training': () => ({}),
  'one that starts from weights, and has a task without labels': ({ data }) => ({
    start: startOf(new Map([['seg.fc.bias', new Float32Array(3)]])),
    settings: { ...tinySettings, steps: 2, evaluateEvery: 1 },
    data: {
      ...data,
      samples: tinySettings.batch,
      async next() {
        const { images, labels } = await data.next();
        return { images, labels: { ...labels, seg: labels.seg.fill(255) } };
      },
    },
  }),
  'one that is stopped': () => ({ signal: AbortSignal.abort() }),
};

test('a training that is left after any of its events leaves nothing open', async () => {
  const kinds = new Set<string>();
  for (const [name, change] of Object.entries(SCENARIOS))
    for (let leave = 1; ; leave++) {
      const { open, options } = counted(change);
      let seen = 0;
      for await (const { type } of train(options)) {
        kinds.add(type);
        if (++seen === leave) break;
      }
      assert.ok(open.opened > 0);
      assert.deepEqual([open.sessions, open.readers], [0, 0], `${name}, after event ${leave}`);
      if (seen < leave) break;
    }
  const all: Readonly<Record<TrainingEvent['type'], true>> = {
    ...{ start: true, 'warm-start': true, step: true, warning: true, evaluating: true, evaluation: true },
    ...{ checkpoint: true, stopped: true, done: true },
  };
  assert.deepEqual([...kinds].sort(), Object.keys(all).sort());
});

test('a training that is left while it waits, or never started, leaves nothing open', async () => {
  const { open, options } = counted();
  await train(options).return(undefined);
  assert.equal(open.opened, 0);
  const training = train(options);
  // return() is queued behind the step that is under way.
  await Promise.all([training.next(), training.next(), training.return(undefined)]);
  assert.deepEqual([open.sessions, open.readers], [0, 0]);
});

const fails = () => Promise.reject(new Error('it fails'));

/** What may fail, and how often it works before. */
const FAILURES: Readonly<Record<string, (options: TrainingOptions) => Partial<TrainingOptions>>> = {
  'saving a checkpoint': ({ store }) => ({ store: { ...store, save: fails } }),
  'saving the best': ({ store }) => ({ store: { ...store, saveBest: fails } }),
  'the first batch': ({ data }) => ({ data: { ...data, next: fails } }),
  'a later batch': ({ data }) => {
    let asked = 0;
    return { data: { ...data, next: () => (++asked === 3 ? fails() : data.next()) } };
  },
  'closing what is judged': ({ data }) => ({
    data: {
      ...data,
      async *evaluation() {
        try {
          yield* data.evaluation();
        } finally {
          await fails();
        }
      },
    },
  }),
  'reading what is judged': ({ data }) => ({
    data: {
      ...data,
      async *evaluation() {
        for await (const image of data.evaluation()) {
          yield image;
          await fails();
        }
      },
    },
  }),
  'a meter': ({ network }) => {
    const [seg, ...others] = network.tasks;
    const meter = () => ({ ...seg.meter(), add: () => assert.fail('it fails'), values: () => ({}) });
    return { network: { ...network, tasks: [{ ...seg, meter }, ...others] } };
  },
  'starting weights that do not fit': () => ({ start: { from: 'the file', tensors: new Map() } }),
};

for (const [what, change] of Object.entries(FAILURES)) {
  test(`nothing stays open where this fails: ${what}`, async () => {
    const { open, options } = counted(change);
    await assert.rejects(async () => {
      for await (const _ of train(options));
    });
    assert.deepEqual([open.sessions, open.readers], [0, 0]);
  });
}
