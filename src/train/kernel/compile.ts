/** Compiles formulas to a WebAssembly loop over windows of its memory, one window for each array. */
import type { Floats } from '../../engine/index.js';
import type { Term } from './term.js';
import { type Code, instantiate, op, type, vectors } from './wasm.js';

export interface Loop {
  /** Applies the formulas to the first `bytes` bytes of every window. */
  readonly run: (bytes: number, ...scalars: number[]) => void;
  readonly windows: readonly Floats[];
}

/**
 * @param results the new element of each array; undefined where the array does not change
 * @param length elements of a window, a multiple of 4
 */
export function compile(
  results: readonly (Term | undefined)[],
  scalarCount: number,
  number: keyof typeof vectors,
  length: number,
): Loop {
  const vector = vectors[number];
  const Numbers = number === 'f32' ? Float32Array : Float64Array;
  const windowBytes = length * Numbers.BYTES_PER_ELEMENT;
  const locals: number[] = [];
  const local = (of: number): number => 1 + scalarCount + locals.push(of) - 1;
  const at = local(type.i32);
  const scalars = Array.from({ length: scalarCount }, () => local(type.v128));
  const elements = results.map(() => local(type.v128));

  const known = new Map<Term, number>();
  /** Code that leaves a term's value on the stack. A term that occurs twice is computed once and kept in a local. */
  const compute = (term: Term): Code => {
    if (term.operation === 'scalar') return op.get(scalars[term.index]);
    if (term.operation === 'array') return op.get(elements[term.index]);
    const kept = known.get(term);
    if (kept !== undefined) return op.get(kept);
    const keeper = local(type.v128);
    known.set(term, keeper);
    return [...term.operands.flatMap(compute), ...vector[term.operation], ...op.tee(keeper)];
  };
  const step = [
    ...elements.flatMap((to, i) => [...op.get(at), ...op.load(i * windowBytes), ...op.set(to)]),
    ...results.flatMap((term, i) => (term ? [...op.get(at), ...compute(term), ...op.store(i * windowBytes)] : [])),
    ...[...op.get(at), ...op.i32.small(16), ...op.i32.add, ...op.tee(at), ...op.get(0), ...op.i32.below],
  ];
  const { run, memory } = instantiate({
    parameters: [type.i32, ...scalars.map(() => type[number])],
    body: [...scalars.flatMap((to, i) => [...op.get(1 + i), ...vector.splat, ...op.set(to)]), ...op.repeat(step)],
    locals,
    memoryBytes: results.length * windowBytes,
  });
  return { run, windows: results.map((_, i) => new Numbers(memory, i * windowBytes, length)) };
}
