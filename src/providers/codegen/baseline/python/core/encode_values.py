import numpy as np
import pandas as pd


def encode_target(values):
    """Target values on the scale on which the models are fitted; what is no number becomes NaN."""
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float)
    return to_scale(np.where(np.isfinite(numbers), numbers, np.nan))
