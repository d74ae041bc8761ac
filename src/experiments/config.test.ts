import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { configJsonSchema, parseConfig } from './config.js';
import { assign, readConfig } from './config-file.js';

const root = mkdtempSync(join(tmpdir(), 'nddr-config-'));
after(() => rmSync(root, { recursive: true, force: true }));

const least = () => ({
  name: 'least',
  data: { kind: 'rooms' },
  tasks: { seg: { kind: 'segmentation' } },
  train: { steps: 10 },
});

function fileOf(value: unknown): string {
  const path = join(root, 'config.json');
  writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value));
  return path;
}

const read = (value: unknown, ...assignments: string[]) => readConfig(fileOf(value), assignments);

test('the least configuration becomes the published setting', () => {
  assert.deepEqual(parseConfig(least()), {
    name: 'least',
    data: { kind: 'rooms', seed: 1, length: { train: 2000, val: 200, test: 200 }, width: 96, height: 96 },
    tasks: { seg: { kind: 'segmentation' } },
    network: {
      backbone: { kind: 'vgg16', width: 1, keep: 0.5, head: 'largefov', batchNorm: true },
      fusion: {
        ...{ kind: 'nddr', shortcut: false, shortcutResize: 'cells', stages: null },
        ...{ alpha: 0.9, beta: 0.1, init: 'mixture' },
      },
      weights: null,
      mean: null,
      padding: 'symmetric',
      deviation: null,
    },
    train: {
      split: 'train',
      steps: 10,
      batch: 10,
      accumulate: 1,
      height: 321,
      width: 321,
      rate: 0.001,
      schedule: { kind: 'poly', power: 0.9, warmup: 0 },
      optimizer: { kind: 'sgd', momentum: 0.9, nesterov: false, decay: 0.00025 },
      rates: { fusion: 100, headWeight: 10, headBias: 20 },
      clip: null,
      lossAt: 'head',
      lossWeights: {},
      weighting: { kind: 'fixed' },
      average: null,
      seed: 1234,
      augment: {
        ...{ scale: [0.5, 1.5], mirror: 0.5, swap: 'auto', rotate: 0 },
        ...{ brightness: 0, contrast: 0, saturation: 0, hue: 0, blur: 0, noise: 0 },
      },
      start: null,
      calibrate: false,
      evaluateEvery: 500,
      patience: null,
      checkpointEvery: 500,
      tensorboard: false,
      workers: 1,
      cacheMegabytes: 1024,
      threads: null,
      device: 'cpu',
    },
    evaluate: { split: 'val', holdOut: 0.1, report: 'test', weights: 'best', best: 'score', single: null },
  });
});

test('a complete configuration is its own completion', () => {
  const complete = parseConfig(least());
  assert.deepEqual(parseConfig(JSON.parse(JSON.stringify(complete))), complete);
});

test('an unknown key at any depth is refused with the nearest known one', () => {
  const cases: [string, RegExp][] = [
    ['nmae="x"', /unknown key "nmae"; did you mean "name"\?/],
    ['data.sead=3', /data: unknown key "sead"; did you mean "seed"\? Known: kind, seed, length, width, height, only\./],
    ['network.fushion=1', /network: unknown key "fushion"; did you mean "fusion"\?/],
    ['network.backbone.widht=1', /network\.backbone: unknown key "widht"; did you mean "width"\?/],
    ['network.fusion.alhpa=1', /network\.fusion: unknown key "alhpa"; did you mean "alpha"\?/],
    ['train.stepps=1', /train: unknown key "stepps"; did you mean "steps"\?/],
    ['train.augment.miror=1', /train\.augment: unknown key "miror"; did you mean "mirror"\?/],
    ['train.optimizer={"kind":"adam","momentum":1}', /train\.optimizer: unknown key "momentum"; did you mean/],
    ['train.rates.fusoin=1', /train\.rates: unknown key "fusoin"; did you mean "fusion"\?/],
    ['evaluate.splt=1', /evaluate: unknown key "splt"; did you mean "split"\?/],
  ];
  const network = { backbone: { kind: 'vgg16' }, fusion: { kind: 'nddr' } };
  for (const [assignment, message] of cases) {
    assert.throws(() => read({ ...least(), network }, assignment), { name: 'NddrError', message }, assignment);
  }
});

