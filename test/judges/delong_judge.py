"""AUROC and its variance by DeLong, DeLong and Clarke-Pearson (1988), from midranks (Sun and Xu 2014).

Reads a list of {labels, probabilities}; prints a list of {auroc, variance}.
"""

import json
import sys

import numpy as np


def midranks(values):
    order = np.argsort(values, kind="stable")
    ranks = np.empty(len(values))
    ordered = values[order]
    start = 0
    while start < len(values):
        end = start
        while end < len(values) and ordered[end] == ordered[start]:
            end += 1
        ranks[order[start:end]] = 0.5 * (start + end - 1) + 1
        start = end
    return ranks


def delong(labels, probabilities):
    labels = np.asarray(labels) == 1
    scores = np.asarray(probabilities, dtype=float)
    positives, negatives = scores[labels], scores[~labels]
    m, n = len(positives), len(negatives)
    together = midranks(np.concatenate([positives, negatives]))
    v01 = (together[:m] - midranks(positives)) / n
    v10 = 1 - (together[m:] - midranks(negatives)) / m
    auroc = together[:m].sum() / m / n - (m + 1) / (2 * n)
    return {"auroc": auroc, "variance": np.var(v01, ddof=1) / m + np.var(v10, ddof=1) / n}


print(json.dumps([delong(one["labels"], one["probabilities"]) for one in json.load(sys.stdin)]))
