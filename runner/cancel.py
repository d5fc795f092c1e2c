"""One place that says whether this run shall stop.

Plain flags, looked at often, and no threading.Event: a second signal that interrupts Event.set() waits for the lock
that the first one holds, for ever.
"""

from __future__ import annotations

import threading
import time

LOOK_SECONDS = 0.1


class Cancelled(Exception):
    """Somebody asked this run to stop."""


class Cancellation:
    def __init__(self) -> None:
        self._is_cancelled = False
        self._is_abandoned = False

    def cancel(self) -> None:
        """Safe in a signal handler."""
        self._is_cancelled = True

    def abandon(self) -> None:
        """Nobody waits for this run any more; whoever says so also ends the process."""
        self._is_abandoned = True
        self._is_cancelled = True

    @property
    def is_cancelled(self) -> bool:
        return self._is_cancelled

    def check(self) -> None:
        """@raises Cancelled"""
        if self._is_cancelled:
            raise Cancelled()

    def wait(self, seconds: float) -> None:
        """Waits so long, or shorter when the run is cancelled."""
        give_up_at = time.monotonic() + seconds
        while not self._is_cancelled and (left := give_up_at - time.monotonic()) > 0:
            time.sleep(min(left, LOOK_SECONDS))

    def stand_still_if_abandoned(self) -> None:
        """What an abandoned script looks like from here is no result: it was killed for no fault of its own."""
        if self._is_abandoned:
            threading.Event().wait()
