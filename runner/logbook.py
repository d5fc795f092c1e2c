"""What a script printed: kept in bounded memory, cleaned for people, searched for progress lines."""

from __future__ import annotations

import json
import math
import re
import threading
from collections import deque

# The whole log is at most 5 MB: its beginning and its end, which are the parts that explain a run.
HEAD_BYTES = 2_500_000
TAIL_BYTES = 2_500_000
TAIL_CHARACTERS = 5_100
# A longer unfinished line is no progress line.
LINE_BYTES = 4_096
LABEL_CHARACTERS = 120

_PROGRESS = b"::progress "
_ANSI = re.compile(r"\x1b(?:\][^\x07\x1b]*(?:\x07|\x1b\\)?|\[[0-?]*[ -/]*[@-~]|[PX^_][^\x1b]*(?:\x1b\\)?|[ -/]*[0-~])")
# Control characters, and those that turn the direction of writing.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def clean(text: str) -> str:
    """Terminal output as a person would have seen it at the end: no colours, only the last state of a line."""
    without_colours = _ANSI.sub("", text)
    lines = (line.rstrip("\r").rsplit("\r", 1)[-1] for line in without_colours.split("\n"))
    return "\n".join(_CONTROLS.sub("", line) for line in lines)


class Logbook:
    """Written by one thread, read by others."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._head = bytearray()
        self._tail: deque[bytes] = deque()
        self._tail_bytes = 0
        self._cut_bytes = 0
        self._line = b""
        self._progress: dict | None = None

    def write(self, chunk: bytes) -> None:
        progress = self._find_progress(chunk)
        with self._lock:
            if progress is not None:
                self._progress = progress
            room = HEAD_BYTES - len(self._head)
            self._head += chunk[:room]
            rest = chunk[room:]
            if rest:
                self._tail.append(rest)
                self._tail_bytes += len(rest)
            while self._tail_bytes > TAIL_BYTES:
                oldest = self._tail.popleft()
                self._tail_bytes -= len(oldest)
                self._cut_bytes += len(oldest)

    def say(self, sentence: str) -> None:
        """A line of the runner itself."""
        self.write(f"[runner] {sentence}\n".encode())

    @property
    def progress(self) -> dict | None:
        with self._lock:
            return self._progress

    def tail(self) -> str:
        """The last lines, without progress lines, at most 5,100 characters."""
        text = self._recent(8 * TAIL_CHARACTERS)
        lines = [line for line in clean(text).split("\n") if not line.startswith("::progress ")]
        shown = "\n".join(lines).strip("\n")
        if len(shown) <= TAIL_CHARACTERS:
            return shown
        cut = shown[-TAIL_CHARACTERS:]
        _, newline, whole_lines = cut.partition("\n")
        return whole_lines if newline and whole_lines else cut

    def full(self) -> bytes:
        """The log to keep, cleaned."""
        with self._lock:
            head, tail, cut = bytes(self._head), b"".join(self._tail), self._cut_bytes
        gap = f"\n[runner] {cut} bytes left out here\n".encode() if cut else b""
        return clean((head + gap + tail).decode("utf-8", "replace")).encode()

    def _recent(self, wanted_bytes: int) -> str:
        with self._lock:
            recent, have = [], 0
            for chunk in reversed(self._tail):
                recent.append(chunk)
                have += len(chunk)
                if have >= wanted_bytes:
                    break
            if have < wanted_bytes and not self._cut_bytes:
                recent.append(bytes(self._head[-wanted_bytes:]))
        return b"".join(reversed(recent))[-wanted_bytes:].decode("utf-8", "replace")

    def _find_progress(self, chunk: bytes) -> dict | None:
        text = self._line + chunk
        *lines, rest = text.split(b"\n") if _PROGRESS in text else [b"", text[text.rfind(b"\n") + 1 :]]
        self._line = rest[-LINE_BYTES:]
        found = None
        for line in lines:
            if line.startswith(_PROGRESS):
                found = parse_progress(line[len(_PROGRESS) :]) or found
        return found


def parse_progress(text: bytes) -> dict | None:
    """`{"done":3,"total":10,"label":"fold 3 of 5"}`, or None for anything else."""
    try:
        value = json.loads(text)
        done, total = float(value["done"]), float(value["total"])
        label = str(value.get("label", ""))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    if not (math.isfinite(done) and math.isfinite(total) and done >= 0 and total > 0):
        return None
    return {"done": done, "total": total, "label": clean(label).replace("\n", " ")[:LABEL_CHARACTERS]}
