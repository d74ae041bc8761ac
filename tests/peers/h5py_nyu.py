"""An archive of the structure of nyu_depth_v2_labeled.mat, written by h5py, with numbers that a test can work out:

    python3 tests/peers/h5py_nyu.py tests/fixtures/nyu-v2-small.mat 4 24 20     (frames, width, height)
    python3 tests/peers/h5py_nyu.py /somewhere/large.mat 500 640 480            (above 1 GB, to measure the memory)

MATLAB 7.3 files are HDF5 after 512 bytes of text. MATLAB stores columns first, so its 480x640x3x1449 is 1449x3x640x480
here. A cell array of texts is an array of references to arrays of characters. With f the frame from 0, x, y the pixel:

    images     (40 f + 70 channel + 3 x + 5 y) mod 256; in large files noise is added, so that they do not shrink
    labels     0 where x = 0, else 1 + (f + floor(x / 6)) mod 4, of the names wall, bottle, floor, cat house
    depths     1 + f / 4 + x / 1024 + y / 2048
    rawDepths  the same, 0 where y < 2
"""
import sys

import h5py
import numpy as np

path, frames, width, height = sys.argv[1], *(int(word) for word in sys.argv[2:])
large = width * height > 10000
names = ['wall', 'bottle', 'floor', 'cat house']
header = b'MATLAB 7.3 MAT-file, Platform: GLNXA64, Created by h5py for a test'.ljust(124) + b'\x00\x02IM'
x, y = np.meshgrid(np.arange(width), np.arange(height), indexing='ij')
rng = np.random.default_rng(1)


def image(f):
    planes = np.stack([40 * f + 70 * channel + 3 * x + 5 * y for channel in range(3)])
    return (planes + (rng.integers(0, 64, planes.shape) if large else 0)) % 256


def labels(f):
    return np.where(x == 0, 0, 1 + (f + x // 6) % 4)


def depth(f):
    return 1 + f / 4 + x / 1024 + y / 2048 + (rng.random(x.shape) / 50 if large else 0)


with h5py.File(path, 'w', userblock_size=512, libver='earliest') as file:
    def array(name, shape, dtype, of):
        # Pieces of several frames and a part of each, as MATLAB cuts them.
        pieces = (min(3, frames), *(1 for _ in shape[:-2]), *(max(1, size // 2) for size in shape[-2:]))
        made = file.create_dataset(name, (frames, *shape), dtype, chunks=pieces, compression='gzip', compression_opts=3)
        # All frames of a piece at once: a piece that is written in parts is compressed once for each.
        for f in range(0, frames, pieces[0]):
            together = range(f, min(f + pieces[0], frames))
            made[f:together.stop] = np.stack([of(each) for each in together])

    array('images', (3, width, height), 'u1', image)
    array('labels', (width, height), 'u2', labels)
    array('depths', (width, height), 'f4', depth)
    array('rawDepths', (width, height), 'f4', lambda f: np.where(y < 2, 0, depth(f)))
    texts = file.create_group('#refs#')
    references = np.empty((1, len(names)), dtype=h5py.ref_dtype)
    for i, name in enumerate(names):
        text = texts.create_dataset(f'text{i}', data=np.array([[ord(c)] for c in name], dtype='u2'))
        text.attrs['MATLAB_class'] = np.bytes_('char')
        references[0, i] = text.ref
    file.create_dataset('names', data=references, dtype=h5py.ref_dtype).attrs['MATLAB_class'] = np.bytes_('cell')
with open(path, 'r+b') as file:
    file.write(header)
