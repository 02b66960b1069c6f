"""Asks a service for the probabilities of windows with the client of Triton, over HTTP or gRPC.

    pip install 'tritonclient[http,grpc]' numpy
    python client.py 127.0.0.1:8000 MODEL
    python client.py 127.0.0.1:8001 MODEL --grpc
"""

import argparse

import numpy as np

parser = argparse.ArgumentParser()
parser.add_argument("address")
parser.add_argument("model")
parser.add_argument("--grpc", action="store_true")
given = parser.parse_args()

if given.grpc:
    import tritonclient.grpc as triton
else:
    import tritonclient.http as triton

client = triton.InferenceServerClient(given.address)
metadata = client.get_model_metadata(given.model)
shape = metadata.inputs[0].shape if given.grpc else metadata["inputs"][0]["shape"]
_, leads, length = (int(size) for size in shape)

# Four windows that stand for yours: mean 0 and standard deviation 1 per lead, as models with the scaling zscore need.
signals = np.random.default_rng(0).standard_normal((4, leads, length)).astype(np.float32)
signals -= signals.mean(axis=2, keepdims=True)
signals /= signals.std(axis=2, keepdims=True)

tensor = triton.InferInput("ecg", list(signals.shape), "FP32")
tensor.set_data_from_numpy(signals)
answer = client.infer(given.model, [tensor], outputs=[triton.InferRequestedOutput("probability")])
print(answer.as_numpy("probability"))
