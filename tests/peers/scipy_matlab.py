"""MATLAB v5 files written by SciPy, and what SciPy reads from them:

    python3 tests/peers/scipy_matlab.py tests/fixtures/matlab
"""
import json
import os
import sys

import numpy as np
from scipy.io import loadmat, savemat

folder = sys.argv[1]
types = ['float64', 'float32', 'int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'uint64']
people = np.zeros((1, 2), dtype=[('name', object), ('ages', object)])
people[0, 0] = ('Ann', np.array([[1.5, 2.5]]))
people[0, 1] = ('Bo', np.zeros((0, 0)))
cells = np.empty((2, 2), dtype=object)
cells[:] = [['wall', np.array([[7]])], [np.array([[True, False]]), 'Jürgen Ökland']]
content = {
    **{f'a_{name}': np.array([[3, 1, 4], [1, 5, 9]], dtype=name) for name in types},
    'negative': np.array([[-3, -70000]], dtype='int32'),
    'fractions': np.array([[0.1, np.inf, -np.inf, np.nan]]),
    'cube': np.arange(24, dtype='uint8').reshape(2, 3, 4),
    'flags': np.array([[True, False, True]]),
    'text': 'hello',
    'rows': np.array(['one  ', 'three']),
    'empty': np.zeros((0, 3)),
    'cells': cells,
    'people': people,
}


def plain(value):
    """What the reader should give: numbers in column-major order."""
    value = np.asarray(value)
    if value.dtype.names:
        return {'struct': {name: [plain(one) for one in value[name].ravel(order='F')] for name in value.dtype.names}}
    if value.dtype == object:
        return {'cells': [plain(one) for one in value.ravel(order='F')], 'dims': list(value.shape)}
    if value.dtype.kind == 'U':
        return {'text': '\n'.join(value.ravel())}
    if value.dtype.kind == 'f':
        numbers = [repr(float(one)) for one in value.ravel(order='F')]
    else:
        numbers = [str(int(one)) for one in value.ravel(order='F')]
    return {'numbers': numbers, 'dims': list(value.shape)}


for name, compress in (('plain', False), ('compressed', True)):
    savemat(os.path.join(folder, f'{name}.mat'), content, do_compression=compress)
read = loadmat(os.path.join(folder, 'plain.mat'), chars_as_strings=True)
with open(os.path.join(folder, 'expected.json'), 'w', encoding='utf-8') as file:
    json.dump({name: plain(read[name]) for name in content}, file, ensure_ascii=False)
    file.write('\n')
