"""Computes the measures of src/measures with NumPy, SciPy and scikit-learn.

Input (stdin): JSON {"real": rows, "made": rows, "a": values, "b": values, "signals": [signal], "fsHz": number,
"x": beat, "y": beat, "band": samples}.
Output (stdout): JSON with one number or list per measure.
"""

import json
import sys

import numpy as np
from scipy import linalg, signal, stats
from scipy.spatial.distance import cdist, jensenshannon, pdist
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import NearestNeighbors


def mmd(k, n):
    """Unbiased squared discrepancy of the first n rows against the others, from a kernel matrix."""
    a, b, c = k[:n, :n], k[n:, n:], k[:n, n:]
    m = len(b)
    return (a.sum() - np.trace(a)) / (n * (n - 1)) + (b.sum() - np.trace(b)) / (m * (m - 1)) - 2 * c.mean()


def frechet(x, y):
    """Frechet distance with SciPy's matrix root of the product of the covariances."""
    root = linalg.sqrtm(np.cov(x.T) @ np.cov(y.T))
    shift = x.mean(0) - y.mean(0)
    return shift @ shift + np.trace(np.cov(x.T) + np.cov(y.T) - 2 * np.real(root))


def shares(x, y, k=5):
    """Precision, recall, density and coverage of y against x."""
    reach_x = NearestNeighbors(n_neighbors=k + 1).fit(x).kneighbors(x)[0][:, k]
    reach_y = NearestNeighbors(n_neighbors=k + 1).fit(y).kneighbors(y)[0][:, k]
    d = cdist(x, y)
    in_x = d <= reach_x[:, None]
    in_y = d <= reach_y[None, :]
    return [in_x.any(0).mean(), in_y.any(1).mean(), in_x.sum(0).mean() / k, in_x.any(1).mean()]


def warp(x, y, band):
    """Dynamic time warping by the full table."""
    table = np.full((len(x) + 1, len(y) + 1), np.inf)
    table[0, 0] = 0
    for i in range(1, len(x) + 1):
        for j in range(max(1, i - band), min(len(y), i + band) + 1):
            table[i, j] = (x[i - 1] - y[j - 1]) ** 2 + min(table[i - 1, j - 1], table[i - 1, j], table[i, j - 1])
    return table[-1, -1]


given = json.load(sys.stdin)
x, y = np.array(given["real"]), np.array(given["made"])
both = np.vstack([x, y])
sigma = np.median(pdist(both))
squared = cdist(both, both, "sqeuclidean")
rbf = sum(np.exp(-squared / (2 * (f * sigma) ** 2)) for f in (0.5, 1, 2)) / 3
cubic = (both @ both.T / both.shape[1] + 1) ** 3
labels = np.r_[np.zeros(len(x)), np.ones(len(y))]
logistic = LogisticRegression(C=1, tol=1e-10, max_iter=10000).fit(both, labels)
a, b = np.array(given["a"]), np.array(given["b"])
spectra = []
for one in given["signals"]:
    frequencies, power = signal.welch(np.array(one), given["fsHz"], "hann", 256, 128, detrend="constant")
    power = power[(frequencies >= 0.5) & (frequencies <= 45)]
    spectra.append((power / power.sum()).tolist())
print(
    json.dumps(
        {
            "mmd": mmd(rbf, len(x)),
            "kid": mmd(cubic, len(x)),
            "frechet": frechet(x, y),
            "shares": [float(value) for value in shares(x, y)],
            "coefficients": logistic.coef_[0].tolist(),
            "intercept": float(logistic.intercept_[0]),
            "wasserstein": stats.wasserstein_distance(a, b),
            "ks": float(stats.ks_2samp(a, b).statistic),
            "spectra": spectra,
            "js": float(jensenshannon(spectra[0], spectra[1], 2) ** 2),
            "z": float(
                (stats.mannwhitneyu(a, b).statistic - len(a) * len(b) / 2)
                / np.sqrt(
                    len(a) * len(b) / 12
                    * (len(a) + len(b) + 1
                       - sum(t**3 - t for t in np.unique(np.r_[a, b], return_counts=True)[1])
                       / ((len(a) + len(b)) * (len(a) + len(b) - 1)))
                )
            ),
            "warp": warp(np.array(given["x"]), np.array(given["y"]), given["band"]),
            "skewness": float(stats.skew(given["signals"][0])),
            "kurtosis": float(stats.kurtosis(given["signals"][0], fisher=False)),
        }
    )
)
