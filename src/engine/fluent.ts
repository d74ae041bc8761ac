/**
 * Arithmetic as methods of tensors, so that a formula reads from left to right: a b + c is `a.times(b).plus(c)`. The
 * terms of host kernels (`src/train/kernel/term.ts`) have the same methods. Each adds the node of the function that it
 * names, and broadcasts as that does. A formula that begins with a number takes the function: 1 - a is `sub(1, a)`.
 */
import { tensorMethods } from './op.js';
import { add, div, mul, type Operand, sqrt, sub } from './ops/elementwise.js';
import type { Tensor } from './tensor.js';

export interface Arithmetic {
  /** `add(this, other)` */
  plus(other: Operand): Tensor;
  /** `sub(this, other)` */
  minus(other: Operand): Tensor;
  /** `mul(this, other)` */
  times(other: Operand): Tensor;
  /** `div(this, other)` */
  over(other: Operand): Tensor;
  /** `sqrt(this)` */
  root(): Tensor;
}

const arithmetic: Arithmetic & ThisType<Tensor> = {
  plus(other) {
    return add(this, other);
  },
  minus(other) {
    return sub(this, other);
  },
  times(other) {
    return mul(this, other);
  },
  over(other) {
    return div(this, other);
  },
  root() {
    return sqrt(this);
  },
};

// Here and not in op.ts, which makes tensors: the functions are ops, and these need op.ts first.
Object.assign(tensorMethods, arithmetic);
