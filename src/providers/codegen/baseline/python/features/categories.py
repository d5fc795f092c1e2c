def add_categories(features, raw):
    """Columns of few levels as categories; a missing value is a level of its own."""
    for name in CATEGORICAL:
        features.add("categories", name, raw[name].fillna("(missing)").astype(str).str.strip())
