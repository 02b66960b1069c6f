"""Makes the `normal` records of the preset `paper` in NumPy, as a competent NumPy user would write it.

The model is that of the kernel: Table A.1 on two levels (recording, beat), beats one after another, a random cut,
Gaussians in beat time, sinusoidal baseline, white noise, mean 0 and SD 1. The bits are not those of the kernel. All draws
of a batch are arrays. The Gaussians are evaluated only within 5.8 SDs, all waves of all records in one flat array. The
numbers come from src/synth/presets.ts (preset `paper`).

    OMP_NUM_THREADS=1 python3 numpy_model.py [--records 2048] [--batch 256]

Prints as JSON the records per second of CPU time, and statistics of the records, which run.mjs prints beside those of
pqrst.
"""

import argparse
import json
import time

import numpy as np

FS_HZ, LENGTH = 500.0, 5000
DURATION_S = LENGTH / FS_HZ
REFERENCE_S, SUPPORT, WIDTH_FLOOR = 0.8, 5.8, 0.0025
# One row per wave P, Q, R, S, T: mean, SD over recordings, SD over beats.
AMPLITUDE_MV = np.array([[.3, .2, .1], [-.1, .15, .016], [1.5, .75, .25], [-.5, .7, .05], [.45, .5, .07]])
WIDTH = np.array([[.03, .02, .005], [.05, .05, .0125], [.0075, .01, .00187], [.04, .04, .01], [.03, .03, .0075]])
# Times from wave to wave: P from the start of the beat, Q from P, R and S from Q, T from S.
SHIFT = np.array([[.2, .15, .02], [.1, .1, .01], [.045, .02, .0045], [.14, .05, .015], [.15, .06, .015]])
BEAT_S, FLOOR_S, CUT_S = (0.8, 0.25, 0.1), 0.3, (0.8, 2.4)
NOISE_MV, BASELINE_HZ, BASELINE_MV = (0.01, 0.02), (0.05, 0.5), (0.0, 0.15)

TIME_S = np.arange(LENGTH, dtype=np.float32) / np.float32(FS_HZ)


def two_levels(rng, level, batch, beats):
    """Draws one parameter of all waves, [B, beats, 5]."""
    of_recording = level[:, 0] + level[:, 1] * rng.standard_normal((batch, 1, 5))
    return of_recording + level[:, 2] * rng.standard_normal((batch, beats, 5))


def beat_starts(rng, batch):
    """Draws the starts and lengths [B, beats] of beats, until each record has a beat after its end, and the cuts [B]; in s."""
    mean = np.clip(BEAT_S[0] + BEAT_S[1] * rng.standard_normal((batch, 1)), FLOOR_S, 2.0)
    cut = rng.uniform(*CUT_S, (batch, 1))
    until = DURATION_S + CUT_S[1]
    beats = int(until / np.maximum(mean.min() - 0.05, FLOOR_S)) + 3
    while True:
        length = np.maximum(mean + BEAT_S[2] * rng.standard_normal((batch, beats)), FLOOR_S)
        start = np.cumsum(length, axis=1) - length
        if start[:, -1].min() > until:
            return start, length, cut
        beats += 8


