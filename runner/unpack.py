"""Unpacks a bundle as if its author were an enemy.

Regular files and folders only, names that stay inside, caps on entries and bytes, all or nothing.
"""

from __future__ import annotations

import gzip
import os
import re
import shutil
import tarfile
import zlib
from dataclasses import dataclass
from typing import BinaryIO

CHUNK_BYTES = 64 * 1024

#: A name within an archive: no folder above, nothing hidden; libraries write names like `epoch=3 (best).ckpt`.
SEGMENT = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9 ._=+,@()-]*\Z")
_REGULAR = (tarfile.REGTYPE, tarfile.AREGTYPE)


class UnpackError(Exception):
    """The archive is refused; the message is one sentence."""


@dataclass(frozen=True)
class Caps:
    #: What the archive is called where it is refused.
    what: str
    entries: int
    bytes: int


# A script, a list of requirements, a Dockerfile and a manifest: these are generous.
BUNDLE = Caps("bundle", entries=1000, bytes=64 * 1024 * 1024)


def unpack(archive: str, target: str, caps: Caps = BUNDLE) -> None:
    """Unpacks a tar.gz into the new folder `target`. @raises UnpackError, and then there is no `target`."""
    partial = f"{target}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    os.mkdir(partial, 0o700)
    try:
        with gzip.open(archive, "rb") as stream:
            _unpack_stream(_Capped(stream, caps), partial, caps)
        os.rename(partial, target)
    except (tarfile.TarError, OSError, EOFError, zlib.error, UnicodeError, ValueError) as error:
        raise UnpackError(f"The {caps.what} is not a readable tar.gz: {error}.") from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _unpack_stream(stream: _Capped, folder: str, caps: Caps) -> None:
    seen: set[str] = set()
    # "r|" reads forward only, so a million entries end at the cap and not after a first pass over them.
    with tarfile.open(fileobj=stream, mode="r|", errorlevel=2) as tar:
        for entry in tar:
            if len(seen) >= caps.entries:
                raise UnpackError(f"The {caps.what} has more than {caps.entries} entries.")
            name = _checked_name(entry, folder, caps.what)
            # Some file systems take names that differ only in case for one.
            if name.casefold() in seen:
                raise UnpackError(f"The {caps.what} holds {name!r} twice.")
            seen.add(name.casefold())
            path = os.path.join(folder, *name.split("/"))
            if entry.isdir():
                os.makedirs(path, mode=0o700, exist_ok=True)
            else:
                _write(tar, entry, path, caps.what)


def _checked_name(entry: tarfile.TarInfo, folder: str, what: str) -> str:
    name = entry.name
    shown = repr(name[:80])
    if not (entry.isdir() or (entry.type in _REGULAR and not entry.issparse())):
        raise UnpackError(f"The {what}'s entry {shown} is neither a file nor a folder.")
    segments = (name[:-1] if entry.isdir() and name.endswith("/") else name).split("/")
    if not all(SEGMENT.match(segment) for segment in segments):
        raise UnpackError(f"The {what}'s entry {shown} has a name that is not allowed.")
    # Python's own judgement as a second opinion, where it has one (3.12, and security releases before).
    data_filter = getattr(tarfile, "data_filter", None)
    if data_filter is not None:
        try:
            data_filter(entry, folder)
        except tarfile.TarError as error:
            raise UnpackError(f"The {what}'s entry {shown} is refused: {error}.") from None
    path = os.path.realpath(os.path.join(folder, *segments))
    if os.path.commonpath([path, os.path.realpath(folder)]) != os.path.realpath(folder):
        raise UnpackError(f"The {what}'s entry {shown} leads outside.")
    return "/".join(segments)


def _write(tar: tarfile.TarFile, entry: tarfile.TarInfo, path: str, what: str) -> None:
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    source = tar.extractfile(entry)
    if source is None:
        raise UnpackError(f"The {what}'s entry {entry.name!r} has no content.")
    # O_EXCL: never through something that is there already.
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o644)
    written = 0
    with os.fdopen(handle, "wb") as file:
        for chunk in iter(lambda: source.read(CHUNK_BYTES), b""):
            written += len(chunk)
            file.write(chunk)
    if written != entry.size:
        raise UnpackError(f"The {what}'s entry {entry.name!r} is shorter than it says.")


class _Capped:
    """Counts what comes out of the decompressor, so that a small archive cannot become a large one."""

    def __init__(self, stream: BinaryIO | gzip.GzipFile, caps: Caps) -> None:
        self._stream = stream
        self._caps = caps
        self._read = 0

    def read(self, size: int = -1) -> bytes:
        left = self._caps.bytes + 1 - self._read
        wanted = left if size < 0 else min(size, left)
        chunk = self._stream.read(wanted)
        self._read += len(chunk)
        if self._read > self._caps.bytes:
            raise UnpackError(f"The {self._caps.what} unpacks to more than {self._caps.bytes} bytes.")
        return chunk
