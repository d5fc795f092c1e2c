from sklearn.metrics import f1_score


def score(truth, answer):
    return f1_score(truth, answer, average="weighted", zero_division=0)
