import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import type { Batch } from './batch.js';
import { png, rgb, writeTestFile } from './folder.test.fixture.js';
import { encodePng } from './image.js';
import { type LoaderOptions, openEvaluation, openLoader } from './loader.js';
import { labelFor } from './task-labels.js';

const SAMPLES = 6;
const [WIDTH, HEIGHT] = [12, 10];
let root = '';

// Sample i has red i everywhere, its column in green and its row in blue; its class map is 1 in the left half.
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'nddr-loader-'));
  for (let i = 0; i < SAMPLES; i++) {
    await writeTestFile(join(root, 'image', `${i}.png`), await encodePng(rgb(WIDTH, HEIGHT, (x, y) => [i, x, y])));
    const halves = Array.from({ length: WIDTH * HEIGHT }, (_, at) => Number(at % WIDTH < WIDTH / 2));
    await writeTestFile(join(root, 'label', `${i}.png`), png(WIDTH, HEIGHT, 1, halves));
    if (i > 0)
      await writeTestFile(
        join(root, 'depth', `${i}.png`),
        png(WIDTH, HEIGHT, 1, new Array(WIDTH * HEIGHT).fill(100 + i)),
      );
  }
  return () => rm(root, { recursive: true, force: true });
});

const seg = { kind: 'segmentation', classes: ['beyond', 'before'] } as const;
const description = {
  name: 'test',
  splits: { train: { images: 'image/*.png', labels: { seg: 'label/*.png', depth: 'depth/*.png' } } },
  labels: { seg, depth: { kind: 'depth', metresPerValue: 0.01, optional: true } },
} as const;

const options = (more: Partial<LoaderOptions> = {}): LoaderOptions => ({
  data: { kind: 'folder', root, description },
  split: 'train',
  tasks: { what: { kind: 'segmentation' }, depth: { kind: 'depth', zoom: 'keep' } },
  batch: 4,
  height: 7,
  width: 9,
  augment: { scale: [0.5, 1.5], mirror: 0.5, mean: [122, 116, 104] },
  seed: 3,
  firstStep: 0,
  workers: 0,
  ...more,
});

/** The first batches of a loader. */
async function readBatches(count: number, more: Partial<LoaderOptions> = {}): Promise<Batch[]> {
  const loader = await openLoader(options(more));
  const batches: Batch[] = [];
  for (let i = 0; i < count; i++) batches.push(await loader.next());
  await loader.close();
  return batches;
}

test('the batch of a step is the same whatever the number of workers and wherever the training began', async () => {
  const alone = await readBatches(5);
  assert.deepEqual(await readBatches(5, { workers: 2, cacheBytes: 0 }), alone);
  assert.deepEqual(await readBatches(2, { workers: 1, firstStep: 3 }), alone.slice(3));
  assert.notDeepEqual(await readBatches(1, { seed: 4 }), alone.slice(0, 1));
});

test('a recycled batch and a small cache change no value, whatever the number of workers', async () => {
  const alone = await readBatches(9);
  for (const workers of [0, 1, 2]) {
    const loader = await openLoader(options({ workers, recycle: true, cacheBytes: 2000 }));
    for (const batch of alone) assert.deepEqual(await loader.next(), batch);
    await loader.close();
  }
  const loader = await openLoader(options({ recycle: true }));
  const [first, second] = [await loader.next(), await loader.next()];
  assert.deepEqual([first.images === second.images, first.labels.what === second.labels.what], [true, true]);
  await loader.close();
});

test('labels that teach no task are not read', async () => {
  await writeTestFile(join(root, 'untaught', '0.png'), 'no PNG');
  const labels = { seg: 'label/0.png', depth: 'untaught/0.png' };
  const broken = { ...description, splits: { train: { images: 'image/0.png', labels } } };
  const data = { kind: 'folder', root, description: broken } as const;
  const [{ ids }] = await readBatches(1, { data, tasks: { seg: { kind: 'segmentation' } }, batch: 1 });
  assert.equal(ids.length, 1);
  await assert.rejects(readBatches(1, { data }), /untaught.0\.png: is not a PNG/);
});

