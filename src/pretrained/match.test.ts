import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NddrError } from '../errors.js';
import type { StoredTensor } from '../weights/stored-tensor.js';
import type { WeightFile } from '../weights/weight-file.js';
import { conventionOf, matchAll, matchSource } from './match.js';
import { readMatch } from './read.js';
import { fileWith, ownFile, sourceOf, targetFor, WIDTH } from './target.test.fixture.js';

const vgg = { kind: 'vgg16', width: WIDTH } as const;
const tiny = { kind: 'tiny', width: WIDTH } as const;

const refused = (match: () => unknown, ...patterns: RegExp[]) =>
  assert.throws(match, (error: Error) => {
    assert.ok(error instanceof NddrError, String(error.stack));
    for (const pattern of patterns) assert.match(error.message, pattern);
    return true;
  });

/** The first number of the variables of a network after files were taken. */
async function taken(target: ReturnType<typeof targetFor>, ...sources: Parameters<typeof sourceOf>[]) {
  const match = matchAll(
    target,
    sources.map((one) => sourceOf(...one)),
  );
  const values = await readMatch(match);
  return { match, of: (path: string) => values.get(path)?.[0] };
}

test('the trunk of a run starts every tower, its heads their tasks, and fusion layers stay fresh', async () => {
  const trunk = ownFile(targetFor(tiny, ['seg', 'facing'], { kind: 'shared' }), 3);
  const { match, of } = await taken(targetFor(tiny, ['seg', 'facing'], { kind: 'nddr' }), [trunk]);
  assert.deepEqual(['seg.conv1.weight', 'facing.conv4.var', 'seg.fc.bias', 'nddr1.seg.weight'].map(of), [
    3,
    3,
    3,
    undefined,
  ]);
  assert.ok(match.fresh.every((path) => path.startsWith('nddr')));
  assert.deepEqual(match.sources[0].report.unused, []);
});

test('a trunk starts from the only tower of a run, or from the one that is named', async () => {
  const trunk = targetFor(tiny, ['seg', 'facing'], { kind: 'shared' });
  assert.equal((await taken(trunk, [ownFile(targetFor(tiny, ['seg']), 5)])).of('shared.conv1.weight'), 5);
  const both = ownFile(targetFor(tiny, ['seg', 'facing']), 6);
  refused(
    () => matchSource(trunk, sourceOf(both)),
    /has the towers seg, facing, and the network has one trunk/,
    /"from": "seg"/,
  );
  const { of } = await taken(trunk, [both, { from: 'facing' }]);
  assert.deepEqual(['shared.conv1.weight', 'facing.fc.bias', 'seg.fc.bias'].map(of), [6, 6, undefined]);
});

test('each tower starts from a run of its own, by the name of its task or as the setting says', async () => {
  const network = targetFor(tiny, ['seg', 'facing'], { kind: 'nddr' });
  const [seg, facing] = [ownFile(targetFor(tiny, ['seg']), 1), ownFile(targetFor(tiny, ['facing']), 2)];
  const byName = await taken(network, [seg], [facing]);
  assert.deepEqual(['seg.conv1.weight', 'facing.conv1.weight'].map(byName.of), [1, 2]);
  const exchanged = await taken(network, [seg, { tower: 'facing' }], [facing, { tower: 'seg' }]);
  assert.deepEqual(['seg.conv1.weight', 'facing.conv1.weight', 'facing.fc.bias'].map(exchanged.of), [2, 1, 1]);
  const one = await taken(network, [seg, { from: 'seg' }]);
  assert.deepEqual(['seg.conv1.weight', 'facing.conv1.weight', 'facing.fc.bias'].map(one.of), [1, 1, undefined]);
  refused(
    () => matchSource(network, sourceOf(seg, { tower: 'facade' })),
    /network has no "facade"; did you mean "facing"/,
  );
  refused(
    () => matchSource(network, sourceOf(seg, { from: 'sog' })),
    /the file has no tower "sog"; did you mean "seg"/,
  );
});

