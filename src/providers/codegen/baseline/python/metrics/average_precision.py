import numpy as np
from sklearn.metrics import average_precision_score


def score(truth, answer):
    if answer.ndim == 1:
        return average_precision_score(truth, answer)
    return np.mean([average_precision_score(truth == code, answer[:, code]) for code in np.unique(truth)])
