import numpy as np
from sklearn.metrics import roc_auc_score


def score(truth, answer):
    if answer.ndim == 1:
        return roc_auc_score(truth, answer) if len(np.unique(truth)) == 2 else np.nan
    return np.mean([roc_auc_score(truth == code, answer[:, code]) for code in np.unique(truth)])
