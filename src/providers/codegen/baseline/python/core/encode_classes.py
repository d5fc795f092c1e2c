import numpy as np
import pandas as pd


def encode_target(values):
    """Labels as positions in CLASSES; a label that is missing or unknown becomes NaN."""
    codes = pd.Categorical(values.astype(str).str.strip(), categories=CLASSES).codes.astype(float)
    return np.where(codes < 0, np.nan, codes)
