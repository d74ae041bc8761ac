/**
 * Which tensors of a file become which variables of a network, by a mapping, by this project's own names, or by those of a
 * family.
 */
import { NddrError } from '../errors.js';
import type { WeightFile } from '../weights/weight-file.js';
import { someOf } from '../words.js';
import { type Assignment, type Change, convertLayer, type Difference } from './convert.js';
import { families } from './families/index.js';
import { mapped } from './mapping.js';
import { isOwn, ownNames } from './own.js';
import { type Recognised, recognise } from './recognise.js';
import type { WeightSource } from './source.js';
import type { Layer, Target } from './target.js';

/** What is found in a file. */
export interface Plan {
  readonly title: string;
  readonly evidence: string;
  readonly assignments: readonly Assignment[];
  readonly differences: readonly Difference[];
  /** Names of layers by what was done to them. */
  readonly changes: ReadonlyMap<Change, readonly string[]>;
  readonly recognised?: Recognised;
  fileName(name: string): string;
}

/** @throws NddrError when no family knows the names of the file, or it holds several networks and none is chosen */
export function planOf(target: Target, source: WeightSource): Plan {
  const { file, where, tower, from, family, mapping } = source;
  const same = { fileName: (name: string) => name, changes: new Map() };
  if (mapping) {
    const wanted = (path: string) => tower === undefined || path.startsWith(`${tower}.`);
    const found = mapped(mapping.rules, file, target, mapping.where, wanted);
    return { ...same, ...found, title: `the mapping ${mapping.where}`, evidence: 'given' };
  }
  if (family === undefined && isOwn(file, target)) {
    const pairs = ownNames(file, target, where, { tower, from });
    return {
      ...same,
      ...paired(pairs, file, target),
      title: "this project's names",
      evidence: someOf([...pairs.keys()], 1),
    };
  }
  const recognised = recognise(file, where, { family, from });
  if (!recognised) throw unknownNames(source);
  return byFamily(target, source, recognised);
}

function paired(pairs: ReadonlyMap<string, string>, { tensors }: WeightFile, { variables }: Target) {
  const assignments: Assignment[] = [];
  const differences: Difference[] = [];
  for (const [path, name] of pairs) {
    const [here, there] = [variables.get(path)?.shape ?? [], tensors.get(name)?.shape ?? []];
    if (here.join() === there.join()) assignments.push({ path, shape: here, uses: [name], make: (read) => read(name) });
    else differences.push({ path, here, name, there });
  }
  return { assignments, differences };
}

function byFamily(target: Target, { tower, from }: WeightSource, recognised: Recognised): Plan {
  const { recognition, family, prefix, shapes } = recognised;
  const { convention, layout, epsilon, evidence } = recognition;
  const rules = { shapes, layout, epsilon, reversed: convention.channels === 'bgr' };
  const assignments: Assignment[] = [];
  const differences: Difference[] = [];
  const changes = new Map<Change, string[]>();
  for (const layer of target.layers) {
    if (tower !== undefined && layer.owner !== tower) continue;
    const names = recognition.layer(placed(layer, recognition.towers, from));
    if (!names || (names.classifier && tower === undefined)) continue;
    const converted = convertLayer(layer, names, rules);
    assignments.push(...converted.assignments);
    differences.push(...converted.differences);
    for (const change of converted.changes)
      changes.set(change, [...new Set([...(changes.get(change) ?? []), layer.layer])]);
  }
  const under = prefix === '' ? '' : `, under "${prefix}"`;
  return {
    ...{ assignments, differences, changes, recognised },
    title: `${recognition.model} (${family.title})`,
    evidence: `${evidence}${under}`,
    fileName: (name) => recognised.fileName.get(name) ?? name,
  };
}

/** The place of a layer, with the number of the file's tower where `from` chooses one of several. */
function placed(layer: Layer, towers: number | undefined, from: string | undefined): Layer {
  const chosen = towers === undefined || from === undefined ? Number.NaN : Number(from);
  return Number.isInteger(chosen) ? { ...layer, index: chosen - 1 } : layer;
}

function unknownNames({ where, file }: WeightSource): NddrError {
  const titles = families.map(({ title }) => title).join('; ');
  const exported = [...file.tensors.keys()].some((name) => /^onnx::\w+_\d+$/.test(name));
  const folded =
    'PyTorch replaced names as it exported the file (onnx::Conv_497): use the state dict, or export with ' +
    'training=torch.onnx.TrainingMode.PRESERVE, which keeps them. ';
  return new NddrError(
    `${where}: the names of its tensors are those of no network that is known (${someOf([...file.tensors.keys()]) || 'it has none'}). ` +
      `${exported ? folded : ''}Known are: ${titles}; this project's own. For other names give a mapping file (docs/guides/pretrained-weights.md).`,
  );
}
