import numpy as np


def score(truth, answer):
    return float(np.sqrt(np.mean((truth - answer) ** 2)))
