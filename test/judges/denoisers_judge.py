# Computes a denoiser in PyTorch with given weights. Reads JSON from stdin: `network`, `options`, and `weights` and `feeds`,
# each by name as { shape, base64 of float32 }. Prints the loss, the prediction and the gradient of each weight.

import base64
import json
import sys

import numpy as np
import torch
from denoisers_torch import loss_of


def tensor(given):
    data = np.frombuffer(base64.b64decode(given["base64"]), dtype=np.float32).copy()
    return torch.from_numpy(data).reshape(given["shape"])


def written(tensor):
    return base64.b64encode(tensor.detach().contiguous().numpy().astype(np.float32).tobytes()).decode()


given = json.load(sys.stdin)
weights = {name: tensor(value).requires_grad_() for name, value in given["weights"].items()}
feeds = {name: tensor(value) for name, value in given["feeds"].items()}
loss, prediction = loss_of(given["network"], weights, given["options"], feeds)
loss.backward()
json.dump(
    {
        "loss": loss.item(),
        "prediction": written(prediction),
        "gradients": {name: written(weight.grad) for name, weight in weights.items()},
    },
    sys.stdout,
)
