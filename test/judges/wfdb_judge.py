"""Reads WFDB records with the `wfdb` package and prints their contents, for comparison with the reader of pqrst.

Input (stdin): JSON list of {"path": record path without suffix, "annotators": [extensions]}.
Output (stdout): JSON list of {"fs", "leads", "comments", "signals": [base64 of float32 little-endian, physical units],
"annotations": {extension: [[sample, symbol, subtype, channel, number, text]]}}.
"""

import base64
import json
import sys

import wfdb


def seen(path, annotators):
    """Returns the contents of one record and of its annotation files."""
    record = wfdb.rdrecord(path)
    annotations = {}
    for extension in annotators:
        found = wfdb.rdann(path, extension)
        annotations[extension] = [
            [int(sample), symbol, int(subtype), int(channel), int(number), text.rstrip("\0")]
            for sample, symbol, subtype, channel, number, text in zip(
                found.sample, found.symbol, found.subtype, found.chan, found.num, found.aux_note
            )
        ]
    signals = record.p_signal.astype("<f4").T
    return {
        "fs": float(record.fs),
        "leads": record.sig_name,
        "comments": record.comments,
        "signals": [base64.b64encode(signal.tobytes()).decode() for signal in signals],
        "annotations": annotations,
    }


json.dump([seen(one["path"], one["annotators"]) for one in json.load(sys.stdin)], sys.stdout)
