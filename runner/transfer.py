"""Downloads and uploads by signed URL: resumed, checked, retried, and never for ever.

Messages name a URL without its query, since the query is the right to use it.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import random
import re
import time
import urllib.error
import urllib.request
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from cancel import Cancellation, Cancelled
from sheet import Download

CHUNK_BYTES = 256 * 1024
SOCKET_TIMEOUT_SECONDS = 30
# How long one transfer is tried again while the other side is away. Results are worth more patience.
DOWNLOAD_PATIENCE_SECONDS = 120
UPLOAD_PATIENCE_SECONDS = 300
# Of one that takes long, this many tries are made however long each of them took.
LEAST_UPLOADS = 3
FIRST_WAIT_SECONDS = 0.25
LONGEST_WAIT_SECONDS = 20
# A file that arrives whole but wrong is fetched anew; three times is no accident.
CHECKSUM_ATTEMPTS = 3
RANGE_NOT_SATISFIABLE = 416
# Slower than this for so long is as good as not at all, though it never comes to a time-out.
STALL_SECONDS = 60
STALL_BYTES = 64 * 1024
_PASSING_STATUSES = (408, 425, 429, 500, 502, 503, 504, 507)
_RANGE_ANSWERED = re.compile(r"bytes (\d+)-")


class TransferError(Exception):
    """The transfer failed for good; the message is one sentence without secrets."""


class _TryAgain(Exception):
    def __init__(self, reason: str, wait_seconds: float | None = None) -> None:
        super().__init__(reason)
        self.wait_seconds = wait_seconds


def _build_opener() -> urllib.request.OpenerDirector:
    # urllib's own default also opens file:, ftp: and data: URLs.
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.UnknownHandler(),
    ):
        opener.add_handler(handler)
    return opener


def place_of(url: str) -> str:
    """A URL without its query and credentials, for messages."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''}{parts.path}"


def fetch_text(
    url: str, max_bytes: int, cancel: Cancellation, patience_seconds: float = DOWNLOAD_PATIENCE_SECONDS
) -> bytes:
    """A small document, retried. @raises TransferError"""

    def once() -> bytes:
        with _open(urllib.request.Request(url)) as response:
            body = response.read(max_bytes + 1)
            missing = response.length
        if len(body) > max_bytes:
            raise TransferError(f"{place_of(url)} is larger than {max_bytes} bytes.")
        if missing:
            raise _TryAgain(f"it broke off after {len(body)} bytes")
        return body

    return _patiently(once, patience_seconds, cancel, f"fetch {place_of(url)}")


def download(item: Download, target: str, cancel: Cancellation, attempts: int = CHECKSUM_ATTEMPTS) -> None:
    """Brings one file to `target`, continuing where an earlier attempt broke off.

    @raises TransferError when it cannot be had or its checksum stays wrong.
    """
    for _ in range(attempts):
        _patiently(
            lambda: _download_rest(item, target, cancel),
            DOWNLOAD_PATIENCE_SECONDS,
            cancel,
            f"download {item.name}",
            how_far=lambda: _size_of(target),
        )
        with open(target, "rb") as file:
            if sha256_of(file) == item.sha256:
                return
        os.remove(target)
    times = "once" if attempts == 1 else f"{attempts} times"
    raise TransferError(f"{item.name} arrived {times} with another checksum than the job sheet says.")


def upload(
    url: str, body: BinaryIO, size_bytes: int, cancel: Cancellation | None, patience: float = UPLOAD_PATIENCE_SECONDS
) -> None:
    """Sends `body` from its start by PUT. @raises TransferError, Cancelled"""
    least = LEAST_UPLOADS if patience >= UPLOAD_PATIENCE_SECONDS else 1
    _patiently(
        lambda: _upload_once(url, body, size_bytes, cancel), patience, cancel, f"upload {place_of(url)}", least=least
    )


