import numpy as np


def score(truth, answer):
    return float(np.sqrt(np.mean((np.log(truth) - np.log(answer)) ** 2)))
