import numpy as np


def fit_predict(model, X, y, asked):
    """Fits on the standardised target, so that penalties mean the same for any unit, and answers values."""
    middle, spread = y.mean(), y.std() + 1e-12
    model.fit(X, (y - middle) / spread)
    margin = 0.1 * (y.max() - y.min())
    answer = np.ravel(model.predict(asked)) * spread + middle
    return np.clip(answer, y.min() - margin, y.max() + margin).reshape(-1, 1)


def constant_answer(y):
    """The mean of the training targets: the floor when no model could be trained."""
    return np.array([np.nanmean(y)])
