import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { png, temporaryFolder, writeTestFile } from '../data/folder.test.fixture.js';
import { dataCommand } from './data.js';

/** Runs `nddr data ...`. @returns what it prints, its progress, and the error that it throws */
async function run(t: TestContext, ...words: string[]): Promise<{ printed: string; shown?: string; error?: Error }> {
  const log = t.mock.method(console, 'log', () => {});
  const progress = t.mock.method(process.stderr, 'write', () => true);
  try {
    await dataCommand().parseAsync(words, { from: 'user' });
    return { printed: printedBy(log), shown: printedBy(progress) };
  } catch (error) {
    return { printed: printedBy(log), error: error as Error };
  } finally {
    log.mock.restore();
    progress.mock.restore();
  }
}

const printedBy = ({ mock }: { mock: { calls: readonly { arguments: readonly unknown[] }[] } }) =>
  mock.calls.map((call) => call.arguments.join(' ')).join('\n');

const map = (value: number) => png(8, 6, 1, new Array(48).fill(value));

test('an import prints its splits, labels and what to do next; what is damaged is listed, and ends with an error', async (t) => {
  const root = await temporaryFolder(t);
  const [source, dest] = [join(root, 'CamVid'), join(root, 'camvid')];
  for (const [split, id] of [
    ['train', '1'],
    ['train', '2'],
    ['val', '3'],
  ]) {
    await writeTestFile(join(source, split, `${id}.png`), png(8, 6, 3, new Array(144).fill(90)));
    await writeTestFile(join(source, `${split}annot`, `${id}.png`), map(3));
  }
  const { printed, shown, error } = await run(t, 'import', 'camvid', source, dest);
  assert.equal(error, undefined);
  assert.match(shown ?? '', /^import camvid {2}1\/3 samples {2}33 %\n/, 'nothing is known of the time left');
  assert.match(
    printed,
    /^Wrote .*camvid\/dataset\.json\.\ntrain: 2 samples; segmentation\nval: 1 sample; segmentation\nNext: npx nddr data check .*\n.*npx nddr init .*npx nddr train/,
  );
  assert.match((await run(t, 'check', dest)).printed, /every file is sound/);
  assert.match((await run(t, 'import', 'camvid', source, dest)).printed, /3 samples were there already/);

  await writeTestFile(join(source, 'trainannot', '2.png'), 'no picture');
  await writeTestFile(join(source, 'train', '4.png'), png(8, 6, 3, new Array(144).fill(9)));
  const damaged = await run(t, 'import', 'camvid', source, join(root, 'other'));
  assert.match(
    damaged.printed,
    /left out: images without any label \(1\): train\/4\nleft out: 1 sample whose files are damaged:\n {2}train\/2: .*2\.png: is not a PNG/,
  );
  assert.match(
    damaged.error?.message ?? '',
    /other: 2 samples could not be imported; see above\. The rest can be used\./,
  );
  assert.deepEqual(readdirSync(join(root, 'other', 'train', 'images')), ['1.png']);
});

test('settings are given by --set, and a wrong kind, setting or number of paths is refused', async (t) => {
  const root = await temporaryFolder(t);
  await writeTestFile(join(root, 'in', 'a.png'), png(8, 6, 3, new Array(144).fill(90)));
  await writeTestFile(join(root, 'in', 'a.depth.png'), map(100));
  const settings = ['images=?.png', 'shares={"all":1}', 'labels.depth.files=*.depth.png', 'labels.depth.kind=depth'];
  const words = ['import', 'folder', join(root, 'in'), join(root, 'out')];
  const set = (...list: string[]) => list.flatMap((one) => ['--set', one]);
  const { error } = await run(t, ...words, ...set(...settings));
  assert.match(error?.message ?? '', /labels\.depth\.metresPerValue: .*expected number/);
  const good = await run(t, ...words, ...set(...settings, 'labels.depth.metresPerValue=0.01'));
  assert.match(good.printed, /^Wrote .*\nall: 1 sample; depth\n/);

  // Patterns without wildcards name one file each.
  const one = ['images=a.png', 'shares={"all":1}', 'labels.depth.kind=depth', 'labels.depth.metresPerValue=0.01'];
  const named = await run(
    t,
    ...words.slice(0, -1),
    join(root, 'one'),
    ...set(...one, 'labels.depth.files=a.depth.png'),
  );
  assert.match(named.printed, /^Wrote .*\nall: 1 sample; depth\n/);
  assert.deepEqual(readdirSync(join(root, 'one', 'all', 'images')), ['a.png']);
  const apart = await run(
    t,
    ...words.slice(0, -1),
    join(root, 'two'),
    ...set(...one, 'labels.depth.files=?.depth.png'),
  );
  assert.match(apart.error?.message ?? '', /images without any label \(1\): a\.png; labels without an image \(1\): a$/);
  for (const [bad, message] of [
    [['import', 'camvit', root, 'x'], /unknown kind "camvit"; did you mean "camvid"/],
    [['import', 'camvid', root], /expected at least one source/],
    [['import', 'voc', root, join(root, 'y'), '--set', 'sed=3'], /unknown key "sed"; did you mean "seed"/],
  ] as const)
    assert.match((await run(t, ...bad)).error?.message ?? '', message);
});