def sha256_of(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    for chunk in iter(lambda: file.read(CHUNK_BYTES), b""):
        digest.update(chunk)
    return digest.hexdigest()


def _size_of(path: str) -> int:
    return os.path.getsize(path) if os.path.exists(path) else 0


def _download_rest(item: Download, target: str, cancel: Cancellation) -> None:
    have = _size_of(target)
    if have == item.size_bytes and have > 0:
        return
    request = urllib.request.Request(item.url)
    if have > 0:
        request.add_header("Range", f"bytes={have}-")
    with _open_download(request, target) as response:
        # A server that ignores Range sends the whole file again.
        resumed = have > 0 and response.status == 206
        if resumed and not _begins_at(response, have):
            os.remove(target)
            raise _TryAgain("it was sent from another place than was asked for")
        if not resumed and response.length not in (None, item.size_bytes):
            raise TransferError(f"{item.name} has {response.length} bytes; the job sheet says {item.size_bytes}.")
        written = have if resumed else 0
        with open(target, "r+b" if resumed else "wb") as file:
            file.seek(written)
            for chunk in _chunks_of(response, cancel):
                written += len(chunk)
                if written > item.size_bytes:
                    file.truncate(0)
                    raise TransferError(f"{item.name} is larger than the job sheet says.")
                file.write(chunk)
    if written < item.size_bytes:
        raise _TryAgain(f"it broke off after {written} of {item.size_bytes} bytes")


def _begins_at(response, start: int) -> bool:
    """A server need not say it; the checksum has the last word."""
    told = _RANGE_ANSWERED.match(response.headers.get("Content-Range") or "")
    return told is None or int(told[1]) == start


def _chunks_of(response, cancel: Cancellation):
    """What has come, as it comes; a connection over which next to nothing comes is given up."""
    read = getattr(response, "read1", response.read)
    since, got = time.monotonic(), 0
    while chunk := read(CHUNK_BYTES):
        cancel.check()
        yield chunk
        got += len(chunk)
        if time.monotonic() - since > STALL_SECONDS:
            if got < STALL_BYTES:
                raise _TryAgain(f"only {got} bytes came in {STALL_SECONDS} s")
            since, got = time.monotonic(), 0


def _open_download(request: urllib.request.Request, target: str):
    try:
        return _open(request)
    except urllib.error.HTTPError as error:
        if error.code != RANGE_NOT_SATISFIABLE:
            raise
        # What is here belongs to another version of the object.
        error.close()
        os.remove(target)
        raise _TryAgain("the object changed meanwhile") from None


def _upload_once(url: str, body: BinaryIO, size_bytes: int, cancel: Cancellation | None) -> None:
    body.seek(0)
    if cancel:
        body = _Stoppable(body, cancel)
    if urlsplit(url).scheme == "file":
        _store(_path_of(url), body)
        return
    request = urllib.request.Request(url, data=body, method="PUT")
    request.add_header("Content-Length", str(size_bytes))
    request.add_header("Content-Type", "application/octet-stream")
    with _open(request) as response:
        response.read(CHUNK_BYTES)


class _Stoppable:
    """A file whose reading ends with the run."""

    def __init__(self, file: BinaryIO, cancel: Cancellation) -> None:
        self._file = file
        self._cancel = cancel

    def read(self, size: int = -1) -> bytes:
        self._cancel.check()
        return self._file.read(size)


def _store(path: str, body: BinaryIO) -> None:
    partial = f"{path}.partial"
    with open(partial, "wb") as file:
        for chunk in iter(lambda: body.read(CHUNK_BYTES), b""):
            file.write(chunk)
    os.replace(partial, path)


def _open(request: urllib.request.Request):
    if urlsplit(request.full_url).scheme == "file":
        return _LocalFile(_path_of(request.full_url))
    request.add_header("User-Agent", "kaggle-agent-runner/1")
    return _build_opener().open(request, timeout=SOCKET_TIMEOUT_SECONDS)


def _path_of(url: str) -> str:
    return unquote(urlsplit(url).path)


class _LocalFile:
    """A file that reads like an HTTP answer. Whether file URLs may be used is the sheet's matter."""

    status = 200
    length = None

    def __init__(self, path: str) -> None:
        self._file = open(path, "rb")

    def __enter__(self) -> _LocalFile:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def read(self, size: int) -> bytes:
        return self._file.read(size)


def _patiently(
    action, patience_seconds: float, cancel: Cancellation | None, doing: str, least: int = 1, how_far=lambda: 0
):
    """Tries again, waiting 0.25 s, 0.5 s … 20 s with jitter, for as long as the failure looks like a passing one.

    Whatever comes further each time is not given up: the patience begins anew with every step on.
    """
    give_up_at = time.monotonic() + patience_seconds
    wait, tries, reached = FIRST_WAIT_SECONDS, 0, how_far()
    while True:
        tries += 1
        if cancel:
            cancel.check()
        try:
            return action()
        except (TransferError, Cancelled):
            raise
        except urllib.error.HTTPError as error:
            # Errors are answers too: their connection has to be closed.
            error.close()
            if error.code not in _PASSING_STATUSES:
                raise TransferError(f"Could not {doing}: the server answered {error.code}.") from None
            reason, asked = f"the server answered {error.code}", _retry_after(error)
        except _TryAgain as error:
            reason, asked = str(error), error.wait_seconds
        except FileNotFoundError:
            raise TransferError(f"Could not {doing}: there is no such file.") from None
        except (OSError, http.client.HTTPException) as error:
            reason, asked = f"{type(error).__name__}: {getattr(error, 'reason', error)}", None
        if (far := how_far()) >= reached + STALL_BYTES:
            give_up_at, wait, reached = time.monotonic() + patience_seconds, FIRST_WAIT_SECONDS, far
        # A server may ask for hours, which are paid for.
        pause = max(min(asked or 0, patience_seconds), min(wait, LONGEST_WAIT_SECONDS) * random.uniform(0.9, 1.1))
        if tries >= least and time.monotonic() + pause > give_up_at:
            raise TransferError(f"Could not {doing}: {reason}.")
        _wait(pause, cancel)
        wait *= 2


def _retry_after(error: urllib.error.HTTPError) -> float | None:
    try:
        return max(0.0, float(error.headers.get("Retry-After", "")))
    except ValueError:
        return None


def _wait(seconds: float, cancel: Cancellation | None) -> None:
    if cancel:
        cancel.wait(seconds)
    else:
        time.sleep(seconds)
