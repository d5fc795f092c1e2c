def add_missing_flags(features, raw):
    """Which values are missing, and how many in the row."""
    for name in WITH_GAPS:
        features.add("numbers", f"{name} is missing", raw[name].isna())
    features.add("numbers", "missing values in the row", raw[WITH_GAPS].isna().sum(axis=1))