test('unknown kinds, values out of range and wrong names are refused', () => {
  const cases: [string, RegExp][] = [
    ['data.kind=room', /data\.kind: unknown kind "room"; did you mean "rooms"\? Known: rooms, folder, join\./],
    ['network.backbone.kind=vgg19', /network\.backbone\.kind: unknown kind "vgg19"; did you mean "vgg16"\?/],
    ['network.fusion.alpha=1', /network\.fusion\.kind: expected one of single, shared, .*nddr.*, found nothing/],
    ['network.fusion.kind=ndr', /network\.fusion\.kind: unknown kind "ndr"; did you mean "nddr"\?/],
    ['tasks.seg.kind=segmentaton', /Task "seg": unknown kind "segmentaton"; did you mean "segmentation"\?/],
    ['train.steps=0', /train\.steps: .*found 0/],
    ['train.steps=many', /train\.steps: .*expected number.*found "many"/],
    ['train.optimizer={"kind":"sgd","momentum":1}', /train\.optimizer\.momentum: .*<1, found 1/],
    ['train.optimizer.kind=adm', /train\.optimizer\.kind: unknown kind "adm"; did you mean "adam"\?/],
    ['train.weighting.kind=pcgrd', /train\.weighting\.kind: unknown kind "pcgrd"; did you mean "pcgrad"\?/],
    ['train.schedule={"kind":"cosine","warmup":10}', /train\.schedule\.warmup is 10, of 10 steps/],
    ['train.augment.scale=[1]', /train\.augment\.scale: .*found \[1\]/],
    ['train.augment.scale=[2,1]', /train\.augment\.scale: expected the lower end first, found \[2,1\]/],
    ['train.lossWeights={"seg":0}', /train\.lossWeights is 0 for every task/],
    ['train.lossWeights.sge=1', /train\.lossWeights names "sge"; did you mean "seg"\?/],
    ['tasks={}', /tasks: at least one task is needed, found \{\}/],
    ['tasks.1st.kind=depth', /tasks\.1st: the name does not fit/],
    ['tasks.image.kind=depth', /tasks\.image: the name is that of the network's input\..*"imageTask"/],
    ['tasks.constructor.kind=depth', /tasks\.constructor: the name is one that every object of JavaScript has/],
    ['tasks.toString.kind=depth', /tasks\.toString: the name is one that every object/],
    ['tasks={"__proto__":{"kind":"depth"}}', /tasks/],
    ['tasks.optimizer.kind=depth', /tasks\.optimizer: the name is that of the optimizer's state/],
    ['tasks.shared.kind=depth', /tasks\.shared: the name is that of the trunk/],
    ['tasks.nddr1.kind=depth', /tasks\.nddr1: the name is that of layers between the tasks/],
    ['train.evaluateEvery=-1', /train\.evaluateEvery: .*found -1/],
    ['train={"steps":10,"patience":2,"evaluateEvery":0}', /train\.patience is 2, but train\.evaluateEvery is 0/],
    ['evaluate.single={"sge":0.4}', /evaluate\.single names "sge"; did you mean "seg"\?/],
    ['evaluate.single={}', /evaluate\.single lacks "seg"/],
    ['evaluate.single.seg=0', /evaluate\.single\.seg: .*found 0/],
    ['evaluate.holdOut=1', /evaluate\.holdOut: .*found 1/],
    ['name=..', /name: .*found "\.\."/],
    ['name=a/b', /name: .*found "a\/b"/],
  ];
  for (const [assignment, message] of cases) {
    assert.throws(() => read(least(), assignment), { name: 'NddrError', message }, assignment);
  }
});

test('several problems are told at once', () => {
  assert.throws(
    () => read({ ...least(), nmae: 1 }, 'train.stepps=1', 'train.steps=-1'),
    (error: Error) => {
      assert.match(error.message, /config\.json: /);
      for (const part of [/nmae/, /stepps/, /train\.steps: /]) assert.match(error.message, part);
      return true;
    },
  );
});

test('assignments take JSON or plain text, and make the objects on their way', () => {
  const cases: [string, unknown][] = [
    ['steps=500', { steps: 500 }],
    ['name=demo', { name: 'demo' }],
    ['name="7"', { name: '7' }],
    ['start=runs/a=b', { start: 'runs/a=b' }],
    ['name=', { name: '' }],
    ['clip=null', { clip: null }],
    ['scale=[0.5, 2]', { scale: [0.5, 2] }],
    ['a.b.c=true', { a: { b: { c: true } } }],
    ['a={"b":1}', { a: { b: 1 } }],
    ['constructor.name=x', { constructor: { name: 'x' } }],
  ];
  for (const [assignment, expected] of cases) {
    const config = {};
    assign(config, assignment);
    assert.deepEqual(config, expected, assignment);
  }
  const config = { train: { steps: 1, rate: 2 } };
  assign(config, 'train.steps=3');
  assign(config, 'train.rates.fusion=4');
  assert.deepEqual(config, { train: { steps: 3, rate: 2, rates: { fusion: 4 } } });
});

test('assignments of another form are refused as they were given', () => {
  for (const wrong of ['', '=', '=1', 'steps', 'train..steps=1', '.steps=1', 'train.=1', '__proto__.x=1']) {
    assert.throws(() => assign({}, wrong), {
      name: 'NddrError',
      message: `--set ${wrong}: expected KEY.KEY=VALUE, such as train.steps=500.`,
    });
  }
  assert.throws(() => assign({ steps: 3 }, 'steps.x=1'), /--set steps\.x=1: "steps" holds 3, which has no keys/);
  assert.throws(() => assign({ scale: [1] }, 'scale.0=1'), /"scale" holds \[1\], which has no keys/);
  assert.throws(() => assign({ clip: null }, 'clip.x=1'), /"clip" holds null, which has no keys/);
});

test('paths of a file are relative to the file, those of assignments to the current folder', () => {
  const folder = { ...least(), data: { kind: 'folder', root: 'photos', description: '../other.json' } };
  const inFile = read({ ...folder, train: { steps: 1, start: 'runs/a' } });
  assert.deepEqual(inFile.data, {
    kind: 'folder',
    root: join(root, 'photos'),
    description: resolve(root, '../other.json'),
  });
  assert.equal(inFile.train.start, join(root, 'runs/a'));
  const listed = read({ ...folder, network: { weights: ['vgg16.pth', { file: 'b.npz', mapping: 'b.json' }] } });
  assert.deepEqual(listed.network.weights, [
    join(root, 'vgg16.pth'),
    { file: join(root, 'b.npz'), mapping: join(root, 'b.json'), partial: false },
  ]);
  const given = read(folder, 'data.root=photos', 'train.start=runs/a');
  assert.deepEqual([(given.data as { root: string }).root, given.train.start], [resolve('photos'), resolve('runs/a')]);
  assert.equal((read(folder, 'data.root=/photos').data as { root: string }).root, resolve('/photos'));
});

test('a file that is missing, no JSON or no object is refused by its name', () => {
  assert.throws(() => readConfig(join(root, 'none.json')), { name: 'NddrError', message: /none\.json cannot be read/ });
  assert.throws(() => readConfig(root), { name: 'NddrError', message: /cannot be read/ });
  assert.equal(read(`\ufeff${JSON.stringify(least())}`).name, least().name);
  assert.throws(() => read('{\n  "name": "a", // mine\n}'), {
    name: 'NddrError',
    message: /config\.json, line 2, column 16: comments are not allowed in JSON; remove it\n.*\/\/ mine\n {17}\^$/,
  });
  assert.throws(() => read('{ "name": '), {
    name: 'NddrError',
    message: /config\.json, line 1, column 11: the file ends here, expected a value/,
  });
  for (const value of ['null', '[]', '3', '"text"']) {
    assert.throws(() => read(value, 'train.steps=1'), {
      name: 'NddrError',
      message: /config\.json holds no JSON object/,
    });
  }
  assert.throws(
    () => read('{}'),
    (error: Error) => {
      for (const key of ['name', 'data', 'tasks', 'train'])
        assert.match(error.message, new RegExp(`${key}: .*found nothing`));
      return true;
    },
  );
});

test('numbers that no batch can be made of are refused', () => {
  assert.throws(
    () => read(least(), 'network.deviation=[0,1,1]'),
    /network\.deviation\.0: Too small: expected number to be >0, found 0/,
  );
  // 3 x 10 x 20000 x 4000 is 2.4e9, of 2 ** 31.
  assert.throws(
    () => read(least(), 'train.height=20000', 'train.width=4000'),
    /train\.batch 10, train\.height 20000 and train\.width 4000 make a batch of 2\.40 thousand million numbers; no more than 2\.15/,
  );
  assert.equal(read(least(), 'train.height=20000', 'train.width=3000').train.width, 3000);
});

test('the published schema names every section', () => {
  const { properties } = configJsonSchema() as { properties: Record<string, unknown> };
  assert.deepEqual(Object.keys(properties), ['name', 'data', 'tasks', 'network', 'train', 'evaluate']);
});

test('the parts of joined data are checked as data is, and their paths are relative to the file', () => {
  const joined = (parts: unknown) => ({ ...least(), data: { kind: 'join', parts } });
  const { data } = read(
    joined([
      { kind: 'rooms', only: ['depth'] },
      { kind: 'folder', root: 'photos' },
    ]),
  );
  assert.ok(data.kind === 'join');
  const [rooms, photos] = data.parts;
  assert.deepEqual([rooms.kind === 'rooms' && rooms.width, rooms.only], [96, ['depth']]);
  assert.equal(photos.kind === 'folder' && photos.root, join(root, 'photos'));
  assert.throws(
    () => read(joined([{ kind: 'rooms', onyl: ['depth'] }])),
    /data\.parts\.0: unknown key "onyl"; did you mean "only"/,
  );
  assert.throws(() => read(joined([])), /data\.parts: /);
  const moved = read(joined([{ kind: 'folder', root: 'photos' }]), 'data.parts.0.root=/elsewhere');
  assert.deepEqual(moved.data, { kind: 'join', parts: [{ kind: 'folder', root: '/elsewhere' }] });
});
