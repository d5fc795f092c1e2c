import pandas as pd


def add_dates(features, raw):
    """Calendar parts of dates, and days since the first one."""
    for name in DATES:
        moment = pd.to_datetime(raw[name], errors="coerce", utc=True)
        features.add("numbers", f"days of {name}", (moment - moment.min()).dt.total_seconds() / 86_400)
        for part in ("year", "month", "day", "dayofweek", "dayofyear", "hour"):
            features.add("numbers", f"{part} of {name}", getattr(moment.dt, part))
