"""Computes calibration with scikit-learn: brier_score_loss, calibration_curve with quantile bins, and the maximal F1.

Input (stdin): JSON list of {"labels": [0 or 1], "probabilities": [numbers]}.
Output (stdout): JSON list with one object per item: "brier", "shares" and "means" of the bins, and "f1", the highest F1
of all thresholds.
"""

import json
import sys

import numpy as np
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss, f1_score


def judge(labels, probabilities):
    """Judges the probabilities of one model."""
    shares, means = calibration_curve(labels, probabilities, n_bins=10, strategy="quantile")
    return {
        "brier": brier_score_loss(labels, probabilities),
        "shares": shares.tolist(),
        "means": means.tolist(),
        "f1": max(f1_score(labels, probabilities >= threshold) for threshold in np.unique(probabilities)),
    }


items = json.load(sys.stdin)
print(json.dumps([judge(np.array(item["labels"]), np.array(item["probabilities"])) for item in items]))
