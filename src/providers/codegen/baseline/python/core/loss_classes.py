import numpy as np


def blend_loss(y, predicted):
    """Log loss: smooth, so it tells members apart where the metric itself only counts hits."""
    of_truth = predicted[np.arange(len(y)), y.astype(int)]
    return -np.log(np.clip(of_truth, 1e-15, 1)).mean()
