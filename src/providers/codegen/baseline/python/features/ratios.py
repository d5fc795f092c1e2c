from itertools import combinations

import numpy as np
import pandas as pd


def add_ratios(features, raw):
    """Log ratios of positive measures: trees cannot divide."""
    values = {name: np.log(pd.to_numeric(raw[name], errors="coerce").clip(lower=1e-6)) for name in MEASURES}
    for first, second in combinations(MEASURES, 2):
        features.add("numbers", f"{first} / {second}", values[first] - values[second])
