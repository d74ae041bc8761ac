/** Reads configuration files, and applies settings of the command line (`--set`). */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { NddrError } from '../errors.js';
import { decodeText, isObject, type JsonObject, parseJson } from '../json.js';
import { type Config, parseConfig } from './config.js';
import { resolvedSetting } from './start-settings.js';

/**
 * Reads a configuration file.
 * @param assignments `path.to.key=value`, the value as JSON or plain text; they override the file
 * @throws NddrError naming the file and what is wrong with it
 */
export function readConfig(path: string, assignments: readonly string[] = []): Config {
  const value = readJson(path);
  resolvePaths(value, dirname(path));
  for (const assignment of assignments) assign(value, assignment);
  resolvePaths(value, '.');
  return parseConfig(value, path);
}

/**
 * The object that a JSON file holds.
 * @throws NddrError where it cannot be read or holds something else; faults of its JSON with line and column
 */
export function readJson(path: string): JsonObject {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch {
    throw new NddrError(`${path} cannot be read. Name a configuration file, such as examples/rooms.json.`);
  }
  const value = parseJson(decodeText(bytes, path), path);
  if (!isObject(value)) throw new NddrError(`${path} holds no JSON object. See examples/rooms.json for its form.`);
  return value;
}

/**
 * Makes the paths of a configuration absolute, so that its run can be resumed from any folder.
 * @param base the folder that they are relative to: that of the file, or the current one for the command line
 */
export function resolvePaths({ data, network, train }: JsonObject, base: string): void {
  const absolute = (holder: unknown, key: string) => {
    const path = isObject(holder) ? holder[key] : undefined;
    if (isObject(holder) && typeof path === 'string') holder[key] = resolve(base, path);
  };
  const parts = isObject(data) && Array.isArray(data.parts) ? (data.parts as unknown[]) : [];
  for (const part of [data, ...parts]) {
    absolute(part, 'root');
    absolute(part, 'description');
  }
  const weights = (holder: unknown, key: string) => {
    if (isObject(holder) && key in holder) holder[key] = resolvedSetting(holder[key], (path) => resolve(base, path));
  };
  weights(network, 'weights');
  weights(train, 'start');
  if (isObject(network)) absolute(network.backbone, 'path');
}

/** Sets one key by its path, as in `train.steps=500`. @throws NddrError when it is not of that form */
export function assign(config: JsonObject, assignment: string): void {
  const at = assignment.indexOf('=');
  const keys = assignment.slice(0, at).split('.');
  if (at < 1 || keys.some((key) => key === '' || key === '__proto__'))
    throw new NddrError(`--set ${assignment}: expected KEY.KEY=VALUE, such as train.steps=500.`);
  let value: unknown = assignment.slice(at + 1);
  try {
    value = JSON.parse(value as string);
  } catch {
    // Plain text needs no quotes.
  }
  setAt(config, keys, value, `--set ${assignment}`);
}

/**
 * Sets the key at a path, and creates missing objects on the way.
 * @throws NddrError, beginning with `where`, when a value on the way has no keys
 */
export function setAt(config: JsonObject, keys: readonly string[], value: unknown, where: string): void {
  let holder = config;
  for (const key of keys.slice(0, -1)) {
    const inner = Object.hasOwn(holder, key) ? holder[key] : {};
    const isPart = Array.isArray(inner) && inner.length > 0 && inner.every(isObject);
    if (!isObject(inner) && !isPart)
      throw new NddrError(`${where}: "${key}" holds ${JSON.stringify(inner)}, which has no keys.`);
    holder[key] = inner;
    holder = inner as JsonObject;
  }
  holder[keys[keys.length - 1]] = value;
}
