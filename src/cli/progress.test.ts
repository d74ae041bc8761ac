import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { openProgress, type ProgressOutput, showSeconds } from './progress.js';

/** A stream that keeps what is written, and a clock that the test moves. */
function fakeOutput(isTTY: boolean): { output: ProgressOutput; text: () => string; clock: { millis: number } } {
  let written = '';
  const clock = { millis: 0 };
  const stream = new Writable({
    write(chunk, _encoding, done) {
      written += chunk;
      done();
    },
  });
  const output = { stream: Object.assign(stream, { isTTY, columns: 100 }), nowMillis: () => clock.millis };
  return { output, text: () => written, clock };
}

test('without a terminal there is a plain line every five seconds and one at the end', () => {
  const { output, text, clock } = fakeOutput(false);
  const progress = openProgress({ title: 'nddr', total: 200, unit: 'steps' }, output);
  for (let step = 1; step <= 200; step++) {
    clock.millis = step * 100;
    progress.update(step, { losses: { seg: 2, normals: 0.12345 }, imagesPerSecond: 80 });
  }
  progress.close();
  assert.deepEqual(text().trimEnd().split('\n'), [
    'nddr    1/200 steps   0 %  seg 2.000  normals 0.1235  80 images/s  20 s left',
    'nddr   51/200 steps  25 %  seg 2.000  normals 0.1235  80 images/s  15 s left',
    'nddr  101/200 steps  50 %  seg 2.000  normals 0.1235  80 images/s  10 s left',
    'nddr  151/200 steps  75 %  seg 2.000  normals 0.1235  80 images/s  5 s left',
    'nddr  200/200 steps 100 %  seg 2.000  normals 0.1235  80 images/s',
  ]);
});

test('messages come at once, and nothing after the end', () => {
  const { output, text, clock } = fakeOutput(false);
  const progress = openProgress({ title: 'data', total: 2, unit: 'images' }, output);
  progress.message('a.jpg is cut off');
  progress.update(2);
  clock.millis = 60_000;
  progress.close();
  progress.close();
  progress.update(1);
  progress.message('late');
  assert.equal(text(), 'a.jpg is cut off\ndata  2/2 images 100 %\n');
});

test('a resumed run tells the time left from what was done since', () => {
  const { output, text, clock } = fakeOutput(false);
  const progress = openProgress({ title: 'run', total: 1000, unit: 'steps', start: 900 }, output);
  clock.millis = 10_000;
  progress.update(910);
  progress.close();
  assert.equal(text(), 'run   910/1000 steps  91 %  1 min 30 s left\n');
});

test('a note lasts until the next update, other facts stay', () => {
  const { output, text, clock } = fakeOutput(false);
  const progress = openProgress({ title: 'run', total: 4, unit: 'steps' }, output);
  progress.update(4, { losses: { depth: 12345 }, note: 'evaluating' });
  clock.millis = 5000;
  progress.update(4);
  progress.close();
  assert.equal(text(), 'run  4/4 steps 100 %  depth 1.23e+4  evaluating\nrun  4/4 steps 100 %  depth 1.23e+4\n');
});

test('in a terminal there is a live bar, with messages above it', async () => {
  const { output, text } = fakeOutput(true);
  const progress = openProgress({ title: 'nddr', total: 4, unit: 'steps' }, output);
  progress.update(1, { losses: { seg: 1.5 } });
  await setTimeout(250);
  progress.update(2);
  progress.message('checkpoint saved');
  progress.close();
  const shown = text();
  assert.ok(shown.includes('nddr ██████░░░░░░░░░░░░░░░░░░ 1/4 steps  25 %  seg 1.500'), shown);
  assert.ok(shown.includes('checkpoint saved\n'), shown);
  const last = shown.lastIndexOf('nddr ████████████░░░░░░░░░░░░ 2/4 steps  50 %  seg 1.500');
  assert.ok(last > shown.indexOf('checkpoint saved\n'), 'the bar is drawn again under the message');
  assert.ok(!shown.includes('\x1b[?'), 'no mode of the terminal is changed');
  assert.ok(shown.endsWith('\n'));
});

test('times are told in two units at most', () => {
  assert.equal(showSeconds(0.4), '0 s');
  assert.equal(showSeconds(59.4), '59 s');
  assert.equal(showSeconds(59.6), '1 min 00 s');
  assert.equal(showSeconds(750), '12 min 30 s');
  assert.equal(showSeconds(3599.9), '1 h 00 min');
  assert.equal(showSeconds(3 * 3600 + 5 * 60 + 29), '3 h 05 min');
  assert.equal(showSeconds(100 * 3600), '4 days');
});
