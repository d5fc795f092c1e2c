def score(truth, answer):
    return float((truth == answer).mean())
