"""Calls a running service with the unchanged clients of Triton, over HTTP and gRPC, and prints what they got as JSON.

usage: oip_client.py HTTP_ADDRESS GRPC_ADDRESS MODEL LENGTH [KEY]
"""

import json
import sys

import numpy as np
import tritonclient.grpc as triton_grpc
import tritonclient.http as triton_http

http_address, grpc_address, name, length, *key = sys.argv[1:]
signals = np.random.default_rng(1).standard_normal((3, 1, int(length))).astype(np.float32)
results = {}


def headers():
    """Returns a new dictionary each time, because the HTTP client adds to the one that it gets."""
    return {"authorization": f"Bearer {key[0]}"} if key else {}


def infer(module, client, binary):
    dtype = {} if module is triton_grpc else {"binary_data": binary}
    tensor = module.InferInput("ecg", list(signals.shape), "FP32")
    tensor.set_data_from_numpy(signals, **dtype)
    outputs = [module.InferRequestedOutput(each, **dtype) for each in ("logit", "probability")]
    answer = client.infer(name, [tensor], outputs=outputs, request_id="r1", headers=headers())
    return {each: answer.as_numpy(each).tolist() for each in ("logit", "probability")}


for label, module, address in (("http", triton_http, http_address), ("grpc", triton_grpc, grpc_address)):
    client = module.InferenceServerClient(address)
    as_json = {} if module is triton_http else {"as_json": True}
    results[label] = {
        "live": client.is_server_live(),
        "ready": client.is_server_ready(),
        "modelReady": client.is_model_ready(name, headers=headers()),
        "server": client.get_server_metadata(headers=headers(), **as_json),
        "model": client.get_model_metadata(name, headers=headers(), **as_json),
        "infer": infer(module, client, True),
    }
    try:
        client.get_model_metadata("no-such-model", headers=headers())
    except Exception as error:
        results[label]["refusal"] = str(error)
client = triton_http.InferenceServerClient(http_address)
results["json"] = infer(triton_http, client, False)
# Without a list of outputs the client asks for all of them in the binary form.
tensor = triton_http.InferInput("ecg", [2, int(length)], "FP32")
tensor.set_data_from_numpy(signals[:2, 0])
answer = client.infer(name, [tensor], headers=headers())
results["default"] = answer.as_numpy("probability").tolist()
# Many at once, as a program with several threads sends them.
pending = []
for row in range(30):
    tensor = triton_http.InferInput("ecg", [1, 1, int(length)], "FP32")
    tensor.set_data_from_numpy(signals[row % 3 : row % 3 + 1])
    pending.append(client.async_infer(name, [tensor], headers=headers()))
results["many"] = [each.get_result().as_numpy("probability").tolist()[0] for each in pending]
results["signals"] = signals.reshape(-1).tolist()
print(json.dumps(results))
