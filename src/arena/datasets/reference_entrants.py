"""Trains the arena's reference entrants on train.csv alone and writes their predictions for test.csv.

    python reference_entrants.py --competition competition.json --public DIR --out DIR

Writes constant.csv, linear.csv and boosting.csv in the form of a submission. Works on any competition with
numeric, categorical, date and text columns, from scikit-learn 1.2 with pandas 1.5 on.
"""

import argparse
import csv
import json
import os
import warnings

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, OrdinalEncoder, StandardScaler

LABEL_METRICS = {
    "accuracy",
    "f1",
    "f1_macro",
    "f1_micro",
    "f1_weighted",
    "kappa",
    "quadratic_kappa",
    "mcc",
}
MEDIAN_METRICS = {"mae", "mape", "smape"}
TEXT_LENGTH = 30
MAX_LEVELS = 200


# ---------------------------------------------------------------- columns


def read_text_columns(path, columns):
    """The cells as they are written: `NA` and `1.0` stay what they are."""
    return pd.read_csv(path, usecols=columns, dtype=str, keep_default_na=False)[columns]


def date_parts(values):
    """Year, month and day of a column of dates; None when it holds something else."""
    present = values.dropna().astype(str)
    if len(present) == 0 or not present.str.contains(r"\d").mean() > 0.9:
        return None
    parsed = pd.to_datetime(present, errors="coerce")
    if parsed.isna().mean() > 0.1:
        return None
    whole = parsed.reindex(values.index)
    return {"year": whole.dt.year, "month": whole.dt.month, "day": whole.dt.dayofyear}


def prepare_features(train, test, left_out):
    """One frame for both files (train rows first) and its columns by kind."""
    columns = [name for name in test.columns if name in train.columns and name not in left_out]
    both = pd.concat([train[columns], test[columns]], ignore_index=True)
    frame, kinds = {}, {"numeric": [], "categorical": [], "text": []}

    def add(kind, name, values):
        frame[name] = values
        kinds[kind].append(name)

    for name in columns:
        values = both[name]
        if values.notna().sum() == 0:
            continue
        if pd.api.types.is_numeric_dtype(values):
            add("numeric", name, values.astype(float))
            continue
        words = values.astype(object).where(values.notna(), "").astype(str)
        parts = date_parts(values)
        if parts is not None:
            for part, numbers in parts.items():
                add("numeric", f"{name}:{part}", numbers.astype(float))
        elif words.str.len().mean() > TEXT_LENGTH and words.nunique() > 0.3 * len(words):
            add("text", name, words)
        else:
            levels = words.nunique()
            if levels <= MAX_LEVELS:
                add("categorical", name, words)
            add("numeric", f"{name}:count", words.map(words.value_counts()).astype(float))
    return pd.DataFrame(frame), kinds


# ---------------------------------------------------------------- models


def squeeze_skewed(values):
    """Logarithm of long-tailed columns without negative values, the others as they are."""
    values = np.asarray(values, dtype=float)
    return np.sign(values) * np.log1p(np.abs(values))


def linear_features(frame, kinds):
    numeric = frame[kinds["numeric"]]
    skewed = [name for name in numeric if numeric[name].min() >= 0 and numeric[name].skew() > 2]
    plain = [name for name in numeric if name not in skewed]
    fill = SimpleImputer(strategy="median", add_indicator=True)
    steps = [("plain", make_pipeline(fill, StandardScaler()), plain)]
    logs = FunctionTransformer(squeeze_skewed)
    steps.append(("skewed", make_pipeline(fill, logs, StandardScaler()), skewed))
    steps.append(
        ("categorical", OneHotEncoder(handle_unknown="ignore", min_frequency=5), kinds["categorical"])
    )
    for name in kinds["text"]:
        words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, max_features=50000)
        steps.append((f"text {name}", words, name))
    return ColumnTransformer([step for step in steps if len(step[2]) > 0])


def boosting_features(kinds):
    levels = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    steps = [("numeric", "passthrough", kinds["numeric"]), ("categorical", levels, kinds["categorical"])]
    for name in kinds["text"]:
        steps.append((f"text {name}", TfidfVectorizer(sublinear_tf=True, max_features=400), name))
    return ColumnTransformer([step for step in steps if len(step[2]) > 0], sparse_threshold=0)


def models(frame, kinds, is_classification, metric):
    if is_classification:
        strength = 4.0 if kinds["text"] else 1.0
        linear = LogisticRegression(C=strength, max_iter=2000)
        boosting = HistGradientBoostingClassifier
        extra = {}
    else:
        linear = RidgeCV(alphas=np.logspace(-2, 3, 16))
        boosting = HistGradientBoostingRegressor
        extra = {"loss": "absolute_error" if metric == "mae" else "squared_error"}
    tree = boosting(
        learning_rate=0.06,
        max_iter=150,
        max_leaf_nodes=15,
        l2_regularization=1.0,
        early_stopping=False,
        random_state=0,
        **extra,
    )
    yield "linear", Pipeline([("features", linear_features(frame, kinds)), ("model", linear)])
    yield "boosting", Pipeline([("features", boosting_features(kinds)), ("model", tree)])


