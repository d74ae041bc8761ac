/** The tables of docs/reference/configuration.md, made of the schema that checks configurations. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import type { LabelInfo } from '../src/data/dataset.js';
import { configJsonSchema } from '../src/experiments/config.js';
import { taskKinds } from '../src/tasks/index.js';

/** The parts of a JSON schema that the configuration uses. */
interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: string;
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | false;
  readonly items?: Schema | false;
  readonly prefixItems?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
}

interface Row {
  readonly key: string;
  readonly value: string;
  readonly standard: string;
  readonly meaning: string;
}

const code = (value: unknown): string => `\`${JSON.stringify(value)}\``;
const oneOf = (values: readonly unknown[]): string => values.map(code).join(', ');

function numberText({ type, ...limits }: Schema): string {
  const { minimum = limits.exclusiveMinimum, maximum = limits.exclusiveMaximum } = limits;
  const parts = [type === 'integer' ? 'whole number' : 'number'];
  if (minimum !== undefined && minimum > Number.MIN_SAFE_INTEGER)
    parts.push(limits.minimum === undefined ? `above ${minimum}` : `from ${minimum}`);
  if (maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER)
    parts.push(limits.maximum === undefined ? `and below ${maximum}` : `to ${maximum}`);
  return parts.join(' ');
}

/** What may stand in a key, in words. */
function valueText(schema: Schema): string {
  const { type, items, prefixItems, additionalProperties, anyOf } = schema;
  if (schema.enum) return oneOf(schema.enum);
  if (schema.oneOf || schema.properties) return 'object';
  if (Array.isArray(type)) return valueText({ anyOf: type.map((one) => ({ type: one })) });
  if (anyOf) return anyOf.map((option) => (option.type === 'null' ? '`null`' : valueText(option))).join(' or ');
  if (type === 'integer' || type === 'number') return numberText(schema);
  if (type === 'boolean') return '`true`, `false`';
  if (prefixItems) return `[${prefixItems.map(valueText).join(', ')}]`;
  if (type === 'array' && items) return `list of ${valueText(items)}`;
  if (type === 'object' && additionalProperties) return `{ name: ${valueText(additionalProperties)} }`;
  return type === 'string' ? 'text' : 'text or object';
}

/** The options of a choice, and those of choices inside it. */
const optionsOf = ({ anyOf = [] }: Schema): readonly Schema[] =>
  anyOf.flatMap((option) => (option.anyOf ? optionsOf(option) : [option]));

/** The rows of a key and of all keys below it. */
function rowsOf(key: string, schema: Schema, required: boolean): Row[] {
  if (schema.oneOf) return unionRows(key, schema, required);
  if (schema.properties) {
    return Object.entries(schema.properties).flatMap(([name, inner]) =>
      rowsOf(`${key}.${name}`, inner, schema.required?.includes(name) ?? false),
    );
  }
  const none = required ? 'required' : 'none';
  const standard = schema.default === undefined ? none : code(schema.default);
  const row = { key, value: valueText(schema), standard, meaning: schema.description ?? '' };
  // Where an object may stand instead of a text, its keys follow.
  const object = optionsOf(schema).find(({ properties }) => properties);
  return object ? [row, ...rowsOf(key, object, false)] : [row];
}

/**
 * A choice between kinds: the kinds first, then every key once, with the kinds that take it unless all do, and its
 * defaults with theirs where they differ.
 */
