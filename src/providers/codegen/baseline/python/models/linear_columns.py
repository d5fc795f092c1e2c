import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler


class LogSkewed(TransformerMixin, BaseEstimator):
    """Takes the logarithm of columns with a long right tail."""

    def fit(self, X, y=None):
        X = np.asarray(X, dtype=float)
        self.low_ = X.min(axis=0)
        spread = X.std(axis=0) + 1e-12
        skew = (((X - X.mean(axis=0)) / spread) ** 3).mean(axis=0)
        self.skewed_ = skew > 0.75
        return self

    def transform(self, X):
        X = np.array(X, dtype=float)
        tail = np.maximum(X - self.low_, 0.0)
        return np.where(self.skewed_, np.log1p(tail), X)


class ClipOutliers(TransformerMixin, BaseEstimator):
    """Holds scaled values within a few standard deviations, so that no single row leads a linear model."""

    def __init__(self, limit=4.0):
        self.limit = limit

    def fit(self, X, y=None):
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X):
        return np.clip(X, -self.limit, self.limit)


def linear_columns(roles):
    """Everything on one scale and without gaps: what linear models and kernels read."""
    numbers = make_pipeline(
        FillEmptyColumns(), SimpleImputer(strategy="median"), LogSkewed(), StandardScaler(), ClipOutliers()
    )
    levels = OneHotEncoder(handle_unknown="ignore", min_frequency=5)
    steps = [("numbers", numbers, roles["numbers"]), ("levels", levels, roles["categories"])]
    for name, encoder, keys in key_columns(roles):
        steps.append((name, make_pipeline(encoder, StandardScaler()), keys))
    return ColumnTransformer(steps, sparse_threshold=0)
