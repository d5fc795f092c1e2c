import numpy as np


def score(truth, answer):
    return float(np.sqrt(np.mean((np.log1p(truth) - np.log1p(np.clip(answer, 0, None))) ** 2)))
