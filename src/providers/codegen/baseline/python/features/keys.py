def add_keys(features, raw):
    """Columns of many levels; a missing value stays missing, since it joins nobody to anybody."""
    for name in MANY_LEVELS:
        features.add("keys", name, raw[name])
