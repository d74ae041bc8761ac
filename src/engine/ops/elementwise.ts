/** Ops that act on each element alone, with NumPy broadcasting. */
import { defineOp, type GradientRule, type NoGradient, type Op } from '../op.js';
import { type DType, type Shape, sameShape, showShape, type Tensor } from '../tensor.js';
import { sumTo } from './broadcasting.js';
import { constant } from './source.js';

/** The shape to which two shapes broadcast. @throws Error when they do not */
export function broadcast(a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length);
  const result: number[] = [];
  for (let i = 0; i < rank; i++) {
    const m = a[a.length - rank + i] ?? 1;
    const n = b[b.length - rank + i] ?? 1;
    if (m !== n && m !== 1 && n !== 1) throw new Error(`${showShape(a)} and ${showShape(b)} do not broadcast`);
    result.push(m === 1 ? n : m);
  }
  return result;
}

/** The type that two operands have in common. @throws Error when they differ */
export function sameType(a: Tensor, b: Tensor): DType {
  if (a.dtype !== b.dtype) throw new Error(`${a.dtype} and ${b.dtype} do not mix: cast one`);
  return a.dtype;
}

export type Operand = Tensor | number;
const asTensor = (x: Operand): Tensor => (typeof x === 'number' ? constant(x) : x);

/** The gradient by x of y = f(x), of the gradient g by y. */
type UnaryGradient = (values: { x: Tensor; y: Tensor; g: Tensor }) => Tensor;
/** The gradients by a and b of y = f(a, b). They may have the shape of y: what was broadcast is summed afterwards. */
type BinaryGradient = (values: { a: Tensor; b: Tensor; y: Tensor; g: Tensor }) => readonly [Tensor, Tensor];

/** How an op of known numbers is computed while the graph is built. */
interface Fold {
  readonly arity: number;
  readonly compute: (...values: number[]) => number;
  /** Operand value that leaves the other operand as it is: [as first operand, as second]. */
  readonly neutral?: readonly [number | undefined, number | undefined];
}
const folds = new Map<string, Fold>();

/** Value of an op whose inputs are known numbers, or the input that it equals; undefined when neither is known. */
export function elementwiseFold(
  name: string,
  inputs: readonly (number | undefined)[],
): number | { readonly input: number } | undefined {
  const fold = folds.get(name);
  if (!fold || inputs.length !== fold.arity) return undefined;
  if (inputs.every((value) => value !== undefined)) return fold.compute(...(inputs as number[]));
  if (inputs[0] !== undefined && inputs[0] === fold.neutral?.[0]) return { input: 1 };
  if (inputs[1] !== undefined && inputs[1] === fold.neutral?.[1]) return { input: 0 };
  return undefined;
}

type UnaryRules = [name: string, onnx: string, compute: (x: number) => number, gradient: UnaryGradient | NoGradient];

function unaryOp(...[name, onnx, compute, gradient]: UnaryRules): Op<object> {
  folds.set(name, { arity: 1, compute });
  return defineOp<object>({
    name,
    keepsCells: true,
    infer: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
    gradient:
      typeof gradient === 'string'
        ? gradient
        : ({ inputs, outputs, gradient: g }) => [gradient({ x: inputs[0], y: outputs[0], g })],
    emit: ({ writer, inputs, outputs }) => writer.node(onnx, inputs, outputs),
  });
}

function unary(...rules: UnaryRules) {
  const op = unaryOp(...rules);
  return (x: Tensor): Tensor => op([x], {})[0];
}

