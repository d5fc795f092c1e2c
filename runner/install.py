"""Installs a bundle's requirements into a folder of the run, never into the machine."""

from __future__ import annotations

import os
import re
import subprocess

from cancel import Cancellation
from logbook import Logbook
from places import Places

INSTALL_LIMIT_SECONDS = 900
MAX_LINES = 100

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
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if not keep_output else subprocess.PIPE,
        env=environment,
        start_new_session=True,
    )
    waited = 0.0
    sent: bytes | None = text.encode()
    while True:
        try:
            output, errors = process.communicate(sent, timeout=0.5)
            break
        except subprocess.TimeoutExpired:
            # communicate() remembers its input; giving it again is an error.
            sent, waited = None, waited + 0.5
        if cancel.is_cancelled or waited > INSTALL_LIMIT_SECONDS:
            process.kill()
            process.communicate()
            cancel.check()
            raise InstallError(f"Installing the requirements took longer than {INSTALL_LIMIT_SECONDS} s.")
    shown = errors if keep_output else output
    if shown:
        logbook.write(shown)
    if process.returncode != 0:
        raise InstallError("pip could not install the requirements; the log has its words.")
    return output.decode("utf-8", "replace").strip() if keep_output else ""
