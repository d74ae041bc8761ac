/** The configuration of a run as it lies on disk, and what the command line says otherwise. */
import { NddrError } from '../errors.js';
import { nearest } from '../nearest.js';
import type { RunFolder } from '../train/node/run-folder.js';
import { assign, type Config, isObject, type JsonObject, parseConfig, resolvePaths } from './config.js';

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
