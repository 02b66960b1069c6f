# Finds beats and waves with NeuroKit2 (Makowski et al., Behavior Research Methods 53:1689, 2021).
#   neurokit_judge.py SIGNALS FS_HZ LENGTH METHOD
# SIGNALS holds float32 samples [records, LENGTH] of one lead. METHOD is dwt, cwt, peak or prominence; the R peaks are
# those of its default detector after its default filter. Prints a JSON array with one array per record: for each beat
# onset, peak and offset of P, QRS and T in samples, null where there is none; null for a record that it refuses.

import json
import sys
import warnings

import neurokit2
import numpy

warnings.filterwarnings("ignore")
names = ["P_Onsets", "P_Peaks", "P_Offsets", "R_Onsets", None, "R_Offsets", "T_Onsets", "T_Peaks", "T_Offsets"]


def beats(signal, fs_hz, method):
    clean = neurokit2.ecg_clean(signal, sampling_rate=fs_hz)
    _, found = neurokit2.ecg_peaks(clean, sampling_rate=fs_hz)
    peaks = found["ECG_R_Peaks"]
    _, waves = neurokit2.ecg_delineate(clean, peaks, sampling_rate=fs_hz, method=method)
    columns = [waves.get(f"ECG_{name}", [None] * len(peaks)) if name else peaks for name in names]
    rows = []
    for k in range(len(peaks)):
        values = [column[k] if k < len(column) else None for column in columns]
        rows.append([float(value) if value is not None and not numpy.isnan(value) else None for value in values])
    return rows


def main():
    path, fs_hz, length, method = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    result = []
    for signal in numpy.fromfile(path, "<f4").reshape(-1, length):
        try:
            result.append(beats(signal.astype(float), fs_hz, method))
        except Exception as error:  # NeuroKit2 fails in many ways; the caller counts the refused records.
            print(f"record {len(result)}: {error}", file=sys.stderr)
            result.append(None)
    json.dump(result, sys.stdout)


main()
