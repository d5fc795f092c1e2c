"""One place that says whether this run shall stop."""

from __future__ import annotations

import threading


class Cancelled(Exception):
    """Somebody asked this run to stop."""


class Cancellation:
    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        self._event.set()

    @property
    def is_cancelled(self) -> bool:
        return self._event.is_set()

    def check(self) -> None:
        """@raises Cancelled"""
        if self._event.is_set():
            raise Cancelled()

    def wait(self, seconds: float) -> bool:
        """Waits so long, or shorter when the run is cancelled. True when it is."""
        return self._event.wait(seconds)
