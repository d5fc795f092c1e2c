import hashlib
import json
import os
from pathlib import Path

import numpy as np


class Checkpoints:
    """Finished folds in CHECKPOINT_DIR: a run that was cut off does not train them again.

    A folder for each way of running this script, so that none takes up what another one learnt.
    """

    def __init__(self, options, contract):
        wanted = [contract["foldsSha256"], options.seed, options.debug, options.without, options.params]
        name = hashlib.sha256(json.dumps(wanted, sort_keys=True).encode()).hexdigest()[:16]
        root = os.environ.get("CHECKPOINT_DIR")
        self.folder = Path(root) / name if root else None
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)

    def load(self, name, predicted):
        """Fills in what was predicted before; answers how many folds that are, and how long they took."""
        if self.folder is None or not (self.folder / f"{name}.npz").exists():
            return 0, 0.0
        with np.load(self.folder / f"{name}.npz", allow_pickle=False) as kept:
            predicted[:] = kept["predicted"]
            return int(kept["folds"]), float(kept["seconds"])

    def save(self, name, predicted, folds, seconds):
        if self.folder is None:
            return
        # Aside first: a file that is half written is worse than none.
        aside = self.folder / f"{name}.npz.tmp"
        with open(aside, "wb") as file:
            np.savez(file, predicted=predicted, folds=folds, seconds=seconds)
        os.replace(aside, self.folder / f"{name}.npz")
