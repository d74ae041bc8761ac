import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../random.js';
import { thin } from './thinning.js';

const drawn = (rows: readonly string[]): Uint8Array => Uint8Array.from(rows.join(''), (c) => (c === '#' ? 1 : 0));
const show = (mask: ArrayLike<number>, width: number): string[] =>
  Array.from({ length: mask.length / width }, (_, y) =>
    Array.from({ length: width }, (_, x) => (mask[y * width + x] ? '#' : '.')).join(''),
  );
const thinned = (rows: readonly string[]): string[] => {
  const mask = drawn(rows);
  thin(mask, rows[0].length, rows.length);
  return show(mask, rows[0].length);
};

test('thinning leaves lines of one pixel and keeps them connected', () => {
  const bar = drawn(['.......', '.#####.', '.#####.', '.#####.', '.......']);
  thin(bar, 7, 5);
  assert.deepEqual(show(bar, 7), ['.......', '.......', '..###..', '.......', '.......']);

  const rows = ['........', '.######.', '.######.', '.##..##.', '.##..##.', '.######.', '.######.', '........'];
  const ring = drawn(rows);
  thin(ring, 8, 8);
  assert.ok(thickness(ring, 8) === 1, show(ring, 8).join('\n'));
  assert.equal(regions(ring, 8, 0), 2, 'the hole stays closed');
  assert.equal(regions(ring, 8, 1), 1);
});

test('thinning leaves lines that are thin already as they are', () => {
  const rows = ['#......#', '.#....#.', '..#..#..', '...##...', '........', '########'];
  const mask = drawn(rows);
  thin(mask, 8, 6);
  assert.deepEqual(show(mask, 8), rows);
});

test('thinning random blobs changes neither the number of their pieces nor that of their holes', () => {
  const random = new Random('blobs');
  for (let round = 0; round < 20; round++) {
    const noise = Uint8Array.from({ length: 20 * 20 }, () => (random.next() < 0.3 ? 1 : 0));
    const mask = noise.map((_, i) => {
      const [x, y] = [i % 20, Math.floor(i / 20)];
      // An empty margin: what touches the edge would be joined around the outside.
      return x % 19 === 0 || y % 19 === 0 ? 0 : noise[i] | noise[i + 1] | noise[i + 20];
    });
    const before = [regions(mask, 20, 1), regions(mask, 20, 0)];
    thin(mask, 20, 20);
    assert.deepEqual([regions(mask, 20, 1), regions(mask, 20, 0)], before);
  }
});

/** 2 where a block of 2 x 2 pixels is set, else 1. */
function thickness(mask: Uint8Array, width: number): number {
  const block = mask.some(
    (v, i) => v && i % width < width - 1 && mask[i + 1] && mask[i + width] && mask[i + width + 1],
  );
  return block ? 2 : 1;
}

/** Connected pieces of one value: by 8 neighbours for 1, by 4 for 0. */
function regions(mask: Uint8Array, width: number, value: number): number {
  const left = new Set([...mask.keys()].filter((i) => mask[i] === value));
  let count = 0;
  while (left.size > 0) {
    count++;
    const stack = [left.values().next().value as number];
    left.delete(stack[0]);
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      for (const dy of [-1, 0, 1]) {
        for (const dx of [-1, 0, 1]) {
          const x = (at % width) + dx;
          const neighbour = at + dy * width + dx;
          if (x < 0 || x >= width || (value === 0 && dx !== 0 && dy !== 0) || !left.delete(neighbour)) continue;
          stack.push(neighbour);
        }
      }
    }
  }
  return count;
}

test('a corner is cut, and the end of a line beside it stays', () => {
  // The first half of a pass keeps the corner: its east neighbour is set and its south-east one is not. The second
  // half removes it. The end below has one pair of set neighbours, north and north-east, so it is no pixel to remove.
  assert.deepEqual(thinned(['.....', '.###.', '.#...', '.....']), ['.....', '..##.', '.#...', '.....']);
});

test('single pixels, pairs and empty masks stay, also at the rim', () => {
  for (const rows of [['#..', '...', '..#'], ['##.', '...', '#..'], ['...', '...'], ['#']])
    assert.deepEqual(thinned(rows), rows);
});

/** Where the neighbours of a pixel lie, clockwise from north. */
const RING = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => {
  const angle = (i * Math.PI) / 4;
  return [Math.round(1.4 * Math.sin(angle)), Math.round(-1.4 * Math.cos(angle))] as const;
});

/** Groups of set neighbours that touch each other by a side or a corner. */
function groupsOf(ring: readonly boolean[]): number {
  const group = ring.map((_, i) => i);
  for (const [i, [x, y]] of RING.entries()) {
    for (const [j, [u, v]] of RING.entries()) {
      if (!ring[i] || !ring[j] || Math.max(Math.abs(x - u), Math.abs(y - v)) > 1) continue;
      const [from, to] = [group[i], group[j]];
      for (const k of group.keys()) if (group[k] === from) group[k] = to;
    }
  }
  return new Set(group.filter((_, i) => ring[i])).size;
}

/** The algorithm as its paper has it: the whole image at every half of a pass, until a pass removes nothing. */
function published(mask: Uint8Array, width: number, height: number): Uint8Array {
  let now = mask;
  for (let half = 0, unchanged = 0; unchanged < 2; half = 1 - half) {
    const next = now.map((value, i) => {
      const [x, y] = [i % width, Math.floor(i / width)];
      const ring = RING.map(([dx, dy]) => {
        const [u, v] = [x + dx, y + dy];
        return u >= 0 && u < width && v >= 0 && v < height && now[v * width + u] === 1;
      });
      const pairs = (first: number) =>
        [0, 2, 4, 6].filter((k) => ring[(first + k) % 8] || ring[(first + k + 1) % 8]).length;
      const [n, ne, e, se, s, sw, w, nw] = ring;
      const stays = half === 0 ? (n || ne || !se) && e : (s || sw || !nw) && w;
      const inner = n && e && s && w; // one group, yet no boundary
      const fewest = Math.min(pairs(0), pairs(7));
      return !stays && !inner && groupsOf(ring) === 1 && fewest >= 2 && fewest <= 3 ? 0 : value;
    });
    unchanged = next.every((value, i) => value === now[i]) ? unchanged + 1 : 0;
    now = next;
  }
  return now;
}

test('random blobs are thinned as the published algorithm thins them', () => {
  const random = new Random('thinning');
  for (const share of [0.3, 0.5, 0.7, 0.9]) {
    for (let round = 0; round < 4; round++) {
      const [width, height] = [23, 17];
      const mask = Uint8Array.from({ length: width * height }, () => (random.next() < share ? 1 : 0));
      // Blocks of random pixels grow together to blobs that take several passes.
      if (round % 2 === 1) for (let i = 0; i + 2 < mask.length; i++) mask[i] &= mask[i + 1] | mask[i + 2];
      const expected = show(published(mask, width, height), width);
      thin(mask, width, height);
      assert.deepEqual(show(mask, width), expected);
    }
  }
});
