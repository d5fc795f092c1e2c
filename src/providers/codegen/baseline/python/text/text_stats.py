def add_text_stats(features, raw):
    """Lengths, and shares of marks, digits and capitals: how a text is written, not what it says."""
    for name in TEXT:
        text = raw[name].fillna("").astype(str)
        length = text.str.len().clip(lower=1)
        features.add("numbers", f"characters in {name}", length)
        words = text.str.split().str.len()
        features.add("numbers", f"words in {name}", words)
        features.add("numbers", f"letters per word in {name}", length / words.clip(lower=1))
        marks = {"capitals": r"[A-Z]", "digits": r"\d", "punctuation": r"[^\w\s]"}
        for mark, pattern in marks.items():
            features.add("numbers", f"share of {mark} in {name}", text.str.count(pattern) / length)
        for mark, pattern in {"links": "https?://", "tags": "#", "names": "@", "!": "!", "?": r"\?"}.items():
            features.add("numbers", f"{mark} in {name}", text.str.count(pattern))
