RARE = 8  # a token of fewer rows joins "(rare)"


def common(tokens):
    """Keeps tokens that are frequent enough to learn from."""
    tokens = tokens.fillna("(none)")
    return tokens.where(tokens.map(tokens.value_counts()) >= RARE, "(rare)")


def add_tokens(features, raw):
    """Parts of compound texts: leading letters, an abbreviation with its dot, the number, lengths."""
    for name in COMPOUND:
        text = raw[name].astype(object).where(raw[name].notna(), "").astype(str).str.strip()
        prefix = text.str.extract(r"^([^\W\d_]+)", expand=False).str.upper()
        if prefix.nunique() <= 0.5 * text.nunique():
            features.add("categories", f"prefix of {name}", common(prefix))
        title = text.str.extract(r"([^\W\d_]{2,})\.", expand=False)
        features.add("categories", f"title in {name}", common(title))
        digits = text.str.extract(r"(\d+)\D*$", expand=False)
        features.add("numbers", f"digits in {name}", digits.str.len().fillna(0))
        features.add("numbers", f"length of {name}", text.str.len())
        features.add("numbers", f"words in {name}", text.str.split().str.len())
        features.add("numbers", f"has brackets in {name}", text.str.contains("(", regex=False))
