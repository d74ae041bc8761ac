import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NddrError } from '../../errors.js';
import { Random } from '../../random.js';
import { buildScene } from './build.js';
import { Projection } from './camera.js';
import { BACKGROUND, CLASSES, COLOURS, FURNITURE, ROOM_KINDS } from './classes.js';
import { openRooms } from './rooms.js';

const SCENES = 200;
const open = (split: string, seed = 1, size = 48) =>
  openRooms({ split, length: 1000, seed, width: size, height: size });

test('all 13 classes occur over 200 scenes, each on at least 0.5 % and none on over 35 % of the pixels', async () => {
  const rooms = open('train');
  const pixels = new Array<number>(CLASSES.length).fill(0);
  for (let i = 0; i < SCENES; i++) {
    for (const label of (await rooms.read(i)).labels.segmentation.data) pixels[label]++;
  }
  const total = pixels.reduce((sum, count) => sum + count, 0);
  assert.equal(total, SCENES * 48 * 48);
  for (const [i, count] of pixels.entries()) {
    assert.ok(
      count / total >= 0.005 && count / total <= 0.35,
      `${CLASSES[i]}: ${((100 * count) / total).toFixed(2)} %`,
    );
  }
});

test('labels cover every pixel: unit normals, finite depths, boundaries 0 or 1', async () => {
  const rooms = open('train');
  const area = 48 * 48;
  let boundaries = 0;
  for (let i = 0; i < 50; i++) {
    const { image, labels } = await rooms.read(i);
    assert.equal(image.data.length, 3 * area);
    const [normals, depth] = [labels.normals.data, labels.depth.data];
    for (let at = 0; at < area; at++) {
      const length = Math.hypot(normals[at], normals[at + area], normals[at + 2 * area]);
      assert.ok(Math.abs(length - 1) < 1e-5, `normal of length ${length}`);
      assert.ok(depth[at] > 0.05 && depth[at] < 12, `depth ${depth[at]}`);
      assert.ok(labels.boundaries.data[at] <= 1);
      boundaries += labels.boundaries.data[at];
    }
  }
  const share = boundaries / (50 * area);
  assert.ok(share > 0.05 && share < 0.3, `boundaries on ${share} of the pixels`);
});

test('normals agree with the slope of the depth map on flat surfaces', async () => {
  const [width, height] = [80, 60];
  const rooms = openRooms({ split: 'train', length: 20, seed: 4, width, height });
  const area = width * height;
  let checked = 0;
  for (let index = 0; index < 20; index++) {
    const { labels } = await rooms.read(index);
    const [normals, depth, classes] = [labels.normals.data, labels.depth.data, labels.segmentation.data];
    // The camera is the only thing taken from the scene; points are (px, py, -1) times the depth.
    const { camera } = buildScene(new Random('rooms').fork(4).fork('train').fork(index));
    const { px0, py0, step } = new Projection(camera, width, height);
    const point = (at: number): [number, number, number] => {
      const [px, py] = [px0 + (at % width) * step, py0 - Math.floor(at / width) * step];
      return [px * depth[at], py * depth[at], -depth[at]];
    };
    for (let row = 1; row < height - 1; row++) {
      for (let column = 1; column < width - 1; column++) {
        const at = row * width + column;
        const neighbours = [at - 1, at + 1, at - width, at + width];
        const flat = neighbours.every(
          (other) =>
            classes[other] === classes[at] && [0, area, 2 * area].every((k) => normals[other + k] === normals[at + k]),
        );
        // Two parallel faces one behind the other are no flat surface: the second difference tells.
        const bend = 1 / depth[at - 1] + 1 / depth[at + 1] - 2 / depth[at];
        const bendDown = 1 / depth[at - width] + 1 / depth[at + width] - 2 / depth[at];
        if (!flat || Math.abs(bend) > 1e-5 || Math.abs(bendDown) > 1e-5) continue;
        const [left, right, above, below] = neighbours.map(point);
        const [ax, ay, az] = right.map((value, i) => value - left[i]);
        const [bx, by, bz] = above.map((value, i) => value - below[i]);
        const cross = [ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx];
        const cosine =
          (cross[0] * normals[at] + cross[1] * normals[at + area] + cross[2] * normals[at + 2 * area]) /
          Math.hypot(...cross);
        assert.ok(cosine > Math.cos((0.5 * Math.PI) / 180), `scene ${index}, row ${row}, column ${column}: ${cosine}`);
        checked++;
      }
    }
  }
  assert.ok(checked > 0.6 * 20 * area, `only ${checked} pixels were on flat surfaces`);
});

test('a sample is a pure function of seed, split and index', async () => {
  const [first, second] = [open('train'), open('train')];
  await second.read(7);
  const [a, b] = [await first.read(3), await second.read(3)];
  await first.read(4);
  assert.deepEqual(a, b);
  assert.equal(a.id, 'train-00003');
});

test('splits, seeds and indices share no image and no depth map', async () => {
  const seen = new Set<string>();
  let count = 0;
  for (const rooms of [open('train'), open('val'), open('test'), open('train', 2)]) {
    for (let i = 0; i < 40; i++, count++) {
      const { image, labels } = await rooms.read(i);
      seen.add(image.data.join());
      seen.add(labels.depth.data.join());
    }
  }
  assert.equal(seen.size, 2 * count);
});

