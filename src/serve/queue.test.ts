import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Queue } from './queue.js';

test('one has its turn at a time, in the order of arrival; one that leaves is passed over', async () => {
  const queue = new Queue(3);
  const seen: string[] = [];
  const never = new AbortController().signal;
  const leaves = new AbortController();
  const work = async (name: string, signal = never) => {
    const end = await queue.turn(signal);
    seen.push(`${name} begins`);
    await new Promise((resolve) => setImmediate(resolve));
    seen.push(`${name} ends`);
    end();
  };
  const all = [work('a'), work('b', leaves.signal), work('c')];
  leaves.abort('gone');
  await assert.rejects(all[1], (reason) => reason === 'gone');
  await Promise.all([all[0], all[2], work('d')]);
  assert.deepEqual(seen, ['a begins', 'a ends', 'c begins', 'c ends', 'd begins', 'd ends']);
  await assert.rejects(work('e', leaves.signal), (reason) => reason === 'gone');
  await work('f'); // the turn of one that never began is not lost
});

test('places are as many as the queue is long and one more, and are given back once', () => {
  const queue = new Queue(1);
  const [first] = [queue.enter(), queue.enter()];
  assert.throws(() => queue.enter(), {
    name: 'Refusal',
    status: 503,
    message: /^The queue is full: 2 requests are in hand\. Try again in 1 seconds?\.$/,
    headers: { 'Retry-After': '1' },
  });
  first();
  first();
  assert.equal(queue.inHand, 1);
  queue.enter();
  assert.throws(() => queue.enter());
});
