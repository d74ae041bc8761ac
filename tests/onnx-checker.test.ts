/** The official ONNX checker on exported models: every backbone with every fusion, in every form of output. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { backboneSchema, createBackbone } from '../src/backbones/index.js';
import { type BackboneKind, variantsOf } from '../src/backbones/variants.test.fixture.js';
import { createFusion, fusionKinds } from '../src/fusion/index.js';
import { buildNetwork, type NetworkOptions } from '../src/network.js';
import { initialValues } from '../src/nn/scope.js';
import { Random } from '../src/random.js';
import { taskCases } from '../src/tasks/cases.test.fixture.js';
import { createTask } from '../src/tasks/index.js';
import { OUTPUT_FORMS } from '../src/train/model-facts.js';
import { inferenceModel } from '../src/train/predictor.js';

const python = ['python3', '/usr/bin/python3'].find(
  (command) => spawnSync(command, ['-c', 'import onnx']).status === 0,
);
const script = fileURLToPath(new URL('../../tests/peers/onnx_check.py', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'nddr-onnx-'));
after(() => rmSync(root, { recursive: true, force: true }));

const backbones = backboneSchema.options
  .map(({ shape }) => shape.kind.value)
  .filter((kind): kind is BackboneKind => kind !== 'module');
const tasks = Object.entries(taskCases).map(([kind, cases = []]) => createTask(kind, cases[0].config));

test('exported models pass the official checker and strict shape inference', {
  skip: python ? false : 'neither python3 nor /usr/bin/python3 has onnx: apt-get install python3-onnx',
}, () => {
  const files: string[] = [];
  for (const [b, kind] of backbones.entries())
    for (const [f, { settings }] of fusionKinds.entries()) {
      const fusion = settings.shape.kind.value;
      const forms = variantsOf(kind);
      const network: NetworkOptions = {
        backbone: createBackbone(forms[f % forms.length].config),
        fusion: createFusion({ kind: fusion }),
        // All kinds once, else two: a network of nine towers is large.
        tasks: f === 0 && kind === 'tiny' ? tasks : [tasks[(b + f) % tasks.length], tasks[(b + f + 6) % tasks.length]],
        normalisation: { mean: [1, 2, 3], deviation: [64, 64, 64] },
      };
      const values = initialValues(
        buildNetwork(network, 'evaluate', [1, 64, 64]).build.variables.values(),
        new Random(1),
      );
      const index = b * fusionKinds.length + f;
      const { bytes } = inferenceModel(network, values, {
        outputs: OUTPUT_FORMS[index % 3],
        fixed: [{}, { batch: 2 }, { height: 97, width: 65 }, { batch: 1, height: 64, width: 96 }][index % 4],
        storage: index % 5 === 0 ? 'float16' : 'float32',
      });
      const file = join(root, `${index}-${kind}-${fusion}.onnx`);
      writeFileSync(file, bytes);
      files.push(file);
    }
  const done = spawnSync(python as string, [script, ...files], { encoding: 'utf8' });
  assert.equal(done.status, 0, done.stderr);
  const faults = Object.entries(JSON.parse(done.stdout) as Record<string, string | null>).filter(([, fault]) => fault);
  assert.deepEqual(faults, []);
});
