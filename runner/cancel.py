"""One place that says whether this run shall stop."""

from __future__ import annotations

import threading


class Cancelled(Exception):
    """Somebody asked this run to stop."""


class Cancellation:
    def __init__(self) -> None:
        self._event = threading.Event()
        self._abandoned = threading.Event()

    def abandon(self) -> None:
        """Nobody waits for this run any more; whoever says so also ends the process."""
        self._abandoned.set()
        self._event.set()

    def stand_still_if_abandoned(self) -> None:
        """What an abandoned script looks like from here is no result: it was killed for no fault of its own."""
        if self._abandoned.is_set():
            threading.Event().wait()

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
