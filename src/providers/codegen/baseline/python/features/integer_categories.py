def add_integer_categories(features, raw):
    """Whole numbers of few levels are often codes: they are offered as categories as well."""
    for name in INTEGER_CODES:
        features.add("categories", f"code of {name}", raw[name].fillna("(missing)").astype(str))
