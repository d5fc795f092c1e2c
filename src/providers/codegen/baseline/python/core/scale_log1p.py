import numpy as np


def to_scale(values):
    """Errors count in proportion to the value, so the models learn log(1 + value)."""
    return np.log1p(np.clip(values, 0, None))


def from_scale(scaled):
    return np.clip(np.expm1(scaled), 0, None)
