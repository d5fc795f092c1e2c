def add_groups(features, raw):
    """Rows that share a rare value belong together: the size of the group, and the key itself."""
    for name in GROUP_KEYS:
        text = raw[name].astype(object)
        keys = {name: text, f"first part of {name}": text.str.extract(r"^([^,;]+)[,;]", expand=False)}
        for label, key in keys.items():
            size = key.map(key.value_counts()).fillna(1)
            features.add("numbers", f"rows that share {label}", size)
            if 0.15 <= (size > 1).mean() <= 0.9:
                features.add("keys", label, key.where(size > 1))
