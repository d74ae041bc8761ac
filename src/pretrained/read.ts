/** Reads the numbers of the weights that a match takes. */
import { toFloat32 } from '../weights/stored-tensor.js';
import type { Assignment } from './convert.js';
import type { Match, SourceMatch } from './match.js';
import { requireSound } from './sound.js';

/**
 * Reads the numbers of a match.
 * @returns by the path of the variable
 * @throws NddrError when a file is damaged, or holds numbers that are not finite or variances below 0
 */
export async function readMatch({ sources }: Match): Promise<Map<string, Float32Array>> {
  const values = new Map<string, Float32Array>();
  const last = new Map(sources.flatMap((match) => match.assignments.map(({ path }) => [path, match] as const)));
  for (const match of sources) {
    // What a later file replaces is not read.
    const needed = match.assignments.filter(({ path }) => last.get(path) === match);
    const read = cachedReader(match, needed);
    const inOrder = [...needed].sort((a, b) => (a.uses.join() < b.uses.join() ? -1 : 1));
    for (const { path, uses, make } of inOrder) {
      const made = await make(read.floats);
      requireSound(path, made, `${match.source.where}, ${uses.map(match.fileName).join(' and ')}`);
      values.set(path, made);
      read.release(uses);
    }
  }
  return values;
}

/** Reads each tensor once and forgets it when nothing needs it any more. */
function cachedReader({ source, fileName }: SourceMatch, needed: readonly Assignment[]) {
  const uses = new Map<string, number>();
  for (const name of needed.flatMap((assignment) => assignment.uses)) uses.set(name, (uses.get(name) ?? 0) + 1);
  const held = new Map<string, Float32Array>();
  return {
    async floats(name: string): Promise<Float32Array> {
      const known = held.get(name);
      if (known) return known;
      const entry = source.file.tensors.get(fileName(name));
      if (!entry) throw new Error(`no tensor ${name}`);
      const data = toFloat32(await entry.read());
      held.set(name, data);
      return data;
    },
    release(names: readonly string[]): void {
      for (const name of names) {
        const left = (uses.get(name) ?? 1) - 1;
        uses.set(name, left);
        if (left === 0) held.delete(name);
      }
    },
  };
}
