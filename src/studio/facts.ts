/** What the list of runs shows of a configuration. */
import { basename } from 'node:path';
import { parseConfig } from '../experiments/config.js';
import { tasksOf } from '../experiments/setup.js';
import { isObject } from '../json.js';
import type { RunSummary, TaskFacts } from './protocol.js';

export interface ConfigFacts extends Pick<RunSummary, 'data' | 'fusion' | 'backbone' | 'tasks' | 'images' | 'steps'> {
  readonly name?: string;
}

/** @param config as it was parsed; whatever is not as expected is left out */
export function factsOf(config: unknown): ConfigFacts {
  const backbone = at(config, 'network', 'backbone');
  const width = numberAt(backbone, 'width');
  const kind = textAt(backbone, 'kind');
  const root = textAt(config, 'data', 'root');
  const data = textAt(config, 'data', 'kind');
  const batch = numberAt(config, 'train', 'batch');
  return {
    name: textAt(config, 'name'),
    data: root === undefined ? data : basename(root),
    fusion: fusionOf(at(config, 'network', 'fusion')),
    backbone: kind && (width === undefined || width === 1 ? kind : `${kind}, width ${width}`),
    tasks: taskFacts(config),
    steps: numberAt(config, 'train', 'steps'),
    images: batch && batch * (numberAt(config, 'train', 'accumulate') ?? 1),
  };
}

function fusionOf(fusion: unknown): string | undefined {
  const kind = textAt(fusion, 'kind');
  return kind && at(fusion, 'shortcut') === true ? `${kind} with shortcut` : kind;
}

/** The tasks with their metrics; without them where this program cannot build the task, such as one of a module. */
function taskFacts(config: unknown): TaskFacts[] {
  try {
    return tasksOf(parseConfig(config)).map(({ name, kind, metrics }) => ({
      ...{ name, kind },
      metrics: metrics.map(({ name, unit, better, main = false }) => ({ name, unit, better, main })),
    }));
  } catch {
    const tasks = at(config, 'tasks');
    const entries = isObject(tasks) ? Object.entries(tasks) : [];
    return entries.map(([name, task]) => ({ name, kind: textAt(task, 'kind') ?? '', metrics: [] }));
  }
}

const at = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce((inner, key) => (isObject(inner) && Object.hasOwn(inner, key) ? inner[key] : undefined), value);

function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = at(value, ...path);
  return typeof found === 'string' ? found.slice(0, 200) : undefined;
}

/** A finite number; undefined for everything else. */
export function numberAt(value: unknown, ...path: readonly string[]): number | undefined {
  const found = at(value, ...path);
  return typeof found === 'number' && Number.isFinite(found) ? found : undefined;
}
