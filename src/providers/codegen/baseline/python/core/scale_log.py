import numpy as np


def to_scale(values):
    """The metric compares logarithms, so the models learn logarithms."""
    return np.log(np.where(values > 0, values, np.nan))


def from_scale(scaled):
    return np.exp(scaled)
