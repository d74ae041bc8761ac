"""The tables of NYU v2 that its archive leaves out, read by SciPy, as the module that the product carries:

    python3 tests/peers/scipy_nyu_tables.py FOLDER > src/data/import/nyu/tables.ts

FOLDER holds classMapping40.mat, class13Mapping.mat and splits.mat of github.com/ankurhanda/nyuv2-meta-data.
"""
import os
import sys
import textwrap

from scipy.io import loadmat


def texts(cells):
    return [str(cell[0]) for cell in cells.ravel()]


def ranges(numbers):
    """Sorted numbers as text: 1-2 9 14-18."""
    parts = []
    for number in numbers:
        if parts and number == parts[-1][1] + 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return ' '.join(str(a) if a == b else f'{a}-{b}' for a, b in parts)


def wrapped(text):
    return '\n'.join(textwrap.wrap(text, 118, break_long_words=False, break_on_hyphens=False))


def quoted(names):
    return wrapped(', '.join(f"'{name}'" for name in names))


folder = sys.argv[1]
forty = loadmat(os.path.join(folder, 'classMapping40.mat'))
thirteen = loadmat(os.path.join(folder, 'class13Mapping.mat'))['classMapping13'][0, 0]
splits = loadmat(os.path.join(folder, 'splits.mat'))
raw = texts(forty['allClassName'])
of_raw = forty['mapClass'].ravel().tolist()
test = sorted(splits['testNdxs'].ravel().tolist())
train = sorted(splits['trainNdxs'].ravel().tolist())
assert len(raw) == len(set(raw)) == len(of_raw) == 894 and not any(',' in name or ':' in name for name in raw)
assert sorted(train + test) == list(range(1, 1450))

print(f"""// Made by tests/peers/scipy_nyu_tables.py from github.com/ankurhanda/nyuv2-meta-data. Do not edit.

/** The 894 classes of the archive in the order of their indices, which begin at 1; each with its class of 40. */
export const RAW_CLASSES = `
{wrapped(', '.join(f'{name}:{k}' for name, k in zip(raw, of_raw)))}
`;

/** The 13 classes of Couprie et al. (ICLR 2013), in the order of their indices, which begin at 1. */
// biome-ignore format: a list
export const THIRTEEN = [
{quoted(texts(thirteen['classNames']))}
];

/** For each of the 40 classes its class of 13. */
// biome-ignore format: a list
export const THIRTEEN_OF_FORTY = [
{wrapped(', '.join(str(k) for k in thirteen['labels13'].ravel()))}
];

/** The {len(test)} frames of the official test split, numbered from 1; the other {len(train)} are the train split. */
export const TEST_FRAMES = `
{wrapped(ranges(test))}
`;""")
