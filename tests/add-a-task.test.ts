/** docs/add-a-task.md as a reader would follow it: its file and its row, in a copy of the sources. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const guide = readFileSync(join(root, 'docs', 'add-a-task.md'), 'utf8');

function blockOf(language: string): string {
  const block = new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'ms').exec(guide)?.[1];
  assert.ok(block, `the guide has a block of ${language}`);
  return block;
}

/** Puts the lines of a diff that begin with + after the line that stands before them. */
function patched(text: string, diff: string): string {
  let [result, after] = [text, ''];
  for (const line of diff.trimEnd().split('\n')) {
    const content = line.slice(1);
    if (line.startsWith('+')) result = result.replace(`${after}\n`, `${after}\n${content}\n`);
    else assert.ok(result.includes(`${content}\n`), `the registry has the line ${content}`);
    after = content;
  }
  return result;
}

const node = (cwd: string, ...args: string[]): string => {
  const done = spawnSync(process.execPath, args, { cwd, encoding: 'utf8' });
  assert.equal(done.status, 0, done.stdout + done.stderr);
  return done.stdout;
};

test('one new file of less than 60 lines and one row make a task that trains, is judged and exported', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'nddr-add-a-task-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(join(root, 'src'), join(folder, 'src'), {
    recursive: true,
    filter: (path) => !/\.test\./.test(path),
  });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
  const file = blockOf('ts');
  assert.ok(file.split('\n').length <= 60, `${file.split('\n').length} lines`);
  writeFileSync(join(folder, 'src', 'tasks', 'one-class.ts'), file);
  const registry = join(folder, 'src', 'tasks', 'index.ts');
  writeFileSync(registry, patched(readFileSync(registry, 'utf8'), blockOf('diff')));

  const { compilerOptions } = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8'));
  const options = { ...compilerOptions, rootDir: '.', outDir: 'dist' };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, include: ['src'] }));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  node(folder, join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', folder);

  const config = {
    name: 'new',
    data: { kind: 'rooms', length: { train: 4, test: 2 }, width: 32, height: 32 },
    tasks: JSON.parse(blockOf('json')),
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
  writeFileSync(
    join(folder, 'use.mjs'),
    `import { exportRun, judgeRun, run } from './dist/src/node.js';
     const losses = [];
     for await (const event of run({ path: 'run', config: ${JSON.stringify(config)} }))
       if (event.type === 'step') losses.push(event.losses.floor);
     const { values } = await judgeRun({ path: 'run' });
     const { differences } = await exportRun('run', { images: 1 });
     console.log(JSON.stringify({ losses, values, differences }));`,
  );
  const { losses, values, differences } = JSON.parse(node(folder, 'use.mjs'));
  assert.ok(losses[9] < losses[0], `${losses}`);
  assert.ok(values.floor.iou >= 0 && values.floor.iou <= 1, JSON.stringify(values));
  assert.ok(differences.floor.largest < 1e-4);
});
