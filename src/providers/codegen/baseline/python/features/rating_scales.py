def add_rating_scales(features, raw):
    """Ratings written as words become numbers, so that a model sees their order."""
    for name, scale in RATING_SCALES.items():
        features.add("numbers", f"rating of {name}", raw[name].str.strip().str.lower().map(scale).fillna(0))
