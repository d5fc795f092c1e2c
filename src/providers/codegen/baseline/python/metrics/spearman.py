from scipy.stats import spearmanr


def score(truth, answer):
    return float(spearmanr(truth, answer)[0])
