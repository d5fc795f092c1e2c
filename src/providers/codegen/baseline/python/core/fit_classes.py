import numpy as np


def fit_predict(model, X, y, asked):
    """Fits on labelled rows and answers class probabilities, a column for every class of the problem."""
    codes = y.astype(int)
    present = np.unique(codes)
    probabilities = np.zeros((asked.shape[0], len(CLASSES)))
    if len(present) == 1:
        probabilities[:, present[0]] = 1.0
        return probabilities
    model.fit(X, codes)
    probabilities[:, present] = model.predict_proba(asked)
    return probabilities


def constant_answer(y):
    """Class shares: the floor when no model could be trained."""
    codes = y[~np.isnan(y)].astype(int)
    return np.bincount(codes, minlength=len(CLASSES)) / max(1, len(codes))
