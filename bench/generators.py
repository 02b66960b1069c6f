# The PyTorch side of bench/generators.mjs: the same networks (test/judges/denoisers_torch.py). Reads JSON lines from stdin
# and answers each with one line { cpuMs, wallMs }:
# - { make: { network, options, shapes, batch, leads, lengthSamples, labels, threads } } makes random weights and inputs;
# - { run: 'step' } makes one training step: loss, gradients, clipping, AdamW (foreach), moving averages of the weights;
# - { run: 'sample', evaluations } evaluates the network that often without gradients on the batch of `make`.

import json
import os
import sys
import time

import torch

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../test/judges"))
from denoisers_torch import loss_of, networks  # noqa: E402


class Peer:
    def __init__(self, network, options, shapes, batch, leads, lengthSamples, labels, threads):
        torch.set_num_threads(threads)
        torch.manual_seed(1)
        self.network, self.options = network, options
        self.weights = {
            name: (0.05 * torch.randn(shape)).requires_grad_() for name, shape in shapes.items()
        }
        signal = (batch, leads, lengthSamples)
        self.feeds = {
            "ecg": torch.randn(signal),
            "noise": torch.randn(signal),
            "signalScale": torch.full((batch,), 0.7),
            "noiseScale": torch.full((batch,), 0.7),
            "level": torch.full((batch,), 100.0),
            "label": torch.eye(labels + 1)[torch.arange(batch) % (labels + 1)],
        }
        self.optimizer = torch.optim.AdamW(self.weights.values(), lr=1e-3, weight_decay=1e-4, foreach=True)
        self.averages = [weight.detach().clone() for weight in self.weights.values()]

    def step(self):
        loss, _ = loss_of(self.network, self.weights, self.options, self.feeds)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.weights.values(), 1.0)
        self.optimizer.step()
        with torch.no_grad():
            torch._foreach_mul_(self.averages, 0.999)
            torch._foreach_add_(self.averages, [weight.detach() for weight in self.weights.values()], alpha=0.001)
        return loss.item()

    def sample(self, evaluations):
        with torch.inference_mode():
            x = self.feeds["noise"]
            for _ in range(evaluations):
                v = networks[self.network](self.weights, x, self.feeds["level"], self.feeds["label"], **self.options)
                x = 0.9 * x + 0.1 * v.clamp(-10, 10)
        return x


peer = None
for line in sys.stdin:
    given = json.loads(line)
    cpu, wall = time.process_time(), time.perf_counter()
    if "make" in given:
        peer = Peer(**given["make"])
    elif given["run"] == "step":
        peer.step()
    else:
        peer.sample(given["evaluations"])
    times = {"cpuMs": 1000 * (time.process_time() - cpu), "wallMs": 1000 * (time.perf_counter() - wall)}
    print(json.dumps(times), flush=True)
