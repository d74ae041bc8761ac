/** Formulas for one element of an array, written as `a.times(b).plus(c)`; tensors of graphs have the same methods. */

export type Operation = 'plus' | 'minus' | 'times' | 'over' | 'root';

/** An array's element, a scalar, or an operation on other terms. */
export class Term {
  private constructor(
    readonly operation: Operation | 'array' | 'scalar',
    readonly operands: readonly Term[],
    /** Number of the array or scalar, where the term is one. */
    readonly index = 0,
  ) {}

  static array = (index: number): Term => new Term('array', [], index);
  static scalar = (index: number): Term => new Term('scalar', [], index);

  plus = (other: Term): Term => new Term('plus', [this, other]);
  minus = (other: Term): Term => new Term('minus', [this, other]);
  times = (other: Term): Term => new Term('times', [this, other]);
  over = (other: Term): Term => new Term('over', [this, other]);
  root = (): Term => new Term('root', [this]);
}
