from itertools import combinations

import pandas as pd


def add_year_gaps(features, raw):
    """Years between two events."""
    for first, second in combinations(YEAR_COLUMNS, 2):
        gap = pd.to_numeric(raw[second], errors="coerce") - pd.to_numeric(raw[first], errors="coerce")
        features.add("numbers", f"{second} - {first}", gap)
