/** Where in the TypeScript source a character of a compiled module comes from. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { join } from 'node:path';
import { NddrError } from '../../src/errors.js';
import { out, root } from './tests.js';

export interface Place {
  /** Such as `src/tasks/score.ts`. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** The line without the space around it. */
  readonly text: string;
}

/** Compiles once more, with source maps: dist has none, and this text is the same. */
export function compileMaps(): void {
  const maps = join(out, 'maps');
  const stamp = join(maps, 'src', 'index.js.map');
  if (existsSync(stamp) && statSync(stamp).mtimeMs > statSync(join(root, 'dist', '.built')).mtimeMs) return;
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const options = ['-p', root, '--sourceMap', '--declaration', 'false', '--outDir', maps];
  const { status } = spawnSync(process.execPath, [tsc, ...options], { cwd: root, stdio: 'inherit' });
  if (status !== 0) throw new NddrError(`tsc ${options.join(' ')} ended with ${status}; it makes the source maps.`);
}

/** @param module path below dist @returns the place of a character of its text */
export function placesOf(module: string, code: string): (offset: number) => Place {
  const map = new SourceMap(JSON.parse(readFileSync(join(out, 'maps', `${module}.map`), 'utf8')));
  const file = module.replace(/js$/, 'ts');
  const lines = readFileSync(join(root, file), 'utf8').split('\n');
  return (offset) => {
    const before = code.slice(0, offset).split('\n');
    const entry = map.findEntry(before.length - 1, before[before.length - 1].length);
    const line = 'originalLine' in entry ? entry.originalLine : 0;
    return { file, line: line + 1, text: lines[line].trim() };
  };
}
