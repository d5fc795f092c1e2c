import signal
import time
from contextlib import contextmanager


class OutOfTime(Exception):
    """Raised where going on would pass the time limit."""


class Clock:
    """Counts the time that is left; start-up and a tenth of the limit are kept back for the outputs."""

    START_UP_SECONDS = 3.0

    def __init__(self, limit_seconds):
        self.started = time.monotonic()
        self.usable_seconds = max(1.0, 0.9 * limit_seconds - self.START_UP_SECONDS)

    def elapsed(self):
        return time.monotonic() - self.started

    def left(self):
        return self.usable_seconds - self.elapsed()

    @contextmanager
    def guard(self, seconds):
        """Raises OutOfTime inside the block after `seconds`, where the system has interval timers."""
        if seconds <= 0:
            raise OutOfTime
        if not hasattr(signal, "setitimer"):
            yield
            return

        def ring(signum, stack):
            raise OutOfTime

        signal.signal(signal.SIGALRM, ring)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
