"""The script in a container of this machine's docker, in place of the walls of launch.py.

What stands around it (no privileges, a read-only file system, the card) is chosen by whoever started the runner, which
hands it over as JSON; only the run's own limits and folder are added here. Nothing of it comes from the job sheet.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass

import processes
from places import Places
from sheet import JobSheet

_CALL_SECONDS = 30
_END_SECONDS = 15
_ASK_SECONDS = 3
_LOOK_SECONDS = 0.2
_KILLED = 128 + signal.SIGKILL
#: Of this machine; the image has its own.
_HOST_VARIABLES = ("PATH", "PYTHONPATH", "PYTHONUSERBASE", "LD_LIBRARY_PATH")
_SIGNALS = {signal.SIGTERM: "TERM", signal.SIGABRT: "USR1"}
_GUARD = os.path.join(os.path.dirname(os.path.abspath(__file__)), "guard.py")


@dataclass(frozen=True)
class State:
    """How it ended, by docker's word."""

    #: False where it never came to the script.
    was_started: bool
    exit_code: int
    out_of_memory: bool


class Container:
    """One container, from its start until it is gone."""

    def __init__(self, settings: dict) -> None:
        self._docker: list[str] = settings["docker"]
        self._host: str | None = settings["host"]
        self._search_path: str = settings["searchPath"]
        self._name: str = settings["name"]
        self._options: list[str] = settings["options"]
        self._image: str = settings["image"]
        self._python: str = settings["python"]
        self._pid: int | None = None
        self._next_look = 0.0

    def environment(self) -> dict[str, str]:
        """Of the docker program."""
        own = {"PATH": self._search_path, "HOME": "/nonexistent", "LANG": "C.UTF-8"}
        return {**own, "DOCKER_HOST": self._host} if self._host else own

    def command(self, sheet: JobSheet, places: Places, script: list[str], environment: dict[str, str]) -> list[str]:
        """The whole command line that runs the script. @param script without its interpreter"""
        guard = os.path.join(places.root, "guard.py")
        shutil.copyfile(_GUARD, guard)
        variables = {name: value for name, value in environment.items() if name not in _HOST_VARIABLES}
        arguments = ["run", "--interactive", "--name", self._name, *self._options, *self._limits(sheet)]
        arguments += ["--network", "none" if sheet.no_network else "bridge"]
        arguments += ["--mount", f"type=bind,src={places.root},dst={places.root}", "--workdir", places.code]
        arguments += [part for name, value in sorted(variables.items()) for part in ("--env", f"{name}={value}")]
        arguments += ["--entrypoint", self._python, self._image, "-I", "-S", guard, self._python, *script]
        return [*self._docker, *arguments]

    def _limits(self, sheet: JobSheet) -> list[str]:
        limits, arguments = sheet.limits, []
        if limits.memory_bytes:
            # As much with swap: without any.
            arguments += ["--memory", str(limits.memory_bytes), "--memory-swap", str(limits.memory_bytes)]
            arguments += ["--shm-size", str(limits.memory_bytes // 2)]
        if limits.processes:
            arguments += ["--pids-limit", str(limits.processes)]
        if limits.cpu_seconds:
            arguments += ["--ulimit", f"cpu={limits.cpu_seconds}:{limits.cpu_seconds + 5}"]
        if limits.file_size_bytes:
            arguments += ["--ulimit", f"fsize={limits.file_size_bytes}:{limits.file_size_bytes}"]
        return arguments

    def family(self) -> list[processes.Relative]:
        """Everybody inside, as this machine sees them; nobody where docker runs in a machine of its own."""
        if self._pid is None and time.monotonic() >= self._next_look:
            self._next_look = time.monotonic() + _LOOK_SECONDS
            state = self._state()
            self._pid = (state or {}).get("Pid") or None
        return [] if self._pid is None else processes.descendants(self._pid)

    def ask(self, number: int) -> None:
        """A request to end, passed on to the script by its guard."""
        give_up_at = time.monotonic() + _ASK_SECONDS
        while True:
            done = self._call("kill", "--signal", _SIGNALS[signal.Signals(number)], self._name)
            # It may be on its way up still.
            if (done is not None and done.returncode == 0) or time.monotonic() > give_up_at:
                return
            time.sleep(_LOOK_SECONDS)

    def end(self) -> State | None:
        """Removes it, whatever it is doing. @returns None where there is none, or docker does not answer"""
        facts = self._state()
        if facts is not None and facts.get("ExitCode") == _KILLED and not facts.get("OOMKilled"):
            # That memory ended is told a moment after the end.
            time.sleep(_LOOK_SECONDS)
            facts = self._state() or facts
        self.remove()
        if facts is None:
            return None
        return State(
            was_started=not str(facts.get("StartedAt", "")).startswith("0001-"),
            exit_code=int(facts.get("ExitCode", 0)),
            out_of_memory=bool(facts.get("OOMKilled", False)),
        )

    def remove(self) -> bool:
        """True when it is gone."""
        give_up_at = time.monotonic() + _END_SECONDS
        while True:
            done = self._call("rm", "--force", "--volumes", self._name)
            if done is not None and (done.returncode == 0 or b"No such container" in done.stderr):
                return True
            # Another one may be removing it just now.
            if time.monotonic() > give_up_at:
                return False
            time.sleep(_LOOK_SECONDS)

    def _state(self) -> dict | None:
        done = self._call("inspect", "--type", "container", "--format", "{{json .State}}", self._name)
        if done is None or done.returncode != 0:
            return None
        try:
            state = json.loads(done.stdout)
        except ValueError:
            return None
        return state if isinstance(state, dict) else None

    def _call(self, *arguments: str) -> subprocess.CompletedProcess | None:
        try:
            return subprocess.run(
                [*self._docker, *arguments],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_CALL_SECONDS,
                check=False,
                env=self.environment(),
            )
        except (OSError, subprocess.SubprocessError):
            return None
