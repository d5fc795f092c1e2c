import numpy as np


def goals_of(y):
    """What a category is described by: the share of each class but the first."""
    return np.column_stack([(np.asarray(y) == code).astype(float) for code in range(1, len(CLASSES))])
