/** How weights of files are taken into a network, planned by names and shapes alone; numbers are read afterwards. */
import { NddrError } from '../errors.js';
import { elementsOf } from '../npy.js';
import { suggest } from '../schema.js';
import { toFloat32 } from '../weights/stored-tensor.js';
import type { WeightFile } from '../weights/weight-file.js';
import { someOf } from '../words.js';
import type { InputConvention } from './convention.js';
import { type Assignment, type Change, convertLayer, type Difference } from './convert.js';
import { requireEnough } from './enough.js';
import { families } from './families/index.js';
import { conventionOfMapping, type Mapping, mapped } from './mapping.js';
import { isOwn, ownNames } from './own.js';
import { type Recognised, recognise } from './recognise.js';
import type { SourceReport } from './report.js';
import { requireSound } from './sound.js';
import type { Layer, Target } from './target.js';

/** A file to take weights from, and how. */
export interface WeightSource {
  /** Setting and path, for messages: `network.weights vgg16.pth`. */
  readonly where: string;
  readonly file: WeightFile;
  /** The tower of the network that is filled; all where it is left out. */
  readonly tower?: string;
  /** The network or tower of the file that is taken, where it holds several. */
  readonly from?: string;
  readonly family?: string;
  readonly mapping?: { readonly where: string; readonly rules: Mapping };
  /** Whether it is meant that the file has only a part of the backbone. */
  readonly partial?: boolean;
}

/** What is taken of one file. */
export interface SourceMatch {
  readonly report: SourceReport;
  readonly assignments: readonly Assignment[];
  readonly source: WeightSource;
  /** The name in the file of a tensor that an assignment uses. */
  fileName(name: string): string;
}

/** Tensors of a file that are no weights: counters of batches and steps, and the state of optimizers. */
const BOOKKEEPING =
  /(num_batches_tracked|global_step|beta[12]_power)$|\/(Momentum|Adam|Adam_1|RMSProp|RMSProp_1|ExponentialMovingAverage)$/;

/** The input convention of a file's network; undefined where names do not tell. */
export function conventionOf({ file, where, family, from, mapping }: WeightSource): InputConvention | undefined {
  if (mapping) return conventionOfMapping(mapping.rules);
  return recognise(file, where, { family, from })?.recognition.convention;
}

/**
 * Plans what is taken of a file.
 * @throws NddrError when no family knows the file's names, nothing fits, or less than nine tenths of a tower's backbone is
 *   found and `partial` is not set
 */
export function matchSource(target: Target, source: WeightSource): SourceMatch {
  const { tower, where } = source;
  const known = [...new Set([...target.towers, ...target.tasks])];
  if (tower !== undefined && !known.includes(tower))
    throw new NddrError(`${where}: tower: the network has no "${tower}"; ${suggest(tower, known)}`);
  const plan = planOf(target, source);
  const report = reportOf(target, source, plan);
  requireEnough(source, target, report, plan.recognised?.recognition);
  return { report, assignments: plan.assignments, source, fileName: plan.fileName };
}

/** What one of the three ways of matching finds. */
interface Plan {
  readonly title: string;
  readonly evidence: string;
  readonly assignments: readonly Assignment[];
  readonly differences: readonly Difference[];
  /** Names of layers by what was done to them. */
  readonly changes: ReadonlyMap<Change, readonly string[]>;
  readonly recognised?: Recognised;
  fileName(name: string): string;
}

