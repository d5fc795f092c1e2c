"""Tests of what a training run wrote: `python test_outputs.py --data DIR --out DIR`. Standard library only."""

import argparse
import csv
import json
import math
import sys
import unittest
from pathlib import Path

# What the agent knows of this competition.
FACTS = json.loads("{}")
PLACES = argparse.Namespace(data=None, out=None)
csv.field_size_limit(2**31 - 1)


def read(folder, name):
    with open(Path(folder) / name, encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file)
        header = next(rows)
        return header, [row for row in rows if row]


def keys_of(name, column):
    """One column; the rest of a large table is not kept."""
    with open(Path(PLACES.data) / name, encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file)
        header = next(rows)
        at = header.index(column) if column in header else 0
        return [row[at] for row in rows if row]


def is_probability():
    # Where only the order of the rows counts, any numbers do.
    is_order = FACTS["metric"] in ("roc_auc", "gini", "average_precision")
    return FACTS["task"] != "regression" and FACTS["prediction_kind"] != "value" and not is_order


# A debug run trains on a tenth of the rows, and on a few dozen a model may well learn nothing.
FEWEST_ROWS = 2000


def has_enough_rows():
    return len(keys_of("train.csv", FACTS["row_key"])) >= FEWEST_ROWS


class Predictions:
    """The raw predictions of one part of the rows."""

    name = key_column = keys_file = keys_column = None

    def setUp(self):
        self.header, self.rows = read(PLACES.out, self.name)
        self.values = [[float(cell) for cell in row[1:]] for row in self.rows]

    def test_columns_are_the_row_key_and_the_prediction_columns(self):
        self.assertEqual(self.header, [self.key_column, *FACTS["prediction_columns"]])

    def test_every_row_is_predicted_once(self):
        self.assertEqual(sorted(row[0] for row in self.rows), sorted(keys_of(self.keys_file, self.keys_column)))

    def test_every_prediction_is_a_finite_number(self):
        self.assertTrue(all(math.isfinite(value) for row in self.values for value in row))

    def test_probabilities_lie_between_0_and_1(self):
        if not is_probability():
            self.skipTest("the predictions are no probabilities")
        outside = [value for row in self.values for value in row if not -1e-6 <= value <= 1 + 1e-6]
        self.assertEqual(outside[:3], [])

    def test_probabilities_of_a_row_sum_to_one(self):
        if not FACTS["rows_sum_to_one"]:
            self.skipTest("the columns are not the classes of one target")
        wrong = [sum(row) for row in self.values if abs(sum(row) - 1) > 0.05]
        self.assertEqual(wrong[:3], [])

    def test_predictions_are_not_all_the_same(self):
        if len(self.values) > 1 and has_enough_rows():
            self.assertGreater(len({tuple(row) for row in self.values}), 1, "every row has the same prediction")


class OutOfFold(Predictions, unittest.TestCase):
    name, keys_file = "oof.csv", "train.csv"
    key_column = keys_column = FACTS.get("row_key")


class Test(Predictions, unittest.TestCase):
    name, keys_file = "test.csv", "sample_submission.csv"
    key_column = keys_column = FACTS.get("id_column")


if FACTS.get("has_gate"):

    class Gate(Predictions, unittest.TestCase):
        name, keys_file = "gate.csv", "gate.csv"
        key_column = keys_column = FACTS.get("row_key")


class Submission(unittest.TestCase):
    def setUp(self):
        self.header, self.rows = read(PLACES.out, "submission.csv")
        self.sample_header, self.sample_rows = read(PLACES.data, "sample_submission.csv")

    def test_columns_are_those_of_the_sample(self):
        self.assertEqual(self.header, [FACTS["id_column"], *FACTS["submission_columns"]])

    def test_rows_are_those_of_the_sample(self):
        self.assertEqual(len(self.rows), len(self.sample_rows))
        self.assertEqual(sorted(row[0] for row in self.rows), sorted(row[0] for row in self.sample_rows))

    def test_labels_are_known_classes(self):
        if FACTS["prediction_kind"] != "label" or not FACTS["classes"] or FACTS["metric"] == "map_at_k":
            self.skipTest("the submission holds no single labels")
        known = {as_label(name) for name in FACTS["classes"]}
        unknown = {cell for row in self.rows for cell in row[1:] if as_label(cell) not in known}
        self.assertEqual(sorted(unknown)[:3], [])

    def test_numbers_are_finite(self):
        if FACTS["prediction_kind"] == "label":
            self.skipTest("the submission holds labels")
        self.assertTrue(all(math.isfinite(float(cell)) for row in self.rows for cell in row[1:]))

    def test_it_is_not_the_sample(self):
        if len(self.rows) > 1 and has_enough_rows() and FACTS["prediction_kind"] != "label":
            self.assertNotEqual(sorted(self.rows), sorted(self.sample_rows), "the sample was handed in")


class Reports(unittest.TestCase):
    def test_metrics_tell_of_these_folds(self):
        metrics = json.loads((Path(PLACES.out) / "metrics.json").read_text(encoding="utf-8"))
        contract = json.loads((Path(PLACES.data) / "contract.json").read_text(encoding="utf-8"))
        self.assertEqual(metrics["folds_sha256"], contract["foldsSha256"])
        self.assertTrue(all(math.isfinite(score) for score in metrics["fold_scores"]))


def as_label(cell):
    """`1` and `1.0` are one label."""
    text = cell.strip()
    try:
        number = float(text)
    except ValueError:
        return text
    return str(int(number)) if math.isfinite(number) and number == int(number) else text


class Telling(unittest.TextTestResult):
    """One line for each failure, which is all that whoever mends the script needs."""

    def tell(self, test, error):
        print(f"{type(test).__name__}.{test._testMethodName}: {str(error[1]).splitlines()[0][:300]}")

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.tell(test, err)

    def addError(self, test, err):
        super().addError(test, err)
        self.tell(test, err)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", required=True)
    parser.parse_args(namespace=PLACES)
    runner = unittest.TextTestRunner(stream=sys.stderr, resultclass=Telling)
    sys.exit(0 if runner.run(unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"])).wasSuccessful() else 1)
