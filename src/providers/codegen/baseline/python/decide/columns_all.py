import numpy as np


def prediction_columns(blocks):
    """The columns of oof.csv, gate.csv and test.csv: the probability of every class."""
    return np.hstack(blocks)
