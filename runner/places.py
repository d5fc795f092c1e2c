"""The folders of one run, all below its scratch folder."""

from __future__ import annotations

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

    def written_bytes(self, enough: int) -> int:
        """What the script has written, counted until it is more than `enough`."""
        total = 0
        for folder in (self.out, self.checkpoint, self.temporary, self.home, self.code):
            for parent, _, names in os.walk(folder):
                for name in names:
                    try:
                        # Blocks, not length: a sparse file is no burden.
                        total += os.lstat(os.path.join(parent, name)).st_blocks * 512
                    except OSError:
                        pass
                if total > enough:
                    return total
        return total

    def remove(self) -> None:
        """Everything, read-only folders too."""

        def open_up(function, path, _error) -> None:
            try:
                os.chmod(os.path.dirname(path), stat.S_IRWXU)
                if not os.path.islink(path):
                    os.chmod(path, stat.S_IRWXU)
                function(path)
            except OSError:
                pass

        shutil.rmtree(self.root, onerror=open_up)
