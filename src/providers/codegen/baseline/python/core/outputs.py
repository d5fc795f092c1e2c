import json
import platform

import numpy as np
import pandas as pd
import sklearn


def write_predictions(path, key_column, keys, columns):
    """Raw predictions: the row's key and one column for each prediction."""
    table = pd.DataFrame({key_column: keys.to_numpy()})
    for name, values in zip(PREDICTION_COLUMNS, columns.T):
        table[name] = values
    table.to_csv(path, index=False)


def write_all_predictions(folder, data, contract, predicted):
    """oof.csv, gate.csv where there are gate rows, and test.csv."""
    start = 0
    for part, keys in data.keys.items():
        name = "oof.csv" if part == "train" else f"{part}.csv"
        key_column = ID_COLUMN if part == "test" else contract["rowKey"]
        write_predictions(folder / name, key_column, keys, predicted[start : start + len(keys)])
        start += len(keys)


def write_submission(path, data, cells):
    """The rows of the sample submission in their order, filled with what was decided for each test row."""
    position = {key: row for row, key in enumerate(data.keys["test"])}
    rows = [position.get(key, -1) for key in data.sample.iloc[:, 0]]
    if -1 in rows:
        raise SystemExit("sample_submission.csv has ids that test.csv lacks.")
    submission = pd.DataFrame({data.sample.columns[0]: data.sample.iloc[:, 0]})
    for name, values in zip(SUBMISSION_COLUMNS, np.asarray(cells, dtype=object).T):
        submission[name] = values[rows]
    submission.to_csv(path, index=False)


def write_reports(folder, contract, options, clock, fold_scores, data, reports, feature_count, infer_seconds):
    """metrics.json and meta.json."""
    metrics = {
        "metric": METRIC,
        "fold_scores": fold_scores,
        "n_train": data.n_train,
        "n_valid": data.n_train,
        "seed": options.seed,
        "folds_sha256": contract["foldsSha256"],
        "train_seconds": round(clock.elapsed(), 3),
        "infer_seconds": round(infer_seconds, 3),
        "debug": options.debug,
    }
    packages = {"numpy": np.__version__, "pandas": pd.__version__, "scikit-learn": sklearn.__version__}
    meta = {
        "family": FAMILY,
        "feature_count": feature_count,
        "packages": {"python": platform.python_version(), **packages},
        "models": reports,
        "parts": PARTS,
        "params": options.params,
    }
    for name, content in (("metrics.json", metrics), ("meta.json", meta)):
        (folder / name).write_text(json.dumps(content, indent=2, allow_nan=False), encoding="utf-8")
