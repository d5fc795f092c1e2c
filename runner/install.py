"""Installs a bundle's requirements into a folder of the run, never into the machine."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
import time

from cancel import Cancellation
from logbook import Logbook
from places import Places

INSTALL_LIMIT_SECONDS = 900
MAX_LINES = 100
# What pip, or a package that is built, prints beyond that is left out.
MOST_OUTPUT_BYTES = 1_000_000
# How the machine reaches the index at all.
_PASSED_VARIABLES = (
    "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "https_proxy", "http_proxy", "no_proxy", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE",
)  # fmt: skip

# A name and versions: no options, no URLs, no paths, no extras from elsewhere.
_REQUIREMENT = re.compile(
    r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,63})(?:\[[A-Za-z0-9,_-]{1,60}\])?"
    r"(?:\s*(?:==|>=|<=|~=|!=|<|>)\s*[0-9][0-9A-Za-z.*+!-]{0,30}(?:\s*,\s*(?:==|>=|<=|~=|!=|<|>)\s*[0-9][0-9A-Za-z.*+!-]{0,30})*)?\Z"
)
# Run by the target interpreter: prints those requirements that it does not satisfy yet.
_MISSING = """
import sys, importlib.metadata as metadata
from pip._vendor.packaging.requirements import Requirement
for line in sys.stdin.read().split("\\n"):
    wanted = Requirement(line)
    try:
        met = wanted.specifier.contains(metadata.version(wanted.name), prereleases=True) and not wanted.extras
    except metadata.PackageNotFoundError:
        met = False
    if not met:
        print(line)
"""


class InstallError(Exception):
    """The requirements cannot be met; the message is one sentence."""


def read_requirements(path: str) -> list[str]:
    """@raises InstallError for a line that is more than a name with versions."""
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8", errors="strict") as file:
        text = file.read(64 * 1024)
    lines = [line.split("#", 1)[0].strip() for line in text.splitlines()]
    wanted = [line for line in lines if line]
    refused = [line for line in wanted if not _REQUIREMENT.match(line)]
    if refused or len(wanted) > MAX_LINES:
        raise InstallError(f"requirements.txt holds a line that is not allowed: {(refused or wanted)[0][:80]!r}.")
    return wanted


def install(places: Places, python: str, index_url: str | None, logbook: Logbook, cancel: Cancellation) -> None:
    """pip-installs what the interpreter lacks. @raises InstallError"""
    wanted = read_requirements(os.path.join(places.code, "requirements.txt"))
    if not wanted:
        return
    environment = {
        "PATH": f"{os.path.dirname(python)}:/usr/local/bin:/usr/bin:/bin",
        "HOME": places.home,
        "TMPDIR": places.temporary,
        "LANG": "C.UTF-8",
    }
    environment.update({name: os.environ[name] for name in _PASSED_VARIABLES if name in os.environ})
    found = _run([python, "-c", _MISSING], environment, "\n".join(wanted), logbook, cancel, keep_output=True)
    missing = found.split("\n") if found else []
    if not missing:
        logbook.say("All requirements are installed already.")
        return
    logbook.say(f"Installing {', '.join(missing)}.")
    command = [python, "-m", "pip", "install", "--no-input", "--no-cache-dir", "--disable-pip-version-check"]
    command += ["--quiet", "--retries", "3", "--target", places.packages]
    command += ["--index-url", index_url] if index_url else []
    _run([*command, *missing], environment, "", logbook, cancel)


def _run(command, environment, text, logbook: Logbook, cancel: Cancellation, keep_output: bool = False) -> str:
    """@returns what it printed, where that is kept; else that goes into the log. @raises InstallError"""
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        start_new_session=True,
    )
    kept = bytearray()
    readers = [
        threading.Thread(target=_read, args=(process.stdout, kept if keep_output else logbook), daemon=True),
        threading.Thread(target=_read, args=(process.stderr, logbook), daemon=True),
    ]
    for reader in readers:
        reader.start()
    try:
        process.stdin.write(text.encode())
        process.stdin.close()
    except OSError:
        # It has ended already, and its status says why.
        pass
    give_up_at = time.monotonic() + INSTALL_LIMIT_SECONDS
    while process.poll() is None:
        if cancel.is_cancelled or time.monotonic() > give_up_at:
            # What it started too: a package that is built starts compilers.
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            cancel.check()
            raise InstallError(f"Installing the requirements took longer than {INSTALL_LIMIT_SECONDS} s.")
        try:
            process.wait(0.2)
        except subprocess.TimeoutExpired:
            pass
    for reader in readers:
        reader.join(5)
    if process.returncode != 0:
        raise InstallError("pip could not install the requirements; the log has its words.")
    return kept.decode("utf-8", "replace").strip()


def _read(stream, sink: bytearray | Logbook) -> None:
    with stream:
        read = 0
        for chunk in iter(lambda: stream.read1(64 * 1024), b""):
            read += len(chunk)
            if isinstance(sink, Logbook):
                sink.write(chunk)
            elif read <= MOST_OUTPUT_BYTES:
                sink += chunk
