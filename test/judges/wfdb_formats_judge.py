"""Writes WFDB records in the signal formats that the `wfdb` package can write, and reads records in all its formats.

Input (stdin): JSON {"write": folder or null, "read": [record paths without suffix]}.
Output (stdout): JSON {"written": [names], "records": [{"fs", "leads", "perFrame": samples per frame of each signal,
"signals": [base64 of float32 little-endian, physical units, all samples of a frame]}]} of the written records, then of
the read ones.
"""

import base64
import json
import os
import sys

import numpy as np
import wfdb

BITS = {"80": 8, "508": 8, "212": 12, "16": 16, "516": 16, "24": 24, "524": 24, "32": 32}


def write(folder):
    """Writes records of random and of smooth signals in every format, with gaps and with several samples per frame."""
    names = []
    random = np.random.default_rng(13)
    for fmt, bits in BITS.items():
        for number, (signals, per_frame, length) in enumerate([(1, 1, 1), (2, 1, 999), (3, 1, 5000), (2, 3, 700)]):
            top = 2 ** (bits - 1)
            smooth = [np.round(0.6 * top * np.sin(np.arange(length * per_frame) / (9 + at))) for at in range(signals)]
            rough = random.integers(-top, top, (signals, length * per_frame))
            adc = [np.where(random.random(length * per_frame) < 0.02 * at, rough[at], smooth[at]) for at in range(signals)]
            adc = [one.astype("int64") for one in adc]
            adc[0][random.random(length * per_frame) < 0.05] = -top
            name = f"w{fmt}_{number}"
            record = wfdb.Record(
                record_name=name,
                n_sig=signals,
                fs=250,
                sig_len=length,
                file_name=[f"{name}.dat"] * signals,
                fmt=[fmt] * signals,
                samps_per_frame=[per_frame] * signals,
                skew=[None] * signals,
                byte_offset=[None] * signals,
                adc_gain=[200.0 + at for at in range(signals)],
                baseline=[7 * at for at in range(signals)],
                units=["mV"] * signals,
                adc_res=[bits] * signals,
                adc_zero=[0] * signals,
                init_value=[int(one[0]) for one in adc],
                checksum=[int(np.sum(one)) % 65536 for one in adc],
                block_size=[0] * signals,
                sig_name=[f"lead {at}" for at in range(signals)],
                e_d_signal=adc,
            )
            record.wrsamp(expanded=True, write_dir=folder)
            names.append(name)
    return names


def seen(path):
    """Returns the contents of one record."""
    record = wfdb.rdrecord(path, smooth_frames=False)
    signals = [signal.astype("<f4") for signal in record.e_p_signal]
    return {
        "fs": float(record.fs),
        "leads": record.sig_name,
        "perFrame": record.samps_per_frame,
        "signals": [base64.b64encode(signal.tobytes()).decode() for signal in signals],
    }


asked = json.load(sys.stdin)
written = write(asked["write"]) if asked["write"] else []
paths = [os.path.join(asked["write"] or "", name) for name in written] + asked["read"]
json.dump({"written": written, "records": [seen(path) for path in paths]}, sys.stdout)
