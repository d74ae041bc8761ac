/** A backbone of the user's own, in a file outside the package. */
import { NddrError } from '../errors.js';
import type { Backbone } from './backbone.js';
import { createHead, type HeadKind } from './heads/index.js';
import { TORCH_NORM } from './residual.js';

/**
 * Imports a JavaScript file by its path. The caller passes it, because browsers and Node import differently.
 * @throws NddrError where it may not be imported
 */
export type ImportModule = (path: string) => Promise<Readonly<Record<string, unknown>>>;

/** Settings of `network.backbone`; those that are not named here are the module's own. */
export interface ModuleOptions {
  readonly path: string;
  /** The head to use where the module has none. */
  readonly head: HeadKind;
  readonly width: number;
  readonly keep: number;
  readonly [option: string]: unknown;
}

const EXPORT = 'export default (options) => [{ name, channels, stride, build(scope, x) }, ...]';

/**
 * The backbone that a file exports: a function from the settings to a list of stages, or to an object with `stages` and,
 * where it has its own, `head` and `imageHead`.
 * @throws NddrError naming the file, what it must export and what was found
 */
export async function loadModule(options: ModuleOptions, importModule: ImportModule): Promise<Backbone> {
  const { path, head, width, keep } = options;
  const fault = (found: string): NddrError =>
    new NddrError(`network.backbone: ${path} ${found}. It must be a JavaScript module with\n  ${EXPORT}`);
  let create: unknown;
  try {
    create = (await importModule(path)).default;
  } catch (error) {
    if (error instanceof NddrError) throw error; // it may not be imported
    throw fault(`cannot be imported: ${(error as Error).message}`);
  }
  if (typeof create !== 'function') throw fault(`has ${describe(create)} for its default export, not a function`);
  const made: unknown = create(options);
  const given: Partial<Backbone> = Array.isArray(made) ? { stages: made } : isObject(made) ? made : {};
  const stages: unknown = given.stages;
  if (!Array.isArray(stages) || stages.length === 0) throw fault(`made ${describe(made)}, not a list of stages`);
  for (const [i, stage] of stages.entries()) {
    const wrong = faultOf(stage);
    if (wrong) throw fault(`made a list whose stage ${i + 1} ${wrong}`);
  }
  for (const key of ['head', 'imageHead'] as const)
    if (given[key] !== undefined && typeof given[key] !== 'function')
      throw fault(`made ${describe(given[key])} for its ${key}, not a function`);
  const strides = [(stages as Backbone['stages'])[stages.length - 1].stride].flat();
  return {
    name: given.name ?? path,
    stages,
    head: given.head ?? createHead(head, { stride: strides[0], width, keep, norm: TORCH_NORM }),
    ...(given.imageHead && { imageHead: given.imageHead }),
  };
}

/** What is wrong with a stage, if anything is. */
function faultOf(stage: unknown): string | undefined {
  if (!isObject(stage)) return `is ${describe(stage)}`;
  if (typeof stage.name !== 'string') return `has ${describe(stage.name)} for its name`;
  const branched = typeof stage.buildBranches === 'function';
  if (!branched && typeof stage.build !== 'function')
    return `("${stage.name}") has no function \`build\`, nor \`buildBranches\``;
  for (const key of ['channels', 'stride']) {
    const values = branched ? stage[key] : [stage[key]];
    const sound = Array.isArray(values) && values.length > 0 && values.every((n) => Number.isFinite(n) && n > 0);
    if (!sound) return `("${stage.name}") has ${describe(stage[key])} for its ${key}`;
  }
  return undefined;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

const describe = (value: unknown): string =>
  value === undefined ? 'nothing' : typeof value === 'function' ? 'a function' : JSON.stringify(value);
