/** Finds the weights in what `torch.save` was given: a state dict, or a checkpoint that holds one. */
import { NddrError } from '../../errors.js';
import { printable, several, shownName } from '../../words.js';
import { PickleDict, PickleList, PickleObject, PickleTuple, type PickleValue } from '../pickle/values.js';
import type { WeightEntry } from '../weight-file.js';
import { entryOf, Tensor } from './tensors.js';

/** The keys under which checkpoints keep the weights of their network, beside optimizers and the like. */
const WEIGHT_KEYS = ['state_dict', 'model_state_dict', 'model_state', 'model', 'net', 'network', 'weights', 'params'];
const DEEPEST = 32;
/** Containers may hold one another many times; this bounds the walk. */
const MOST_VALUES = 200_000;
/** Of plain values beside the weights, so many are kept as metadata, and so many characters of each. */
const [MOST_METADATA, MOST_CHARACTERS] = [50, 200];

export interface Contents {
  readonly tensors: Map<string, WeightEntry>;
  readonly metadata: Record<string, string>;
}

/**
 * The weights by name. The names of nested containers are joined by dots. Where the file is a checkpoint with a part
 * such as `state_dict`, the tensors of this part are taken under their names in it; `part` in the metadata names it, and
 * `left out` what else there is.
 * @throws NddrError when there is no tensor, or the containers hold one another
 */
export function contentsOf(root: PickleValue, where: string): Contents {
  const walk = new Walk(where);
  const parts: string[] = [];
  const metadata: [string, string][] = [];
  const leftOut: string[] = [];
  let value = root;
  for (let next = partOf(value, walk); next !== undefined; next = partOf(value, walk)) {
    parts.push(next);
    const { entries } = value as PickleDict;
    value = entries.get(next) as PickleValue;
    for (const [key, other] of entries) if (key !== next) describe(String(key), other, walk, metadata, leftOut);
  }
  const { tensors, plain } = walk.tensorsIn(value);
  if (tensors.size === 0) {
    throw new NddrError(
      `${where} holds no tensor. Save the state dict of a network: torch.save(model.state_dict(), FILE).`,
    );
  }
  for (const [name, other] of plain) describe(name, other, walk, metadata, leftOut);
  if (metadata.length > MOST_METADATA) leftOut.push(several(metadata.length - MOST_METADATA, 'plain value'));
  return {
    tensors,
    metadata: Object.fromEntries([
      ...(parts.length > 0 ? [['part', parts.join('.')]] : []),
      ...metadata.slice(0, MOST_METADATA),
      ...(leftOut.length > 0 ? [['left out', leftOut.join(', ')]] : []),
    ]),
  };
}

/** The key of the part that holds the weights; undefined where the value itself does, or no part has a known name. */
function partOf(value: PickleValue, walk: Walk): string | undefined {
  if (!(value instanceof PickleDict) || [...value.entries.values()].some((one) => one instanceof Tensor)) {
    return undefined;
  }
  return WEIGHT_KEYS.find((key) => {
    const part = value.entries.get(key);
    return part instanceof PickleDict && walk.tensorsIn(part).tensors.size > 0;
  });
}

/** Notes a value beside the weights: plain ones as metadata, all others as left out. */
function describe(name: string, value: PickleValue, walk: Walk, metadata: [string, string][], leftOut: string[]): void {
  const shown = shownName(name);
  if (value === null || ['string', 'number', 'bigint', 'boolean'].includes(typeof value)) {
    metadata.push([shown, printable(String(value).slice(0, MOST_CHARACTERS))]);
  } else if (value instanceof PickleObject) {
    leftOut.push(`${shown} (${value.kind})`);
  } else {
    const { tensors } = walk.tensorsIn(value);
    leftOut.push(tensors.size > 0 ? `${shown} (${several(tensors.size, 'tensor')})` : shown);
  }
}

class Walk {
  private values = 0;

  constructor(private readonly where: string) {}

  /** The tensors in a value by their names, and what else lies beside them. */
  tensorsIn(value: PickleValue): { tensors: Map<string, WeightEntry>; plain: [string, PickleValue][] } {
    const tensors = new Map<string, WeightEntry>();
    const plain: [string, PickleValue][] = [];
    const visit = (one: PickleValue, name: string, depth: number): void => {
      if (++this.values > MOST_VALUES || depth > DEEPEST) {
        throw new NddrError(`${this.where}: its containers hold one another too often. Save the state dict alone.`);
      }
      if (one instanceof Tensor) {
        if (tensors.has(name)) {
          throw new NddrError(`${this.where} has two tensors named ${shownName(name)}. Save one state dict alone.`);
        }
        tensors.set(name, entryOf(one));
        return;
      }
      const inside = childrenOf(one);
      if (!inside) plain.push([name, one]);
      else for (const [key, child] of inside) visit(child, name === '' ? key : `${name}.${key}`, depth + 1);
    };
    visit(value, value instanceof Tensor ? 'tensor' : '', 0);
    return { tensors, plain };
  }
}

function childrenOf(value: PickleValue): [string, PickleValue][] | undefined {
  if (value instanceof PickleDict) return [...value.entries].map(([key, child]) => [keyText(key), child]);
  if (value instanceof PickleList || value instanceof PickleTuple) {
    return value.items.map((child, index) => [String(index), child]);
  }
  return undefined;
}

const keyText = (key: PickleValue): string =>
  key instanceof PickleObject ? key.kind : typeof key === 'object' && key !== null ? 'key' : String(key);
