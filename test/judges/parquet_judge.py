"""Reads a Parquet file with pyarrow and prints its contents, for comparison with what was written.

Input (stdin): JSON {"path": file}.
Output (stdout): JSON {"schema": {column: type}, "metadata": {key: value}, "row_groups": number,
"columns": {name: values}, "lengths": [different lengths of a signal], "signal": base64 of the samples
[leads, records, samples], little-endian}.
"""

import base64
import json
import sys

import pyarrow.parquet as pq

file = pq.ParquetFile(json.load(sys.stdin)["path"])
table = file.read()
names = [name for name in table.column_names if name == "signal" or name.startswith("signal_")]
signals = [table[name].combine_chunks() for name in names]
json.dump(
    {
        "schema": {field.name: str(field.type) for field in table.schema},
        "metadata": {key.decode(): value.decode() for key, value in (table.schema.metadata or {}).items()},
        "row_groups": file.metadata.num_row_groups,
        "columns": {name: table[name].to_pylist() for name in table.column_names if name not in names},
        "lengths": sorted({len(one) for signal in signals for one in signal}),
        "signal": base64.b64encode(b"".join(signal.flatten().to_numpy().tobytes() for signal in signals)).decode(),
    },
    sys.stdout,
)
