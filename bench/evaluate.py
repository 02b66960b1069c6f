"""The bare side of bench/evaluate.mjs: scores a corpus of npy shards with onnxruntime and NumPy alone.

    python bench/evaluate.py MODEL.onnx CORPUS

Reads the rows of each signals.npy in batches of 256, z-scores them and runs the model. Prints CPU seconds of the whole
process, the number of records and the mean of the answers.
"""

import glob
import os
import sys

import numpy as np
import onnxruntime as ort

model, corpus = sys.argv[1:]
options = ort.SessionOptions()
options.add_session_config_entry("session.intra_op.allow_spinning", "0")
session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
name = session.get_inputs()[0].name
outputs = [session.get_outputs()[0].name]
records, total = 0, 0.0
for path in sorted(glob.glob(os.path.join(corpus, "*", "signals.npy"))):
    signals = np.load(path, mmap_mode="r")
    for start in range(0, len(signals), 256):
        batch = np.asarray(signals[start : start + 256], dtype=np.float32)
        batch = batch - batch.mean(axis=-1, keepdims=True)
        batch /= batch.std(axis=-1, keepdims=True)
        if batch.ndim == 2:
            batch = batch[:, None, :]
        (answers,) = session.run(outputs, {name: batch})
        records += len(batch)
        total += float(answers.sum())
times = os.times()
print(f"{times.user + times.system:.3f} {records} {total / records:.6f}")
