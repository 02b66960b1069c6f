"""Writes MATLAB files with scipy, for the reader of pqrst.

Input (stdin): {"folder": where to write, "leads": [[ADC values]]}.
Output (stdout): the names of the files without .mat: level, compression, number type and shape.
"""

import json
import os
import sys

import numpy
from scipy.io import savemat

given = json.load(sys.stdin)
names = []
for level, compress in (("4", False), ("5", False), ("5", True)):
    for kind in ("i2", ">i2", "i4", "f8"):
        for shape in ("leads", "samples"):
            name = f"l{level}{'z' if compress else ''}-{kind.replace('>', 'b')}-{shape}"
            values = numpy.array(given["leads"], dtype=kind)
            path = os.path.join(given["folder"], f"{name}.mat")
            contents = {"val": values if shape == "leads" else values.T}
            savemat(path, contents, format=level, do_compression=compress)
            names.append(name)
json.dump(names, sys.stdout)
