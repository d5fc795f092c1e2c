import numpy as np
import pandas as pd


def add_numbers(features, raw):
    """Numeric columns as they are; a missing value stays missing."""
    for name in NUMERIC:
        values = pd.to_numeric(raw[name], errors="coerce")
        features.add("numbers", name, values.where(np.isfinite(values)))
