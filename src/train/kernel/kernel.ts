/**
 * Element-wise formulas over arrays on the host, computed in the arrays' precision. They are compiled to WebAssembly,
 * which takes a third of the time of the same loop in JavaScript (docs/decisions/008-host-kernels.md).
 */
import type { Floats } from '../../engine/index.js';
import { compile, type Loop } from './compile.js';
import type { Formulas } from './formula.js';
import { Term } from './term.js';

/** Changes arrays in place. @throws RangeError where the arrays differ in length or precision */
export type Kernel<Arrays extends string, Scalars extends string> = (
  arrays: Readonly<Record<Arrays, Floats>>,
  scalars: Readonly<Record<Scalars, number>>,
) => void;

/** Elements of an array that are processed at once: few enough to stay in the processor's cache. */
const WINDOW = 4096;

/** Compiles formulas, for each precision when it is first met. */
export function kernel<Arrays extends string, Scalars extends string>({
  arrays: arrayNames,
  scalars: scalarNames,
  of,
}: Formulas<Arrays, Scalars>): Kernel<Arrays, Scalars> {
  const terms = Object.fromEntries([
    ...arrayNames.map((name, i) => [name, Term.array(i)]),
    ...scalarNames.map((name, i) => [name, Term.scalar(i)]),
  ]);
  const found = of<Term>(terms);
  const results = arrayNames.map((name) => found[name]);
  const loops = new Map<number, Loop>();
  return (arrays, scalars) => {
    const given = arrayNames.map((name) => arrays[name]);
    const { length, BYTES_PER_ELEMENT: bytes } = given[0];
    if (given.some((array) => array.length !== length || array.BYTES_PER_ELEMENT !== bytes))
      throw new RangeError(
        `a kernel takes arrays of one length and precision, found ${given.map((array) => `${array.length} ${array.constructor.name}`)}`,
      );
    const { run, windows } =
      loops.get(bytes) ?? compile(results, scalarNames.length, bytes === 4 ? 'f32' : 'f64', WINDOW);
    loops.set(bytes, { run, windows });
    const numbers = scalarNames.map((name) => scalars[name]);
    for (let start = 0; start < length; start += WINDOW) {
      const end = Math.min(start + WINDOW, length);
      for (const [i, array] of given.entries()) windows[i].set(array.subarray(start, end));
      run((end - start) * bytes, ...numbers);
      for (const [i, array] of given.entries()) if (results[i]) array.set(windows[i].subarray(0, end - start), start);
    }
  };
}
