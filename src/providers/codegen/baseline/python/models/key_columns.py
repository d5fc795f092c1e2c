def key_columns(roles):
    """The target means of keys, where there are any keys."""
    return [("keys", TargetMeans(), roles["keys"])] if roles["keys"] else []
