def add_counts(features, raw):
    """How often the value of a column occurs in all rows (no label is needed for that)."""
    for name in CATEGORICAL + MANY_LEVELS:
        features.add("numbers", f"count of {name}", raw[name].map(raw[name].value_counts()))
