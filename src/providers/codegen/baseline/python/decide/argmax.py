import numpy as np


def final_answer(y, block, fit_rows, rows):
    """The most probable class of each row."""
    return block[rows].argmax(axis=1)


def decide(block, y, data):
    """The submission's cells for the test rows: labels."""
    codes = final_answer(y, block, np.flatnonzero(~np.isnan(y)), data.test_rows)
    return np.array(CLASSES, dtype=object)[codes].reshape(-1, 1)
