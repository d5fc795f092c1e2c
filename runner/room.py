"""Whether this machine has what the run needs, before anything is fetched."""

from __future__ import annotations

import os
import shutil

from places import Places
from sheet import JobSheet

# Room for the interpreter and its libraries, and for the files that every run writes.
LEAST_FREE_MEMORY_BYTES = 256 * 1024**2
LEAST_FREE_DISK_BYTES = 256 * 1024**2


class UnfitMachine(Exception):
    """Another machine may do; the message is one sentence."""


def check_room(sheet: JobSheet, places: Places) -> None:
    """@raises UnfitMachine"""
    downloads = 2 * sheet.bundle.size_bytes + sum(item.size_bytes for item in sheet.data)
    # A checkpoint lies there packed and unpacked.
    saved = sheet.checkpoint.restore if sheet.checkpoint else ()
    restored = 2 * max((one.item.size_bytes for one in saved), default=0)
    needed = downloads + restored + (sheet.needs.disk_bytes or sheet.limits.disk_bytes or LEAST_FREE_DISK_BYTES)
    parent = places.root if os.path.isdir(places.root) else os.path.dirname(places.root)
    free = shutil.disk_usage(parent).free
    if free < needed:
        raise UnfitMachine(f"There is not enough disk space: {_mb(needed)} needed, {_mb(free)} free.")
    available = available_memory_bytes()
    wanted = max(LEAST_FREE_MEMORY_BYTES, sheet.needs.memory_bytes or 0)
    if available is not None and available < wanted:
        raise UnfitMachine(f"There is not enough memory: {_mb(wanted)} needed, {_mb(available)} free.")


def available_memory_bytes() -> int | None:
    """What is free of this machine, or of the container that this is; None where nobody says."""
    known = [size for size in (_of_machine(), _of_container()) if size is not None]
    return min(known) if known else None


def _of_machine() -> int | None:
    try:
        with open("/proc/meminfo", encoding="ascii") as file:
            return next(int(line.split()[1]) * 1024 for line in file if line.startswith("MemAvailable:"))
    except (OSError, StopIteration):
        return None


def _of_container(folder: str = "/sys/fs/cgroup") -> int | None:
    """Source: the kernel's Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst"""
    for limit, used in (
        ("memory.max", "memory.current"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
    ):
        try:
            whole, taken = (_number_in(os.path.join(folder, name)) for name in (limit, used))
            # What files brought into memory goes where it is needed.
            cached = _cached_bytes(os.path.join(folder, os.path.dirname(limit), "memory.stat"))
            return max(0, whole - taken + cached)
        except (OSError, ValueError):
            # Not there, or `max`: no limit.
            continue
    return None


def _number_in(path: str) -> int:
    with open(path, encoding="ascii") as file:
        return int(file.read())


def _cached_bytes(path: str) -> int:
    with open(path, encoding="ascii") as file:
        known = dict(line.split() for line in file)
    # The first kind of books has both: its own, and with those below it.
    return int(known.get("total_inactive_file", known.get("inactive_file", 0)))


def _mb(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:.0f} MB"