function binary(
  name: string,
  onnx: string,
  compute: (a: number, b: number) => number,
  neutral: Fold['neutral'],
  gradient: BinaryGradient | NoGradient,
  dtype?: DType,
) {
  const rule: GradientRule<object> | NoGradient =
    typeof gradient === 'string'
      ? gradient
      : ({ inputs: [a, b], outputs: [y], gradient: g }) => {
          const [da, db] = gradient({ a, b, y, g });
          return [sumTo(da, a.shape), sumTo(db, b.shape)];
        };
  if (!dtype) folds.set(name, { arity: 2, compute, neutral });
  const op: Op<object> = defineOp<object>({
    name,
    keepsCells: true,
    infer: ([a, b]) => {
      const type = sameType(a, b);
      return { shape: broadcast(a.shape, b.shape), dtype: dtype ?? type };
    },
    gradient: rule,
    emit: ({ writer, inputs, outputs }) => writer.node(onnx, inputs, outputs),
  });
  return (a: Operand, b: Operand): Tensor => op([asTensor(a), asTensor(b)], {})[0];
}

export const add = binary(
  'add',
  'Add',
  (a, b) => a + b,
  [0, 0],
  ({ g }) => [g, g],
);
export const sub = binary(
  'sub',
  'Sub',
  (a, b) => a - b,
  [undefined, 0],
  ({ g }) => [g, neg(g)],
);
export const mul = binary(
  'mul',
  'Mul',
  (a, b) => a * b,
  [1, 1],
  ({ a, b, g }) => [mul(g, b), mul(g, a)],
);
export const div = binary(
  'div',
  'Div',
  (a, b) => a / b,
  [undefined, 1],
  ({ b, y, g }) => {
    const da = div(g, b);
    return [da, neg(mul(da, y))];
  },
);
/** Ties send the gradient to the first operand. */
export const maximum = binary('maximum', 'Max', Math.max, undefined, ({ a, b, g }) => {
  const second = cast(greater(b, a), 'float32');
  return [mul(g, sub(1, second)), mul(g, second)];
});
/** Ties send the gradient to the first operand. */
export const minimum = binary('minimum', 'Min', Math.min, undefined, ({ a, b, g }) => {
  const second = cast(less(b, a), 'float32');
  return [mul(g, sub(1, second)), mul(g, second)];
});

export const equal = binary('equal', 'Equal', (a, b) => Number(a === b), undefined, 'zero', 'bool');
export const greater = binary('greater', 'Greater', (a, b) => Number(a > b), undefined, 'zero', 'bool');
export const less = binary('less', 'Less', (a, b) => Number(a < b), undefined, 'zero', 'bool');
export const logicalAnd = binary('logicalAnd', 'And', (a, b) => Number(a && b), undefined, 'zero', 'bool');
export const logicalNot = unary('logicalNot', 'Not', (x) => Number(!x), 'zero');
export const notEqual = (a: Operand, b: Operand): Tensor => logicalNot(equal(a, b));

