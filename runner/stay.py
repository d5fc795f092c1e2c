"""What a rented container does that its vendor starts again whenever it ends: one run of runner.py, then nothing.

Environment: KA_SHEET_URL (job sheet), KA_RESULT_URL (where a result of this start may lie already; may be missing),
KA_UNTIL (seconds since 1970, when all of it must be over), each URL cut into KA_…_2, KA_…_3 where it is long, and
KA_AFTER (`sleep`: until somebody deletes the container; `exit`).

A container that has ended is started anew with an empty disk, and costs all the same. So it sleeps once its run is
over, and one that was started again looks first whether the result is there. Only a run without a result ends it: the
vendor then starts it again, after some such ends on another machine. A run that is told to end leaves no result, but
its last checkpoint, from which the next one goes on.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

import processes

#: A probe of the vendor reads its age: a machine that cannot write it is changed for another one.
ALIVE_FILE = os.path.join(tempfile.gettempdir(), "ka-alive")
TOUCH_SECONDS = 15
MOST_PARTS = 9
LOOK_PATIENCE_SECONDS = 30
LOOKS = 4
# From the request to end until the kill; what the runner saves fits in.
END_PATIENCE_SECONDS = 120
# An end that comes at once would be a start a second.
FAILED_WAIT_SECONDS = 10
RESULT_THERE = (200, 206)


class Ended(Exception):
    """Somebody outside wants us to end, and nothing runs any more."""


class Order:
    """Whether that was ordered, and what still runs."""

    def __init__(self) -> None:
        self.given = False
        self.child: subprocess.Popen | None = None
        #: A child is being started, and has to be ended by whoever starts it.
        self.starts = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._take())

    def _take(self) -> None:
        self.given = True
        if self.child is not None:
            self.child.terminate()
        elif not self.starts:
            raise Ended


def main() -> int:
    try:
        return work(Order())
    except Ended:
        return 0


def work(order: Order) -> int:
    sheet, result = joined("KA_SHEET_URL"), joined("KA_RESULT_URL")
    until = float(os.environ.get("KA_UNTIL") or "inf")
    # Other processes of this user could read the signed URLs there.
    processes.hide_own_memory()
    if time.time() >= until:
        say("The time of this machine is over.")
        return rest()
    if result and has_result(result):
        say("This job has its result already.")
        return rest()
    code = run(sheet, until, order)
    if order.given:
        raise Ended
    if code == 0 or time.time() >= until:
        return rest()
    say(f"The runner ended with status {code} and without a result.")
    stay_alive(FAILED_WAIT_SECONDS)
    return code if code > 0 else 1


def joined(name: str) -> str:
    """A value, with the parts that did not fit in it."""
    return "".join(os.environ.get(name + end, "") for end in ("", *(f"_{part}" for part in range(2, MOST_PARTS + 1))))


def has_result(url: str) -> bool:
    """Only a clear yes keeps a run from beginning: the store says 403 or 404 for what is not there."""
    for look in range(LOOKS):
        request = urllib.request.Request(url, headers={"Range": "bytes=0-0"})
        try:
            with urllib.request.urlopen(request, timeout=LOOK_PATIENCE_SECONDS) as answer:
                return answer.status in RESULT_THERE
        except urllib.error.HTTPError as error:
            if error.code < 500 and error.code not in (408, 429):
                return False
        except (OSError, ValueError):
            pass
        stay_alive(2**look)
    return False


def run(sheet: str, until: float, order: Order) -> int:
    """The runner's exit status. It is asked to end when the time is over, or when we are."""
    program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "runner.py")
    # On the command line, and in the environment of what the runner starts, others could read the URL.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KA_")}
    order.starts = True
    child = order.child = subprocess.Popen(
        [sys.executable, program, "-", "--begins-again"], stdin=subprocess.PIPE, env=environment
    )
    try:
        return watch(child, sheet, until, order)
    finally:
        order.starts = False
        order.child = None


def watch(child: subprocess.Popen, sheet: str, until: float, order: Order) -> int:
    try:
        child.stdin.write(f"{sheet}\n".encode())
        child.stdin.close()
    except OSError:
        # It has ended already, and its status says why.
        pass
    asked_at: float | None = None
    if order.given:
        child.terminate()
    while True:
        touch()
        try:
            return child.wait(min(TOUCH_SECONDS, max(0.1, until - time.time())))
        except subprocess.TimeoutExpired:
            pass
        if asked_at is None and (order.given or time.time() >= until):
            child.terminate()
            asked_at = time.monotonic()
        if asked_at is not None and time.monotonic() - asked_at > END_PATIENCE_SECONDS:
            child.kill()


def rest() -> int:
    """Until the container is deleted, where its end would be a new beginning."""
    if os.environ.get("KA_AFTER", "sleep") == "exit":
        return 0
    while True:
        stay_alive(TOUCH_SECONDS)


def stay_alive(seconds: float) -> None:
    touch()
    time.sleep(seconds)


def touch() -> None:
    try:
        with open(ALIVE_FILE, "w", encoding="ascii"):
            pass
        os.utime(ALIVE_FILE)
    except OSError:
        # The file grows old, and the probe says so.
        pass


def say(sentence: str) -> None:
    print(f"[stay] {sentence}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
