// Problems of a label whose settings are each valid but do not fit together.
import { suggest } from '../schema.js';
import { indexOfKey } from './class-table.js';
import {
  type ClassMapLabel,
  derivedFrom,
  isClassMap,
  type LabelDescription,
  type LabelOf,
  listOf,
} from './label-kinds.js';

type Labels = Readonly<Record<string, LabelDescription>>;

/** One line for each problem, which begins with the key. */
export function labelProblems(name: string, labels: Labels): string[] {
  const what = labels[name];
  const problems = derivedFrom(what) === undefined ? [] : sourceProblems(name, labels);
  if (isClassMap(what)) problems.push(...classMapProblems(what, labels));
  if (what.kind === 'boundaries') problems.push(...boundaryProblems(what));
  if (what.kind === 'saliency') problems.push(...saliencyProblems(what, labels));
  if (what.kind === 'normals') problems.push(...axisProblems(what));
  return problems;
}

function sourceProblems(name: string, labels: Labels): string[] {
  const from = derivedFrom(labels[name]) as string;
  if (!Object.hasOwn(labels, from) || !isClassMap(labels[from])) {
    const known = Object.keys(labels).filter((key) => key !== name && isClassMap(labels[key]));
    return [`from: "${from}" is no label of kind segmentation or parts; ${suggest(from, known)}`];
  }
  const seen = [name];
  for (let at: string | undefined = from; at !== undefined; at = derivedFrom(labels[at])) {
    if (seen.includes(at))
      return [
        `from: ${[...seen, at].join(' from ')} is a circle; derive one of these labels from another, or give it files`,
      ];
    seen.push(at);
  }
  // Settings at their defaults are not written in the description.
  const { ignore, first, coding, threshold, resize, orientation }: Partial<Record<string, unknown>> = labels[name];
  const given = { ignore, first, coding, threshold, resize: resize || undefined };
  const ofFiles = Object.entries({ ...given, orientation: orientation === 'stored' || undefined })
    .filter(([, value]) => value !== undefined)
    .map(([key]) => key);
  return ofFiles.map((key) => `${key}: a derived label has no files to which this applies; set it at labels.${from}`);
}

function classMapProblems(what: ClassMapLabel, labels: Labels): string[] {
  const { classes, colours, map, first, from } = what;
  const problems: string[] = [];
  const twin = classes.find((one, i) => classes.indexOf(one) !== i);
  if (twin !== undefined) problems.push(`classes: "${twin}" occurs twice; remove one`);
  if (colours && colours.length !== classes.length) {
    problems.push(`colours: ${colours.length} colours for ${classes.length} classes`);
  }
  if (what.coding === 'colours' && !colours && !map)
    problems.push('coding: "colours" needs the colours of the classes; add "colours" or "map"');
  if (map && first !== undefined) problems.push('first: "map" names every index already; remove one of the two');
  for (const [key, target] of Object.entries(map ?? {})) {
    if (target !== null && !classes.includes(target)) {
      problems.push(`map.${key}: "${target}" is no class; ${suggest(target, classes)}`);
    }
  }
  if (from !== undefined) return [...problems, ...mergingProblems(what, labels[from])];
  for (const key of Object.keys(map ?? {})) {
    const index = indexOfKey(key);
    if (index === undefined) problems.push(`map.${key}: expected an index such as "7", or a colour such as "#804080"`);
    else if (listOf(what.ignore).includes(index) && map?.[key] !== null) {
      problems.push(`map.${key}: "ignore" has the index too; remove it from one of the two`);
    }
  }
  return problems;
}

/** Problems of a class map that merges the classes of another: each of these needs a class here, or null. */
function mergingProblems({ classes, map = {}, others }: ClassMapLabel, source: LabelDescription): string[] {
  if (!isClassMap(source)) return [];
  const strange = Object.keys(map).filter((key) => !source.classes.includes(key));
  const problems = strange.map((key) => `map.${key}: no class of that name there; ${suggest(key, source.classes)}`);
  const lost = source.classes.filter((one) => !(one in map) && !classes.includes(one));
  if (lost.length > 0 && others === 'refuse') {
    problems.push(
      `map: does not name ${lost.join(', ')}; name a class or null for each, or set "others" to "unlabelled"`,
    );
  }
  return problems;
}

function boundaryProblems({ from, thickness }: LabelOf<'boundaries'>): string[] {
  if (from !== undefined || thickness === undefined) return [];
  return ['thickness: only boundaries derived "from" a class map have one'];
}

function saliencyProblems({ from, positive, not }: LabelOf<'saliency'>, labels: Labels): string[] {
  if (from === undefined) {
    return positive || not ? [`${positive ? 'positive' : 'not'}: names classes of a map; say which with "from"`] : [];
  }
  if ((positive === undefined) === (not === undefined)) {
    return ['from: needs one of "positive" and "not": the classes that are salient, or those that are not'];
  }
  const source = labels[from];
  if (!isClassMap(source)) return [];
  const [key, names] = positive ? ['positive', positive] : ['not', not ?? []];
  const strange = names.filter((one) => !source.classes.includes(one));
  return strange.map((one) => `${key}: "${one}" is no class of "${from}"; ${suggest(one, source.classes)}`);
}

function axisProblems({ axes, yAxis }: LabelOf<'normals'>): string[] {
  if (!axes) return [];
  const problems: string[] = [];
  if (yAxis) problems.push('yAxis: "axes" says where y points already; remove one of the two');
  if (new Set(axes.map((axis) => axis.at(-1))).size !== 3) {
    problems.push(`axes: ${axes.join(', ')} does not name each of x, y and z once`);
  }
  return problems;
}