export const neg = unary(
  'neg',
  'Neg',
  (x) => -x,
  ({ g }) => neg(g),
);
export const exp = unary('exp', 'Exp', Math.exp, ({ y, g }) => mul(g, y));
export const log = unary('log', 'Log', Math.log, ({ x, g }) => div(g, x));
export const sqrt = unary('sqrt', 'Sqrt', Math.sqrt, ({ y, g }) => div(g, mul(2, y)));
/** The gradient at 0 is 0. */
export const abs = unary('abs', 'Abs', Math.abs, ({ x, g }) => mul(g, sign(x)));
export const sign = (x: Tensor): Tensor => signOp([x], {})[0];
export const signOp = unaryOp('sign', 'Sign', Math.sign, 'zero');
export const sigmoid = unary(
  'sigmoid',
  'Sigmoid',
  (x) => 1 / (1 + Math.exp(-x)),
  ({ y, g }) => mul(g, mul(y, sub(1, y))),
);
export const tanh = unary('tanh', 'Tanh', Math.tanh, ({ y, g }) => mul(g, sub(1, mul(y, y))));
/** max(x, 0); the gradient at 0 is 0. */
export const relu = unary(
  'relu',
  'Relu',
  (x) => Math.max(x, 0),
  ({ y, g }) => mul(g, reluMask(y)),
);
/** 1 where x > 0, 0 elsewhere; float32: what the gradient of ReLU is multiplied by. */
export const reluMask = (x: Tensor): Tensor => reluMaskOp([x], {})[0];
export const reluMaskOp = defineOp<object>({
  name: 'reluMask',
  keepsCells: true,
  infer: ([x]) => ({ shape: x.shape, dtype: 'float32' }),
  gradient: 'zero',
  emit: ({ writer, inputs, outputs }) =>
    writer.node('Cast', [writer.value('Greater', [inputs[0], writer.scalar(0)])], outputs, {
      to: writer.typeCode('float32'),
    }),
});
export const square = (x: Tensor): Tensor => mul(x, x);
/** log(1 + e^x) = max(x, 0) + log(1 + e^-|x|), which does not overflow; it is 0 where e^x is lost against 1. */
export const softplus = (x: Tensor): Tensor => softplusOp([x], {})[0];
const softplusOp = defineOp<object>({
  name: 'softplus',
  keepsCells: true,
  infer: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
  gradient: ({ inputs: [x], gradient: g }) => [mul(g, sigmoid(x))],
  emit: ({ writer, inputs: [x], outputs }) => {
    const tail = writer.value('Exp', [writer.value('Neg', [writer.value('Abs', [x])])]);
    const log1p = writer.value('Log', [writer.value('Add', [tail, writer.scalar(1)])]);
    writer.node('Add', [writer.value('Relu', [x]), log1p], outputs);
  },
});

/** Limits x to [low, high]; no gradient flows where it was limited. */
export const clip = (x: Tensor, low: number, high: number): Tensor => clipOp([x], { low, high })[0];
const clipOp = defineOp<{ low: number; high: number }>({
  name: 'clip',
  keepsCells: true,
  infer: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
  gradient: ({ inputs: [x], outputs: [y], gradient: g }) => [mul(g, cast(equal(x, y), 'float32'))],
  emit: ({ writer, inputs: [x], outputs, attributes: { low, high } }) =>
    writer.node('Clip', [x, writer.scalar(low), writer.scalar(high)], outputs),
});

/** Elements of `a` where the condition holds, of `b` elsewhere. */
export const where = (condition: Tensor, a: Operand, b: Operand): Tensor =>
  whereOp([condition, asTensor(a), asTensor(b)], {})[0];
const whereOp = defineOp<object>({
  name: 'where',
  keepsCells: true,
  infer: ([condition, a, b]) => {
    if (condition.dtype !== 'bool') throw new Error(`the condition is ${condition.dtype}, not bool`);
    return { shape: broadcast(condition.shape, broadcast(a.shape, b.shape)), dtype: sameType(a, b) };
  },
  gradient: ({ inputs: [condition, a, b], gradient: g }) => [
    null,
    sumTo(where(condition, g, 0), a.shape),
    sumTo(where(condition, 0, g), b.shape),
  ],
  emit: ({ writer, inputs, outputs }) => writer.node('Where', inputs, outputs),
});

export const cast = (x: Tensor, dtype: DType): Tensor => (x.dtype === dtype ? x : castOp([x], { dtype })[0]);
const castOp = defineOp<{ dtype: DType }>({
  name: 'cast',
  keepsCells: true,
  infer: ([x], { dtype }) => ({ shape: x.shape, dtype }),
  gradient: 'zero',
  emit: ({ writer, inputs, outputs, attributes: { dtype } }) =>
    writer.node('Cast', inputs, outputs, { to: writer.typeCode(dtype) }),
});

/** Sum of several tensors of one shape. */
export const addAll = (xs: readonly Tensor[]): Tensor => {
  for (const x of xs) if (!sameShape(x.shape, xs[0].shape)) throw new Error('addAll takes tensors of one shape');
  return xs.reduce((sum, x) => add(sum, x));
};
