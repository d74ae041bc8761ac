/** Labels that are made from class maps: boundaries, saliency and merged classes. */
import { boundariesOf } from './boundaries.js';
import { UNLABELLED } from './class-table.js';
import {
  type ClassMapLabel,
  type Description,
  derivedFrom,
  isClassMap,
  type LabelDescription,
  USUAL_THICKNESS,
} from './description.js';
import type { PackedLabel } from './packed.js';

/**
 * Adds the labels of these names that are derived from other labels; those may be derived themselves.
 * @param labels those that were read; class maps uint8 [1, H, W], 255 unlabelled
 */
export function withDerived<Label extends PackedLabel>(
  labels: Readonly<Record<string, Label>>,
  described: Description['labels'],
  names: readonly string[],
): Record<string, Label | PackedLabel> {
  const complete: Record<string, Label | PackedLabel> = { ...labels };
  const add = (name: string): void => {
    const from = derivedFrom(described[name]);
    if (from === undefined || complete[name]) return;
    add(from);
    const source = complete[from];
    if (source) complete[name] = derive(source, described[from] as ClassMapLabel, described[name]);
  };
  for (const name of names) add(name);
  return complete;
}

/** @param source uint8 [1, H, W], the class map from which the label is derived */
function derive(source: PackedLabel, { classes }: ClassMapLabel, what: LabelDescription): PackedLabel {
  if (what.kind === 'boundaries') {
    const map = { ...source, data: source.data as Uint8Array };
    return boundariesOf(map, what.thickness ?? USUAL_THICKNESS);
  }
  const table = new Uint8Array(256).fill(UNLABELLED);
  for (const [k, name] of classes.entries()) table[k] = meaningOf(name, what);
  const data = new Uint8Array(source.data.length);
  for (let at = 0; at < data.length; at++) data[at] = table[source.data[at]];
  return { channels: 1, height: source.height, width: source.width, data };
}

/** The value that a class of the source map has in the derived map. */
function meaningOf(name: string, what: LabelDescription): number {
  if (what.kind === 'saliency') return Number(what.positive ? what.positive.includes(name) : !what.not?.includes(name));
  if (!isClassMap(what)) return UNLABELLED;
  const target = what.map && Object.hasOwn(what.map, name) ? what.map[name] : name;
  const index = target === null ? -1 : what.classes.indexOf(target);
  return index < 0 ? UNLABELLED : index;
}
