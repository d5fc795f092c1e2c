try:
    import lightgbm
except (ImportError, OSError):  # OSError: the package is there, but the system library libgomp is not
    lightgbm = None