def gaussians(rng, signals):
    """Adds the waves to the signals and returns the R peaks [B, beats] in s, NaN outside the record."""
    batch = len(signals)
    start, length, cut = beat_starts(rng, batch)
    shift = two_levels(rng, SHIFT, batch, start.shape[1])
    shift[..., 1] += shift[..., 0]
    shift[..., 2:4] += shift[..., 1:2]
    shift[..., 4] += shift[..., 3]
    stretch = length[..., None]  # waves are in beat time: shift * reference * (length / reference)
    center = (start - cut)[..., None] + shift * stretch
    width = np.maximum(two_levels(rng, WIDTH, batch, start.shape[1]), WIDTH_FLOOR) * stretch
    amplitude = two_levels(rng, AMPLITUDE_MV, batch, start.shape[1])
    # The beats that count: all that start before the end of the record.
    alive = (start < cut + DURATION_S)[..., None]
    first = np.clip(np.ceil((center - SUPPORT * width) * FS_HZ), 0, LENGTH).astype(np.int64)
    last = np.clip(np.floor((center + SUPPORT * width) * FS_HZ) + 1, 0, LENGTH).astype(np.int64)
    size = np.where(alive, np.maximum(last - first, 0), 0).ravel()
    kept = np.flatnonzero(size)
    size, first = size[kept], first.ravel()[kept]
    # One flat array has the samples of all waves of all records, one after another.
    before = np.cumsum(size) - size
    offset = np.arange(size.sum()) - np.repeat(before, size)
    place = offset + np.repeat(kept // (start.shape[1] * 5) * LENGTH + first, size)
    scale = 1 / (width.ravel()[kept] * FS_HZ)
    origin = (center.ravel()[kept] * FS_HZ - first) * scale
    x = offset.astype(np.float32) * np.repeat(scale.astype(np.float32), size)
    x -= np.repeat(origin.astype(np.float32), size)
    x *= x
    x *= np.float32(-0.5)
    np.exp(x, out=x)
    x *= np.repeat(amplitude.ravel()[kept].astype(np.float32), size)
    np.add.at(signals.reshape(-1), place, x)  # faster than bincount, which converts to float64
    peaks = center[..., 2]
    return np.where(alive[..., 0] & (peaks >= 0) & (peaks < DURATION_S), peaks, np.nan)


def make(rng, batch):
    """Makes records [B, 5000], float32 in mV, and returns them with their R peaks."""
    signals = rng.standard_normal((batch, LENGTH), dtype=np.float32)
    signals *= rng.uniform(*NOISE_MV, (batch, 1)).astype(np.float32)
    hz = rng.uniform(*BASELINE_HZ, (batch, 1)).astype(np.float32)
    size = rng.uniform(*BASELINE_MV, (batch, 1)).astype(np.float32)
    phase = rng.uniform(0, 2 * np.pi, (batch, 1)).astype(np.float32)
    signals += size * np.sin(np.float32(2 * np.pi) * hz * TIME_S + phase)
    return signals, gaussians(rng, signals)


def zscore(signals):
    signals -= signals.mean(axis=1, keepdims=True)
    signals /= signals.std(axis=1, keepdims=True)
    return signals


def looks(rng, batches=16, batch=256):
    """Returns medians over records. Those of pqrst must agree within the sampling error."""
    rows = []
    for _ in range(batches):
        signals, peaks = make(rng, batch)
        z = zscore(signals.copy())
        rr = [np.diff(np.sort(one[~np.isnan(one)])) for one in peaks]
        mean_sd = [(one.mean(), one.std()) if len(one) > 1 else (np.nan, np.nan) for one in rr]
        rows.append(np.c_[mean_sd, signals.std(axis=1), np.ptp(signals, axis=1), (z**4).mean(axis=1)])
    names = ["meanRrS", "sdRrS", "sdMv", "peakToPeakMv", "fourthMoment"]
    medians = np.nanmedian(np.concatenate(rows), axis=0)
    return {"records": batches * batch, **dict(zip(names, medians.tolist()))}


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--records", type=int, default=2048)
    options.add_argument("--batch", type=int, default=256)
    given = options.parse_args()
    rng = np.random.default_rng(7)
    zscore(make(rng, given.batch)[0])  # not timed: warms up
    start_s, done = time.process_time(), 0
    while done < given.records:
        zscore(make(rng, given.batch)[0])
        done += given.batch
    took_s = time.process_time() - start_s
    print(json.dumps({
        "numpy": np.__version__,
        "batch": given.batch,
        "recordsPerS": done / took_s,
        "looks": looks(rng),
    }))


if __name__ == "__main__":
    main()
