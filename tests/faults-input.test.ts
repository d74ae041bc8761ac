/** Bad input: one clear message, an exit code that is not 0, and no run left behind. */
import assert from 'node:assert/strict';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { jpeg, npy, png, rgb, writeTestFile } from '../src/data/folder.test.fixture.js';
import {
  assertRefused,
  hashes,
  nddr,
  set,
  succeed,
  temporaryFolder,
  tinyConfig,
  writeConfig,
} from './command.fixture.js';

/** Trains a configuration that is to be refused before there is a run. */
async function refused(t: TestContext, config: unknown, assignments: string[], ...patterns: RegExp[]): Promise<string> {
  const root = temporaryFolder(t);
  const runs = join(root, 'runs');
  const done = await nddr(t, 'train', writeConfig(root, config), ...set(...assignments), '--runs', runs);
  assert.equal(existsSync(runs), false, 'no run is left behind');
  return assertRefused(done, ...patterns);
}

test('what is wrong in a configuration is told before there is a run', async (t) => {
  const cases: [unknown, string[], RegExp][] = [
    ['{ "name": "run", ', [], /config\.json, line 1, column 18: the file ends here/],
    [tinyConfig, ['train.steps'], /--set train\.steps: expected KEY\.KEY=VALUE, such as train\.steps=500/],
    [tinyConfig, ['train.stpes=3'], /config\.json: train: unknown key "stpes"; did you mean "steps"\?/],
    [
      tinyConfig,
      ['network.backbone.kind=vgg61'],
      /network\.backbone\.kind: unknown kind "vgg61"; did you mean "vgg16"\?/,
    ],
    [tinyConfig, ['network.fusion.kind=nddrr'], /network\.fusion\.kind: unknown kind "nddrr"; did you mean "nddr"\?/],
    [tinyConfig, ['tasks.segmentation.kind=segm'], /Task "segmentation": unknown kind "segm"; did you mean "segmentat/],
    // Without a look ahead these would be told by the first evaluation only.
    [tinyConfig, ['evaluate.best=segmentation.mIuo'], /evaluate\.best: .*did you mean "segmentation\.mIoU"\?/],
    [tinyConfig, ['evaluate.split=tst'], /no split "tst"; did you mean "test"\?/],
  ];
  for (const [config, assignments, message] of cases) await refused(t, config, assignments, message);
  assertRefused(await nddr(t, 'train', join(temporaryFolder(t), 'none.json')), /none\.json cannot be read/);
});

test('starting weights that are missing, of another kind or of another size are refused', async (t) => {
  const root = temporaryFolder(t);
  const text = await writeTestFile(join(root, 'text.safetensors'), 'these are no weights');
  const start = (path: string, ...more: string[]) => [`train.start=${path}`, ...more];
  await succeed(t, 'train', writeConfig(root), ...set('train.steps=1'), '--runs', root);
  await Promise.all([
    refused(t, tinyConfig, start(join(root, 'none')), /train\.start: .*none does not exist/),
    refused(t, tinyConfig, start(text), /text\.safetensors is (damaged|not a (safetensors file|file of weights))/),
    refused(
      t,
      tinyConfig,
      start(join(root, 'run'), 'network.backbone.width=0.125'),
      /gives only 0\.0 % of the parameters of the backbone of "shared".*\n {2}shared\.conv1_1\.weight is \[8, 3, 3, 3\] here, shared\.conv1_1\.weight \[4, 3, 3, 3\] there/,
    ),
  ]);
});

const CLASSES = ['floor', 'wall', 'thing'];
const description = {
  name: 'photos',
  splits: {
    train: { images: 'image/*.jpg', labels: { seg: 'seg/*.png', depth: 'depth/*.npy' } },
    val: { images: 'test/*.jpg', labels: { seg: 'test/*.png', depth: 'test/*.npy' } },
    test: { images: 'test/*.jpg', labels: { seg: 'test/*.png', depth: 'test/*.npy' } },
  },
  labels: { seg: { kind: 'segmentation', classes: CLASSES }, depth: { kind: 'depth', metresPerValue: 1 } },
};
const folderConfig = (root: string, workers: number) => ({
  ...tinyConfig,
  data: { kind: 'folder', root },
  tasks: { seg: { kind: 'segmentation' }, depth: { kind: 'depth' } },
  // The whole set is in every batch, so that the bad file comes at once.
  train: { ...tinyConfig.train, batch: 3, steps: 2, workers },
});

/** Three sound images of 24 x 16 pixels with labels for training, one for evaluation. */
async function photos(t: TestContext): Promise<string> {
  const root = join(temporaryFolder(t), 'photos');
  const places = [...['a', 'b', 'c'].map((name) => ['image', 'seg', 'depth', name]), ['test', 'test', 'test', 'd']];
  for (const [image, seg, depth, name] of places) {
    await writeTestFile(join(root, image, `${name}.jpg`), await jpeg(rgb(24, 16, (x, y) => [10 * x, 15 * y, 99])));
    await writeTestFile(
      join(root, seg, `${name}.png`),
      png(
        24,
        16,
        1,
        Array.from({ length: 384 }, (_, i) => i % 3),
      ),
    );
    await writeTestFile(
      join(root, depth, `${name}.npy`),
      npy(
        [16, 24],
        Array.from({ length: 384 }, (_, i) => 1 + (i % 5)),
      ),
    );
  }
  await writeTestFile(join(root, 'dataset.json'), JSON.stringify(description));
  return root;
}

test('a sound folder is trained on, judged and answered', async (t) => {
  const root = await photos(t);
  const runs = temporaryFolder(t);
  await succeed(t, 'train', writeConfig(runs, folderConfig(root, 1)), '--runs', runs);
  const { stdout } = await succeed(t, 'eval', join(runs, 'run'), '--json');
  assert.equal(JSON.parse(stdout).images, 1);
  // An image that cannot be read is told of at the end; the others are answered.
  const out = join(runs, 'out');
  await truncate(join(root, 'image', 'b.jpg'), 300);
  assertRefused(
    await nddr(t, 'predict', join(runs, 'run'), join(root, 'image'), '--out', out),
    /error: 1 image could not be answered:\n.*b\.jpg: the image is cut/,
  );
  assert.deepEqual(
    Object.keys(hashes(out)),
    ['a', 'c'].flatMap((name) =>
      ['depth.millimetres', 'depth', 'seg.classes', 'seg'].map((what) => `${name}.${what}.png`),
    ),
  );
  const file = join(out, 'a.seg.png', 'in-a-file');
  assertRefused(
    await nddr(t, 'predict', join(runs, 'run'), join(root, 'image', 'a.jpg'), '--out', file),
    /Cannot write/,
  );
});

/** Faults of a file that only reading it can tell, and the message that each gives. */
const damages: readonly [string, (root: string) => Promise<unknown>, RegExp][] = [
  ['a truncated JPEG', (root) => truncate(join(root, 'image', 'b.jpg'), 300), /b\.jpg: the image is cut short/],
  [
    'a label of another size',
    (root) => writeTestFile(join(root, 'seg', 'b.png'), png(16, 24, 1, new Array(384).fill(0))),
    /b\.png: is 16x24, expected 24x16 like .*b\.jpg/,
  ],
  [
    'class index 200',
    (root) => writeTestFile(join(root, 'seg', 'b.png'), png(24, 16, 1, [...new Array(383).fill(0), 200])),
    /b\.png: class index 200 at x 23, y 15 .*expected 0 to 2, or 255/,
  ],
  [
    'NaN in a depth map',
    (root) => writeTestFile(join(root, 'depth', 'b.npy'), npy([16, 24], [Number.NaN, ...new Array(383).fill(1)])),
    /b\.npy: depth NaN at x 0, y 0/,
  ],
];

for (const [index, [name, damage, message]] of damages.entries()) {
  test(`${name} ends training with its file and place; mended, the run goes on`, async (t) => {
    const root = await photos(t);
    const sound = hashes(root);
    await damage(root);
    const runs = temporaryFolder(t);
    const config = writeConfig(runs, folderConfig(root, index % 3));
    const before = hashes(root);
    assertRefused(await nddr(t, 'train', config, '--runs', runs), message);
    assert.deepEqual(hashes(root), before);
    if (index > 0) return;
    await writeTestFile(join(root, 'image', 'b.jpg'), await jpeg(rgb(24, 16, (x, y) => [10 * x, 15 * y, 99])));
    assert.deepEqual(hashes(root), sound);
    await succeed(t, 'resume', join(runs, 'run'));
  });
}

test('a missing folder, description, pair or label for a task is refused', async (t) => {
  const root = await photos(t);
  const config = folderConfig(root, 0);
  await refused(
    t,
    config,
    [`data.root=${join(root, 'none')}`],
    /data\.root: .*none does not exist\. .*--set data\.root=PATH/,
  );
  await refused(t, config, ['tasks.depth.from=dept'], /tasks\.depth: no label "dept".*did you mean "depth"\?/);
  rmSync(join(root, 'seg', 'c.png'));
  await refused(t, config, [], /seg.\*\.png: 1 of 3 images have no seg label: .*c\.jpg \(looked for "c"\)/);
  writeFileSync(join(root, 'dataset.json'), JSON.stringify({ ...description, labls: {} }));
  await refused(t, config, [], /dataset\.json: unknown key "labls"; did you mean "labels"\?/);
});

test('commands on a folder that holds no run say so', async (t) => {
  const root = temporaryFolder(t);
  for (const command of ['eval', 'resume']) assertRefused(await nddr(t, command, root), /holds no run/);
});
