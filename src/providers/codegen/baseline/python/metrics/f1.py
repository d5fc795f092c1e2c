from sklearn.metrics import f1_score


def score(truth, answer):
    return f1_score(truth == POSITIVE, answer == POSITIVE, zero_division=0)
