"""{{title}}: one pipeline of scikit-learn on the columns as they come."""

import argparse
import json
import platform
import time
from pathlib import Path

import numpy as np
import pandas as pd
import sklearn
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

PARTS = ["features:numbers", "features:categories"]
PARAMS = {"logistic": {"C": 1.0, "max_iter": 500}}


def read_options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--time-limit", type=float, default=3600.0)
    parser.add_argument("--debug", action="store_true")
    parser.add_argument("--without", choices=PARTS)
    parser.add_argument("--params", type=Path)
    return parser.parse_args()


def read_params(options):
    params = {model: dict(values) for model, values in PARAMS.items()}
    path = options.params or options.data / "params.json"
    if options.params or path.exists():
        for model, values in json.loads(path.read_text()).items():
            for name, value in values.items():
                if name not in params.get(model, {}):
                    raise SystemExit(f"no such hyper-parameter: {model}.{name}")
                params[model][name] = value
    return params


def build(frame, columns, params, seed, without):
    numbers = [name for name in columns if pd.api.types.is_numeric_dtype(frame[name])]
    others = [name for name in columns if name not in numbers and frame[name].nunique() <= 200]
    steps = []
    if numbers and without != "features:numbers":
        steps.append((make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numbers))
    if (others and without != "features:categories") or not steps:
        steps.append((OneHotEncoder(handle_unknown="ignore", min_frequency=2), others or numbers))
    return make_pipeline(
        make_column_transformer(*steps),
        LogisticRegression(random_state=seed, **params["logistic"]),
    )


def main():
    began = time.time()
    options = read_options()
    contract = json.loads((options.data / "contract.json").read_text())
    problem, key = contract["problem"], contract["rowKey"]
    classes, target, id_column = problem["classes"], problem["targetColumns"][0], problem["idColumn"]
    texts = {key: str, id_column: str, target: str}
    train = pd.read_csv(options.data / "train.csv", dtype=texts)
    test = pd.read_csv(options.data / "test.csv", dtype=texts)
    gate = pd.read_csv(options.data / "gate.csv", dtype=texts) if contract["hasGate"] else None
    fold_of = pd.read_csv(options.data / "folds.csv", dtype={key: str}).set_index(key)["fold"]
    fold = train[key].map(fold_of).to_numpy()
    columns = [name for name in test.columns if name in train.columns and name not in texts]
    params = read_params(options)
    y = train[target].to_numpy()
    oof = np.zeros((len(train), len(classes)))
    models = []
    folds = sorted(set(fold))
    for place, one in enumerate(folds):
        rows = np.flatnonzero(fold != one)
        if options.debug:
            kept = [np.flatnonzero(y[rows] == name)[: max(5, len(rows) // 20)] for name in classes]
            rows = rows[np.concatenate(kept)]
        model = build(train, columns, params, options.seed, options.without)
        model.fit(train.iloc[rows][columns], y[rows])
        order = [list(model.classes_).index(name) for name in classes]
        oof[fold == one] = model.predict_proba(train.loc[fold == one, columns])[:, order]
        models.append((model, order))
        print("::progress " + json.dumps({"done": place + 1, "total": len(folds), "label": f"fold {place + 1}"}), flush=True)

    def predict(frame):
        return np.mean([model.predict_proba(frame[columns])[:, order] for model, order in models], axis=0)

    names = problem["predictionColumns"]

    def write(name, key_column, keys, shares):
        table = pd.DataFrame(shares[:, -1:] if len(names) == 1 else shares, columns=names)
        table.insert(0, key_column, list(keys))
        table.to_csv(options.out / name, index=False)

    write("oof.csv", key, train[key], oof)
    if gate is not None:
        write("gate.csv", key, gate[key], predict(gate))
    answers = predict(test)
    write("test.csv", id_column, test[id_column], answers)
    sample = pd.read_csv(options.data / "sample_submission.csv", dtype=str)
    place_of = {name: place for place, name in enumerate(test[id_column])}
    shares = answers[[place_of[name] for name in sample.iloc[:, 0]]]
    submission = pd.DataFrame({id_column: sample.iloc[:, 0]})
    if problem["predictionKind"] == "label":
        submission[problem["submissionColumns"][0]] = np.array(classes, dtype=object)[shares.argmax(axis=1)]
    else:
        for place, name in enumerate(problem["submissionColumns"]):
            submission[name] = shares[:, place if len(problem["submissionColumns"]) > 1 else -1]
    submission.to_csv(options.out / "submission.csv", index=False)
    right = np.array(classes, dtype=object)[oof.argmax(axis=1)] == y
    metrics = {
        "metric": problem["metric"],
        "fold_scores": [float(right[fold == one].mean()) for one in folds],
        "n_train": len(train),
        "n_valid": len(train),
        "seed": options.seed,
        "folds_sha256": contract["foldsSha256"],
        "train_seconds": time.time() - began,
        "infer_seconds": 0.0,
        "debug": options.debug,
    }
    meta = {
        "family": "linear",
        "feature_count": len(columns),
        "packages": {"python": platform.python_version(), "scikit-learn": sklearn.__version__},
        "parts": PARTS,
        "params": params,
        "models": [{"name": "logistic", "weight": 1.0, "score": None}],
    }
    (options.out / "metrics.json").write_text(json.dumps(metrics))
    (options.out / "meta.json").write_text(json.dumps(meta))


main()
