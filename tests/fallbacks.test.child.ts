/** For tests: which nodes a WebGPU device leaves to the CPU, by network and graph. */
import { backboneSchema, createBackbone } from '../src/backbones/index.js';
import { type BackboneKind, variantsOf } from '../src/backbones/variants.test.fixture.js';
import { argMax, cast, plain, sign, source, toModel, webgpu } from '../src/engine/index.js';
import { type Fallback, fallbacksOf } from '../src/engine/runtime/node/fallbacks.js';
import { answer } from '../src/engine/runtime/webgpu.test.child.js';
import { createFusion, fusionKinds } from '../src/fusion/index.js';
import { buildNetwork, type NetworkOptions } from '../src/network.js';
import { initialValues } from '../src/nn/scope.js';
import { Random } from '../src/random.js';
import { taskCases } from '../src/tasks/cases.test.fixture.js';
import { createTask } from '../src/tasks/index.js';
import { OUTPUT_FORMS } from '../src/train/model-facts.js';
import { inferenceModel } from '../src/train/predictor.js';
import { buildStep } from '../src/train/step-graph.js';

/** By what was looked at. */
export type Found = Readonly<Record<string, readonly Fallback[]>>;

/** Its graphs take minutes to open, and have no op that others lack. */
const TOO_LARGE: readonly BackboneKind[] = ['hrnet18'];

const [which] = process.argv.slice(2);
const fusions = fusionKinds.map(({ settings }) => settings.shape.kind.value);
const tasks = Object.entries(taskCases).flatMap(([kind, list = []]) =>
  list.map(({ config }, i) => createTask(`${kind}${i}`, config)),
);

/** Every fusion on the smallest backbone, and every backbone with one of the fusions; with `all`, each with each. */
function* networks(): Generator<readonly [string, NetworkOptions]> {
  const kinds = backboneSchema.options
    .map(({ shape }) => shape.kind.value)
    .filter((kind): kind is BackboneKind => kind !== 'module');
  let count = 0;
  for (const [b, kind] of kinds.entries())
    for (const [f, fusion] of fusions.entries()) {
      if (which !== 'all' && (TOO_LARGE.includes(kind) || (kind !== 'tiny' && f !== b % fusions.length))) continue;
      const variants = variantsOf(kind);
      const backbone = createBackbone(variants[f % variants.length].config);
      // Two tasks of all, in turn, so that every kind and loss is among them.
      const own = [count, count + 1].map((i) => tasks[i % tasks.length]);
      count += 2;
      const normalisation = { mean: [1, 2, 3], deviation: [64, 64, 64] } as const;
      yield [`${kind}, ${fusion}`, { backbone, fusion: createFusion({ kind: fusion }), tasks: own, normalisation }];
    }
}

await answer(async () => {
  const found: Record<string, readonly Fallback[]> = {};
  // What is meant to be found.
  const x = source('x', [2, 3, 4]);
  found.plain = await fallbacksOf(toModel({ y: sign(x) }, { target: plain }).bytes, 'webgpu');
  found.int64 = await fallbacksOf(
    toModel({ y: cast(source('i', [2], 'int64'), 'float32'), z: argMax(x, 1) }, { target: webgpu }).bytes,
    'webgpu',
  );
  let count = 0;
  for (const [name, network] of networks()) {
    const step = buildStep({ network, batch: 2, height: 64, width: 64, target: webgpu }).model;
    found[`the step of ${name}`] = await fallbacksOf(step.bytes, 'webgpu');
    const { variables } = buildNetwork(network, 'evaluate', [1, 64, 64]).build;
    const values = initialValues(variables.values(), new Random(1));
    const outputs = OUTPUT_FORMS[count % OUTPUT_FORMS.length];
    const fixed = count++ % 4 === 3 ? { batch: 1, height: 64, width: 64 } : {};
    const { bytes } = inferenceModel(network, values, { outputs, fixed });
    found[`the exported model of ${name}, ${outputs}`] = await fallbacksOf(bytes, 'webgpu');
  }
  return found;
});