test('the same scene is seen at every size', async () => {
  const [small, large] = [await open('train', 1, 32).read(5), await open('train', 1, 96).read(5)];
  // The middle of a small pixel is the middle of the 3 x 3 large ones.
  let same = 0;
  for (let row = 0; row < 32; row++) {
    for (let column = 0; column < 32; column++) {
      const [at, there] = [row * 32 + column, (3 * row + 1) * 96 + 3 * column + 1];
      if (Math.abs(small.labels.depth.data[at] - large.labels.depth.data[there]) < 1e-4) same++;
    }
  }
  assert.ok(same > 0.99 * 32 * 32, `${same} of 1024 depths agree`);
});

test('furniture goes with the kind of room: beds are in bedrooms, never in offices', async () => {
  const rooms = open('train', 1, 32);
  const bed = CLASSES.indexOf('bed');
  const [withBed, count] = [new Array<number>(5).fill(0), new Array<number>(5).fill(0)];
  for (let i = 0; i < SCENES; i++) {
    const { labels } = await rooms.read(i);
    const kind = labels.kind.data[0];
    count[kind]++;
    if (labels.segmentation.data.includes(bed)) withBed[kind]++;
  }
  // Every kind is as likely as another: 40 of 200, standard deviation 5.7.
  for (const [kind, share] of count.entries()) assert.ok(share > 17 && share < 63, `${ROOM_KINDS[kind]}: ${share}`);
  assert.ok(withBed[ROOM_KINDS.indexOf('bedroom')] > 0.6 * count[ROOM_KINDS.indexOf('bedroom')]);
  assert.equal(withBed[ROOM_KINDS.indexOf('office')], 0);
});

test('labels of whole images say what the maps show: furniture seen, and how high the camera stands', async () => {
  const rooms = open('train');
  const seen = new Array<number>(FURNITURE.length).fill(0);
  for (let i = 0; i < 60; i++) {
    const { labels } = await rooms.read(i);
    assert.deepEqual(
      Object.entries(labels).flatMap(([name, { channels, height }]) => (height === 1 ? [[name, channels]] : [])),
      [
        ['kind', 1],
        ['furniture', FURNITURE.length],
        ['cameraHeight', 1],
      ],
    );
    for (const [k, name] of FURNITURE.entries()) {
      const pixels = labels.segmentation.data.filter((index) => CLASSES[index] === name).length;
      // 0.2 % of 48 x 48 pixels are 4.6.
      assert.equal(labels.furniture.data[k], pixels >= 5 ? 1 : 0);
      seen[k] += labels.furniture.data[k];
    }
    const [metres] = labels.cameraHeight.data;
    assert.ok(metres >= 0.95 && metres <= 1.9, `${metres} m`);
  }
  for (const [k, count] of seen.entries()) assert.ok(count > 5 && count < 60, `${FURNITURE[k]}: ${count} of 60`);
});

test('one object is salient: part of the image, all of one class, and no side of the room', async () => {
  const rooms = open('train');
  let some = 0;
  for (let i = 0; i < 60; i++) {
    const { labels } = await rooms.read(i);
    const classes = new Set(labels.segmentation.data.filter((_, at) => labels.saliency.data[at] === 1));
    assert.ok(classes.size <= 1, `classes ${[...classes]}`);
    for (const index of classes) assert.ok(!BACKGROUND.includes(CLASSES[index]), CLASSES[index]);
    some += classes.size;
  }
  assert.ok(some >= 57, `${some} of 60 images show a salient object`);
});

test('only the labels that are asked for are made', async () => {
  const sample = await open('train').packed(['kind', 'depth']).read(2);
  assert.deepEqual(Object.keys(sample.labels), ['kind', 'depth']);
});

test('colour alone does not give the class away', async () => {
  // For each of 512 colours the commonest class on 150 scenes, tried on 100 others, against always saying "wall".
  const bin = (data: Uint8Array, at: number) =>
    (data[3 * at] >> 5) * 64 + (data[3 * at + 1] >> 5) * 8 + (data[3 * at + 2] >> 5);
  const votes = Array.from({ length: 512 }, () => new Array<number>(CLASSES.length).fill(0));
  const train = open('train', 1, 32);
  for (let i = 0; i < 150; i++) {
    const { image, labels } = await train.read(i);
    for (const [at, label] of labels.segmentation.data.entries()) votes[bin(image.data, at)][label]++;
  }
  const answers = votes.map((row) => row.indexOf(Math.max(...row)));
  const held = open('test', 1, 32);
  let [right, walls] = [0, 0];
  for (let i = 0; i < 100; i++) {
    const { image, labels } = await held.read(i);
    for (const [at, label] of labels.segmentation.data.entries()) {
      if (answers[bin(image.data, at)] === label) right++;
      if (label === 0) walls++;
    }
  }
  assert.ok(right < walls + 0.05 * 100 * 32 * 32, `${right} pixels by colour, ${walls} by always saying wall`);
});

test('classes have distinguishable colours', () => {
  assert.equal(COLOURS.length, CLASSES.length);
  for (const [i, a] of COLOURS.entries()) {
    for (const b of COLOURS.slice(i + 1)) {
      assert.ok(Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]) > 50, `${a} and ${b}`);
    }
  }
});

test('what is out of range is refused by name', async () => {
  assert.throws(() => openRooms({ split: 'train', length: 0, seed: 1, width: 32, height: 32 }), /length .* not 0/);
  assert.throws(() => openRooms({ split: 'train', length: 5, seed: 1, width: 31.5, height: 32 }), /width .* not 31.5/);
  assert.throws(() => openRooms({ split: 'train', length: 5, seed: 1, width: 32, height: 2 }), NddrError);
  await assert.rejects(open('test').read(1000), /split test: there is no sample 1000; .* 0 to 999/);
  await assert.rejects(open('test').read(-1), NddrError);
});
