"""The family of processes below this one: seen, measured, and ended with nobody left over.

Linux shows it in /proc. Elsewhere only the script's own process group is known.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from dataclasses import dataclass

IS_LINUX = sys.platform.startswith("linux")
KILL_PATIENCE_SECONDS = 15

_PR_SET_DUMPABLE = 4
_PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True)
class Relative:
    pid: int
    parent: int
    is_zombie: bool
    resident_bytes: int
    #: Its own and of its children that have ended.
    cpu_seconds: float


def adopt_orphans() -> None:
    """Whoever leaves its parent below us becomes our child, also after a double fork and setsid."""
    if IS_LINUX:
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def hide_own_memory() -> None:
    """Our memory holds signed URLs and the fencing token; a script of the same user must not read them."""
    if IS_LINUX:
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def descendants(ancestor: int | None = None) -> list[Relative]:
    """Everybody below `ancestor` (this process by default)."""
    if not IS_LINUX:
        return []
    children: dict[int, list[Relative]] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            relative = _read_stat(int(name))
            if relative:
                children.setdefault(relative.parent, []).append(relative)
    found: list[Relative] = []
    waiting = [os.getpid() if ancestor is None else ancestor]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += [relative.pid for relative in below]
    return found


def proportional_bytes(relatives: list[Relative]) -> int:
    """Memory with shared pages counted once. Slower than adding up resident sizes, and never more."""
    total = 0
    for relative in relatives:
        try:
            with open(f"/proc/{relative.pid}/smaps_rollup", encoding="ascii") as file:
                total += next(int(line.split()[1]) * 1024 for line in file if line.startswith("Pss:"))
        except (OSError, StopIteration, ValueError):
            total += relative.resident_bytes
    return total


def reap(relatives: list[Relative], spare: int | None) -> None:
    """Takes the exit status of adopted children, which would stay as zombies. `spare` has its own waiter."""
    for relative in relatives:
        if relative.is_zombie and relative.parent == os.getpid() and relative.pid != spare:
            try:
                os.waitpid(relative.pid, os.WNOHANG)
            except ChildProcessError:
                pass


def signal_all(number: int, group: int | None) -> None:
    """One signal to everybody below us and to the script's process group."""
    for relative in descendants():
        _send(relative.pid, number)
    if group is not None:
        _send_group(group, number)


def end_all(group: int | None, spare: int | None = None) -> bool:
    """Kills everybody below us, those too that appear meanwhile. True when nobody is left."""
    give_up_at = time.monotonic() + KILL_PATIENCE_SECONDS
    while True:
        living = [relative for relative in descendants() if not relative.is_zombie]
        if group is not None:
            _send_group(group, signal.SIGKILL)
        # Stopped first, so that nobody forks away between two kills.
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for relative in living:
                _send(relative.pid, number)
        reap(descendants(), spare)
        if not living:
            return True
        if time.monotonic() > give_up_at:
            return False
        time.sleep(0.02)


def _read_stat(pid: int) -> Relative | None:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            # The name in parentheses may itself hold blanks and parentheses.
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return None
    # Source: proc(5): fields 3 state, 4 ppid, 14 to 17 processor time in ticks, 24 rss in pages.
    return Relative(
        pid=pid,
        parent=int(fields[1]),
        is_zombie=fields[0] in (b"Z", b"X"),
        resident_bytes=int(fields[21]) * os.sysconf("SC_PAGE_SIZE"),
        cpu_seconds=sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK"),
    )


def _send(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        pass


def _send_group(group: int, number: int) -> None:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        pass
