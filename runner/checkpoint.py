"""Keeps what a script saves while it works, so that a run that is cut off goes on from there, on whatever machine.

The script writes into the folder CHECKPOINT_DIR, each file aside as `*.tmp` and then renamed. The folder is packed
and sent to one of two slots in turn, never to the one that a heartbeat last told of: at each moment one whole
checkpoint lies in the store, and the newest heartbeat there says which. Nothing in the folder is run or followed.
"""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import stat
import tarfile
import tempfile
import threading
import time
from collections.abc import Iterator
from typing import BinaryIO

from cancel import Cancellation, Cancelled
from logbook import Logbook
from places import Places
from sheet import CheckpointTerms, Download, JobSheet, Saved
from transfer import TransferError, download, fetch_text, sha256_of, upload
from unpack import SEGMENT, Caps, UnpackError, unpack

MAX_ENTRIES = 2_000
#: A heartbeat, or a result, of this job.
DOCUMENT_MAX_BYTES = 4 * 1024 * 1024
# Before the first sign of life: a store that is away now will be there when the data are fetched.
LOOK_BACK_PATIENCE_SECONDS = 20
UPLOAD_PATIENCE_SECONDS = 120
LAST_UPLOAD_PATIENCE_SECONDS = 20
# For the thread to stop, and for the heartbeat that tells of what is there already.
END_PATIENCE_SECONDS = 5
# A script that writes all the time may never leave the folder alone for as long as it takes to pack it.
PACKINGS = 3
ROOM_BYTES = 256 * 1024**2

_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)


class _Unkept(Exception):
    """This state of the folder is not kept; the message is one sentence."""


class _Changed(Exception):
    """The script wrote while the folder was packed."""


