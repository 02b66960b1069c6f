"""Computes macro F1 and macro average precision of two labels with scikit-learn.

Input (stdin): JSON {"labels": [0 or 1], "probabilities": [[p of label 0, p of label 1]]}.
Output (stdout): JSON {"f1": number, "auprc": number}.
"""

import json
import sys

import numpy as np
from sklearn.metrics import average_precision_score, f1_score

given = json.load(sys.stdin)
labels = np.array(given["labels"])
probabilities = np.array(given["probabilities"])
claimed = (probabilities[:, 1] >= 0.5).astype(int)
one_hot = np.stack([1 - labels, labels], axis=1)
print(
    json.dumps(
        {
            "f1": f1_score(labels, claimed, average="macro"),
            "auprc": average_precision_score(one_hot, probabilities, average="macro"),
        }
    )
)
