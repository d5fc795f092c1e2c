def natural(y):
    """The truth as the metric reads it: in the target's own unit."""
    return from_scale(y)
