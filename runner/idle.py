"""Tells a script that waits for ever (a lock, a worker that died) from one that works in silence."""

from __future__ import annotations

import os
import subprocess
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from processes import Relative

# Of the time that it did nothing else: whoever only looks now and then whether it may go on uses less.
BUSY_SHARE = 0.01
_GPU_QUESTION = ["nvidia-smi", "--query-gpu=utilization.gpu", "--format=csv,noheader,nounits"]
_GPU_PATIENCE_SECONDS = 20


class Idleness:
    """Looked at again and again, and told of every output."""

    def __init__(self, limit_seconds: int | None) -> None:
        self._limit_seconds = limit_seconds
        self._since = time.monotonic()
        self._cpu_then: float | None = None

    def note_output(self) -> None:
        self._since = time.monotonic()
        self._cpu_then = None

    def is_stuck(self, family: list[Relative]) -> bool:
        """True once nothing was printed for the limit, and neither a processor nor a graphics card was at work."""
        if not self._limit_seconds or not family:
            return False
        cpu = sum(relative.cpu_seconds for relative in family)
        # Another thread notes what is printed.
        then = self._cpu_then
        if then is not None and abs(cpu - then) > BUSY_SHARE * self._limit_seconds:
            self.note_output()
        if self._cpu_then is None:
            self._cpu_then = cpu
        if time.monotonic() - self._since < self._limit_seconds:
            return False
        if not gpu_at_work():
            return True
        self.note_output()
        return False


def gpu_at_work() -> bool:
    """False too where there is none. Of several cards the run's own counts, where it was given one."""
    given = os.environ.get("CUDA_VISIBLE_DEVICES")
    if given == "":
        return False
    question = _GPU_QUESTION if given is None else [*_GPU_QUESTION, f"--id={given}"]
    try:
        asked = subprocess.Popen(question, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    except OSError:
        return False
    try:
        answer, _ = asked.communicate(timeout=_GPU_PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        # Its end is not waited for: the driver of a broken card lets nobody go.
        asked.kill()
        return False
    return any(word.isdigit() and int(word) > 0 for word in answer.decode("ascii", "replace").split())
