"""Writes tests/fixtures/pascal-context: MATLAB v5 files of the forms that PASCAL_MT has, by scipy.

The map is 8 wide and 6 high. LabelMap: 440 (wall) in the left half, 25 (bird) in the right. Parts: a person whose head
is the two leftmost columns and whose left foot is the third, and a dog.
"""
import pathlib

import numpy as np
import scipy.io

out = pathlib.Path(__file__).parent.parent / "fixtures" / "pascal-context"
out.mkdir(parents=True, exist_ok=True)

labels = np.full((6, 8), 440, np.uint16)
labels[:, 4:] = 25
scipy.io.savemat(out / "label-map.mat", {"LabelMap": labels}, do_compression=True)


def mask(left, right):
    found = np.zeros((6, 8), np.uint8)
    found[:, left:right] = 1
    return found


part = np.dtype([("part_name", object), ("mask", object)])
parts = np.array([[("head", mask(0, 2)), ("lfoot", mask(2, 3))]], part)
none = np.zeros((0, 0), part)
thing = np.dtype([("class", object), ("class_ind", object), ("mask", object), ("parts", object)])
objects = np.array([[("person", 15, mask(0, 4), parts), ("dog", 12, mask(5, 8), none)]], thing)
scipy.io.savemat(out / "parts.mat", {"anno": {"imname": "2008_000001", "objects": objects}}, do_compression=True)
