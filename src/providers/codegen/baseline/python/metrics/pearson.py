import numpy as np


def score(truth, answer):
    return float(np.corrcoef(truth, answer)[0, 1])
