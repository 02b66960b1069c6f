# Computes a training step of TimeVQVAE in PyTorch. Reads JSON from stdin: `network`, `options`, and `weights`, `feeds` and
# `uniforms`, each by name as { shape, type, base64 }. Prints the loss, the gradient of each weight, and further results.

import base64
import json
import sys

import numpy as np
import torch
from tokens_torch import networks


def tensor(given):
    data = np.frombuffer(base64.b64decode(given["base64"]), dtype=given["type"]).copy()
    return torch.from_numpy(data).reshape(given["shape"])


def written(tensor):
    return base64.b64encode(tensor.detach().contiguous().numpy().astype(np.float32).tobytes()).decode()


given = json.load(sys.stdin)
weights = {name: tensor(value).requires_grad_() for name, value in given["weights"].items()}
feeds, uniforms = ({name: tensor(value) for name, value in given[part].items()} for part in ("feeds", "uniforms"))
loss, after = networks[given["network"]](weights, given["options"], feeds, uniforms)
loss.backward()
json.dump(
    {
        "loss": loss.item(),
        "gradients": {name: written(weight.grad) for name, weight in weights.items()},
        "after": {name: written(value) for name, value in after.items()},
    },
    sys.stdout,
)
