# TimeVQVAE in PyTorch, written from the descriptions at the head of src/nn/tokenizer/*.ts, over a dictionary of weights with
# the same names. tokens_judge.py uses it. The transform is that of torch.stft.

import math

import torch
import torch.nn.functional as F

DECAY, DEAD, EPSILON, DROPOUT = 0.9, 0.1, 1e-5, 0.1
HALVINGS = {"low": 3, "high": 2}


def rows_of(x, band):
    """The rows of a band, [B, C R, F]."""
    b, c, n = x.shape
    window = torch.hann_window(8)
    z = torch.stft(
        x.reshape(b * c, n), 8, 2, window=window, center=True, pad_mode="reflect", normalized=True, return_complex=True
    )
    z = z[:, :1] if band == "low" else z[:, 1:]
    return torch.stack([z.real, z.imag], 2).reshape(b, -1, z.shape[2])


def part_of(rows, band, leads):
    """The part of the signal, [B, C, L], from the rows of a band."""
    b, _, frames = rows.shape
    own = rows.reshape(b * leads, -1, 2, frames)
    z = torch.complex(own[:, :, 0], own[:, :, 1])
    missing = torch.zeros(b * leads, 5 - z.shape[1], frames, dtype=z.dtype)
    z = torch.cat([z, missing] if band == "low" else [missing, z], 1)
    length = 2 * (frames - 1)
    x = torch.istft(z, 8, 2, window=torch.hann_window(8), center=True, normalized=True, length=length)
    return x.reshape(b, leads, length)


