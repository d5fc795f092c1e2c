from sklearn.metrics import matthews_corrcoef


def score(truth, answer):
    return matthews_corrcoef(truth, answer)
