from sklearn.metrics import r2_score


def score(truth, answer):
    return r2_score(truth, answer)
