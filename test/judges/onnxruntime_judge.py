"""Feeds raw millivolts to a model file with onnxruntime, as the program of a user would.

The records are read by the wfdb package and are not filtered or scaled here.

Input (stdin): JSON {"path": model file, "records": [paths without suffix], "leads": [names]}.
Output (stdout): JSON {"metadata": the entries of the file, "logits": one number per record}.
"""

import json
import sys

import numpy as np
import onnxruntime
import wfdb

request = json.load(sys.stdin)


def millivolts(path):
    """Returns the leads of one record as [leads, samples]."""
    record = wfdb.rdrecord(path)
    assert set(record.units) == {"mV"}, record.units
    names = [name.upper() for name in record.sig_name]
    return record.p_signal[:, [names.index(lead.upper()) for lead in request["leads"]]].T


session = onnxruntime.InferenceSession(request["path"], providers=["CPUExecutionProvider"])
ecg = np.stack([millivolts(path) for path in request["records"]]).astype(np.float32)
(logits,) = session.run(["logit"], {"ecg": ecg})
print(
    json.dumps(
        {"metadata": session.get_modelmeta().custom_metadata_map, "logits": logits.flatten().tolist()}
    )
)
