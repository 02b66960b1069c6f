# DiffWave and Time-Diffusion in PyTorch, written from the descriptions at the head of src/nn/denoisers/*.ts, over a
# dictionary of weights with the same names. denoisers_judge.py and bench/generators.py use it.

import math

import torch
import torch.nn.functional as F


def sinusoids(level):
    rates = 10.0 ** (-4 * torch.arange(64, dtype=torch.float64) / 63)
    angles = level[:, None] * rates.float()[None]
    return torch.cat([angles.sin(), angles.cos()], 1)


def to_patches(x, patch):
    b, c, n = x.shape
    return x.reshape(b, c, n // patch, patch).permute(0, 1, 3, 2).reshape(b, c * patch, n // patch)


def from_patches(x, patch):
    b, c, n = x.shape
    return x.reshape(b, c // patch, patch, n).permute(0, 1, 3, 2).reshape(b, c // patch, n * patch)


class Weights:
    def __init__(self, values):
        self.values = values

    def conv(self, name, x, **windows):
        bias = self.values[f"{name}.bias"].reshape(-1) if f"{name}.bias" in self.values else None
        return F.conv1d(x, self.values[f"{name}.weight"], bias, **windows)

    def linear(self, name, x):
        return F.linear(x, self.values[f"{name}.weight"], self.values[f"{name}.bias"])

    def norm(self, name, x, groups):
        weight, bias = self.values[f"{name}.weight"].reshape(-1), self.values[f"{name}.bias"].reshape(-1)
        return F.group_norm(x, groups, weight, bias)


def diffwave(values, x, level, label, patch, blocks, channels, cycle, **_):
    w = Weights(values)
    time = F.silu(w.linear("level.linear2", F.silu(w.linear("level.linear1", sinusoids(level)))))
    kind = label @ values["label.weight"]
    h = F.relu(w.conv("input", to_patches(x, patch)))
    skips = 0
    for n in range(blocks):
        d = 2 ** (n % cycle)
        y = h + w.linear(f"block{n}.level", time)[:, :, None]
        y = w.conv(f"block{n}.conv", y, padding=d, dilation=d) + w.linear(f"block{n}.label", kind)[:, :, None]
        gated = torch.tanh(y[:, :channels]) * torch.sigmoid(y[:, channels:])
        skips = skips + w.conv(f"block{n}.skip", gated)
        if n < blocks - 1:
            h = (h + w.conv(f"block{n}.residual", gated)) / math.sqrt(2)
    y = skips / math.sqrt(blocks) + values["skips.bias"]
    return from_patches(w.conv("output2", F.relu(w.conv("output1", y))), patch)


def time_diffusion(values, x, level, label, patch, width, growth, blocks, heads, headWidth, **_):
    w = Weights(values)
    widths = [width * int(times) for times in growth.split("-")]
    time = w.linear("level.linear2", F.gelu(w.linear("level.linear1", sinusoids(level))))
    condition = F.silu(time + label @ values["label.weight"])

    def block(name, x):
        scale, shift = w.linear(f"{name}.condition", condition)[:, :, None].chunk(2, 1)
        y = w.norm(f"{name}.norm1", w.conv(f"{name}.conv1", x, padding=1), 8)
        y = F.silu(y * (scale + 1) + shift)
        y = F.silu(w.norm(f"{name}.norm2", w.conv(f"{name}.conv2", y, padding=1), 8))
        return y + (w.conv(f"{name}.shortcut", x) if f"{name}.shortcut.weight" in values else x)

    def linear_attention(name, x):
        b, _, n = x.shape
        y = w.norm(f"{name}.norm1", x, 1)
        q, k, v = (w.conv(f"{name}.{part}", y).reshape(b, heads, headWidth, n) for part in ("query", "key", "value"))
        q, k = q.softmax(2) * headWidth**-0.5, k.softmax(3)
        context = torch.einsum("bhdn,bhen->bhde", k, v)
        y = torch.einsum("bhde,bhdn->bhen", context, q).reshape(b, heads * headWidth, n)
        return x + w.norm(f"{name}.norm2", w.conv(f"{name}.output", y), 1)

    def attention(name, x):
        b, _, n = x.shape
        y = w.norm(f"{name}.norm", x, 1).transpose(1, 2)
        q, k, v = (
            w.linear(f"{name}.{part}", y).reshape(b, n, heads, headWidth).transpose(1, 2)
            for part in ("query", "key", "value")
        )
        y = (q @ k.transpose(2, 3) * headWidth**-0.5).softmax(3) @ v
        y = w.linear(f"{name}.output", y.transpose(1, 2).reshape(b, n, heads * headWidth))
        return x + y.transpose(1, 2)

    first = h = w.conv("input", to_patches(x, patch), padding=3)
    skips = []
    for at in range(len(widths)):
        for n in range(blocks):
            h = block(f"down{at}.block{n}", h)
            if n == blocks - 1:
                h = linear_attention(f"down{at}.attention", h)
            skips.append(h)
        if at < len(widths) - 1:
            h = w.conv(f"down{at}.halve", h, stride=2, padding=1)
    h = block("middle.block0", h)
    h = block("middle.block1", attention("middle.attention", h))
    for at in reversed(range(len(widths))):
        for n in range(blocks):
            h = block(f"up{at}.block{n}", torch.cat([h, skips.pop()], 1))
        h = linear_attention(f"up{at}.attention", h)
        if at > 0:
            h = w.conv(f"up{at}.double", h.repeat_interleave(2, 2), padding=1)
    h = block("output.block", torch.cat([h, first], 1))
    return from_patches(w.conv("output.conv", h), patch)


networks = {"diffwave": diffwave, "time-diffusion": time_diffusion}


def loss_of(network, values, options, feeds):
    """The mean square of the prediction of v, and the prediction."""
    a, s = feeds["signalScale"][:, None, None], feeds["noiseScale"][:, None, None]
    x = a * feeds["ecg"] + s * feeds["noise"]
    prediction = networks[network](values, x, feeds["level"], feeds["label"], **options)
    target = a * feeds["noise"] - s * feeds["ecg"]
    return (prediction - target).square().mean(), prediction
