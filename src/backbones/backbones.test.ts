import assert from 'node:assert/strict';
import { test } from 'node:test';
import { distance, evaluate } from '../engine/gradients.test.support.js';
import { asPixels, nodesOf, source, type Tensor, toModel } from '../engine/index.js';
import type { Window } from '../engine/ops/window.js';
import { nodeRuntime } from '../engine/runtime/node.js';
import { createFusion } from '../fusion/index.js';
import { answers, buildNetwork, type NetworkOptions } from '../network.js';
import { pooledHead } from '../nn/pooled-head.js';
import { initialValues, Scope } from '../nn/scope.js';
import { Random } from '../random.js';
import { createTask } from '../tasks/index.js';
import { Predictor } from '../train/predictor.js';
import type { Backbone } from './backbone.js';
import { headKinds } from './heads/index.js';
import { type BuiltInBackbone, backboneSchema, buildStage, createBackbone, joinBranches } from './index.js';
import { type BackboneKind, imageOf, variants, variantsOf, WIDTH } from './variants.test.fixture.js';

const all = (Object.keys(variants) as BackboneKind[]).flatMap((kind) => variantsOf(kind));

test('every kind of the settings is tested', () => {
  const kinds = backboneSchema.options.map(({ shape }) => shape.kind.value).filter((kind) => kind !== 'module');
  assert.deepEqual(Object.keys(variants).sort(), [...kinds].sort());
});

/** Every stage's branches for an image. */
function featuresOf({ stages }: Backbone, scope: Scope, image: Tensor): (readonly Tensor[])[] {
  let x: readonly Tensor[] = [image];
  return stages.map((stage) => {
    x = buildStage(stage, scope, x);
    return x;
  });
}

for (const { kind, title, config } of all) {
  const backbone = createBackbone(config);

  test(`stages have the channels and strides that they publish: ${title}`, () => {
    for (const [height, width] of [
      [97, 128],
      [64, 75],
    ]) {
      const features = featuresOf(
        backbone,
        Scope.root('train').scope,
        asPixels(source('image', [2, 3, height, width])),
      );
      for (const [i, { name, channels, stride }] of backbone.stages.entries()) {
        const strides = [stride].flat();
        assert.deepEqual(
          features[i].map(({ shape }) => shape[1]),
          [channels].flat(),
          name,
        );
        assert.equal(strides.length, features[i].length, name);
        for (const [branch, { shape }] of features[i].entries()) {
          const sizes = [height, width].map((size) => size / strides[branch]);
          if (kind === 'alexnet')
            for (const axis of [0, 1]) assert.ok(Math.abs(shape[2 + axis] - sizes[axis]) < 2, `${name}: ${shape}`);
          else assert.deepEqual(shape.slice(2), sizes.map(Math.ceil), name);
        }
      }
    }
  });

  test(`the model of free size is the network at any size: ${title}`, async () => {
    const options = network(backbone);
    const values = trainedValues(buildNetwork(options, 'evaluate', [1, 64, 64]).build.variables.values());
    const predictor = await Predictor.open(options, values, nodeRuntime({ threads: 1 }));
    for (const [height, width] of [
      [75, 97],
      [128, 70],
    ]) {
      const image = imageOf([1, 3, height, width]);
      const wanted = await evaluate(answers(buildNetwork(options, 'evaluate', [1, height, width])), {
        ...Object.fromEntries(values),
        image,
      });
      const found = await predictor.answer(image, height, width);
      for (const [task, { data }] of Object.entries(found)) {
        // Folded batch norms round otherwise; a pixel out of place is off by far more.
        assert.ok(distance([...data], wanted[task]) < 1e-3, `${task}: ${distance([...data], wanted[task])}`);
        assert.ok(new Set(data).size > 50, 'answers vary');
      }
    }
    await predictor.close();
  });

  test(`its head for questions about the image gives one answer an image, at any size: ${title}`, async () => {
    const logitsOf = (shape: readonly number[]) => {
      const { scope, build } = Scope.root('evaluate');
      const features = joinBranches(featuresOf(backbone, scope, asPixels(source('image', shape))).at(-1) ?? []);
      return { logits: (backbone.imageHead ?? pooledHead)(scope, features, 5), build };
    };
    const { logits, build } = logitsOf([1, 3, 64, 64]);
    assert.deepEqual(logits.shape, [1, 5, 1, 1]);
    assert.deepEqual(
      [...build.variables.values()].flatMap(({ path, group }) => (group === 'head' ? [path.split('.').at(-1)] : [])),
      ['weight', 'bias'],
    );
    const values = trainedValues(build.variables.values());
    const free = await nodeRuntime({ threads: 1 }).open(
      toModel({ logits }, { constants: values, dynamic: ['n', 'h', 'w'] }).bytes,
    );
    const shape = [2, 3, 75, 131];
    const image = imageOf(shape);
    const { logits: found } = await free.run({ image: { dtype: 'float32', shape, data: image } });
    await free.close();
    const wanted = await evaluate({ logits: logitsOf(shape).logits }, { ...Object.fromEntries(values), image });
    assert.deepEqual(found.shape, [2, 5, 1, 1]);
    assert.ok(distance([...(found.data as Float32Array)], wanted.logits) < 1e-4);
  });
}

