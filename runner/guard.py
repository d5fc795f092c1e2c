"""Stands between a container's init and the script: python guard.py COMMAND…

The end of standard input means that the runner is gone: the script is killed, and with this process the container
ends, whoever is left in it. A request to end goes to the script and its workers; SIGUSR1 stands for SIGABRT, which
an init passes on to nobody. The exit status is the script's; 128 and its number where a signal ended it.
"""

from __future__ import annotations

import os
import signal
import sys
import threading

KILLED = 128 + signal.SIGKILL
NOT_STARTED = 127


def main(command: list[str]) -> int:
    script = os.fork()
    if script == 0:
        become(command)

    def pass_on(number: int, _frame: object) -> None:
        try:
            os.killpg(script, signal.SIGABRT if number == signal.SIGUSR1 else number)
        except ProcessLookupError:
            # It has ended, or has not begun.
            pass

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1):
        signal.signal(number, pass_on)
    threading.Thread(target=end_with_runner, args=(script,), daemon=True).start()
    status = os.waitstatus_to_exitcode(os.waitpid(script, 0)[1])
    return status if status >= 0 else 128 - status


def become(command: list[str]) -> None:
    """Never returns."""
    try:
        os.setsid()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.execvp(command[0], command)
    except OSError as error:
        os.write(2, f"[runner] The script could not be started: {error}\n".encode())
    os._exit(NOT_STARTED)


def end_with_runner(script: int) -> None:
    while os.read(0, 4096):
        pass
    try:
        os.killpg(script, signal.SIGKILL)
    except ProcessLookupError:
        # It is not in a session of its own yet.
        os.kill(script, signal.SIGKILL)
    os._exit(KILLED)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