# ---------------------------------------------------------------- targets


def sorted_classes(labels):
    """Numbers by size, everything else as text; the last one is the positive class of two."""
    values = sorted(set(labels))
    try:
        return sorted(values, key=float)
    except ValueError:
        return values


def class_columns(classes, columns):
    """Which class each submission column speaks of: the one it is named after, else by order."""
    found = []
    for position, column in enumerate(columns):
        named = [name for name in classes if column == name or column.endswith(f"_{name}")]
        # `_D` ends `Status_CL_D` as `_CL_D` does: the longest name wins.
        named.sort(key=len)
        found.append(classes.index(named[-1]) if named else min(position, len(classes) - 1))
    return found


def show_classes(probabilities, classes, metric, columns, k):
    """Cells of a submission out of class probabilities."""
    if metric == "map_at_k":
        best = np.argsort(-probabilities, axis=1)[:, :k]
        return [[" ".join(classes[index] for index in row)] for row in best]
    if metric in LABEL_METRICS:
        return [[classes[index]] for index in probabilities.argmax(axis=1)]
    if len(columns) == 1:
        return [[repr(float(value))] for value in probabilities[:, -1]]
    order = class_columns(classes, columns)
    return [[repr(float(row[index])) for index in order] for row in probabilities]


def predict_classes(train_x, test_x, kinds, labels, metric, columns, k):
    classes = sorted_classes(labels)
    codes = np.array([classes.index(label) for label in labels])
    shares = np.bincount(codes, minlength=len(classes)) / len(codes)
    if metric == "f1":
        # Saying "positive" everywhere is the best constant.
        shares = np.eye(len(classes))[-1]
    constant = np.tile(shares, (len(test_x), 1))
    yield "constant", show_classes(constant, classes, metric, columns, k)
    for name, model in models(train_x, kinds, True, metric):
        predicted = constant
        if len(classes) > 1:
            predicted = model.fit(train_x, codes).predict_proba(test_x)
        yield name, show_classes(predicted, classes, metric, columns, k)


def predict_values(train_x, test_x, kinds, cells, metric):
    target = np.array([float(cell) for cell in cells])
    there, back = (lambda x: x), (lambda x: x)
    if metric == "rmsle":
        there, back = np.log1p, lambda x: np.maximum(np.expm1(x), 0)
    elif metric == "rmse_log" or (metric == "mape" and target.min() > 0):
        there, back = np.log, np.exp
    moved = there(target)
    middle = np.median(moved) if metric in MEDIAN_METRICS else np.mean(moved)
    predictions = [("constant", np.full(len(test_x), middle))]
    for name, model in models(train_x, kinds, False, metric):
        predictions.append((name, model.fit(train_x, moved).predict(test_x)))
    for name, values in predictions:
        # A linear model may leave the range of what can be: far outside it is nonsense everywhere.
        values = np.clip(values, moved.min(), moved.max())
        yield name, [[repr(float(value))] for value in back(values)]


# ---------------------------------------------------------------- main


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--competition", required=True)
    parser.add_argument("--public", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--test", help="the rows to predict; default: test.csv of the public folder")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")

    with open(arguments.competition, encoding="utf-8") as file:
        competition = json.load(file)
    metric = competition["metric"]["name"]
    k = competition["metric"].get("k", 1)
    key, targets = competition["idColumn"], competition["targetColumns"]
    columns = competition["submissionColumns"]
    train_path = os.path.join(arguments.public, "train.csv")
    test_path = arguments.test or os.path.join(arguments.public, "test.csv")

    train, test = pd.read_csv(train_path), pd.read_csv(test_path)
    labels = read_text_columns(train_path, targets)
    ids = read_text_columns(test_path, [key])[key].tolist()
    both, kinds = prepare_features(train, test, {key, *targets})
    train_all, test_x = both.iloc[: len(train)], both.iloc[len(train) :]

    cells = {}
    for position, target in enumerate(targets):
        known = (labels[target].str.strip() != "").to_numpy()
        train_x, wanted = train_all[known], labels[target][known].tolist()
        if competition["task"] == "regression":
            results = predict_values(train_x, test_x, kinds, wanted, metric)
        else:
            own = columns if len(targets) == 1 else [columns[position]]
            results = predict_classes(train_x, test_x, kinds, wanted, metric, own, k)
        for name, values in results:
            cells.setdefault(name, []).append(values)

    for name, blocks in cells.items():
        with open(os.path.join(arguments.out, name + ".csv"), "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow([key, *columns])
            for row, identifier in enumerate(ids):
                writer.writerow([identifier, *(cell for block in blocks for cell in block[row])])


if __name__ == "__main__":
    main()
