import pandas as pd


class Features:
    """Feature columns by role: numbers, categories of few levels, and keys of many levels."""

    MOST_LEVELS = 200  # histogram trees take at most 255 levels

    def __init__(self):
        self.columns = {}
        self.roles = {"numbers": [], "categories": [], "keys": []}

    def add(self, role, name, values):
        """Adds one column; a name that is taken, a constant or an empty column is left out."""
        values = pd.Series(values).reset_index(drop=True)
        levels = values.nunique(dropna=False)
        if name in self.columns or levels < 2:
            return
        if role == "categories" and levels > self.MOST_LEVELS:
            role = "keys"
        self.columns[name] = values.astype(float) if role == "numbers" else values.astype(object)
        self.roles[role].append(name)

    def table(self):
        return pd.DataFrame(self.columns)
