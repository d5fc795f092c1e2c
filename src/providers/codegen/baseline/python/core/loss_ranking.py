from sklearn.metrics import roc_auc_score


def blend_loss(y, predicted):
    """Only the order of the rows counts for this metric: one minus the area under the curve."""
    return 1 - roc_auc_score(y == len(CLASSES) - 1, predicted[:, -1])