test('every epoch shows each sample once, in another order, and augments it anew', async () => {
  const ids = (await readBatches(6)).flatMap((batch) => batch.ids);
  const epochs = [0, 1, 2, 3].map((epoch) => ids.slice(epoch * SAMPLES, (epoch + 1) * SAMPLES));
  for (const epoch of epochs) assert.deepEqual([...epoch].sort(), ['0', '1', '2', '3', '4', '5']);
  assert.equal(new Set(epochs.map((epoch) => epoch.join())).size, 4);
  const [first] = await readBatches(1, { batch: 12 });
  const crops = first.ids.map((id, i) => `${id} ${first.images.subarray(i * 3 * 63, (i + 1) * 3 * 63).join()}`);
  assert.equal(new Set(crops).size, 12);
});

test('labels follow their image through scale, mirror, padding and crop', async () => {
  let seen = 0;
  for (const { images, labels, ids } of await readBatches(6)) {
    assert.deepEqual([images.length, labels.what.length, labels.depth.length], [4 * 3 * 63, 4 * 63, 4 * 63]);
    for (let slot = 0; slot < 4; slot++) {
      for (let at = 0; at < 63; at++) {
        const [red, green] = [0, 1].map((c) => images[(slot * 3 + c) * 63 + at]);
        const [label, metres] = [labels.what[slot * 63 + at], labels.depth[slot * 63 + at]];
        const padded = red === 122;
        assert.equal(red, padded ? 122 : Number(ids[slot]));
        if (padded) assert.deepEqual([label, metres], [255, 0]);
        else {
          // Green is the column, blended; columns 0 to 5 are of class 1, and 5.5 is the border.
          if (Math.abs(green - 5.5) > 0.5) assert.equal(label, Number(green < 5.5));
          assert.equal(metres, Math.fround(ids[slot] === '0' ? 0 : (100 + Number(ids[slot])) * 0.01));
        }
        seen += Number(padded);
      }
    }
  }
  assert.ok(seen > 0, 'no crop was padded');
});

for (const workers of [0, 1]) {
  test(`a damaged file is told by next, with ${workers} workers, and the loader still closes`, async () => {
    await writeTestFile(join(root, 'bad', '0.png'), new Uint8Array(20));
    const bad = { ...description, splits: { train: { images: 'bad/*.png', labels: { seg: 'label/*.png' } } } };
    const data = { kind: 'folder', root, description: { ...bad, labels: { seg } } } as const;
    const loader = await openLoader(options({ data, tasks: { seg: { kind: 'segmentation' } }, workers }));
    await assert.rejects(loader.next(), { name: 'NddrError', message: /bad.0\.png: is not an image/ });
    await loader.close();
    await assert.rejects(loader.next(), { name: 'NddrError', message: /loader is closed/ });
  });

  test(`a task that the data set cannot teach is told at once, with ${workers} workers`, async () => {
    const open = (tasks: LoaderOptions['tasks']) => openLoader(options({ tasks, workers }));
    await assert.rejects(open({ n: { kind: 'normals' } }), {
      name: 'NddrError',
      message: /tasks\.n: .*no label of kind normals/,
    });
    await assert.rejects(open({ n: { kind: 'depth', from: 'dept' } }), {
      message: /no label "dept".*did you mean "depth"/,
    });
    await assert.rejects(openLoader(options({ split: 'tran', workers })), /no split "tran"; did you mean "train"/);
  });

  test(`an evaluation reads every sample in order and at full size, with ${workers} workers`, async () => {
    const { data, split, tasks } = options();
    let index = 0;
    for await (const { id, height, width, image, labels } of openEvaluation({ data, split, tasks, workers })) {
      assert.deepEqual([id, height, width], [String(index), HEIGHT, WIDTH]);
      assert.deepEqual(
        [...image.subarray(0, 1), ...image.subarray(131, 133), ...image.subarray(359)],
        [index, 11, 0, 9],
      );
      assert.ok(labels.what.data instanceof Uint8Array);
      assert.deepEqual([...labels.what.data.subarray(4, 8)], [1, 1, 0, 0]);
      const metres = labels.depth.data;
      assert.deepEqual([metres.length, metres[7]], [120, Math.fround(index === 0 ? 0 : (100 + index) * 0.01)]);
      index++;
    }
    assert.equal(index, SAMPLES);
  });
}

