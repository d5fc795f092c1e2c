import numpy as np


def score(truth, answer):
    """Probabilities are clipped, and each row is divided by its sum."""
    table = np.column_stack([1 - answer, answer]) if answer.ndim == 1 else answer
    table = np.clip(table, 1e-15, 1)
    table = table / table.sum(axis=1, keepdims=True)
    return float(-np.log(table[np.arange(len(truth)), truth]).mean())
