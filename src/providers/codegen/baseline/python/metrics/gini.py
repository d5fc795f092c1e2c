import numpy as np
from sklearn.metrics import roc_auc_score


def score(truth, answer):
    positive = answer if answer.ndim == 1 else answer[:, -1]
    return 2 * roc_auc_score(truth == truth.max(), positive) - 1 if len(np.unique(truth)) > 1 else np.nan
