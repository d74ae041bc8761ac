/** Reads the configuration of an existing run, with settings of the command line. */
import { sep } from 'node:path';
import { NddrError } from '../errors.js';
import { isObject, type JsonObject } from '../json.js';
import { nearest } from '../nearest.js';
import type { RunFolder } from '../train/node/run-folder.js';
import { type Config, parseConfig } from './config.js';
import { assign, resolvePaths } from './config-file.js';

/**
 * Sections of the configuration that may be changed for an existing run: where its data lie and how it is evaluated.
 */
export const OVERRIDABLE = ['data', 'evaluate'] as const;

/**
 * Reads the configuration of a run.
 * @param set settings that replace those of the run, `path.to.key=value`, as in `data.root=/elsewhere`
 * @param sections of the configuration that may be set
 * @throws NddrError when the configuration is not valid, or a setting belongs to another section
 */
export async function readRunConfig(
  folder: RunFolder,
  set: readonly string[] = [],
  sections: readonly string[] = OVERRIDABLE,
): Promise<Config> {
  const stored = await folder.readConfig();
  if (!isObject(stored)) return parseConfig(stored, folder.path);
  const config = upgraded(stored);
  for (const assignment of set) {
    const [section] = assignment.split(/[.=]/, 1);
    if (!sections.includes(section))
      throw new NddrError(
        `--set ${assignment}: of a run that is there already only ${sections.map((one) => `${one}.*`).join(' and ')} ` +
          `can be set; did you mean "${nearest(section, sections)}"? For other settings start a new run.`,
      );
    assign(config, assignment);
  }
  if (set.length > 0) resolvePaths(config, '.');
  return parseConfig(config, folder.path);
}

/** Completes an old configuration: before `evaluate.report` existed, `evaluate.split` was also reported. */
function upgraded(config: JsonObject): JsonObject {
  const { evaluate } = config;
  if (isObject(evaluate) && evaluate.report === undefined && typeof evaluate.split === 'string')
    return { ...config, evaluate: { ...evaluate, report: evaluate.split } };
  return config;
}

/** A setting that differs between two configurations; values as JSON. */
export type Change = { readonly path: string; readonly from: string; readonly to: string };

/** Settings that differ between two configurations. */
export function changesOf(before: Config, after: Config): Change[] {
  const [there, here] = [flat(before), flat(after)];
  return [...new Set([...there.keys(), ...here.keys()])].flatMap((path) => {
    const [from, to] = [there.get(path) ?? 'not set', here.get(path) ?? 'not set'];
    return from === to ? [] : [{ path, from, to }];
  });
}

/** The values of a configuration as JSON, by path; lists count as values. */
function flat(value: unknown, path = ''): Map<string, string> {
  if (path === 'train.start' && typeof value === 'string') return new Map([[path, shortened(value)]]);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return new Map([[path, JSON.stringify(value)]]);
  return new Map(
    Object.entries(value).flatMap(([key, inner]) =>
      inner === undefined ? [] : [...flat(inner, path === '' ? key : `${path}.${key}`)],
    ),
  );
}

/** The last three parts of a path, RUN/checkpoints/FILE: a folder of results may be moved as a whole. */
const shortened = (path: string): string => path.split(sep).slice(-3).join('/');
