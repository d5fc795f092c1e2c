import pandas as pd


def add_name_sums(features, raw):
    """Totals of columns that share a word in their names, such as areas or counts of the same thing."""
    for word, names in NAME_SUMS.items():
        parts = raw[names].apply(pd.to_numeric, errors="coerce")
        features.add("numbers", f"sum of {word}", parts.sum(axis=1))