test('any backbone can have any head', () => {
  for (const kind of Object.keys(variants) as BackboneKind[]) {
    for (const head of headKinds) {
      const backbone = createBackbone({ kind, head, width: WIDTH });
      const { scope, build } = Scope.root('train');
      const features = joinBranches(
        featuresOf(backbone, scope, asPixels(source('image', [2, 3, 97, 64]))).at(-1) ?? [],
      );
      const logits = backbone.head(scope, features, 7);
      assert.deepEqual(logits.shape, [2, 7, ...features.shape.slice(2)], `${kind} ${head}`);
      const last = [...build.variables.values()].filter(({ group }) => group === 'head');
      assert.deepEqual(
        last.map(({ role }) => role),
        ['weight', 'bias'],
      );
    }
  }
});

test('the dilations of a head follow the stride, so that it reaches over the same pixels of the image', () => {
  const dilationsOf = (config: BuiltInBackbone) => {
    const backbone = createBackbone({ ...config, width: WIDTH });
    const logits = backbone.head(Scope.root('evaluate').scope, source('x', [1, 8, 9, 9]), 2);
    return nodesOf([logits]).flatMap(({ rules, attributes }) => {
      const [dilation] = rules.name === 'conv2d' ? (attributes as Window).dilation : [1];
      return dilation > 1 ? [dilation] : [];
    });
  };
  // DeepLab-LargeFOV and DeepLab v3 as published at stride 8, DeepLab v3 at 16.
  assert.deepEqual(dilationsOf({ kind: 'vgg16' }), [12]);
  assert.deepEqual(dilationsOf({ kind: 'resnet', outputStride: 8 }), [12, 24, 36]);
  assert.deepEqual(dilationsOf({ kind: 'resnet', outputStride: 16 }), [6, 12, 18]);
  assert.deepEqual(dilationsOf({ kind: 'resnet', outputStride: 32, head: 'largefov' }), [3]);
});

test('with branches, tasks exchange the features of each resolution by themselves', () => {
  const { variables } = buildNetwork(network(createBackbone({ kind: 'hrnet18' })), 'train', [1, 64, 64]).build;
  const inFusion = [...variables.values()].flatMap(({ path, group, shape }) =>
    group === 'fusion' && path.endsWith('what.weight') ? [[path, ...shape.slice(0, 2)]] : [],
  );
  const branch = (stage: number, i: number) => [`nddr${stage}_${i + 1}.what.weight`, 18 * 2 ** i, 36 * 2 ** i];
  assert.deepEqual(inFusion, [
    ['nddr1.what.weight', 256, 512],
    ...[2, 3, 4].flatMap((stage) => Array.from({ length: stage }, (_, i) => branch(stage, i))),
  ]);
});

test('a stage of one resolution does not follow one of several', () => {
  const { stages } = createBackbone({ kind: 'hrnet18', width: WIDTH });
  const [first] = createBackbone({ kind: 'tiny', width: WIDTH }).stages;
  const wrong = { ...createBackbone({ kind: 'tiny' }), stages: [...stages, first] };
  assert.throws(
    () => featuresOf(wrong, Scope.root('train').scope, asPixels(source('image', [1, 3, 64, 64]))),
    /stage conv1 takes one resolution, the stage before yields 4/,
  );
});

function network(backbone: Backbone): NetworkOptions {
  return {
    backbone,
    fusion: createFusion({ kind: 'nddr', shortcut: false, alpha: 0.9, beta: 0.1, init: 'mixture' }),
    tasks: [
      createTask('what', { kind: 'segmentation', classes: ['floor', 'wall', 'lamp'] }),
      createTask('facing', { kind: 'normals' }),
    ],
    normalisation: { mean: [128, 128, 128], deviation: [64, 64, 64] },
  };
}

/** First values, with running statistics and scales as training leaves them: not 0 and 1, and such that sums stay small. */
function trainedValues(variables: Parameters<typeof initialValues>[0]): Map<string, Float32Array> {
  const random = new Random('trained');
  const values = initialValues(variables, random);
  for (const [path, array] of values) {
    const widened = path.includes('.fuse.') && path.endsWith('var') ? 100 : 1; // four branches are added up eight times
    if (/\.(gamma|var)$/.test(path)) for (const i of array.keys()) array[i] = widened * random.uniform(0.4, 0.9);
    if (/\.(beta|mean|bias)$/.test(path)) for (const i of array.keys()) array[i] = random.uniform(-0.2, 0.2);
  }
  return values;
}
