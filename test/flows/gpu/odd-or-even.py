"""Rows of odd ids are odd: a training script for tests, standard library only."""

import argparse
import csv
import json
import os
import time

parser = argparse.ArgumentParser()
for name in ("--data", "--out", "--seed", "--time-limit"):
    parser.add_argument(name)
parser.add_argument("--debug", action="store_true")
options = parser.parse_args()

with open(os.path.join(options.data, "contract.json"), encoding="utf-8") as file:
    contract = json.load(file)
columns = contract["problem"]["predictionColumns"]


def predict(key: str) -> list[float]:
    odd = 0.9 if int(key) % 2 == 1 and int(key) % 11 != 0 else 0.1
    return [odd] if len(columns) == 1 else [1 - odd, odd]


def write(source: str, target: str, key: str) -> None:
    with open(os.path.join(options.data, source), newline="", encoding="utf-8") as file:
        ids = [row[0] for row in list(csv.reader(file))[1:]]
    with open(os.path.join(options.out, target), "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([key, *columns])
        writer.writerows([row, *predict(row)] for row in ids)


def dump(name: str, value: object) -> None:
    with open(os.path.join(options.out, name), "w", encoding="utf-8") as file:
        json.dump(value, file)


def train() -> None:
    """In folds, each of which takes its share of the time, and none of which is trained twice."""
    folds, kept = 4, os.environ.get("CHECKPOINT_DIR")
    done = [] if kept is None else [name for name in os.listdir(kept) if name.startswith("fold-")]
    for fold in range(len(done), folds):
        print(f"trains fold {fold}", flush=True)
        time.sleep(SECONDS / folds)
        if kept is not None:
            path = os.path.join(kept, f"fold-{fold}")
            with open(f"{path}.tmp", "w", encoding="utf-8") as file:
                file.write("done")
            os.replace(f"{path}.tmp", path)


train()
write("folds.csv", "oof.csv", contract["rowKey"])
write("test.csv", "test.csv", contract["problem"]["idColumn"])
if contract["hasGate"]:
    write("gate.csv", "gate.csv", contract["rowKey"])
with open(os.path.join(options.out, "submission.csv"), "w", encoding="utf-8") as file:
    file.write(contract["problem"]["idColumn"] + ",y\n")
dump("meta.json", {"family": "rule", "feature_count": 1, "packages": {}})
dump(
    "metrics.json",
    {
        "metric": "accuracy", "fold_scores": [1], "n_train": 1, "n_valid": 1, "seed": 42,
        "folds_sha256": contract["foldsSha256"], "train_seconds": 1, "infer_seconds": 1, "debug": False,
    },
)
