import numpy as np


def score(truth, answer):
    """One true label a row: the mean of one over its place among the first TOP_K, 0 where it is not there."""
    places = 1 / np.arange(1, answer.shape[1] + 1)
    return float(((answer == truth.reshape(-1, 1)) * places).sum(axis=1).mean())
