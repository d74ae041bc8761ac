import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawCard } from '../drawing/card.js';
import { example, taskCases } from './cases.test.fixture.js';
import { taskKinds } from './index.js';
import type { Image } from './raster.js';

test('every registered kind of task has a case for the tests', () => {
  assert.deepEqual(Object.keys(taskCases).sort(), Object.keys(taskKinds).sort());
});

for (const [kind, cases] of Object.entries(taskCases)) {
  test(`where nothing was labelled, every metric is NaN: ${kind}`, () => {
    for (const { task, answer, nothing } of cases.map(example)) {
      const meter = task.meter();
      meter.add(answer, nothing);
      for (const [name, value] of Object.entries(meter.values())) assert.ok(Number.isNaN(value), `${name}: ${value}`);
    }
  });

  test(`the meter gives exactly the metrics that the task lists, one of them main: ${kind}`, () => {
    for (const { task, answer, label } of cases.map(example)) {
      const meter = task.meter();
      meter.add(answer, label);
      assert.deepEqual(
        Object.keys(meter.values()),
        task.metrics.map(({ name }) => name),
      );
      for (const [name, value] of Object.entries(meter.values()))
        assert.ok(Number.isFinite(value), `${name}: ${value}`);
      assert.equal(task.metrics.filter(({ main }) => main).length, 1);
    }
  });

  test(`answers and labels are drawn, and a missing label looks like no label: ${kind}`, () => {
    for (const { task, answer, label, nothing } of cases.map(example)) {
      const size = { width: 120, height: 80 };
      const pictures = [answer, label, nothing].map((map) => task.picture(map, size));
      const expected = task.level === 'image' ? size : { width: label.width, height: 1 };
      for (const { width, height, data } of pictures) {
        assert.deepEqual({ width, height }, expected);
        assert.equal(data.length, 3 * width * height);
      }
      const [, shown, missing] = pictures.map(pixelsOf);
      if (task.level === 'image') {
        assert.deepEqual(pictures[2], drawCard([{ text: 'unlabelled' }], size));
        assert.notDeepEqual(shown, missing);
      } else {
        assert.equal(new Set(missing).size, 1, 'one colour stands for no label');
        for (const colour of shown) assert.notEqual(colour, missing[0]);
      }
    }
  });

  test(`answers about whole images have words, and their picture shows them: ${kind}`, () => {
    for (const { task, answer, label, nothing } of cases.map(example)) {
      assert.equal(task.inWords !== undefined, task.level === 'image');
      for (const map of [answer, label, nothing]) {
        const words = task.inWords?.(map);
        if (!words) continue;
        assert.deepEqual(JSON.parse(JSON.stringify(words.value)), words.value);
        assert.deepEqual(task.picture(map), drawCard(words.lines));
      }
    }
  });
}

/** The pixels of an image as text. */
const pixelsOf = ({ data }: Image): string[] =>
  Array.from({ length: data.length / 3 }, (_, i) => data.subarray(3 * i, 3 * i + 3).join());