class Checkpoints:
    """Of one run. Does nothing where the sheet asks for nothing."""

    def __init__(self, sheet: JobSheet, places: Places, logbook: Logbook) -> None:
        self._sheet = sheet
        self._places = places
        self._logbook = logbook
        #: For the heartbeat: what lies in the store.
        self.told: dict | None = None
        self.resumed_from: dict | None = None
        self._own: tuple[str, Saved] | None = None
        self._told_safely = threading.Event()
        self._told_safely.set()
        self._seen: object = None
        self._base_seconds = 0.0
        self._started = time.monotonic()
        self._sent_bytes = 0
        self._last_bytes = 0
        self._complaint = ""
        self._wake_heartbeat = lambda: None
        self._cancel = Cancellation()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep_on, daemon=True)

    def look_back(self, cancel: Cancellation) -> None:
        """Takes up what an earlier start by this very sheet told. Before the first heartbeat, which replaces that."""
        terms, earlier = self._sheet.checkpoint, self._sheet.earlier
        if not terms or not earlier:
            return
        try:
            text = fetch_text(earlier.heartbeat, DOCUMENT_MAX_BYTES, cancel, LOOK_BACK_PATIENCE_SECONDS)
        except TransferError:
            # As a rule there is none.
            return
        self._own = read_told(text, self._sheet, terms)
        if self._own:
            slot, saved = self._own
            self.told = told_of(slot, saved)

    def restore(self, cancel: Cancellation) -> None:
        """Makes the folder, with the newest checkpoint in it that is whole; with none the run begins anew."""
        terms = self._sheet.checkpoint
        if not terms:
            return
        own = [self._own[1]] if self._own else []
        for saved in [*own, *terms.restore]:
            if self._bring_back(saved, terms, cancel):
                self.resumed_from = {
                    "token": saved.token,
                    "sequence": saved.sequence,
                    "seconds": saved.seconds,
                    "sizeBytes": saved.item.size_bytes,
                }
                self._base_seconds = saved.seconds
                self._logbook.say(
                    f"The run goes on from the checkpoint of start {saved.token}, {saved.seconds:.0f} s of work."
                )
                break
            if saved in own:
                self.told = None
        os.makedirs(self._places.checkpoint, mode=0o700, exist_ok=True)

    def start(self, wake_heartbeat) -> None:
        """Looks at the folder every so often from now on, in a thread of its own."""
        if not self._sheet.checkpoint:
            return
        self._wake_heartbeat = wake_heartbeat
        try:
            self._seen = self._look()
        except (_Unkept, OSError):
            # Each later look says so.
            pass
        self._started = time.monotonic()
        self._thread.start()

    def end(self, is_cut_off: bool) -> None:
        """No more from now on, but for one last time where the script was kept from its end."""
        if not self._thread.ident:
            return
        self._ended.set()
        self._cancel.cancel()
        self._thread.join(END_PATIENCE_SECONDS)
        if not is_cut_off or self._thread.is_alive():
            return
        self._cancel = Cancellation()
        self._told_safely.wait(END_PATIENCE_SECONDS)
        self._save_safely(LAST_UPLOAD_PATIENCE_SECONDS)

    def note_told(self, told: dict | None) -> None:
        """A heartbeat with this checkpoint has arrived: from now on the other slot may be written."""
        if told is self.told:
            self._told_safely.set()

    @property
    def is_untold(self) -> bool:
        return not self._told_safely.is_set()

    def _bring_back(self, saved: Saved, terms: CheckpointTerms, cancel: Cancellation) -> bool:
        archive = f"{self._places.checkpoint}.tar.gz"
        try:
            if saved.item.size_bytes > terms.max_bytes:
                raise TransferError("it is larger than a checkpoint may be.")
            download(saved.item, archive, cancel, attempts=1)
            unpack(archive, self._places.checkpoint, Caps("checkpoint", MAX_ENTRIES, terms.max_bytes + ROOM_BYTES))
        except (TransferError, UnpackError, OSError) as error:
            self._logbook.say(f"The checkpoint of start {saved.token} is left out: {error}")
            return False
        finally:
            if os.path.exists(archive):
                os.remove(archive)
        return True

    def _keep_on(self) -> None:
        while not self._ended.wait(self._pause_seconds()):
            self._save_safely(UPLOAD_PATIENCE_SECONDS)

    def _pause_seconds(self) -> float:
        """Longer where what may be sent would not last to the end of the run."""
        terms = self._sheet.checkpoint
        if terms.total_bytes is None or not self._last_bytes:
            return terms.every_seconds
        left_bytes = max(1, terms.total_bytes - self._sent_bytes)
        left_seconds = max(0.0, self._sheet.time_limit_seconds - (time.monotonic() - self._started))
        return max(terms.every_seconds, min(left_seconds, left_seconds * self._last_bytes / left_bytes))

    def _save_safely(self, patience_seconds: float) -> None:
        """Whatever goes wrong here, the run goes on."""
        try:
            self._save(patience_seconds)
        except Cancelled:
            pass
        except Exception as error:  # noqa: BLE001
            is_ours = isinstance(error, (_Unkept, TransferError))
            sentence = f"No checkpoint was kept. {error if is_ours else type(error).__name__}"
            # The same thing may be wrong at every look.
            if sentence != self._complaint:
                self._logbook.say(sentence)
            self._complaint = sentence

    def _save(self, patience_seconds: float) -> None:
        if self.is_untold:
            # Until the newest one is told of, the other slot has the only one that can be found.
            self._wake_heartbeat()
            return
        for _ in range(PACKINGS):
            state = self._look()
            if not state or state == self._seen:
                return
            with tempfile.TemporaryFile(dir=self._places.root) as archive:
                seconds = self._base_seconds + time.monotonic() - self._started
                try:
                    self._pack(archive, state)
                except _Changed:
                    continue
                self._send(archive, seconds, patience_seconds)
            self._seen = state
            return
        raise _Unkept("The script wrote all the while it was packed.")

    def _look(self) -> dict[str, tuple[int, int, int]]:
        """Each file with what changes when it does."""
        terms = self._sheet.checkpoint
        state, total = {}, 0
        for name, _, _, facts in self._files():
            state[name] = (facts.st_size, facts.st_mtime_ns, facts.st_ino)
            total += facts.st_size
            if len(state) >= MAX_ENTRIES:
                raise _Unkept(f"There are more than {MAX_ENTRIES} files in its folder.")
            if total > terms.max_bytes:
                raise _Unkept(f"Its files are larger than {terms.max_bytes / 1e6:.0f} MB together.")
        return state

    def _files(self) -> Iterator[tuple[str, str, int, os.stat_result]]:
        """Finished regular files with one name each: their path, their name, the folder they lie in, what they are."""
        # A script may make the folder anew, but nothing is followed out of it.
        top = os.open(self._places.checkpoint, os.O_RDONLY | os.O_DIRECTORY | _NO_LINK)
        try:
            for parent, folders, names, handle in os.fwalk(".", dir_fd=top, follow_symlinks=False):
                folders[:] = sorted(folder for folder in folders if _is_kept(folder))
                for name in sorted(filter(_is_kept, names)):
                    try:
                        facts = os.stat(name, dir_fd=handle, follow_symlinks=False)
                    except OSError:
                        continue
                    if stat.S_ISREG(facts.st_mode) and facts.st_nlink == 1:
                        yield os.path.normpath(os.path.join(parent, name)), name, handle, facts
        finally:
            os.close(top)

    def _pack(self, archive: BinaryIO, state: dict[str, tuple[int, int, int]]) -> None:
        needed = sum(size for size, _, _ in state.values()) + ROOM_BYTES
        if shutil.disk_usage(self._places.root).free < needed:
            raise _Unkept("There is not enough disk space to pack it.")
        with tarfile.open(fileobj=archive, mode="w:gz", compresslevel=1) as tar:
            for path, name, handle, facts in self._files():
                self._cancel.check()
                if state.get(path) != (facts.st_size, facts.st_mtime_ns, facts.st_ino):
                    raise _Changed
                self._add(tar, path, name, handle, facts.st_size)
        if self._look() != state:
            raise _Changed
        if archive.tell() > self._sheet.checkpoint.max_bytes:
            raise _Unkept("It is larger than it may be.")

    @staticmethod
    def _add(tar: tarfile.TarFile, path: str, name: str, folder: int, size_bytes: int) -> None:
        try:
            # O_NONBLOCK: opening a FIFO would otherwise wait for a writer.
            file = os.fdopen(os.open(name, os.O_RDONLY | os.O_NONBLOCK | _NO_LINK, dir_fd=folder), "rb")
        except OSError:
            raise _Changed from None
        with file:
            facts = os.fstat(file.fileno())
            if not stat.S_ISREG(facts.st_mode) or facts.st_size != size_bytes:
                raise _Changed
            entry = tarfile.TarInfo(path)
            entry.size, entry.mode = size_bytes, 0o644
            try:
                tar.addfile(entry, file)
            except OSError:
                raise _Changed from None

    def _send(self, archive: BinaryIO, seconds: float, patience_seconds: float) -> None:
        terms = self._sheet.checkpoint
        archive.seek(0, os.SEEK_END)
        size_bytes = archive.tell()
        if terms.total_bytes is not None and self._sent_bytes + size_bytes > terms.total_bytes:
            raise _Unkept(f"{self._sent_bytes / 1e6:.0f} MB were sent already, and more would cost too much.")
        archive.seek(0)
        sha256 = sha256_of(archive)
        slot = "b" if self.told and self.told["slot"] == "a" else "a"
        # Counted before: what breaks off on its way is traffic too.
        self._sent_bytes += size_bytes
        self._last_bytes = size_bytes
        upload(terms.slots[slot].put, archive, size_bytes, self._cancel, patience_seconds)
        sequence = (self.told["sequence"] if self.told else 0) + 1
        self.told = {
            "slot": slot,
            "sha256": sha256,
            "sizeBytes": size_bytes,
            "sequence": sequence,
            "seconds": round(seconds, 3),
        }
        # After it: a heartbeat with the one before it may arrive just now.
        self._told_safely.clear()
        self._complaint = ""
        self._wake_heartbeat()