test('later files replace what earlier ones gave', async () => {
  const network = targetFor(tiny);
  const { of, match } = await taken(network, [ownFile(network, 1)], [ownFile(network, 2)]);
  assert.equal(of('seg.conv2.weight'), 2);
  const notes = match.sources.map(({ report }) => report.notes);
  assert.deepEqual(notes, [
    [`later files replace ${network.variables.size} of the variables that are taken of it`],
    [],
  ]);
});

/** VGG-16 of torchvision, narrow, each tensor filled. */
function torchvisionVgg(prefix = ''): Record<string, readonly [number[], number]> {
  const tensors: Record<string, readonly [number[], number]> = {};
  let [at, inputs] = [0, 3];
  for (const [count, channels] of [
    [2, 4],
    [2, 8],
    [3, 16],
    [3, 32],
    [3, 32],
  ]) {
    for (let i = 0; i < count; i++) {
      tensors[`${prefix}features.${at}.weight`] = [[channels, inputs, 3, 3], 0.5];
      tensors[`${prefix}features.${at}.bias`] = [[channels], 0.25];
      [at, inputs] = [at + 2, channels];
    }
    at++;
  }
  return tensors;
}

test('names that all begin alike are known, and of several networks in a file the one that is named', () => {
  const network = targetFor(vgg);
  const { report } = matchSource(network, sourceOf(fileWith(torchvisionVgg('module.'))));
  assert.match(report.evidence, /under "module\."/);
  assert.equal(report.shares.seg, 1);
  const both = fileWith({ ...torchvisionVgg('student.'), ...torchvisionVgg('teacher.') });
  refused(() => matchSource(network, sourceOf(both)), /holds 2 networks \(student, teacher\): say which one by "from"/);
  assert.equal(matchSource(network, sourceOf(both, { from: 'teacher' })).report.unused.length, 26);
  refused(() => matchSource(network, sourceOf(both, { from: 'teachers' })), /did you mean "teacher"/);
});

test('a bias starts a batch normalisation as the mean that makes it compute the same', async () => {
  const { of } = await taken(targetFor(vgg), [fileWith(torchvisionVgg())]);
  const parts = ['gamma', 'beta', 'mean', 'var'].map((part) => of(`seg.conv3_2.${part}`));
  assert.deepEqual(parts, [1, 0, -0.25, Math.fround(1 - 1e-3)]);
});

test('too little of a backbone is an error, unless a part is meant', () => {
  const part = Object.fromEntries(Object.entries(torchvisionVgg()).filter(([name]) => !/features\.2[468]/.test(name)));
  const half = {
    ...part,
    ...Object.fromEntries([24, 26, 28].map((i) => [`features.${i}.weight`, [[9, 9, 3, 3], 1] as const])),
  };
  const network = targetFor(vgg, ['seg', 'facing'], { kind: 'nddr' });
  refused(
    () => matchSource(network, sourceOf(fileWith(half))),
    /gives only 5\d\.\d % of the parameters of the backbone of "seg"; at least 90\.0 % are wanted/,
    /\n {2}seg\.conv5_1\.weight is \[32, 32, 3, 3\] here, features\.24\.weight \[9, 9, 3, 3\] there/,
    /"partial": true/,
  );
  const { report } = matchSource(network, sourceOf(fileWith(half), { partial: true }));
  assert.equal(report.differs.length, 6);
  assert.ok(report.shares.seg > 0.5 && report.shares.seg < 0.6);
});

/** A narrow ResNet of bottlenecks under torchvision's names. */
function torchvisionResnet(blocks: readonly number[]): WeightFile {
  const tensors: Record<string, readonly [number[], number]> = {};
  const layer = (conv: string, norm: string, shape: number[]) => {
    tensors[`${conv}.weight`] = [shape, 0.1];
    for (const part of ['weight', 'bias', 'running_mean', 'running_var'])
      tensors[`${norm}.${part}`] = [[shape[0]], 0.5];
  };
  layer('conv1', 'bn1', [4, 3, 7, 7]);
  let inputs = 4;
  for (const [i, count] of blocks.entries()) {
    const inner = 4 * 2 ** i;
    for (let b = 0; b < count; b++) {
      const at = `layer${i + 1}.${b}`;
      layer(`${at}.conv1`, `${at}.bn1`, [inner, inputs, 1, 1]);
      layer(`${at}.conv2`, `${at}.bn2`, [inner, inner, 3, 3]);
      layer(`${at}.conv3`, `${at}.bn3`, [4 * inner, inner, 1, 1]);
      if (b === 0) layer(`${at}.downsample.0`, `${at}.downsample.1`, [4 * inner, inputs, 1, 1]);
      inputs = 4 * inner;
    }
  }
  return fileWith(tensors);
}

