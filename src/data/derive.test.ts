import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkFolder } from './check.js';
import { parseDescription } from './description.js';
import { openFolder } from './folder.js';
import { labelled, png, temporaryFolder } from './folder.test.fixture.js';

const parts = { kind: 'parts', classes: ['background', 'hair', 'skin', 'shoes'] };
const labels = {
  parts,
  saliency: { kind: 'saliency', from: 'parts', not: ['background'] },
  feet: { kind: 'saliency', from: 'parts', positive: ['shoes'] },
  body: {
    kind: 'segmentation',
    classes: ['background', 'person'],
    from: 'parts',
    map: { hair: 'person', skin: 'person', shoes: null },
  },
  edges: { kind: 'boundaries', from: 'body', thickness: 1 },
};
const splits = { train: { images: 'image/*.jpg', labels: { parts: 'parts/*.png' } } };
const described = (given: object) => ({ name: 'test', splits, labels: given }) as never;

test('labels are derived from class maps by one line each, and from derived ones', async (t) => {
  const root = await temporaryFolder(t);
  await labelled(root, 'parts', { 'a.png': png(4, 2, 1, [0, 1, 2, 255, 0, 0, 2, 3]) });
  const dataset = await openFolder({ root, description: described(labels), split: 'train' });
  assert.deepEqual(dataset.labels.body.classes, ['background', 'person']);
  const sample = await dataset.read(0);
  const of = (name: string) => [...sample.labels[name].data];
  assert.deepEqual(of('saliency'), [0, 1, 1, 255, 0, 0, 1, 1]);
  assert.deepEqual(of('feet'), [0, 0, 0, 255, 0, 0, 0, 1]);
  assert.deepEqual(of('body'), [0, 1, 1, 255, 0, 0, 1, 255]);
  assert.deepEqual(of('edges'), [1, 1, 0, 255, 0, 1, 0, 255]);
  // What a task asks for alone is derived as well.
  const { labels: packed } = await dataset.packed(['edges']).read(0);
  assert.deepEqual(Object.keys(packed), ['edges']);
  assert.deepEqual([...packed.edges.data], of('edges'));

  const { problems, splits: counted } = await checkFolder({ root, description: described(labels) });
  assert.deepEqual(problems, []);
  assert.deepEqual(counted.train.labels.feet.classes, [
    { name: 'none', pixels: 6 },
    { name: 'salient', pixels: 1 },
  ]);
  assert.equal(counted.train.labels.body.labelledPixels, 6);
});

test('derived labels that refer to nothing, or say too little, are refused', () => {
  const refuses = (more: object, pattern: RegExp) =>
    assert.throws(() => parseDescription(described({ parts, ...more }), 'd.json'), pattern);
  const kind = 'saliency';
  refuses({ s: { kind, from: 'prats', not: ['hair'] } }, /labels\.s\.from: "prats" is no label .*did you mean "parts"/);
  refuses({ s: { kind, from: 'parts' } }, /labels\.s\.from: needs one of "positive" and "not"/);
  refuses({ s: { kind, from: 'parts', not: ['hare'] } }, /labels\.s\.not: "hare" is no class .*did you mean "hair"/);
  refuses({ s: { kind, from: 'parts', not: ['hair'], ignore: 3 } }, /labels\.s\.ignore: a derived label has no files/);
  const two = { kind: 'segmentation', classes: ['background', 'person'] };
  refuses(
    { s: { ...two, from: 'parts', map: { hair: 'person', skin: 'person' } } },
    /labels\.s\.map: does not name shoes; name a class or null for each, or set "others"/,
  );
  refuses(
    { s: { ...two, from: 'parts', others: 'unlabelled', map: { hat: null } } },
    /map\.hat: no class of that name/,
  );
  refuses(
    { a: { ...two, from: 'b', others: 'unlabelled' }, b: { ...two, from: 'a', others: 'unlabelled' } },
    /labels\.a\.from: a from b from a is a circle; derive one/,
  );
});
