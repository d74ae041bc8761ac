/** What became of the weights of a file: kept with the run, shown in its report. */
import { elementsOf } from '../npy.js';
import { someOf } from '../words.js';
import type { Change } from './convert.js';
import type { Plan } from './plan.js';
import type { WeightSource } from './source.js';
import type { Target } from './target.js';

/** Plain data, so that it is kept as JSON. */
export type SourceReport = {
  /** Setting and path: `network.weights vgg16.pth`. */
  readonly from: string;
  /** Of the file, such as "PyTorch, zip". */
  readonly format: string;
  /** Whose names they are, and which network they make. */
  readonly family: string;
  /** The names and shapes that told so. */
  readonly evidence: string;
  /** Variables of the network that the file gave. */
  readonly taken: readonly string[];
  /** Tensors of the file that the network has no place for. */
  readonly unused: readonly string[];
  /** Counters and optimizer state of the file, which no network has. */
  readonly bookkeeping: number;
  /** Tensors whose shape differs from that of the variable they belong to, which stays fresh. */
  readonly differs: readonly {
    readonly path: string;
    readonly here: readonly number[];
    readonly name: string;
    readonly there: readonly number[];
  }[];
  /** Share of the parameters of the backbone that was found, by tower. */
  readonly shares: Readonly<Record<string, number>>;
  /** Sentences on what was done besides copying. */
  readonly notes: readonly string[];
};

/** Tensors of a file that are no weights: counters of batches and steps, and the state of optimizers. */
const BOOKKEEPING =
  /(num_batches_tracked|global_step|beta[12]_power)$|\/(Momentum|Adam|Adam_1|RMSProp|RMSProp_1|ExponentialMovingAverage)$/;

/** What a plan takes of a file, and what it leaves. */
export function reportOf(target: Target, { where, file, tower }: WeightSource, plan: Plan): SourceReport {
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
