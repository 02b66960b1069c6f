"""Writes arrays with NumPy, or reads files with it, for comparison with the reader of pqrst.

Input (stdin): JSON {"make": folder}, or {"read": [paths]}.
Output (stdout): JSON list of {"path", "dtype", "shape", "values"}. A file that NumPy cannot read has only its path.
The values are texts, integers in decimal, and floats as the 16 hexadecimal digits of their float64, or nan.
"""

import json
import os
import struct
import sys
import warnings

import numpy

NUMBERS = ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1"]
SHAPES = [(), (3,), (0, 4), (2, 3), (2, 3, 4), (3, 1, 5)]


def text(value):
    """Returns an element as a text that identifies it."""
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int):
        return str(value)
    return "nan" if value != value else struct.pack(">d", value).hex()


def facts(path):
    """Returns what NumPy reads from the file."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            array = numpy.load(path, allow_pickle=False)
        values = [text(value) for value in array.ravel(order="C").tolist()]
        return {"path": path, "dtype": array.dtype.str, "shape": list(array.shape), "values": values}
    except Exception:  # Whatever NumPy raises on a damaged file, it did not read it.
        return {"path": path, "shape": [], "values": []}


def arrays():
    """Yields arrays of every type, byte order, shape and order of the axes."""
    random = numpy.random.default_rng(1)
    for code in NUMBERS:
        for order in "<>" if int(code[1]) > 1 else "|":
            for shape in SHAPES:
                size = int(numpy.prod(shape))
                if code[0] == "f":
                    flat = random.standard_normal(size).astype(order + code)
                    flat[:1] = numpy.nan
                    flat[1:2] = numpy.inf
                elif code == "b1":
                    flat = random.integers(0, 2, size).astype(bool)
                else:
                    flat = numpy.frombuffer(random.bytes(size * int(code[1])), dtype=order + code)
                array = flat.reshape(shape)
                yield array
                yield numpy.asfortranarray(array)
    for words in (["AFIB", "", "NORM;LVH"], ["n\u00e9", "\u2665\U0001f600"]):
        yield numpy.array(words)
        yield numpy.array(words).astype(">U9")
        yield numpy.char.encode(numpy.array(words), "utf-8")


def make(folder):
    """Writes the arrays, each in one of the versions."""
    paths = []
    for number, array in enumerate(arrays()):
        path = os.path.join(folder, f"{number}.npy")
        with open(path, "wb") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            numpy.lib.format.write_array(file, array, version=(1 + number % 3, 0))
        paths.append(path)
    return paths


given = json.load(sys.stdin)
json.dump([facts(path) for path in given.get("read") or make(given["make"])], sys.stdout)
