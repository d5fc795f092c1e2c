from sklearn.metrics import cohen_kappa_score


def score(truth, answer):
    return cohen_kappa_score(truth, answer)
