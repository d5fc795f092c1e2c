import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression


class NaiveBayesLogistic(ClassifierMixin, BaseEstimator):
    """Logistic regression on words weighted by how much more often a class uses them.

    Source: Wang and Manning, "Baselines and bigrams", ACL 2012.
    """

    def __init__(self, C=4.0, smoothing=1.0):
        self.C = C
        self.smoothing = smoothing

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        wanted = self.classes_[1:] if len(self.classes_) == 2 else self.classes_
        self.members_ = [self._fit_one(X, y == code) for code in wanted]
        return self

    def _fit_one(self, X, is_class):
        inside = self.smoothing + np.asarray(X[is_class].sum(axis=0)).ravel()
        outside = self.smoothing + np.asarray(X[~is_class].sum(axis=0)).ravel()
        ratio = np.log(inside / inside.sum()) - np.log(outside / outside.sum())
        model = LogisticRegression(C=self.C, solver="liblinear", max_iter=1000)
        return ratio, model.fit(X.multiply(ratio).tocsr(), is_class)

    def predict_proba(self, X):
        shares = np.column_stack(
            [model.predict_proba(X.multiply(ratio).tocsr())[:, 1] for ratio, model in self.members_]
        )
        if len(self.classes_) == 2:
            return np.column_stack([1 - shares[:, 0], shares[:, 0]])
        return shares / np.maximum(shares.sum(axis=1, keepdims=True), 1e-12)
