from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

# Cells that mean "no value" in a feature column. Ids and labels are taken literally.
MISSING = ["", "NA", "N/A", "NaN", "nan", "NULL", "null", "None"]


@dataclass
class Data:
    """All rows in one frame: first the train rows, then the gate rows, then the test rows."""

    raw: pd.DataFrame
    keys: dict  # part -> ids as they are written in the file
    n_train: int
    fold: np.ndarray  # of each train row
    sample: pd.DataFrame  # the sample submission, as text

    @property
    def test_rows(self):
        return np.arange(len(self.raw) - len(self.keys["test"]), len(self.raw))


def read_table(path):
    """Reads a CSV; only columns known to be numeric are parsed as numbers."""
    header = pd.read_csv(path, nrows=0, dtype=str, encoding_errors="replace").columns
    features = [name for name in header if name not in TARGETS and name != ID_COLUMN]
    return pd.read_csv(
        path,
        dtype={name: str for name in header if name not in NUMERIC},
        keep_default_na=False,
        na_values={name: MISSING for name in features},
        encoding_errors="replace",
        low_memory=False,
    )


def read_data(folder, contract):
    """Reads the files of the bundle into one `Data`."""
    row_key = contract["rowKey"]
    parts = {"train": read_table(folder / "train.csv")}
    if (folder / "gate.csv").exists():
        parts["gate"] = read_table(folder / "gate.csv")
    parts["test"] = read_table(folder / "test.csv")
    folds = pd.read_csv(folder / "folds.csv", dtype={row_key: str})
    fold_of = dict(zip(folds[row_key], folds["fold"].astype(int)))
    keys = {
        part: table[ID_COLUMN if part == "test" and ID_COLUMN in table else row_key].astype(str)
        for part, table in parts.items()
    }
    return Data(
        raw=pd.concat(parts.values(), ignore_index=True),
        keys=keys,
        n_train=len(parts["train"]),
        fold=np.array([fold_of[key] for key in keys["train"]]),
        sample=pd.read_csv(Path(folder) / "sample_submission.csv", dtype=str, keep_default_na=False),
    )
