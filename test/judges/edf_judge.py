"""Reads EDF and BDF files with pyedflib and MNE, and writes files with pyedflib, for comparison with pqrst.

Input (stdin): JSON {"read": [paths], "write": [{"path", "bdf", "signals", "fs", "labels", "unit", "annotations"}]}.
`signals` are lists of physical values, `annotations` are lists [onset, duration or -1, text].
Output (stdout): JSON {"read": [{"labels", "fs", "pyedflib", "mne", "annotations", "mne_annotations"}], "write":
[[signals]]}. Signals are base64 of float64 little-endian, in the unit of the file (pyedflib) or in V (MNE). After "write"
come the physical values as pyedflib reads them back.
"""

import base64
import json
import sys
import warnings

import mne
import numpy
import pyedflib

mne.set_log_level("ERROR")
warnings.simplefilter("ignore")


def coded(values):
    """Returns an array as base64 of float64."""
    return base64.b64encode(numpy.asarray(values, "<f8").tobytes()).decode()


def physical(path):
    """Returns labels, rates, signals and annotations as pyedflib reads them."""
    reader = pyedflib.EdfReader(path)
    try:
        count = reader.signals_in_file
        onsets, durations, texts = reader.readAnnotations()
        return {
            "labels": reader.getSignalLabels(),
            "fs": [float(reader.getSampleFrequency(n)) for n in range(count)],
            "pyedflib": [coded(reader.readSignal(n)) for n in range(count)],
            "annotations": [
                [float(onset), float(duration), text] for onset, duration, text in zip(onsets, durations, texts)
            ],
        }
    finally:
        reader.close()


def seen(path):
    """Returns the contents of a file as both packages read them."""
    read = mne.io.read_raw_bdf if path.endswith(".bdf") else mne.io.read_raw_edf
    raw = read(path, preload=True)
    marks = [[float(one["onset"]), float(one["duration"]), one["description"]] for one in raw.annotations]
    return {**physical(path), "mne": [coded(row) for row in raw.get_data()], "mne_annotations": marks}


def write(one):
    """Writes a file with pyedflib and returns its signals as pyedflib reads them."""
    signals = [numpy.array(values) for values in one["signals"]]
    kind = pyedflib.FILETYPE_BDFPLUS if one["bdf"] else pyedflib.FILETYPE_EDFPLUS
    writer = pyedflib.EdfWriter(one["path"], len(signals), file_type=kind)
    bits = 23 if one["bdf"] else 15
    for n, (label, values) in enumerate(zip(one["labels"], signals)):
        limit = float(numpy.ceil(numpy.abs(values).max() * 1.1)) or 1.0
        writer.setSignalHeader(
            n,
            {
                "label": label,
                "dimension": one["unit"],
                "sample_frequency": one["fs"],
                "physical_max": limit,
                "physical_min": -limit,
                "digital_max": 2**bits - 1,
                "digital_min": -(2**bits),
                "prefilter": "HP:0.5Hz LP:40Hz",
                "transducer": "AgCl",
            },
        )
    writer.writeSamples(signals)
    for onset, duration, text in one["annotations"]:
        writer.writeAnnotation(onset, duration, text)
    writer.close()
    return physical(one["path"])["pyedflib"]


asked = json.load(sys.stdin)
json.dump(
    {"read": [seen(path) for path in asked.get("read", [])], "write": [write(one) for one in asked.get("write", [])]},
    sys.stdout,
)