class Net:
    def __init__(self, weights, uniforms):
        self.w, self.uniforms = weights, uniforms

    def conv(self, name, x, **windows):
        return F.conv1d(x, self.w[f"{name}.weight"], self.w[f"{name}.bias"].reshape(-1), **windows)

    def linear(self, name, x):
        return F.linear(x, self.w[f"{name}.weight"], self.w[f"{name}.bias"])

    def layer_norm(self, name, x):
        return F.layer_norm(x, x.shape[-1:], self.w[f"{name}.weight"], self.w[f"{name}.bias"])

    def dropout(self, name, x):
        return x * (self.uniforms[f"{name}.uniform"] >= DROPOUT) / (1 - DROPOUT)

    def residual(self, name, x):
        groups = max(g for g in range(1, 9) if x.shape[1] % g == 0)
        scale, shift = self.w[f"{name}.norm.weight"].reshape(-1), self.w[f"{name}.norm.bias"].reshape(-1)
        y = F.silu(F.group_norm(x, groups, scale, shift))
        return x + self.conv(f"{name}.conv2", F.silu(self.conv(f"{name}.conv1", y, padding=1)))

    def encode(self, band, rows, blocks):
        name = f"{band}.encoder"
        h = F.pad(rows, (0, -rows.shape[2] % 8))
        for at in range(HALVINGS[band]):
            h = self.conv(f"{name}.down{at}", h if at == 0 else F.silu(h), stride=2, padding=1)
        for at in range(blocks):
            h = self.residual(f"{name}.block{at}", h)
        return self.conv(f"{name}.output", h)

    def decode(self, band, z, blocks, frames):
        name = f"{band}.decoder"
        h = self.conv(f"{name}.input", z, padding=1)
        for at in range(blocks):
            h = self.residual(f"{name}.block{at}", h)
        for left in reversed(range(HALVINGS[band])):
            bias = self.w[f"{name}.up{left}.bias"].reshape(-1)
            h = F.conv_transpose1d(F.silu(h), self.w[f"{name}.up{left}.weight"], bias, stride=2, padding=1)
        return h[:, :, :frames]

    def layer(self, name, x, heads):
        b, t, width = x.shape
        y = self.layer_norm(f"{name}.attention.norm", x)
        q, k, v = (
            self.linear(f"{name}.attention.{part}", y).reshape(b, t, heads, width // heads).transpose(1, 2)
            for part in ("query", "key", "value")
        )
        y = (q @ k.transpose(2, 3) / math.sqrt(width // heads)).softmax(3) @ v
        y = self.linear(f"{name}.attention.output", y.transpose(1, 2).reshape(b, t, width))
        x = x + self.dropout(f"{name}.attention.dropout", y)
        y = F.gelu(self.linear(f"{name}.feedForward.linear1", self.layer_norm(f"{name}.feedForward.norm", x)))
        return x + self.dropout(f"{name}.feedForward.dropout", self.linear(f"{name}.feedForward.linear2", y))

    def predict(self, name, tokens, label, depth, heads):
        x = torch.cat([(label @ self.w[f"{name}.label.weight"])[:, None], tokens], 1)
        x = x + self.w[f"{name}.position.weight"]
        for at in range(depth):
            x = self.layer(f"{name}.layer{at}", x, heads)
        return self.linear(f"{name}.output", self.layer_norm(f"{name}.norm", x[:, 1:]))


def tokenizer(weights, options, feeds, uniforms):
    """The loss, the perplexities and the statistics after the step."""
    net, ecg = Net(weights, uniforms), feeds["ecg"]
    loss, after = 0, {}
    for band in ("low", "high"):
        rows = rows_of(ecg, band)
        z = net.encode(band, rows, options["blocks"]).transpose(1, 2)
        table = feeds[f"{band}.codebook"]
        flat = z.reshape(-1, z.shape[2])
        codes = torch.cdist(flat, table).argmin(1)
        q = table[codes].reshape(z.shape)
        made = net.decode(band, (z + (q - z).detach()).transpose(1, 2), options["blocks"], rows.shape[2])
        error = part_of(made, band, ecg.shape[1]) - part_of(rows, band, ecg.shape[1])
        loss = loss + (error.square().mean() if band == "low" else error.abs().mean()) + F.mse_loss(z, q)
        with torch.no_grad():
            k, n = len(table), len(flat)
            hits = F.one_hot(codes, k).float()
            shares = hits.mean(0)
            counts = DECAY * feeds[f"{band}.counts"] + (1 - DECAY) * shares * k
            sums = DECAY * feeds[f"{band}.sums"] + (1 - DECAY) * (hits.T @ flat) * k / n
            dead = counts < DEAD
            counts[dead] = DEAD
            sums[dead] = DEAD * flat[feeds[f"{band}.revive"]][dead]
            total = counts.sum()
            smooth = (counts + EPSILON) / (total + k * EPSILON) * total
            after |= {f"{band}.counts": counts, f"{band}.sums": sums, f"{band}.codebook": sums / smooth[:, None]}
            after[f"{band}.perplexity"] = torch.exp(torch.distributions.Categorical(shares).entropy())
    return loss, after


def prior(weights, options, feeds, uniforms):
    """The loss, and the logits of the masked tokens' bands."""
    net, codes = Net(weights, uniforms), options["codes"]
    heads, label, low = options["heads"], feeds["label"], feeds["low"]
    seen = {band: feeds[band].masked_fill(feeds[f"{band}.mask"] > 0.5, codes) for band in ("low", "high")}
    own = weights["high.prior.embedding.weight"][seen["high"]]
    given = weights["high.prior.low.embedding.weight"][low].repeat_interleave(2, 1).transpose(1, 2)
    given = net.conv("high.prior.low.conv1", F.gelu(net.conv("high.prior.low.conv0", given, padding=3)), padding=3)
    joined = net.linear("high.prior.join", torch.cat([own, given.transpose(1, 2)], 2))
    first = weights["low.prior.embedding.weight"][seen["low"]]
    logits = {
        "low": net.predict("low.prior", first, label, options["lowDepth"], heads),
        "high": net.predict("high.prior", joined, label, options["highDepth"], heads),
    }
    loss = 0
    for band, answer in logits.items():
        mask = feeds[f"{band}.mask"].reshape(-1)
        losses = F.cross_entropy(answer.reshape(-1, codes), feeds[band].reshape(-1), reduction="none")
        loss = loss + (losses * mask).sum() / mask.sum()
    return loss, {}


networks = {"tokenizer": tokenizer, "prior": prior}