function planOf(target: Target, source: WeightSource): Plan {
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

function reportOf(target: Target, { where, file, tower }: WeightSource, plan: Plan): SourceReport {
  const { assignments, differences, title, evidence, changes, recognised } = plan;
  const taken = assignments.map(({ path }) => path);
  const used = new Set(
    [...assignments.flatMap(({ uses }) => uses), ...differences.map(({ name }) => name)].map(plan.fileName),
  );
  const left = [...file.tensors.keys()].filter((name) => !used.has(name));
  const unused = left.filter((name) => !BOOKKEEPING.test(name));
  const spare = new Map<string, number>();
  for (const name of unused) {
    const what = recognised?.recognition.spare?.(name.replace(/:0$/, '').slice(recognised.prefix.length));
    if (what) spare.set(what, (spare.get(what) ?? 0) + 1);
  }
  return {
    ...{ from: where, format: file.format, family: title, evidence },
    ...{ taken, unused, bookkeeping: left.length - unused.length },
    differs: differences.map(({ path, here, name, there }) => ({ path, here, name: plan.fileName(name), there })),
    shares: sharesOf(target, new Set(taken), tower),
    notes: [
      ...(recognised?.recognition.notes ?? []),
      ...[...changes].map(([change, layers]) => `${someOf(layers)}: ${CHANGES[change]}`),
      ...[...spare].map(([what, count]) => `${count} of the unused tensors are those of ${what}`),
    ],
  };
}

const CHANGES: Readonly<Record<Change, string>> = {
  reduced: 'every fourth output, and of 7x7 taps three by three, of the fully connected layer, as DeepLab takes them',
  'bias to mean': 'the bias became the running mean of the batch normalisation, with which the layer computes the same',
  'bias from mean': 'the bias is taken from the mean of the batch normalisation, which computes the same',
  folded: 'the batch normalisation became part of weights and biases',
  epsilon: 'gamma makes up for another epsilon of the batch normalisation',
  'colours reversed': 'the weights took blue, green and red; they were reordered to red, green and blue',
};

/** The share of the parameters of each tower's stages that is taken; running statistics are not counted. */
function sharesOf({ towers, layers }: Target, taken: ReadonlySet<string>, tower?: string): Record<string, number> {
  const shares: Record<string, number> = {};
  for (const name of towers) {
    if (tower !== undefined && name !== tower) continue;
    let [found, all] = [0, 0];
    for (const { part, owner, variables } of layers) {
      if (part !== 'stages' || owner !== name) continue;
      for (const { path, shape, role } of variables.values()) {
        if (role === 'statistic') continue;
        all += elementsOf(shape);
        if (taken.has(path)) found += elementsOf(shape);
      }
    }
    shares[name] = found / Math.max(1, all);
  }
  return shares;
}

/** What is taken of several files: later ones replace what earlier ones gave. */
export interface Match {
  readonly sources: readonly SourceMatch[];
  /** Variables that no file gives. */
  readonly fresh: readonly string[];
}

/** Says of a file how much of it later ones replace. */
function withReplaced(match: SourceMatch, at: number, all: readonly SourceMatch[]): SourceMatch {
  const later = new Set(all.slice(at + 1).flatMap(({ report }) => report.taken));
  const count = match.report.taken.filter((path) => later.has(path)).length;
  if (count === 0) return match;
  const note = `later files replace ${count} of the variables that are taken of it`;
  return { ...match, report: { ...match.report, notes: [...match.report.notes, note] } };
}

export function matchAll(target: Target, sources: readonly WeightSource[]): Match {
  const matches = sources.map((source) => matchSource(target, source));
  const taken = new Set(matches.flatMap(({ report }) => report.taken));
  return { sources: matches.map(withReplaced), fresh: [...target.variables.keys()].filter((path) => !taken.has(path)) };
}

/**
 * Reads the numbers of a match.
 * @returns by the path of the variable
 * @throws NddrError when a file is damaged, or holds numbers that are not finite or variances below 0
 */
export async function readMatch({ sources }: Match): Promise<Map<string, Float32Array>> {
  const values = new Map<string, Float32Array>();
  const last = new Map(sources.flatMap((match) => match.assignments.map(({ path }) => [path, match] as const)));
  for (const match of sources) {
    // What a later file replaces is not read.
    const needed = match.assignments.filter(({ path }) => last.get(path) === match);
    const read = cachedReader(match, needed);
    const inOrder = [...needed].sort((a, b) => (a.uses.join() < b.uses.join() ? -1 : 1));
    for (const { path, uses, make } of inOrder) {
      const made = await make(read.floats);
      requireSound(path, made, `${match.source.where}, ${uses.map(match.fileName).join(' and ')}`);
      values.set(path, made);
      read.release(uses);
    }
  }
  return values;
}

/** Reads each tensor once and forgets it when nothing needs it any more. */
function cachedReader({ source, fileName }: SourceMatch, needed: readonly Assignment[]) {
  const uses = new Map<string, number>();
  for (const name of needed.flatMap((assignment) => assignment.uses)) uses.set(name, (uses.get(name) ?? 0) + 1);
  const held = new Map<string, Float32Array>();
  return {
    async floats(name: string): Promise<Float32Array> {
      const known = held.get(name);
      if (known) return known;
      const entry = source.file.tensors.get(fileName(name));
      if (!entry) throw new Error(`no tensor ${name}`);
      const data = toFloat32(await entry.read());
      held.set(name, data);
      return data;
    },
    release(names: readonly string[]): void {
      for (const name of names) {
        const left = (uses.get(name) ?? 1) - 1;
        uses.set(name, left);
        if (left === 0) held.delete(name);
      }
    },
  };
}
