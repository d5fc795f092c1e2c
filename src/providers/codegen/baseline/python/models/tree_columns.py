import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.preprocessing import OrdinalEncoder


def tree_columns(roles):
    """Numbers with their gaps, categories as codes, keys as target means: what trees read."""
    codes = OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=np.nan, encoded_missing_value=np.nan
    )
    return ColumnTransformer(
        [
            ("codes", codes, roles["categories"]),
            ("numbers", FillEmptyColumns(), roles["numbers"]),
            *key_columns(roles),
        ]
    )
