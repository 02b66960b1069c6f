"""Takes the training steps of test/model/training-update.test.ts with PyTorch, in double precision.

Reads JSON from stdin: the weights w1 [3][4] and w2 [4][1], the batches {x, t}, and the settings. Prints the loss and the
norm of the gradients of each step, and the weights, moments and moving averages after the last one.
"""

import json
import sys

import torch

given = json.load(sys.stdin)
torch.set_default_dtype(torch.float64)
names = ["w1", "w2"]
weights = {name: torch.tensor(given["weights"][name], requires_grad=True) for name in names}
optimizer = torch.optim.AdamW(
    weights.values(), lr=given["learningRate"], weight_decay=given["weightDecay"], betas=(0.9, 0.999), eps=1e-8
)
averages = {name: weight.detach().clone() for name, weight in weights.items()}
losses, norms = [], []
for step, batch in enumerate(given["batches"], start=1):
    x, t = torch.tensor(batch["x"]), torch.tensor(batch["t"])
    optimizer.zero_grad()
    loss = ((torch.tanh(x @ weights["w1"]) @ weights["w2"] - t) ** 2).mean()
    loss.backward()
    norms.append(torch.nn.utils.clip_grad_norm_(weights.values(), given["clipNorm"]).item())
    losses.append(loss.item())
    optimizer.step()
    decay = min(given["emaDecay"], (1 + step) / (10 + step))
    for name, weight in weights.items():
        averages[name] = decay * averages[name] + (1 - decay) * weight.detach()


def flat(tensor):
    return tensor.detach().flatten().tolist()


state = {}
for name, weight in weights.items():
    moments = optimizer.state[weight]
    state[name] = flat(weight)
    state[f"adam.first.{name}"] = flat(moments["exp_avg"])
    state[f"adam.second.{name}"] = flat(moments["exp_avg_sq"])
    state[f"ema.{name}"] = flat(averages[name])
json.dump({"losses": losses, "norms": norms, "state": state}, sys.stdout)