def _is_kept(name: str) -> bool:
    return bool(SEGMENT.match(name)) and not name.endswith(".tmp")


def told_of(slot: str, saved: Saved) -> dict:
    return {
        "slot": slot,
        "sha256": saved.item.sha256,
        "sizeBytes": saved.item.size_bytes,
        "sequence": saved.sequence,
        "seconds": saved.seconds,
    }


def read_told(text: bytes, sheet: JobSheet, terms: CheckpointTerms) -> tuple[str, Saved] | None:
    """The checkpoint that a heartbeat of this job and start tells of."""
    document = read_own(text, sheet)
    told = document.get("checkpoint") if document else None
    if not isinstance(told, dict) or told.get("slot") not in terms.slots:
        return None
    sha256, size_bytes, sequence, seconds = (told.get(key) for key in ("sha256", "sizeBytes", "sequence", "seconds"))
    is_sound = isinstance(sha256, str) and _SHA256.match(sha256)
    if not is_sound or not all(_is_count(number) for number in (size_bytes, sequence, seconds)):
        return None
    item = Download("The checkpoint", terms.slots[told["slot"]].get, sha256, int(size_bytes))
    return told["slot"], Saved(item, sheet.token, int(sequence), seconds)


def read_own(text: bytes, sheet: JobSheet) -> dict | None:
    """A document of this job and this start, or None."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or document.get("job") != sheet.job or document.get("token") != sheet.token:
        return None
    return document


def _is_count(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) and value >= 0
