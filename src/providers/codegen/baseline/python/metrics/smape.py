import numpy as np


def score(truth, answer):
    """In percent, from 0 to 200; a row of two zeros counts as right."""
    size = (np.abs(truth) + np.abs(answer)) / 2
    return float(100 * np.mean(np.where(size > 0, np.abs(truth - answer) / np.where(size > 0, size, 1), 0)))
