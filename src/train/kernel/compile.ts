/** Compiles formulas to a loop over windows of memory, one window an array. */
import type { Floats } from '../../engine/index.js';
import type { Term } from './term.js';
import { type Code, instantiate, op, type } from './wasm.js';

export interface Loop {
  /** Works on the first so many bytes of every window. */
  readonly run: (bytes: number, ...scalars: number[]) => void;
  readonly windows: readonly Floats[];
}

/**
 * Two elements are computed at a time, in float64; of float32, four are loaded and both halves computed in turn.
 * @param results of each array, undefined where it stays as it is
 * @param length elements of a window, a multiple of 4
 */
export function compile(
  results: readonly (Term | undefined)[],
  scalarCount: number,
  double: boolean,
  length: number,
): Loop {
  const { f64x2 } = op;
  const windowBytes = length * (double ? 8 : 4);
  const locals: number[] = [];
  const local = (of: number): number => 1 + scalarCount + locals.push(of) - 1;
  const at = local(type.i32);
  const scalars = Array.from({ length: scalarCount }, () => local(type.v128));
  const loaded = results.map(() => local(type.v128));

  /** Code that leaves a term's value for one half, and keeps it for who else reads it. */
  const compute = (term: Term, half: number, kept: Map<Term, number>): Code => {
    if (term.operation === 'scalar') return op.get(scalars[term.index]);
    const known = kept.get(term);
    if (known !== undefined) return op.get(known);
    const keeper = local(type.v128);
    kept.set(term, keeper);
    const code =
      term.operation === 'array'
        ? elementsOf(op.get(loaded[term.index]), half)
        : [...term.operands.flatMap((operand) => compute(operand, half, kept)), ...f64x2[term.operation]];
    return [...code, ...op.tee(keeper)];
  };
  const elementsOf = (vector: Code, half: number): Code =>
    double ? vector : [...vector, ...(half === 0 ? [] : [...vector, ...op.halves(1, 1)]), ...f64x2.promote];

  const changed = [...results.entries()].flatMap(([window, term]) => (term ? [{ window, term }] : []));
  const parts = (double ? [0] : [0, 1]).map((half) => {
    const kept = new Map<Term, number>();
    return changed.map(({ term }) => {
      const to = local(type.v128);
      return { to, code: [...compute(term, half, kept), ...(double ? [] : f64x2.demote), ...op.set(to)] };
    });
  });
  const step = [
    ...loaded.flatMap((to, window) => [...op.get(at), ...op.load(window * windowBytes), ...op.set(to)]),
    ...parts.flat().flatMap(({ code }) => code),
    ...changed.flatMap(({ window }, i) => {
      const halves = parts.flatMap((half) => op.get(half[i].to));
      return [...op.get(at), ...halves, ...(double ? [] : op.halves(0, 2)), ...op.store(window * windowBytes)];
    }),
    ...[...op.get(at), ...op.i32.small(16), ...op.i32.add, ...op.tee(at), ...op.get(0), ...op.i32.below],
  ];
  const { run, memory } = instantiate({
    parameters: [type.i32, ...scalars.map(() => type.f64)],
    locals,
    body: [...scalars.flatMap((to, i) => [...op.get(1 + i), ...f64x2.splat, ...op.set(to)]), ...op.repeat(step)],
    memoryBytes: results.length * windowBytes,
  });
  const Numbers = double ? Float64Array : Float32Array;
  return { run, windows: results.map((_, window) => new Numbers(memory, window * windowBytes, length)) };
}
