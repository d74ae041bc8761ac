/** Which changes each kind of syntax node allows. */
import type { AnyNode, CallExpression } from 'acorn';

/** A replacement of the text of a node. */
export interface Change {
  readonly at: { readonly start: number; readonly end: number };
  readonly replacement: string;
}

const BINARY: Readonly<Record<string, readonly string[]>> = {
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '/': ['*'],
  '%': ['*'],
  '**': ['*'],
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '===': ['!=='],
  '!==': ['==='],
  '&': ['|'],
  '|': ['&'],
  '<<': ['>>'],
  '>>': ['<<'],
  '&&': ['||'],
  '||': ['&&'],
  '??': ['&&'],
};

const ASSIGNMENT: Readonly<Record<string, string>> = {
  '+=': '-=',
  '-=': '+=',
  '*=': '/=',
  '/=': '*=',
  '||=': '&&=',
  '&&=': '||=',
  '??=': '&&=',
};

/** Operators whose value is true or false. */
const YIELDS_TRUTH = ['<', '<=', '>', '>=', '===', '!==', '&&', '||'];

/** Functions and methods in whose place another one may stand. */
const SWAPPED: Readonly<Record<string, string>> = {
  'Math.min': 'Math.max',
  'Math.max': 'Math.min',
  'Math.floor': 'Math.ceil',
  'Math.ceil': 'Math.floor',
  some: 'every',
  every: 'some',
  startsWith: 'endsWith',
  endsWith: 'startsWith',
  plus: 'minus',
  minus: 'plus',
  times: 'over',
  over: 'times',
};

/** Methods that may be left out, so that what they are called on stays. */
const DROPPED_METHODS = [
  ...['filter', 'slice', 'sort', 'toSorted', 'reverse', 'toReversed', 'fill'],
  ...['plus', 'minus', 'times', 'over', 'root'], // of tensors: `x.times(0.5)` becomes `x`
];

/** Functions that may be left out, so that their first argument stays: `mul(x, 0.5)` becomes `x`. */
const DROPPED_FUNCTIONS = [
  'Math.abs',
  'Math.round',
  'Math.sqrt',
  'Math.exp',
  'Math.log',
  ...['abs', 'add', 'sub', 'mul', 'div', 'neg', 'exp', 'log', 'sqrt', 'square', 'pow', 'maximum', 'minimum'],
  ...['relu', 'sigmoid', 'softplus', 'clip', 'stopGradient'],
];

/** Names and numbers, with properties and indices: they need no brackets within an expression. */
const SIMPLE = /^[\w$.]+(\[[\w$.]+\])*$/;

/**
 * The changes of a node itself, not of what is inside it.
 * @param parent what the node stands in
 * @param code the text of the module
 */
export function operatorsOf(node: AnyNode, parent: AnyNode | undefined, code: string): Change[] {
  const text = (part: AnyNode) => code.slice(part.start, part.end);
  const become = (...replacements: string[]): Change[] =>
    replacements.map((replacement) => ({ at: node, replacement }));
  const operand = (part: AnyNode) => (SIMPLE.test(text(part)) ? text(part) : `(${text(part)})`);
  switch (node.type) {
    case 'BinaryExpression':
    case 'LogicalExpression': {
      if (node.operator === '+' && [node.left, node.right].some(isText)) return [];
      const others = BINARY[node.operator] ?? [];
      const truths = YIELDS_TRUTH.includes(node.operator) ? ['true', 'false'] : [];
      return become(...others.map((other) => `(${operand(node.left)} ${other} ${operand(node.right)})`), ...truths);
    }
    case 'AssignmentExpression': {
      const other = ASSIGNMENT[node.operator];
      return other ? become(`${text(node.left)} ${other} ${text(node.right)}`) : [];
    }
    case 'UpdateExpression': {
      // A loop that counts the wrong way would only wait for the time limit.
      if (parent?.type === 'SequenceExpression' || (parent?.type === 'ForStatement' && parent.update === node))
        return [];
      const other = node.operator === '++' ? '--' : '++';
      return become(node.prefix ? `${other}${text(node.argument)}` : `${text(node.argument)}${other}`);
    }
    case 'UnaryExpression':
      return ['!', '-', '+'].includes(node.operator) ? become(operand(node.argument)) : [];
    case 'Literal':
      if (typeof node.value === 'number') return become(node.value === 0 ? '1' : `(${node.raw} + 1)`);
      return typeof node.value === 'boolean' ? become(String(!node.value)) : [];
    case 'IfStatement':
    case 'ConditionalExpression':
      return ['true', 'false'].map((replacement) => ({ at: node.test, replacement }));
    case 'WhileStatement':
    case 'ForStatement':
      // A condition that is always true would wait as well.
      return node.test ? [{ at: node.test, replacement: 'false' }] : [];
    case 'ArrayExpression':
      return node.elements.length > 0 ? become('[]') : [];
    case 'MemberExpression':
      return node.optional
        ? become(text(node.object) + (node.computed ? `[${text(node.property)}]` : `.${text(node.property)}`))
        : [];
    case 'CallExpression':
      return callsOf(node, code);
    case 'ExpressionStatement': {
      const { expression } = node;
      const called = expression.type === 'AwaitExpression' ? expression.argument : expression;
      return called.type === 'CallExpression' || called.type === 'ChainExpression' ? become(';') : [];
    }
    case 'BlockStatement':
      return parent && /Function/.test(parent.type) && node.body.length > 0 ? become('{}') : [];
    default:
      return [];
  }
}

/** Another function in place of the one that is called, or none. */
function callsOf(node: CallExpression, code: string): Change[] {
  const { callee } = node;
  const name = code.slice(callee.start, callee.end);
  const first = node.arguments[0];
  const changes: Change[] = [];
  if (Object.hasOwn(SWAPPED, name)) changes.push({ at: callee, replacement: SWAPPED[name] });
  if (DROPPED_FUNCTIONS.includes(name) && first)
    changes.push({ at: node, replacement: `(${code.slice(first.start, first.end)})` });
  if (callee.type === 'MemberExpression' && callee.property.type === 'Identifier' && !name.startsWith('Math.')) {
    const method = callee.property.name;
    if (Object.hasOwn(SWAPPED, method)) changes.push({ at: callee.property, replacement: SWAPPED[method] });
    if (DROPPED_METHODS.includes(method))
      changes.push({ at: node, replacement: code.slice(callee.object.start, callee.object.end) });
  }
  return changes;
}

const isText = (node: AnyNode): boolean =>
  node.type === 'TemplateLiteral' || (node.type === 'Literal' && typeof node.value === 'string');
