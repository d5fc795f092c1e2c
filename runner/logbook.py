"""What a script printed: kept in bounded memory, cleaned for people, searched for progress lines."""

from __future__ import annotations

import json
import math
import re
import threading
import time
from collections import deque

# The whole log is at most 5 MB: its beginning and its end, which are the parts that explain a run.
HEAD_BYTES = 2_500_000
TAIL_BYTES = 2_500_000
PIECE_BYTES = 4_096
TAIL_CHARACTERS = 5_100
# A longer unfinished line is no progress line.
LINE_BYTES = 4_096
# As the host counts them, in UTF-16: it would refuse the whole report.
LABEL_CHARACTERS = 120
# Of more metrics every other one is forgotten, so that those that are kept tell of the whole run.
MOST_METRICS = 2_000
MOST_METRIC_NAMES = 64
# Beyond it numbers of the host are not exact, and it would refuse the whole report.
LARGEST_STEP = 2**53 - 1

_PROGRESS = b"::progress "
_METRIC = b"::metric "
_METRIC_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./@ -]{0,79}\Z")
_ANSI = re.compile(r"\x1b(?:\][^\x07\x1b]*(?:\x07|\x1b\\)?|\[[0-?]*[ -/]*[@-~]|[PX^_][^\x1b]*(?:\x1b\\)?|[ -/]*[0-~])")
# Control characters, and those that turn the direction of writing.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def clean(text: str) -> str:
    """Terminal output as a person would have seen it at the end: no colours, only the last state of a line."""
    without_colours = _ANSI.sub("", text)
    lines = (line.rstrip("\r").rsplit("\r", 1)[-1] for line in without_colours.split("\n"))
    return "\n".join(_CONTROLS.sub("", line) for line in lines)


class Logbook:
    """Written and read by any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._head = bytearray()
        self._tail: deque[bytes] = deque()
        self._tail_bytes = 0
        self._cut_bytes = 0
        self._line = b""
        self._progress: dict | None = None
        self._metrics: list[dict] = []
        self._metric_count = 0
        self._metric_names: set[str] = set()
        self._started = time.monotonic()

    def write(self, chunk: bytes) -> None:
        with self._lock:
            progress, metrics = self._find_told(chunk)
            if progress is not None:
                self._progress = progress
            for metric in metrics:
                self._keep_metric(metric)
            room = HEAD_BYTES - len(self._head)
            self._head += chunk[:room]
            rest = chunk[room:]
            if rest:
                # Every piece costs memory of its own, and a script may write single characters.
                if self._tail and len(self._tail[-1]) < PIECE_BYTES:
                    self._tail[-1] += rest
                else:
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

    def metrics(self, most: int) -> list[dict]:
        """The newest metrics, oldest first."""
        with self._lock:
            return self._metrics[-most:]

    def tail(self) -> str:
        """The last lines, without those that are for the host, at most 5,100 characters."""
        text = self._recent(8 * TAIL_CHARACTERS)
        lines = [line for line in clean(text).split("\n") if not line.startswith(("::progress ", "::metric "))]
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
        # The sign for what is no text has three bytes: a log of such bytes would grow beyond what the store takes.
        return clean((head + gap + tail).decode("utf-8", "replace")).replace("\ufffd", "?").encode()

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

    def _keep_metric(self, metric: dict) -> None:
        if metric["name"] not in self._metric_names:
            if len(self._metric_names) >= MOST_METRIC_NAMES:
                return
            self._metric_names.add(metric["name"])
        seconds = round(time.monotonic() - self._started, 3)
        step = self._metric_count if metric["step"] is None else metric["step"]
        self._metrics.append({"seq": self._metric_count, **metric, "step": step, "seconds": seconds})
        self._metric_count += 1
        if len(self._metrics) > MOST_METRICS:
            self._metrics = self._metrics[::2]

    def _find_told(self, chunk: bytes) -> tuple[dict | None, list[dict]]:
        text = self._line + chunk
        has_marker = _PROGRESS in text or _METRIC in text
        *lines, rest = text.split(b"\n") if has_marker else [b"", text[text.rfind(b"\n") + 1 :]]
        self._line = rest[-LINE_BYTES:]
        progress, metrics = None, []
        for line in lines:
            if line.startswith(_PROGRESS):
                progress = parse_progress(line[len(_PROGRESS) :]) or progress
            elif line.startswith(_METRIC):
                metric = parse_metric(line[len(_METRIC) :])
                metrics += [] if metric is None else [metric]
        return progress, metrics


def parse_metric(text: bytes) -> dict | None:
    """`{"name":"val/auc","step":3,"value":0.81}`, or None for anything else. A value of None is not a number."""
    try:
        told = json.loads(text)
        name, value, step = told["name"], told["value"], told.get("step")
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        value = float(value) if is_number else math.nan
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        return None
    if not isinstance(name, str) or not _METRIC_NAME.match(name) or not is_number:
        return None
    if step is not None and (type(step) is not int or not 0 <= step <= LARGEST_STEP):
        return None
    return {"name": name, "step": step, "value": value if math.isfinite(value) else None}


def parse_progress(text: bytes) -> dict | None:
    """`{"done":3,"total":10,"label":"fold 3 of 5"}`, or None for anything else."""
    try:
        value = json.loads(text)
        done, total = float(value["done"]), float(value["total"])
        label = str(value.get("label", ""))
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        return None
    if not (math.isfinite(done) and math.isfinite(total) and done >= 0 and total > 0):
        return None
    # Halves of a character, which JSON may hold and a database refuses.
    label = label.encode("utf-8", "replace").decode()
    label = clean(label).replace("\n", " ").encode("utf-16-le")[: 2 * LABEL_CHARACTERS].decode("utf-16-le", "ignore")
    return {"done": done, "total": total, "label": label}
