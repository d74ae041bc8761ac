"""HDF5 files that claim what they do not hold, or lead elsewhere, written by h5py:

    python3 tests/peers/h5py_hostile.py tests/fixtures/hdf5
"""
import os
import sys
import zlib

import h5py
import numpy as np

folder = sys.argv[1]


def create(name):
    return h5py.File(os.path.join(folder, name), 'w', userblock_size=512)


with create('claims-terabytes.mat') as file:
    file.create_dataset('images', (10**7, 3, 640, 480), 'u1', chunks=(1, 3, 640, 480))
with create('claims-pieces.mat') as file:
    file.create_dataset('images', (1, 2**14, 2**14), 'u1', chunks=(1, 2**14, 2**14))
with create('bomb.mat') as file:
    # A gigabyte of zeros packs into a megabyte, and that, packed again by a second filter, into a few kilobytes.
    filters = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    filters.set_chunk((1, 3, 480, 640))
    for _ in range(2):
        filters.set_filter(h5py.h5z.FILTER_DEFLATE, h5py.h5z.FLAG_MANDATORY, (9,))
    space = h5py.h5s.create_simple((1, 3, 480, 640))
    images = h5py.h5d.create(file.id, b'images', h5py.h5t.NATIVE_UINT8, space, filters)
    images.write_direct_chunk((0, 0, 0, 0), zlib.compress(zlib.compress(bytes(2**30), 9), 9))
with create('other-file.mat') as file:
    # The numbers lie in another file, here one that every system has.
    layout = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    layout.set_external(b'/etc/passwd', 0, 100)
    space = h5py.h5s.create_simple((1, 100))
    h5py.h5d.create(file.id, b'images', h5py.h5t.NATIVE_UINT8, space, layout)
with create('other-link.mat') as file:
    file['images'] = h5py.ExternalLink('nyu-v2-small.mat', '/images')
with create('big-endian.mat') as file:
    file['images'] = np.zeros((1, 2, 2), '>u2')
