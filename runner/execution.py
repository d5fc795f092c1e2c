"""Runs the script under its limits and says how it ended."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field

import processes
from cancel import Cancellation
from container import Container, State
from idle import Idleness
from logbook import Logbook
from places import Places
from sheet import JobSheet

WATCH_SECONDS = 0.25
# Adding up a folder is slower than reading /proc, and disks fill slower than memory.
DISK_WATCH_SECONDS = 2
# Of very many files: so many times as long as the look took.
DISK_WATCH_PAUSES = 20
LOG_READ_BYTES = 64 * 1024
LOG_DRAIN_SECONDS = 5
_HERE = os.path.dirname(os.path.abspath(__file__))
_OUT_OF_MEMORY_SIGNS = ("MemoryError", "std::bad_alloc", "Cannot allocate memory", "CUDA out of memory")
# Names a GPU machine's image sets and libraries need. No other variable of ours reaches the script.
_PASSED_VARIABLES = ("CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES", "LD_LIBRARY_PATH")


@dataclass
class Ending:
    exit_class: str
    exit_code: int | None
    message: str
    #: The signal by which it is asked to end; to SIGABRT Python answers with where each thread stands.
    request: int = signal.SIGTERM


@dataclass
class Vitals:
    """Shared with the heartbeat."""

    memory_bytes: int | None = None
    peak_memory_bytes: int = 0
    isolation: dict = field(default_factory=lambda: {"network": False, "processes": False, "files": False})


class Execution:
    """One run of one script."""

    def __init__(
        self,
        sheet: JobSheet,
        places: Places,
        python: str,
        logbook: Logbook,
        vitals: Vitals,
        container: Container | None = None,
    ) -> None:
        self._sheet = sheet
        self._places = places
        self._python = python
        self._logbook = logbook
        self._vitals = vitals
        self._container = container
        self._wait_status: int | None = None
        self._next_disk_look = 0.0
        #: On the disk before the script has written anything.
        self._brought_bytes = places.used_bytes() if sheet.limits.disk_bytes else 0
        self._idleness = Idleness(sheet.limits.idle_seconds)
        self._user_base = user_base_of(python)

    def run(self, cancel: Cancellation) -> Ending:
        process, log_thread, report_thread = self._start() if self._container is None else self._start_inside()
        started = time.monotonic()
        state: State | None = None
        try:
            stopped = self._watch(process, started, cancel)
            if stopped:
                self._stop(process, stopped, cancel)
        finally:
            if self._container is not None:
                state = self._container.end()
            left_over = not processes.end_all(process.pid, spare=process.pid)
        if not left_over:
            # Else for ever: the driver of a broken card lets nobody go.
            process.wait()
        report_thread.join(LOG_DRAIN_SECONDS)
        log_thread.join(LOG_DRAIN_SECONDS)
        if left_over:
            self._logbook.say("A process of the script could not be ended.")
        self._note_peak()
        if stopped:
            return stopped
        return self._judge(process.returncode) if self._container is None else self._judge_inside(state)

    def _start(self) -> tuple[subprocess.Popen, threading.Thread, threading.Thread]:
        log_read, log_write = os.pipe()
        report_read, report_write = os.pipe()
        settings = json.dumps(self._settings()).encode()
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", os.path.join(_HERE, "launch.py"), str(report_write)],
            stdin=subprocess.PIPE,
            stdout=log_write,
            stderr=log_write,
            env=self._environment(),
            pass_fds=[report_write],
            start_new_session=True,
        )
        os.close(log_write)
        os.close(report_write)
        threads = [
            threading.Thread(target=self._read_log, args=(log_read,), daemon=True),
            threading.Thread(target=self._read_report, args=(report_read,), daemon=True),
        ]
        for thread in threads:
            thread.start()
        try:
            process.stdin.write(settings)
            process.stdin.close()
        except BrokenPipeError:
            pass
        return process, threads[0], threads[1]

    def _start_inside(self) -> tuple[subprocess.Popen, threading.Thread, threading.Thread]:
        """In the container. Its standard input stays open as long as this process lives: see guard.py."""
        log_read, log_write = os.pipe()
        process = subprocess.Popen(
            self._container.command(self._sheet, self._places, self._script(), self._environment()),
            stdin=subprocess.PIPE,
            stdout=log_write,
            stderr=log_write,
            env=self._container.environment(),
            start_new_session=True,
        )
        os.close(log_write)
        self._vitals.isolation = {"network": self._sheet.no_network, "processes": True, "files": True}
        reader = threading.Thread(target=self._read_log, args=(log_read,), daemon=True)
        reader.start()
        # It has no report to read.
        return process, reader, reader

    def _script(self) -> list[str]:
        """What the interpreter is started with."""
        sheet, places = self._sheet, self._places
        script = ["-u", os.path.join(places.code, "train.py"), "--data", places.data, "--out", places.out]
        script += ["--seed", str(sheet.seed), "--time-limit", _plain(sheet.time_limit_seconds)]
        script += ["--debug"] if sheet.debug else []
        script += ["--without", sheet.without] if sheet.without else []
        return script

    def _settings(self) -> dict:
        sheet, places = self._sheet, self._places
        environment = self._environment()
        interpreters = (os.path.abspath(self._python), os.path.realpath(self._python))
        prefixes = {sys.prefix, sys.base_prefix, *(os.path.dirname(os.path.dirname(path)) for path in interpreters)}
        return {
            "parent": os.getpid(),
            "command": [self._python, *self._script()],
            "environment": environment,
            "folder": places.code,
            "scratch": places.root,
            "no_network": sheet.no_network,
            "plain": places.is_plain,
            "hidden": list(places.hidden),
            "kept": [places.root, *sorted(prefixes), *([self._user_base] if self._user_base else [])],
            "limits": {
                # A graphics card's driver reserves addresses that are no memory; then only our own look counts.
                "memory_bytes": None if environment.get("CUDA_VISIBLE_DEVICES") else sheet.limits.memory_bytes,
                "cpu_seconds": sheet.limits.cpu_seconds,
                "file_size_bytes": sheet.limits.file_size_bytes,
                "processes": sheet.limits.processes,
            },
        }

    def _environment(self) -> dict[str, str]:
        threads = str(self._sheet.threads)
        environment = {
            "PATH": f"{os.path.dirname(self._python)}:/usr/local/bin:/usr/bin:/bin",
            "HOME": self._places.home,
            "TMPDIR": self._places.temporary,
            "LANG": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            # A crash below Python, and SIGABRT, write where each thread stood.
            "PYTHONFAULTHANDLER": "1",
            "PYTHONHASHSEED": str(self._sheet.seed % 2**32),
            "MPLBACKEND": "Agg",
            "OMP_NUM_THREADS": threads,
            # Waiting threads that spin take the cores from the other run.
            "OMP_WAIT_POLICY": "PASSIVE",
            "OPENBLAS_NUM_THREADS": threads,
            "MKL_NUM_THREADS": threads,
            "NUMEXPR_NUM_THREADS": threads,
            "LOKY_MAX_CPU_COUNT": threads,
            # A script that talks to Weights & Biases itself talks to a folder that goes with the run.
            "WANDB_MODE": "offline",
            "WANDB_SILENT": "true",
            "WANDB_DIR": self._places.temporary,
        }
        if self._sheet.checkpoint:
            environment["CHECKPOINT_DIR"] = self._places.checkpoint
        if os.path.isdir(self._places.packages):
            environment["PYTHONPATH"] = self._places.packages
        if self._user_base:
            environment["PYTHONUSERBASE"] = self._user_base
        environment.update({name: os.environ[name] for name in _PASSED_VARIABLES if name in os.environ})
        return environment

    def _read_log(self, handle: int) -> None:
        with os.fdopen(handle, "rb", buffering=0) as stream:
            for chunk in iter(lambda: stream.read(LOG_READ_BYTES), b""):
                self._logbook.write(chunk)
                self._idleness.note_output()

    def _read_report(self, handle: int) -> None:
        with os.fdopen(handle, "r", encoding="ascii") as lines:
            for line in lines:
                facts = json.loads(line)
                self._vitals.isolation = facts.get("isolation", self._vitals.isolation)
                self._wait_status = facts.get("status", self._wait_status)

    def _watch(self, process: subprocess.Popen, started: float, cancel: Cancellation) -> Ending | None:
        """Returns why the script has to be stopped, or None when it ended by itself."""
        limits = self._sheet.limits
        while True:
            try:
                process.wait(WATCH_SECONDS)
                return None
            except subprocess.TimeoutExpired:
                pass
            if cancel.is_cancelled:
                return Ending("cancelled", None, "The run was cancelled.")
            if time.monotonic() - started > self._sheet.time_limit_seconds:
                limit = _plain(self._sheet.time_limit_seconds)
                return Ending("time_limit", None, f"The script was stopped at its time limit of {limit} s.")
            own = processes.descendants()
            processes.reap(own, spare=process.pid)
            family = own if self._container is None else self._container.family()
            used = self._measure_memory(family)
            if limits.memory_bytes and used > limits.memory_bytes:
                return Ending("out_of_memory", None, f"The script used more than {_mb(limits.memory_bytes)} of memory.")
            if limits.processes and len(family) > limits.processes:
                return Ending("script_error", None, f"The script started more than {limits.processes} processes.")
            if self._idleness.is_stuck(family):
                message = f"The script was stuck: for {limits.idle_seconds} s it did nothing."
                return Ending("time_limit", None, message, request=signal.SIGABRT)
            if limits.disk_bytes and self._disk_exceeded(limits.disk_bytes):
                return Ending("script_error", None, f"The script wrote more than {_mb(limits.disk_bytes)} to disk.")

    def _measure_memory(self, family: list[processes.Relative]) -> int:
        limit_bytes = self._sheet.limits.memory_bytes
        used = sum(relative.resident_bytes for relative in family)
        if limit_bytes and used > limit_bytes:
            used = processes.proportional_bytes(family)
        self._vitals.memory_bytes = used
        self._vitals.peak_memory_bytes = max(used, self._vitals.peak_memory_bytes)
        return used

    def _note_peak(self) -> None:
        # Between two looks a script may have used more: the kernel knows the largest single process.
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        unit = 1 if sys.platform == "darwin" else 1024
        self._vitals.memory_bytes = None
        self._vitals.peak_memory_bytes = max(peak * unit, self._vitals.peak_memory_bytes)

    def _disk_exceeded(self, limit_bytes: int) -> bool:
        if time.monotonic() < self._next_disk_look:
            return False
        began, most = time.monotonic(), self._brought_bytes + limit_bytes
        used = self._places.used_bytes(most)
        took = time.monotonic() - began
        self._next_disk_look = time.monotonic() + max(DISK_WATCH_SECONDS, DISK_WATCH_PAUSES * took)
        return used > most

    def _stop(self, process: subprocess.Popen, ending: Ending, cancel: Cancellation) -> None:
        """The signal, the grace period, and then run() kills whoever is left."""
        if ending.exit_class not in ("time_limit", "cancelled"):
            return
        if self._container is None:
            processes.signal_all(ending.request, process.pid)
        else:
            self._container.ask(ending.request)
        try:
            process.wait(self._sheet.grace_seconds)
        except subprocess.TimeoutExpired:
            ending.message += f" It did not end within {_plain(self._sheet.grace_seconds)} s of being asked."

    def _judge_inside(self, state: State | None) -> Ending:
        if state is None or not state.was_started:
            return Ending("runner_error", None, "The container of the script could not be started; see its log.")
        if state.out_of_memory and state.exit_code != 0:
            return Ending("out_of_memory", None, "The script ran out of memory.")
        number = state.exit_code - 128
        if number == signal.SIGKILL:
            return Ending("script_error", None, "The script was killed from outside.")
        # A shell's way to tell of a signal.
        return self._judge(-number if 0 < number < signal.NSIG else state.exit_code)

    def _judge(self, returncode: int) -> Ending:
        if self._wait_status is not None:
            returncode = os.waitstatus_to_exitcode(self._wait_status)
        if returncode == 0:
            return Ending("ok", 0, "The script ended well.")
        if -returncode == signal.SIGXCPU:
            limit = self._sheet.limits.cpu_seconds
            return Ending("time_limit", None, f"The script used more than {limit} s of processor time.")
        if -returncode == signal.SIGXFSZ:
            limit = self._sheet.limits.file_size_bytes or 0
            return Ending("script_error", None, f"The script wrote a file of more than {_mb(limit)}.")
        tail = self._logbook.tail()
        # Nobody here sent SIGKILL, so it was the kernel, which does that when memory ends.
        if -returncode == signal.SIGKILL or any(sign in tail for sign in _OUT_OF_MEMORY_SIGNS):
            return Ending("out_of_memory", max(returncode, 0) or None, "The script ran out of memory.")
        if returncode < 0:
            return Ending("script_error", None, f"The script was ended by signal {-returncode}.")
        return Ending("script_error", returncode, f"The script ended with exit code {returncode}.")


def _plain(seconds: float) -> str:
    return f"{seconds:g}" if seconds < 1e6 else str(int(seconds))


def _mb(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:.0f} MB"


_USER_BASE_QUESTION = """
import os, site
in_use = site.ENABLE_USER_SITE and os.path.isdir(site.getusersitepackages())
print(site.getuserbase() if in_use else "")
"""


def user_base_of(python: str) -> str | None:
    """Where the interpreter keeps packages that its user installed, if anything is there."""
    try:
        done = subprocess.run([python, "-c", _USER_BASE_QUESTION], stdout=subprocess.PIPE, timeout=30, check=False)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode("utf-8", "replace").strip() or None
