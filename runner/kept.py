"""Downloads that this machine has had before, by their checksum: the data of a competition come over the network once.

Whatever goes wrong here costs a download and nothing else.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import time

from cancel import Cancellation
from sheet import Download
from transfer import CHUNK_BYTES, download

MOST_BYTES = 20_000_000_000
# The disk is for training first.
LEAST_FREE_BYTES = 2_000_000_000
# What a runner that was killed has left unfinished.
UNFINISHED_SECONDS = 86_400


class KeptDownloads:
    """@param folder None: nothing is kept"""

    def __init__(self, folder: str | None) -> None:
        self._folder = folder

    def bring(self, item: Download, target: str, cancel: Cancellation) -> None:
        """As `download`, from here where it lies here. @raises TransferError, Cancelled"""
        if self._folder is None:
            download(item, target, cancel)
            return
        place = os.path.join(self._folder, item.sha256)
        if _copy(place, target, item.sha256, cancel):
            with contextlib.suppress(OSError):
                os.utime(place)
            return
        download(item, target, cancel)
        with contextlib.suppress(OSError):
            self._keep(item, target, cancel)

    def _keep(self, item: Download, source: str, cancel: Cancellation) -> None:
        os.makedirs(self._folder, mode=0o700, exist_ok=True)
        self._make_room(item.size_bytes)
        if shutil.disk_usage(self._folder).free - item.size_bytes < LEAST_FREE_BYTES:
            return
        # Several runs at once may keep the same file.
        unfinished = os.path.join(self._folder, f".{item.sha256}.{os.getpid()}")
        try:
            if _copy(source, unfinished, item.sha256, cancel):
                os.replace(unfinished, os.path.join(self._folder, item.sha256))
        finally:
            with contextlib.suppress(OSError):
                os.remove(unfinished)

    def _make_room(self, wanted: int) -> None:
        """What nobody has used for the longest time goes first."""
        files = []
        for entry in os.scandir(self._folder):
            with contextlib.suppress(OSError):
                info = entry.stat(follow_symlinks=False)
                if entry.name.startswith(".") and time.time() - info.st_mtime > UNFINISHED_SECONDS:
                    os.remove(entry.path)
                elif not entry.name.startswith("."):
                    files.append((info.st_mtime, info.st_size, entry.path))
        total = wanted + sum(size for _, size, _ in files)
        for _, size, path in sorted(files):
            if total <= MOST_BYTES:
                break
            os.remove(path)
            total -= size


def _copy(source: str, target: str, sha256: str, cancel: Cancellation) -> bool:
    """False where it is not there or not what it should be; then nothing is left of it."""
    digest = hashlib.sha256()
    try:
        with open(source, "rb") as reader, open(target, "wb") as writer:
            for chunk in iter(lambda: reader.read(CHUNK_BYTES), b""):
                cancel.check()
                digest.update(chunk)
                writer.write(chunk)
        if digest.hexdigest() == sha256:
            return True
    except OSError:
        pass
    with contextlib.suppress(OSError):
        os.remove(target)
    return False
