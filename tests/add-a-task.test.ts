/** docs/guides/add-a-task.md as a reader would follow it: its file and its row, in a copy of the sources. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { copyOfSources, guide, node, patched } from './guide.fixture.js';

const blocksOf = guide('add-a-task');

test('one new file of less than 60 lines and one row make a task that trains, is judged and exported', (t) => {
  const copy = copyOfSources(t);
  const [file] = blocksOf('ts');
  assert.ok(file.split('\n').length <= 60, `${file.split('\n').length} lines`);
  copy.write('src/tasks/one-class.ts', file);
  copy.change('src/tasks/index.ts', (text) => patched(text, blocksOf('diff')[0]));
  copy.compile('src/node.ts');

  const config = {
    name: 'new',
    data: { kind: 'rooms', length: { train: 4, test: 2 }, width: 32, height: 32 },
    tasks: JSON.parse(blocksOf('json')[0]),
    network: { backbone: { kind: 'vgg16', width: 0.0625, keep: 1 } },
    train: {
      steps: 10,
      batch: 4,
      height: 32,
      width: 32,
      rate: 0.03,
      schedule: { kind: 'constant' },
      workers: 0,
      threads: 1,
    },
  };
  copy.write(
    'use.mjs',
    `import { exportRun, judgeRun, run } from './dist/src/node.js';
     const losses = [];
     for await (const event of run({ path: 'run', config: ${JSON.stringify(config)} }))
       if (event.type === 'step') losses.push(event.losses.floor);
     const { values } = await judgeRun({ path: 'run' });
     const { differences } = await exportRun('run', { images: 1 });
     console.log(JSON.stringify({ losses, values, differences }));`,
  );
  const { losses, values, differences } = JSON.parse(node(copy.folder, 'use.mjs'));
  assert.ok(losses[9] < losses[0], `${losses}`);
  assert.ok(values.floor.iou >= 0 && values.floor.iou <= 1, JSON.stringify(values));
  assert.ok(differences.floor.largest < 1e-4);
});
