/** Checks JSON values against schemas, with errors that a user can correct. */
import { z } from 'zod';
import { NddrError } from './errors.js';
import { nearest } from './nearest.js';

/**
 * Checks a value and completes it with its defaults.
 * @param where the file or setting that holds the value, for messages
 * @throws NddrError naming every wrong key at once, and for an unknown one the nearest known
 */
export function parseStrict<S extends z.ZodType>(schema: S, value: unknown, where: string): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => explain(issue, schema, value));
  throw new NddrError(`${where}: ${problems.join('\n  ')}`);
}

function explain(issue: z.core.$ZodIssue, schema: z.ZodType, root: unknown): string {
  const at = issue.path.length > 0 ? `${issue.path.map(String).join('.')}: ` : '';
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, root, issue.path);
    return issue.keys.map((key) => `${at}unknown key "${key}"; ${suggest(key, known)}`).join('\n  ');
  }
  const found = valueAt(root, issue.path);
  if (issue.code === 'invalid_union' && 'options' in issue && issue.discriminator) {
    const known = (issue.options ?? []).map(String);
    if (typeof found === 'string') return `${at}unknown ${issue.discriminator} "${found}"; ${suggest(found, known)}`;
    return `${at}expected one of ${known.join(', ')}, found ${show(found)}`;
  }
  if (issue.code === 'invalid_union' && 'errors' in issue) {
    // The option that accepts the kind of value, and finds a fault inside it.
    const inner = issue.errors.find(
      (faults) => faults.length > 0 && faults.every(({ path }) => path.length > 0 || !isTypeFault(faults)),
    );
    if (inner)
      return inner
        .map((fault) => explain({ ...fault, path: [...issue.path, ...fault.path] } as z.core.$ZodIssue, schema, root))
        .join('\n  ');
    const types = issue.errors.flatMap((faults) =>
      faults.flatMap((fault) => ('expected' in fault ? fault.expected : [])),
    );
    if (types.length > 0)
      return `${at}${issue.message}: expected ${[...new Set(types)].join(' or ')}, found ${show(found)}`;
  }
  if (issue.code === 'invalid_key') return `${at}the name does not fit: ${issue.issues[0].message}`;
  return `${at}${issue.message}, found ${show(found)}`;
}

/** Whether an option of a union takes another type of value. */
const isTypeFault = (faults: readonly z.core.$ZodIssue[]): boolean =>
  faults.some(({ code, path }) => code === 'invalid_type' && path.length === 0);

const show = (found: unknown): string => JSON.stringify(found) ?? 'nothing';

/** The end of a message about an unknown word: the nearest known word, and all known ones. */
export function suggest(word: string, known: readonly string[]): string {
  if (known.length === 0) return 'there is none';
  return `did you mean "${nearest(word, known)}"? Known: ${known.join(', ')}.`;
}

const valueAt = (root: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], root);

/** Schemas that wrap another one, which has the keys. */
const WRAPPERS = [z.ZodDefault, z.ZodPrefault, z.ZodOptional, z.ZodNullable, z.ZodReadonly] as const;

/** The keys that the object at a path may have. */
function keysAt(schema: z.ZodType, root: unknown, path: readonly PropertyKey[]): string[] {
  return schemasAt(schema, root, path).flatMap((found) =>
    found instanceof z.ZodObject ? Object.keys(found.shape) : [],
  );
}

/**
 * The schemas that may apply to the value at a path; of a union those whose literals fit the value, or all if none
 * fits.
 */
function schemasAt(schema: z.ZodType, value: unknown, path: readonly PropertyKey[]): z.ZodType[] {
  if (WRAPPERS.some((Wrapper) => schema instanceof Wrapper))
    return schemasAt((schema as z.ZodOptional).unwrap() as z.ZodType, value, path);
  if (schema instanceof z.ZodUnion) {
    const options = schema.options as readonly z.ZodType[];
    const fits = options.filter((option) => fitsKind(option, value));
    return (fits.length === 0 ? options : fits).flatMap((option) => schemasAt(option, value, path));
  }
  if (path.length === 0) return [schema];
  const [key, ...rest] = path;
  const inner = valueAt(value, [key]);
  if (schema instanceof z.ZodObject) {
    const member = schema.shape[String(key)] as z.ZodType | undefined;
    return member ? schemasAt(member, inner, rest) : [];
  }
  if (schema instanceof z.ZodRecord) return schemasAt(schema.valueType as z.ZodType, inner, rest);
  if (schema instanceof z.ZodArray) return schemasAt(schema.element as z.ZodType, inner, rest);
  return [];
}

/** Whether the literals of an object schema, by which the options of a union differ, are those of a value. */
function fitsKind(schema: z.ZodType, value: unknown): boolean {
  if (schema instanceof z.ZodArray) return Array.isArray(value);
  if (!(schema instanceof z.ZodObject)) return typeof value !== 'object';
  if (Array.isArray(value)) return false;
  return Object.entries(schema.shape).every(
    ([key, member]) => !(member instanceof z.ZodLiteral) || member.values.has(valueAt(value, [key]) as string),
  );
}
