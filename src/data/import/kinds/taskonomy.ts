import { parse } from 'csv-parse/sync';
import * as z from 'zod';
import { NddrError } from '../../../errors.js';
import { decodeText } from '../../../json.js';
import { TASKONOMY_CLASSES } from '../classes/taskonomy.js';
import { importKind } from '../kind.js';
import { axesSetting } from '../normal-axes.js';
import { copies, pairUp } from '../pairs.js';
import { readFile, type Sources, shownPath } from '../source.js';
import { atRandom, splitSettings } from '../splitting.js';

/** Label name to the domain of Taskonomy whose files it has. */
const DOMAINS = {
  depth: 'depth_zbuffer',
  normals: 'normal',
  segmentation: 'segment_semantic',
  boundaries: 'edge_occlusion',
} as const;

const settings = z.strictObject({
  axes: axesSetting
    .default(['x', '-y', 'z'])
    .describe('What red, green and blue of the normals hold: x to the right, y up, z to the viewer'),
  edgeThreshold: z
    .int()
    .min(1)
    .max(65535)
    .default(32768)
    .describe('The least value of `edge_occlusion` (16 bits) that means boundary'),
  shares: splitSettings.shares.describe(
    'Split to its share of the buildings, drawn at random, where there is no list of splits',
  ),
  seed: splitSettings.seed,
});

/** Taskonomy: `DOMAIN/BUILDING/point_P_view_V_domain_DOMAIN.png`, or `BUILDING_DOMAIN/...`, as the archives unpack. */
export const taskonomy = importKind({
  title: 'Taskonomy',
  expects:
    '`rgb/BUILDING/point_P_view_V_domain_rgb.png` and the same for `depth_zbuffer`, `normal`, `segment_semantic` or `edge_occlusion`; ' +
    '`train_val_test_tiny.csv` or the like for the splits of buildings',
  writes:
    '`depth` (1/512 m, 65535 unknown), `normals`, `segmentation` (17 classes, 0 uncertain), `boundaries` from a threshold',
  settings,
  async plan(sources, { axes, edgeThreshold, ...choice }) {
    // The archives unpack to DOMAIN/BUILDING or to BUILDING_DOMAIN; some files are named `segmentsemantic`.
    const files = (domain: string) =>
      sources.byKey(
        new RegExp(
          `(?:^|/)(?:${domain}/([^/]+)|([^/]+)_${domain}|([^/]+)/${domain})/(point_\\d+_view_\\d+)_domain_${domain.replace('_', '_?')}\\.png$`,
        ),
        ([, below, joined, above, id]) => `${below ?? joined ?? above}/${id}`,
      );
    const images = files('rgb');
    if (images.size === 0) throw new NddrError(`${sources.shown}: this is no Taskonomy; expected ${taskonomy.expects}`);
    const labels = Object.fromEntries(
      Object.entries(DOMAINS).flatMap(([name, domain]) => {
        const found = copies(files(domain));
        return found.size > 0 ? [[name, found]] : [];
      }),
    );
    const buildings = [...new Set([...images.keys()].map((key) => key.split('/')[0]))];
    const splitOf = (await listedSplits(sources)) ?? randomSplits(buildings, choice.shares, choice.seed);
    const pairs = pairUp({
      images,
      labels,
      placeOf(key) {
        const [building, id] = key.split('/');
        const split = splitOf.get(building);
        return split === undefined ? undefined : { split, id: `${building}_${id}` };
      },
    });
    const described = {
      depth: { kind: 'depth' as const, metresPerValue: 1 / 512, invalid: 65535 },
      normals: { kind: 'normals' as const, axes, others: 'unlabelled' as const },
      segmentation: { kind: 'segmentation' as const, classes: [...TASKONOMY_CLASSES], first: 1, ignore: 0 },
      boundaries: { kind: 'boundaries' as const, threshold: edgeThreshold },
    };
    return {
      name: 'taskonomy',
      labels: Object.fromEntries(Object.entries(described).filter(([name]) => name in labels)),
      samples: pairs.samples,
      skipped: [
        ...pairs.skipped,
        { why: 'buildings in no split', names: buildings.filter((one) => !splitOf.has(one)), isFault: false },
      ],
    };
  },
});

/** Building to split by a published list: columns `id`, `train`, `val`, `test`, 1 where it is in the split. */
async function listedSplits(sources: Sources): Promise<Map<string, string> | undefined> {
  const file = sources.find(/(?:^|\/)train_val_test_\w+\.csv$/);
  if (!file) return undefined;
  const rows: Record<string, string>[] = parse(decodeText(await readFile(file), shownPath(file)), {
    columns: true,
    skip_empty_lines: true,
    trim: true,
  });
  const splits = new Map<string, string>();
  for (const row of rows) {
    const split = ['train', 'val', 'test'].find((name) => Number(row[name]) === 1);
    if (row.id && split) splits.set(row.id, split);
  }
  if (splits.size > 0) return splits;
  throw new NddrError(`${shownPath(file)}: names no building; expected the columns id, train, val, test`);
}

const randomSplits = (buildings: readonly string[], shares: Readonly<Record<string, number>>, seed: number) =>
  new Map([...atRandom(buildings, shares, seed)].flatMap(([split, names]) => names.map((name) => [name, split])));
