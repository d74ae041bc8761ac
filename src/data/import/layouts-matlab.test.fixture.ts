// The layouts of NYU v2 and of the data sets of faces.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { jpeg, rgb } from '../folder.test.fixture.js';
import { matFile, type Written } from '../matlab/write.test.fixture.js';
import type { Expected, Layout, Pixel } from './layouts.test.fixture.js';

/** An archive of 4 frames, 24x20; `tests/peers/h5py_nyu.py` has its formulas. */
export const nyuFixture = fileURLToPath(new URL('../../../../tests/fixtures/nyu-v2-small.mat', import.meta.url));

const photo = () => jpeg(rgb(8, 6, (x, y) => [30 * x, 40 * y, 90]));

/** A label of a whole image is a map of one pixel. */
const cell = (split: string, id: string, label: string, is: Expected): Pixel => ({ split, id, label, at: [0, 0], is });

const list = (numbers: readonly number[], kind: 'double' | 'uint16' = 'double'): Written => ({ numbers, kind });
const texts = (all: readonly string[]): Written => ({ cells: all.map((text) => ({ text })) });

/** Lines of `wiki.mat`: dates of birth are days from the year 0 on, 723671 being 1981-05-05 and 703186 1925-04-04. */
export const wiki = [
  { path: '17/10000217_1981-05-05_2009.jpg', born: 723671, taken: 2009, gender: 1, name: 'A', score: 4.3, second: NaN },
  { path: '17/10000217_1981-05-05_2010.jpg', born: 723671, taken: 2010, gender: 1, name: 'A', score: 2, second: NaN },
  { path: '48/10000548_1925-04-04_1964.jpg', born: 703186, taken: 1964, gender: 0, name: 'B', score: 1, second: NaN },
  { path: '01/low_1925-04-04_1964.jpg', born: 703186, taken: 1964, gender: 0, name: 'B', score: 0.9, second: NaN },
  { path: '01/two_1925-04-04_1964.jpg', born: 703186, taken: 1964, gender: 0, name: 'B', score: 3, second: 2.5 },
  {
    path: '01/none_1925-04-04_1964.jpg',
    born: 703186,
    taken: 1964,
    gender: 0,
    name: 'B',
    score: -Infinity,
    second: NaN,
  },
  { path: '01/old_1925-04-04_2064.jpg', born: 703186, taken: 2064, gender: 0, name: 'B', score: 3, second: NaN },
  { path: '01/unknown_1925-04-04_1964.jpg', born: 703186, taken: 1964, gender: NaN, name: 'B', score: 3, second: NaN },
] as const;

export const wikiTable = (lines: readonly (typeof wiki)[number][] = wiki) =>
  matFile(
    {
      wiki: {
        struct: {
          dob: list(lines.map(({ born }) => born)),
          photo_taken: list(
            lines.map(({ taken }) => taken),
            'uint16',
          ),
          full_path: texts(lines.map(({ path }) => path)),
          gender: list(lines.map(({ gender }) => gender)),
          name: texts(lines.map(({ name }) => name)),
          face_location: { cells: lines.map(() => list([1, 2, 3, 4])) },
          face_score: list(lines.map(({ score }) => score)),
          second_face_score: list(lines.map(({ second }) => second)),
        },
      },
    },
    { compress: true },
  );

const fold = (...lines: string[]) =>
  [
    'user_id\toriginal_image\tface_id\tage\tgender\tx\ty\tdx\tdy',
    ...lines.map((line) => `${line}\t0\t0\t9\t9`),
    '',
  ].join('\n');

