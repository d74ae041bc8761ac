/** For the tests of guides in docs: what a reader who follows one would write, compiled and run in a copy of the sources. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');

/** The README and every page of docs, by their paths. */
export const pages: readonly string[] = [
  'README.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name.split(sep).join('/')}`)
    .sort(),
];

/** The code of docs/guides/NAME.md: its blocks of each language, in their order. */
export function guide(name: string): (language: string) => string[] {
  const text = readFileSync(join(root, 'docs', 'guides', `${name}.md`), 'utf8');
  return (language) => {
    const blocks = [...text.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms'))].map(([, code]) => code);
    assert.ok(blocks.length > 0, `docs/guides/${name}.md has a block of ${language}`);
    return blocks;
  };
}

/** Lines of code: neither empty nor imports. */
export const linesOf = (code: string): number =>
  code.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('import ')).length;

/** Puts the lines of a diff that begin with + after the line that stands before them. */
export function patched(text: string, diff: string): string {
  let [result, after] = [text, ''];
  for (const line of diff.trimEnd().split('\n')) {
    const content = line.slice(1);
    if (line.startsWith('+')) result = result.replace(`${after}\n`, () => `${after}\n${content}\n`);
    else assert.ok(result.includes(`${content}\n`), `the registry has the line ${content}`);
    after = content;
  }
  return result;
}

/** Runs Node in a folder to its end. */
export function tryNode(cwd: string, ...args: string[]) {
  // Within a test Node would hand a test runner's report to the outer one.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  return spawnSync(process.execPath, args, { cwd, encoding: 'utf8', env });
}

/** The same, which is to succeed. @returns what it wrote to stdout */
export function node(cwd: string, ...args: string[]): string {
  const { status, stdout, stderr } = tryNode(cwd, ...args);
  assert.equal(status, 0, stdout + stderr);
  return stdout;
}

/** A copy of the sources that is gone when the test ends. */
export function copyOfSources(t: { after(clean: () => void): void }) {
  const folder = mkdtempSync(join(tmpdir(), 'nddr-guide-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of ['src', 'package.json', 'tsconfig.json'])
    cpSync(join(root, name), join(folder, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
  return {
    folder,
    write: (path: string, text: string) => writeFileSync(join(folder, path), text),
    /** Changes a file that is there; a change that changes nothing fails. */
    change(path: string, change: (text: string) => string) {
      const before = readFileSync(join(folder, path), 'utf8');
      const after = change(before);
      assert.notEqual(after, before, path);
      writeFileSync(join(folder, path), after);
    },
    /** Compiles these files and what they import into `dist`. */
    compile(...files: string[]) {
      writeFileSync(join(folder, 'guide.json'), JSON.stringify({ extends: './tsconfig.json', include: [], files }));
      node(folder, tsc, '-p', 'guide.json');
    },
  };
}
