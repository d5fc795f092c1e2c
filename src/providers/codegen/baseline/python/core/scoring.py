import numpy as np


def score_one_fold(y, block, fold, held):
    known = ~np.isnan(y)
    rows, others = np.flatnonzero(known & (fold == held)), np.flatnonzero(known & (fold != held))
    return score(natural(y[rows]), final_answer(y, block, others, rows))


def mean_score(y, block, fold):
    """The metric of one target, averaged over the folds; None where it is not defined."""
    scores = [score_one_fold(y, block, fold, held) for held in np.unique(fold)]
    finite = [value for value in scores if np.isfinite(value)]
    return round(float(np.mean(finite)), 6) if finite else None


def score_folds(truth, blocks, fold):
    """The metric of each fold, averaged over the targets."""
    scores = [
        np.mean([score_one_fold(y, block, fold, held) for y, block in zip(truth, blocks)])
        for held in np.unique(fold)
    ]
    return [float(value) for value in scores if np.isfinite(value)]
