"""Reads a folder as the published example loader of PTB-XL does, and prints its contents.

Source: example_physionet.py of PTB-XL 1.0.3 (Wagner et al.). It indexes the table by ecg_id, parses scp_codes with
ast.literal_eval, reads the signals of filename_lr or filename_hr with wfdb.rdsamp, and takes the superclasses from the
rows of scp_statements.csv with diagnostic == 1.

Input (stdin): JSON {"path": folder with a trailing slash}.
Output (stdout): JSON {"shapes": {rate: [records, samples, leads]}, "signals": {rate: base64 of float64 little-endian},
"rates": {rate: sampling rate in the header}, "leads", "columns", "scp_columns",
"rows": [[ecg_id, patient_id, codes, superclasses, strat_fold]], "train", "test": numbers of records}.
"""

import ast
import base64
import json
import sys

import numpy as np
import pandas as pd
import wfdb

path = json.load(sys.stdin)["path"]


def load_raw_data(df, sampling_rate):
    files = df.filename_lr if sampling_rate == 100 else df.filename_hr
    data = [wfdb.rdsamp(path + f) for f in files]
    return np.array([signal for signal, meta in data]), data[0][1]


Y = pd.read_csv(path + "ptbxl_database.csv", index_col="ecg_id")
Y.scp_codes = Y.scp_codes.apply(lambda x: ast.literal_eval(x))
signals = {rate: load_raw_data(Y, rate) for rate in (100, 500)}

agg_df = pd.read_csv(path + "scp_statements.csv", index_col=0)
statements = list(agg_df.index)
agg_df = agg_df[agg_df.diagnostic == 1]


def aggregate_diagnostic(y_dic):
    return sorted({agg_df.loc[key].diagnostic_class for key in y_dic if key in agg_df.index})


Y["diagnostic_superclass"] = Y.scp_codes.apply(aggregate_diagnostic)
assert all(code in statements for codes in Y.scp_codes for code in codes)

json.dump(
    {
        "shapes": {str(rate): list(X.shape) for rate, (X, _) in signals.items()},
        "signals": {
            str(rate): base64.b64encode(np.ascontiguousarray(X, dtype="<f8").tobytes()).decode()
            for rate, (X, _) in signals.items()
        },
        "rates": {str(rate): meta["fs"] for rate, (_, meta) in signals.items()},
        "leads": signals[500][1]["sig_name"],
        "columns": list(Y.columns.drop("diagnostic_superclass")),
        "scp_columns": list(agg_df.columns),
        "rows": [
            [int(ecg_id), float(row.patient_id), row.scp_codes, row.diagnostic_superclass, int(row.strat_fold)]
            for ecg_id, row in Y.iterrows()
        ],
        "train": int((Y.strat_fold != 10).sum()),
        "test": int((Y.strat_fold == 10).sum()),
    },
    sys.stdout,
)