export const matlabLayouts = {
  'nyu-v2': {
    files: async () => ({ 'nyu_depth_v2_labeled.mat': await readFile(nyuFixture) }),
    // Frames 1 and 2 are of the official test split, 3 and 4 of the train split.
    samples: { train: ['0003', '0004'], test: ['0001', '0002'] },
    pixels: [
      { split: 'test', id: '0001', label: 'segmentation', at: [0, 5], is: undefined },
      { split: 'test', id: '0001', label: 'segmentation', at: [1, 5], is: 'wall' },
      { split: 'test', id: '0001', label: 'segmentation', at: [6, 19], is: 'other prop' }, // a bottle
      { split: 'test', id: '0001', label: 'segmentation', at: [12, 0], is: 'floor' },
      { split: 'train', id: '0003', label: 'segmentation', at: [1, 5], is: 'floor' },
      { split: 'train', id: '0003', label: 'segmentation', at: [23, 5], is: 'other prop' },
      { split: 'test', id: '0001', label: 'depth', at: [16, 16], is: 1 + 16 / 1024 + 16 / 2048 },
      { split: 'train', id: '0003', label: 'depth', at: [0, 0], is: 1.5 },
      { split: 'test', id: '0001', label: 'boundaries', at: [5, 9], is: 1 },
      { split: 'test', id: '0001', label: 'boundaries', at: [3, 9], is: 0 },
      { split: 'test', id: '0001', label: 'normals', at: [3, 1], is: undefined }, // no measured depth
    ],
  },
  'imdb-wiki': {
    settings: { shares: { train: 0.5, val: 0.5 }, seed: 1 },
    files: async () => ({
      'wiki_crop/wiki.mat': wikiTable(),
      ...Object.fromEntries(await Promise.all(wiki.map(async ({ path }) => [`wiki_crop/${path}`, await photo()]))),
    }),
    // Both images of a person are in one split.
    samples: { train: ['10000548_1925-04-04_1964'], val: ['10000217_1981-05-05_2009', '10000217_1981-05-05_2010'] },
    pixels: [
      cell('val', '10000217_1981-05-05_2009', 'age', 28),
      cell('val', '10000217_1981-05-05_2010', 'age', 29),
      cell('train', '10000548_1925-04-04_1964', 'age', 39),
      cell('val', '10000217_1981-05-05_2009', 'gender', 'male'),
      cell('train', '10000548_1925-04-04_1964', 'gender', 'female'),
    ],
  },
  adience: {
    settings: { folds: { train: [0, 1], test: [2] } },
    files: async () => ({
      'fold_0_data.txt': fold('7@N03\ta_o.jpg\t1\t(25, 32)\tf', '7@N03\tb_o.jpg\t1\t(8, 23)\tu'),
      'fold_1_data.txt': fold('8@N03\tc_o.jpg\t12\tNone\tm'),
      'fold_2_data.txt': fold('9@N03\ta_o.jpg\t1\t61\tm', '9@N03\tb_o.jpg\t2\t(25, 23)\tf'),
      'fold_frontal_0_data.txt': fold('7@N03\ta_o.jpg\t1\t(25, 32)\tf'),
      'faces/7@N03/coarse_tilt_aligned_face.1.a_o.jpg': await photo(),
      'faces/7@N03/coarse_tilt_aligned_face.1.b_o.jpg': await photo(),
      'faces/8@N03/coarse_tilt_aligned_face.12.c_o.jpg': await photo(),
      'faces/9@N03/coarse_tilt_aligned_face.1.a_o.jpg': await photo(),
      'faces/9@N03/coarse_tilt_aligned_face.2.b_o.jpg': await photo(),
    }),
    samples: { train: ['7@N03_1.a_o', '8@N03_12.c_o'], test: ['9@N03_1.a_o', '9@N03_2.b_o'] },
    pixels: [
      cell('train', '7@N03_1.a_o', 'age', '25-32'),
      cell('train', '7@N03_1.a_o', 'gender', 'female'),
      cell('train', '8@N03_12.c_o', 'gender', 'male'),
      cell('test', '9@N03_1.a_o', 'age', '60-100'),
      // The published folds misprint (25, 32) so.
      cell('test', '9@N03_2.b_o', 'age', '25-32'),
    ],
  },
  utkface: {
    settings: { shares: { train: 0.5, val: 0.5 }, seed: 1 },
    files: async () => ({
      'UTKFace/26_1_2_20170116174525125.jpg.chip.jpg': await photo(),
      'UTKFace/110_0_0_20170120134646399.jpg': await photo(),
      'UTKFace/61_1_20170109142408075.jpg.chip.jpg': await photo(),
    }),
    samples: { train: ['26_1_2_20170116174525125'], val: ['110_0_0_20170120134646399'] },
    pixels: [
      cell('train', '26_1_2_20170116174525125', 'age', 26),
      cell('train', '26_1_2_20170116174525125', 'gender', 'female'),
      cell('val', '110_0_0_20170120134646399', 'age', 110),
      cell('val', '110_0_0_20170120134646399', 'gender', 'male'),
    ],
  },
} satisfies Record<string, Layout>;
