"""The folders of one run, all below its scratch folder."""

from __future__ import annotations

import contextlib
import math
import os
import shutil
import stat
from dataclasses import dataclass


@dataclass(frozen=True)
class Places:
    root: str
    #: What the script must not see, as far as this machine can hide it.
    hidden: tuple[str, ...] = ()
    #: No namespaces at all.
    is_plain: bool = False
    #: Downloads that stay for later runs of this machine.
    kept: str | None = None

    @property
    def archive(self) -> str:
        return os.path.join(self.root, "bundle.tar.gz")

    @property
    def code(self) -> str:
        return os.path.join(self.root, "code")

    @property
    def data(self) -> str:
        return os.path.join(self.root, "data")

    @property
    def out(self) -> str:
        return os.path.join(self.root, "out")

    @property
    def checkpoint(self) -> str:
        return os.path.join(self.root, "checkpoint")

    @property
    def home(self) -> str:
        return os.path.join(self.root, "home")

    @property
    def temporary(self) -> str:
        return os.path.join(self.root, "tmp")

    @property
    def packages(self) -> str:
        return os.path.join(self.root, "packages")

    def make(self) -> None:
        os.makedirs(self.root, mode=0o700, exist_ok=True)
        for folder in (self.data, self.out, self.home, self.temporary):
            os.makedirs(folder, mode=0o700, exist_ok=True)

    # No os.walk here: up to Python 3.11 a script's very deep folders are too much for it.
    def used_bytes(self, enough: float = math.inf) -> int:
        """What lies here on the disk, counted until it is more than `enough`."""
        total, waiting = 0, [self.root]
        while waiting and total <= enough:
            with contextlib.suppress(OSError), os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    else:
                        with contextlib.suppress(OSError):
                            # Blocks, not length: a sparse file is no burden.
                            total += entry.stat(follow_symlinks=False).st_blocks * 512
        return total

    def remove(self) -> None:
        """Everything, folders too that the script closed."""
        waiting = [self.root]
        while waiting:
            folder = waiting.pop()
            with contextlib.suppress(OSError):
                os.chmod(folder, stat.S_IRWXU)
                with os.scandir(folder) as entries:
                    waiting += [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
        with contextlib.suppress(RecursionError):
            shutil.rmtree(self.root, ignore_errors=True)