test('weights of another network than the backbone are refused, also if they have every name of it', () => {
  const resnet = (depth: 50 | 101) => targetFor({ kind: 'resnet', depth, width: WIDTH });
  const [of50, of101] = [torchvisionResnet([3, 4, 6, 3]), torchvisionResnet([3, 4, 23, 3])];
  assert.equal(matchSource(resnet(50), sourceOf(of50)).report.shares.seg, 1);
  refused(
    () => matchSource(resnet(50), sourceOf(of101)),
    /holds ResNet-101 .*the backbone is resnet50/,
    /"partial": true/,
  );
  assert.equal(matchSource(resnet(50), sourceOf(of101, { partial: true })).report.shares.seg, 1);
  refused(() => matchSource(targetFor(vgg), sourceOf(of50)), /holds ResNet-50 .*the backbone is vgg16/);
  refused(() => matchSource(targetFor(vgg), sourceOf(of50, { partial: true })), /holds ResNet-50/);
});

test("names of no network, no tensors and a family that is not the file's are refused", () => {
  const network = targetFor(vgg);
  const strange = fileWith({ 'a.b': [[2], 1] });
  refused(
    () => matchSource(network, sourceOf(strange)),
    /are those of no network that is known \(a\.b\)/,
    /mapping file/,
  );
  refused(() => matchSource(network, sourceOf(fileWith({}))), /it has none/);
  refused(() => matchSource(network, sourceOf(fileWith({ 'onnx::Conv_497': [[2], 1] }))), /TrainingMode\.PRESERVE/);
  refused(() => matchSource(network, sourceOf(strange, { family: 'caffe-vgg16' })), /is not VGG-16 as Caffe names it/);
  refused(() => matchSource(network, sourceOf(strange, { family: 'caffe-vgg61' })), /did you mean "caffe-vgg16"/);
  const wide = targetFor({ kind: 'tiny', width: 1 / 2 });
  refused(() => matchSource(wide, sourceOf(ownFile(targetFor(tiny), 1))), /gives only 0\.0 %|fits, all shapes differ/);
});

test('numbers that are not finite as float32, and variances below 0, are refused with their count and the tensor', async () => {
  const network = targetFor(tiny);
  const file = (name: string, dtype: 'F32' | 'F64', of: readonly number[]): WeightFile => {
    const whole = ownFile(network, 1);
    const data = dtype === 'F32' ? Float32Array.from(of) : Float64Array.from(of);
    const entry = { dtype, shape: [4], read: async () => ({ dtype, shape: [4], data }) as StoredTensor };
    return { ...whole, tensors: new Map(whole.tensors).set(name, entry) };
  };
  for (const [name, dtype, of, pattern] of [
    [
      'seg.conv2.beta',
      'F32',
      [1, Number.NaN, 2, 3],
      /seg\.conv2\.beta: of 4 numbers for seg\.conv2\.beta, 1 not finite/,
    ],
    ['seg.conv2.mean', 'F64', [1e300, 0, -1e39, 1e38], /of 4 numbers for seg\.conv2\.mean, 2 not finite as float32/],
    ['seg.conv2.var', 'F32', [1, 1, -1, 1], /of 4 numbers for seg\.conv2\.var, 1 below 0/],
  ] as const)
    await assert.rejects(readMatch(matchAll(network, [sourceOf(file(name, dtype, of))])), (error: Error) => {
      assert.ok(error instanceof NddrError);
      assert.match(error.message, pattern);
      return true;
    });
});

test('the input convention comes with the names', () => {
  assert.deepEqual(conventionOf(sourceOf(fileWith(torchvisionVgg())))?.mean, [123.675, 116.28, 103.53]);
  assert.equal(conventionOf(sourceOf(fileWith({ 'a.b': [[2], 1] }))), undefined);
});
