import numpy as np
from sklearn.linear_model import LogisticRegression


def as_logits(predicted):
    clipped = np.clip(predicted, 1e-6, 1 - 1e-6)
    return np.log(clipped)


def combine(answers, y, fold):
    """Stacking: a logistic regression on the members' out-of-fold answers, cross-fitted over the folds."""
    inputs = np.hstack([as_logits(answer.predicted) for answer in answers])
    known = np.flatnonzero(~np.isnan(y))
    combined = np.zeros((len(inputs), OUTPUTS))
    outside, folds = np.arange(len(y), len(inputs)), np.unique(fold)
    for held in folds:
        rows = known[fold[known] != held]
        asked = np.concatenate([np.flatnonzero(fold == held), outside])
        answer = fit_predict(LogisticRegression(C=0.05, max_iter=2000), inputs[rows], y[rows], inputs[asked])
        inside = len(asked) - len(outside)
        combined[asked[:inside]] = answer[:inside]
        combined[outside] += answer[inside:] / len(folds)
    return combined, np.full(len(answers), 1 / len(answers))
