/** The configuration of a run as it lies on disk, and what the command line says otherwise. */
import { sep } from 'node:path';
import { NddrError } from '../errors.js';
import { isObject, type JsonObject } from '../json.js';
import { nearest } from '../nearest.js';
import type { RunFolder } from '../train/node/run-folder.js';
import { type Config, parseConfig } from './config.js';
import { assign, resolvePaths } from './config-file.js';

/** Sections that may be set otherwise for a run that is there already: where its data lie and how it is judged. */
export const OVERRIDABLE = ['data', 'evaluate'] as const;

/**
 * @param set `path.to.key=value` over what the run was trained with, as in `data.root=/elsewhere`
 * @param sections that may be set
 * @throws NddrError when it does not fit, or another section is to be set
 */
export async function readRunConfig(
  folder: RunFolder,
  set: readonly string[] = [],
  sections: readonly string[] = OVERRIDABLE,
): Promise<Config> {
  const stored = await folder.readConfig();
  if (!isObject(stored)) return parseConfig(stored, folder.path);
  const config = fromBefore(stored);
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

/** Runs of the time before there was `evaluate.report` had one split, which chose and was reported. */
function fromBefore(config: JsonObject): JsonObject {
  const { evaluate } = config;
  if (isObject(evaluate) && evaluate.report === undefined && typeof evaluate.split === 'string')
    return { ...config, evaluate: { ...evaluate, report: evaluate.split } };
  return config;
}

/** A setting that differs, its values as JSON. */
export type Change = { readonly path: string; readonly from: string; readonly to: string };

/** Settings that differ between two configurations. */
export function changesOf(before: Config, after: Config): Change[] {
  const [there, here] = [flat(before), flat(after)];
  return [...new Set([...there.keys(), ...here.keys()])].flatMap((path) => {
    const [from, to] = [there.get(path) ?? 'not set', here.get(path) ?? 'not set'];
    return from === to ? [] : [{ path, from, to }];
  });
}

/** Values as JSON by their path; lists are values. */
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

/** RUN/checkpoints/FILE: a folder of results may be moved as a whole. */
const shortened = (path: string): string => path.split(sep).slice(-3).join('/');
