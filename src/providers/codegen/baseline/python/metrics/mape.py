import numpy as np


def score(truth, answer):
    return float(np.mean(np.abs(truth - answer) / np.maximum(np.abs(truth), 1e-15)))