function unionRows(key: string, { oneOf: options = [], default: standard }: Schema, required: boolean): Row[] {
  const kinds = options.map((option) => option.properties?.kind.const ?? '');
  const chosen = (standard as { kind?: string } | undefined)?.kind;
  const rows = new Map<string, { row: Row; kinds: string[]; standards: Map<string, string[]> }>();
  for (const [i, { properties = {}, required: needed = [] }] of options.entries()) {
    for (const [name, inner] of Object.entries(properties)) {
      if (name === 'kind') continue;
      const [row] = rowsOf(`${key}.${name}`, inner, needed.includes(name));
      const same = JSON.stringify({ ...row, standard: '' });
      const known = rows.get(same) ?? { row, kinds: [], standards: new Map<string, string[]>() };
      known.kinds = [...known.kinds, kinds[i]];
      known.standards.set(row.standard, [...(known.standards.get(row.standard) ?? []), kinds[i]]);
      rows.set(same, known);
    }
  }
  const kindRow: Row = {
    key: `${key}.kind`,
    value: oneOf(kinds),
    standard: chosen ? code(chosen) : required ? 'required' : 'none',
    meaning: 'The kind. Other keys depend on it.',
  };
  return [
    kindRow,
    ...[...rows.values()].map(({ row, kinds: takers, standards }) => ({
      ...row,
      standard:
        standards.size === 1
          ? row.standard
          : [...standards].map(([value, of]) => `${value} for ${oneOf(of)}`).join('; '),
      meaning: takers.length === kinds.length ? row.meaning : `Only for ${oneOf(takers)}. ${row.meaning}`,
    })),
  ];
}

function table(rows: readonly Row[]): string {
  const cells = rows.map(({ key, value, standard, meaning }) => [`\`${key}\``, value, standard, sentence(meaning)]);
  const lines = [['key', 'value', 'default', 'meaning'], ['---', '---', '---', '---'], ...cells];
  return lines.map((line) => `| ${line.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n');
}

const sentence = (text: string): string => (text === '' || text.endsWith('.') ? text : `${text}.`);

/** A table of the settings of one thing, by their schema; undefined where it has none. */
export function settingsTable(settings: z.ZodType): string | undefined {
  const { properties = {} } = z.toJSONSchema(settings, { io: 'input' }) as Schema;
  const rows = Object.entries(properties).flatMap(([name, schema]) => rowsOf(name, schema, false));
  return rows.length > 0 ? table(rows) : undefined;
}

/** Settings of tasks that data sets know. */
const TAUGHT = ['classes', 'colours', 'names', 'unit', 'mean', 'deviation'] satisfies (keyof LabelInfo)[] as string[];

/** Every key of a configuration, its values, default and meaning. */
export function configurationTables(): string {
  const { properties = {}, required = [] } = configJsonSchema() as Schema;
  const isRequired = (key: string) => required.includes(key);
  const part = (key: string) => `### ${key}\n\n${table(rowsOf(key, properties[key], isRequired(key)))}`;
  const tasks = Object.entries(taskKinds).map(([kind, { settings }]) => {
    const { properties: keys = {} } = z.toJSONSchema(settings, { io: 'input' }) as Schema;
    const rows = Object.entries(keys).flatMap(([name, schema]) => {
      if (name === 'kind') return [];
      const [row] = rowsOf(`tasks.NAME.${name}`, schema, false);
      return [{ ...row, standard: TAUGHT.includes(name) ? 'from the data set' : row.standard }];
    });
    return `### tasks, kind "${kind}"\n\n${rows.length > 0 ? table(rows) : 'This kind has no settings.'}`;
  });
  return [part('name'), part('data'), ...tasks, part('network'), part('train'), part('evaluate')].join('\n\n');
}

const PAGE = fileURLToPath(new URL('../../docs/reference/configuration.md', import.meta.url));
const MARKS = ['<!-- tables: written by npm run docs -->', '<!-- end of tables -->'] as const;

/** The page as it is, and as it should be. */
export function configurationPage(): { readonly found: string; readonly wanted: string } {
  const found = readFileSync(PAGE, 'utf8');
  const [before, after] = [found.indexOf(MARKS[0]) + MARKS[0].length, found.indexOf(MARKS[1])];
  return { found, wanted: `${found.slice(0, before)}\n\n${configurationTables()}\n\n${found.slice(after)}` };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(PAGE, configurationPage().wanted);
