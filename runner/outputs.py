"""Takes a script's outputs by the hand: regular files of the expected names, and nothing else."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from typing import BinaryIO

from sheet import Output
from transfer import sha256_of

_NO_LINK = getattr(os, "O_NOFOLLOW", 0)


@dataclass
class Taken:
    output: Output
    file: BinaryIO
    size_bytes: int
    sha256: str


class OutFolder:
    """The out folder, opened before the script starts, so that nothing put in its place is taken for it."""

    def __init__(self, path: str) -> None:
        self._handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | _NO_LINK)

    def take(self, output: Output) -> Taken | str:
        """The opened file, or the sentence that says why it is not taken."""
        try:
            # O_NONBLOCK: opening a FIFO would otherwise wait for a writer.
            handle = os.open(output.name, os.O_RDONLY | os.O_NONBLOCK | _NO_LINK, dir_fd=self._handle)
        except FileNotFoundError:
            return f"{output.name} was not written."
        except OSError:
            return f"{output.name} is a link or cannot be read, and is refused."
        facts = os.fstat(handle)
        # A second name of a file is a way to publish one that lies elsewhere.
        if not stat.S_ISREG(facts.st_mode) or facts.st_nlink != 1:
            os.close(handle)
            return f"{output.name} is not a regular file of its own, and is refused."
        if facts.st_size > output.max_bytes:
            os.close(handle)
            return f"{output.name} has {facts.st_size} bytes; {output.max_bytes} are allowed."
        file = os.fdopen(handle, "rb")
        return Taken(output, file, facts.st_size, sha256_of(file))
