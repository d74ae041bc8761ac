/**
 * The mutants of a compiled module: what a fault of one operator, constant, condition or call would look like. The set
 * follows Stryker's, with constants and calls of the engine's arithmetic added, and without texts, regular expressions
 * and object literals.
 */
import { type AnyNode, type Expression, parse } from 'acorn';
import { operatorsOf } from './operators.js';

/** One change of a module's text. */
export interface Mutant {
  /** First and last character of what is replaced, the last not included. */
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
  /** The change in words, such as `a - b -> a + b`. */
  readonly change: string;
}

/** Every mutant of a module's text, from its first line to its last. */
export function mutantsOf(code: string): Mutant[] {
  const found = new Map<string, Mutant>();
  const visit = (node: AnyNode, parent: AnyNode | undefined): void => {
    if (isMessage(node, code)) return;
    for (const { at, replacement } of operatorsOf(node, parent, code)) {
      const original = code.slice(at.start, at.end);
      if (replacement === original) continue;
      const change = `${shortened(original)} -> ${shortened(replacement) || 'nothing'}`;
      found.set(`${at.start} ${at.end} ${replacement}`, { start: at.start, end: at.end, replacement, change });
    }
    for (const child of childrenOf(node)) visit(child, node);
  };
  visit(parse(code, { ecmaVersion: 'latest', sourceType: 'module' }), undefined);
  return [...found.values()].sort((a, b) => a.start - b.start || a.end - b.end);
}

/** The module's text with the change. */
export const mutated = (code: string, { start, end, replacement }: Mutant): string =>
  code.slice(0, start) + replacement + code.slice(end);

/** What only makes a text for people: no wrong number comes of it. */
function isMessage(node: AnyNode, code: string): boolean {
  if (node.type === 'ImportDeclaration' || node.type === 'ThrowStatement') return true;
  if (node.type === 'NewExpression') return /Error$/.test(textOf(node.callee, code));
  if (node.type === 'Property') return ['message', 'description'].includes(textOf(node.key as Expression, code));
  return false;
}

function childrenOf(node: AnyNode): AnyNode[] {
  // `.describe('...')` says what a key of the configuration means; what it is called on is looked at.
  if (
    node.type === 'CallExpression' &&
    node.callee.type === 'MemberExpression' &&
    node.callee.property.type === 'Identifier' &&
    node.callee.property.name === 'describe'
  )
    return [node.callee.object];
  return Object.values(node).flat().filter(isNode);
}

const isNode = (value: unknown): value is AnyNode =>
  typeof value === 'object' && value !== null && 'type' in value && 'start' in value;

const textOf = (node: AnyNode, code: string): string => code.slice(node.start, node.end);

const LONGEST = 60;

/** On one line, with its middle left out where it is long. */
function shortened(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length <= LONGEST ? line : `${line.slice(0, LONGEST / 2)} ... ${line.slice(5 - LONGEST / 2)}`;
}
