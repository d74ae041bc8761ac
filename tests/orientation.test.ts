import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import sharp from 'sharp';
import { parseConfig } from '../src/experiments/config.js';
import { predictRun } from '../src/experiments/predict.js';
import { run } from '../src/experiments/run.js';

const root = mkdtempSync(join(tmpdir(), 'nddr-orientation-'));
after(() => rmSync(root, { recursive: true, force: true }));

test('predict answers about a photo as viewers show it, however its pixels are stored', async () => {
  const path = join(root, 'run');
  const config = parseConfig({
    name: 'run',
    data: { kind: 'rooms', length: { train: 4, test: 2 }, width: 24, height: 24 },
    tasks: { segmentation: { kind: 'segmentation' } },
    network: { backbone: { kind: 'tiny' } },
    train: {
      ...{ steps: 20, batch: 4, height: 24, width: 24, rate: 0.05, rates: { fusion: 1, headWeight: 1, headBias: 1 } },
      ...{ workers: 0, threads: 1, evaluateEvery: 0 },
    },
  });
  for await (const _ of run({ path, config }));
  const [width, height] = [40, 24];
  const pixels = Buffer.from(Array.from({ length: 3 * width * height }, (_, at) => (at * at * 7) % 251));
  const upright = () => sharp(pixels, { raw: { width, height, channels: 3 } });
  // Stored lying on its left side or upside down; the tag says how viewers turn it back.
  const stored = { 1: upright(), 3: upright().rotate(180), 6: upright().rotate(270), 8: upright().rotate(90) };
  for (const [orientation, image] of Object.entries(stored)) {
    const flat = await image.png().toBuffer();
    writeFileSync(
      join(root, `${orientation}.png`),
      await sharp(flat)
        .withMetadata({ orientation: Number(orientation) })
        .toBuffer(),
    );
  }
  const out = join(root, 'out');
  const inputs = Object.keys(stored).map((orientation) => join(root, `${orientation}.png`));
  for await (const _ of predictRun({ path, inputs, out }));
  const answer = (orientation: string, kind: string) => readFileSync(join(out, `${orientation}.segmentation.${kind}`));
  const { width: wide, height: high } = await sharp(answer('6', 'png')).metadata();
  assert.deepEqual([wide, high], [width, height]);
  const classes = await sharp(answer('1', 'classes.png')).raw().toBuffer();
  assert.notDeepEqual([...classes].reverse(), [...classes], 'an answer that would show whether it is turned');
  for (const orientation of ['3', '6', '8']) {
    assert.deepEqual(answer(orientation, 'png'), answer('1', 'png'), `orientation ${orientation}`);
    assert.deepEqual(answer(orientation, 'classes.png'), answer('1', 'classes.png'), `orientation ${orientation}`);
  }
});
