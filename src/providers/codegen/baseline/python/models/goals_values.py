import numpy as np


def goals_of(y):
    """What a category is described by: the mean of the target."""
    return np.asarray(y, dtype=float).reshape(-1, 1)
