# The PyTorch side of bench/tokens.mjs: the same networks (test/judges/tokens_torch.py). Reads JSON lines from stdin and
# answers each with one line { cpuMs, wallMs }:
# - { make: { network, options, weights, feeds, threads } } makes weights and inputs of the given shapes, int64 where
#   `below` limits them;
# - { run: 'step' } makes one training step: loss, gradients, clipping, AdamW (foreach), moving averages of the weights.

import json
import os
import sys
import time

import torch

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../test/judges"))
from tokens_torch import networks  # noqa: E402


class Peer:
    def __init__(self, network, options, weights, feeds, threads):
        torch.set_num_threads(threads)
        torch.manual_seed(1)
        self.network, self.options = networks[network], options
        self.weights = {name: (0.05 * torch.randn(shape)).requires_grad_() for name, shape in weights.items()}
        made = {name: self.value(**given) for name, given in feeds.items()}
        self.uniforms = {name: value for name, value in made.items() if name.endswith(".uniform")}
        self.feeds = made
        self.optimizer = torch.optim.AdamW(self.weights.values(), lr=1e-3, weight_decay=1e-4, foreach=True)
        self.averages = [weight.detach().clone() for weight in self.weights.values()]

    def value(self, shape, below=None, uniform=False):
        if below is not None:
            return torch.randint(below, shape)
        return torch.rand(shape) if uniform else torch.randn(shape)

    def step(self):
        loss, after = self.network(self.weights, self.options, self.feeds, self.uniforms)
        self.feeds.update({name: value for name, value in after.items() if name in self.feeds})
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.weights.values(), 1.0)
        self.optimizer.step()
        with torch.no_grad():
            torch._foreach_mul_(self.averages, 0.999)
            torch._foreach_add_(self.averages, [weight.detach() for weight in self.weights.values()], alpha=0.001)
        return loss.item()


peer = None
for line in sys.stdin:
    given = json.loads(line)
    cpu, wall = time.process_time(), time.perf_counter()
    if "make" in given:
        peer = Peer(**given["make"])
    else:
        peer.step()
    times = {"cpuMs": 1000 * (time.process_time() - cpu), "wallMs": 1000 * (time.perf_counter() - wall)}
    print(json.dumps(times), flush=True)