test('the built-in rooms load like a folder', async () => {
  const data = { kind: 'rooms', seed: 1, length: { train: 3 }, width: 24, height: 16 } as const;
  const tasks = { normals: { kind: 'normals' }, segmentation: { kind: 'segmentation' } };
  const [{ ids, labels }] = await readBatches(1, { data, tasks, batch: 3 });
  assert.equal(new Set(ids).size, 3);
  assert.equal(labels.normals.length, 3 * 3 * 63);
  await assert.rejects(openLoader(options({ data, tasks, split: 'test' })), /rooms: .*no split "test"; .*"train"/);
});

test('an evaluation that is left early ends its thread', async (t) => {
  const posted = t.mock.method(Worker.prototype, 'postMessage');
  const { data, split, tasks } = options();
  const seen: string[] = [];
  for await (const { id } of openEvaluation({ data, split, tasks, workers: 1 })) {
    seen.push(id);
    if (id === '1') break;
  }
  assert.deepEqual(seen, ['0', '1']);
  assert.equal(posted.mock.calls.at(-1)?.arguments[0], 'close', 'its thread is told to end, which the loop awaits');
});

test('a task is taught by the label it names, else by its own name, else by the only one of its kind', () => {
  const labels = { a: { kind: 'depth' }, b: { kind: 'depth' }, c: { kind: 'normals' } };
  const dataset = { name: 'test', length: 1, labels, read: () => Promise.reject(new Error('unused')) };
  assert.equal(labelFor('x', { kind: 'depth', from: 'b' }, dataset), 'b');
  assert.equal(labelFor('a', { kind: 'depth' }, dataset), 'a');
  assert.equal(labelFor('x', { kind: 'normals' }, dataset), 'c');
  assert.throws(() => labelFor('x', { kind: 'depth' }, dataset), /several labels of kind depth.*one of a, b/);
  assert.throws(() => labelFor('a', { kind: 'normals' }, dataset), /the label "a" is of kind depth/);
});

test('sides change places where a sample is mirrored, and only there', async () => {
  // Columns 0 to 5 are of class 1, the left; mirrored, that half lies to the right and is called so.
  const sides = { what: { kind: 'segmentation', classes: ['right', 'left'] } };
  const readThree = (more: object) =>
    readBatches(3, { tasks: sides, augment: { scale: [1, 1], mirror: 0.5, mean: [122, 116, 104], ...more } });
  const [swapped, kept] = [await readThree({}), await readThree({ swap: 'off' })];
  let mirrored = 0;
  for (const [step, { images, labels }] of swapped.entries()) {
    for (let slot = 0; slot < 4; slot++) {
      const green = images.subarray((slot * 3 + 1) * 63, (slot * 3 + 2) * 63);
      const isMirrored = green[0] > green[1];
      mirrored += Number(isMirrored);
      for (let at = slot * 63; at < (slot + 1) * 63; at++) {
        const before = kept[step].labels.what[at];
        assert.equal(labels.what[at], isMirrored && before < 2 ? 1 - before : before);
      }
    }
  }
  assert.ok(mirrored > 2 && mirrored < 10, `${mirrored} of 12`);
});

test('colours vary the images alone, and are a function of the step', async () => {
  const augment = { scale: [0.5, 1.5], mirror: 0.5, mean: [122, 116, 104] } as const;
  const plain = await readBatches(3);
  const colours = { brightness: 0.3, contrast: 0.3, saturation: 0.5, hue: 20, blur: 1, noise: 5 };
  const varied = await readBatches(3, { augment: { ...augment, ...colours } });
  assert.deepEqual(await readBatches(3, { augment: { ...augment, ...colours }, workers: 2 }), varied);
  assert.deepEqual(
    varied.map(({ labels, ids }) => ({ labels, ids })),
    plain.map(({ labels, ids }) => ({ labels, ids })),
  );
  for (const [step, { images }] of varied.entries()) {
    assert.notDeepEqual(images, plain[step].images);
    assert.ok(images.every((value) => value >= 0 && value <= 255));
  }
  assert.deepEqual(await readBatches(3, { augment: { ...augment, brightness: 0, noise: 0, rotate: 0 } }), plain);
});
