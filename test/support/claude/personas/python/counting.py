"""{{title}}: classes by counting how often each value goes with each of them. Needs nothing but Python."""

import argparse
import csv
import json
import math
import platform
import time
from pathlib import Path

# {{imports}}

FAMILY = "counting"
PARAMS = {"counting": {"smoothing": 1.0, "weight": 1.0}}


def read_options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--time-limit", type=float, default=3600.0)
    parser.add_argument("--debug", action="store_true")
    parser.add_argument("--without")
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


def read_rows(path):
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def write_rows(path, header, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


class Counting:
    """Naive Bayes over the cells as they are written."""

    def __init__(self, columns, classes, smoothing, weight):
        self.columns, self.classes = columns, classes
        self.smoothing, self.weight = smoothing, weight
        self.totals = {name: 0 for name in classes}
        self.counts = {}

    def fit(self, rows, labels):
        for row, label in zip(rows, labels):
            self.totals[label] += 1
            for column in self.columns:
                key = (column, row[column], label)
                self.counts[key] = self.counts.get(key, 0) + 1
        return self

    def predict(self, row):
        logs = []
        for name in self.classes:
            total = self.totals[name]
            value = math.log(total + self.smoothing)
            for column in self.columns:
                seen = self.counts.get((column, row[column], name), 0)
                value += self.weight * math.log((seen + self.smoothing) / (total + 10 * self.smoothing))
            logs.append(value)
        top = max(logs)
        shares = [math.exp(value - top) for value in logs]
        return [share / sum(shares) for share in shares]


def main():
    began = time.time()
    options = read_options()
    # {{start}}
    contract = json.loads((options.data / "contract.json").read_text())
    problem, key = contract["problem"], contract["rowKey"]
    classes, target = problem["classes"], problem["targetColumns"][0]
    train = read_rows(options.data / "train.csv")
    test = read_rows(options.data / "test.csv")
    gate = read_rows(options.data / "gate.csv") if contract["hasGate"] else []
    fold_of = {row[key]: int(row["fold"]) for row in read_rows(options.data / "folds.csv")}
    columns = [name for name in test[0] if name in train[0] and name not in (key, problem["idColumn"], target)]
    # {{columns}}
    parts = [f"features:{name}" for name in columns] if len(columns) > 1 else []
    if options.without is not None:
        if options.without not in parts:
            raise SystemExit(f"no such part: {options.without}")
        columns = [name for name in columns if f"features:{name}" != options.without]
    params = read_params(options)
    labels = [row[target] for row in train]
    folds = sorted(set(fold_of.values()))
    oof, models = {}, []
    for place, fold in enumerate(folds):
        fitting = [index for index, row in enumerate(train) if fold_of[row[key]] != fold]
        if options.debug:
            fitting = fitting[: max(20, len(fitting) // 10)]
        model = Counting(columns, classes, **params["counting"])
        model.fit([train[index] for index in fitting], [labels[index] for index in fitting])
        models.append(model)
        for row in train:
            if fold_of[row[key]] == fold:
                oof[row[key]] = model.predict(row)
        # {{fold}}
        print("::progress " + json.dumps({"done": place + 1, "total": len(folds), "label": f"fold {place + 1}"}), flush=True)

    def mean(row):
        answers = [model.predict(row) for model in models]
        return [sum(column) / len(answers) for column in zip(*answers)]

    # {{predicted}}
    names = problem["predictionColumns"]

    def cells(shares):
        return shares[-1:] if len(names) == 1 else shares

    write_rows(options.out / "oof.csv", [key, *names], [[row[key], *cells(oof[row[key]])] for row in train])
    if contract["hasGate"]:
        write_rows(options.out / "gate.csv", [key, *names], [[row[key], *cells(mean(row))] for row in gate])
    id_column = problem["idColumn"]
    answers = {row[id_column]: mean(row) for row in test}
    write_rows(options.out / "test.csv", [id_column, *names], [[name, *cells(shares)] for name, shares in answers.items()])
    with (options.data / "sample_submission.csv").open(newline="") as file:
        asked = [row[0] for row in list(csv.reader(file))[1:]]

    def decided(shares):
        if problem["predictionKind"] == "label":
            return [classes[shares.index(max(shares))]]
        return cells(shares)

    rows = [[name, *decided(answers[name])] for name in asked]
    write_rows(options.out / "submission.csv", [id_column, *problem["submissionColumns"]], rows)
    scores = []
    for fold in folds:
        own = [row for row in train if fold_of[row[key]] == fold]
        right = [classes[oof[row[key]].index(max(oof[row[key]]))] == row[target] for row in own]
        scores.append(sum(right) / max(1, len(right)))
    metrics = {
        "metric": problem["metric"],
        "fold_scores": scores,
        "n_train": len(train),
        "n_valid": len(train),
        "seed": options.seed,
        "folds_sha256": contract["foldsSha256"],
        "train_seconds": time.time() - began,
        "infer_seconds": 0.0,
        "debug": options.debug,
    }
    meta = {
        "family": FAMILY,
        "feature_count": len(columns),
        "packages": {"python": platform.python_version()},
        "parts": parts,
        "params": params,
        "models": [{"name": "counting", "weight": 1.0, "score": None}],
    }
    (options.out / "metrics.json").write_text(json.dumps(metrics))
    (options.out / "meta.json").write_text(json.dumps(meta))
    # {{end}}


main()
