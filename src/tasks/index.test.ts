import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTask, type TaskConfig } from './index.js';

const messageOf = (config: TaskConfig): string => {
  try {
    createTask('seg', config);
  } catch (error) {
    assert.equal((error as Error).name, 'NddrError');
    return (error as Error).message;
  }
  assert.fail('no error');
};

test('an unknown kind is refused with the nearest known one', () => {
  assert.match(messageOf({ kind: 'normal' }), /Task "seg": unknown kind "normal"; did you mean "normals"\?/);
  assert.match(messageOf({ kind: 'Segmentaton' }), /did you mean "segmentation"\?/);
  assert.match(messageOf({ kind: 'toString' }), /unknown kind/);
});

test('an unknown key is refused with the nearest known one', () => {
  const message = messageOf({ kind: 'segmentation', classes: ['a', 'b'], colors: [] });
  assert.match(message, /Task "seg": unknown key "colors"; did you mean "colours"\?/);
  assert.match(messageOf({ kind: 'depth', zooming: true }), /did you mean "zoom"\?/);
});

test('a value that does not fit is named with what was expected and found', () => {
  assert.match(messageOf({ kind: 'segmentation' }), /Task "seg": classes: .*expected array.*found nothing/);
  assert.match(
    messageOf({ kind: 'segmentation', classes: ['a', 'a'] }),
    /Task "seg": classes: expected names that differ/,
  );
  const unequal = { kind: 'segmentation', classes: ['a', 'b'], colours: [[0, 0, 0]] };
  assert.match(messageOf(unequal), /Task "seg": colours: expected as many colours as classes, found \[\[0,0,0\]\]/);
  assert.match(
    messageOf({ kind: 'depth', rangeMetres: [10, 1] }),
    /Task "seg": rangeMetres: expected the near end first/,
  );
  assert.match(messageOf({ kind: 'normals', encoding: 'bgr' }), /Task "seg": encoding: .*"xyz"\|"rgb", found "bgr"/);
  const numbers = { kind: 'regression', names: ['a', 'b'], mean: [1] };
  assert.match(messageOf(numbers), /Task "seg": mean: expected one for each number, found \[1\]/);
  assert.match(messageOf({ kind: 'boundaries', positiveWeight: 1 }), /Task "seg": positiveWeight: .*found 1/);
});

test('keys whose value is undefined count as absent', () => {
  assert.equal(createTask('depth', { kind: 'depth', classes: undefined, zoom: undefined }).kind, 'depth');
});

test('an exported model says of each answer what it means', () => {
  const classes = ['a', 'b'];
  const described: [TaskConfig, Record<string, unknown>][] = [
    [
      { kind: 'depth', rangeMetres: [1, 20] },
      { answer: 'depth', unit: 'metres', rangeMetres: [1, 20] },
    ],
    [{ kind: 'normals', encoding: 'rgb' }, { encoding: 'rgb' }],
    [{ kind: 'segmentation', classes }, { classes }],
    [{ kind: 'classification', classes }, { classes }],
    [{ kind: 'multilabel', classes }, { classes }],
    [
      { kind: 'regression', names: classes, unit: 'cm' },
      { names: classes, unit: 'cm' },
    ],
  ];
  for (const [config, expected] of described) {
    const { describe } = createTask('t', config);
    for (const [key, value] of Object.entries(expected))
      assert.deepEqual(describe[key], value, `${config.kind}: ${key}`);
  }
});

test('heads have the channels that the kinds need', () => {
  const channels = (config: TaskConfig) => createTask('t', config).channels;
  assert.equal(channels({ kind: 'segmentation', classes: ['a', 'b', 'c'] }), 3);
  assert.deepEqual(
    ['normals', 'depth', 'boundaries'].map((kind) => channels({ kind })),
    [3, 1, 1],
  );
  const names = ['a', 'b', 'c'];
  assert.equal(channels({ kind: 'classification', classes: names }), 3);
  assert.equal(channels({ kind: 'multilabel', classes: names }), 3);
  assert.equal(channels({ kind: 'regression', names }), 3);
  assert.equal(channels({ kind: 'regression' }), 1);
  assert.equal(channels({ kind: 'regression', names: ['a'] }), 1);
});
