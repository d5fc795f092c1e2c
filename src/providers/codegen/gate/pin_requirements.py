"""Finds exact versions for requirements: those that are installed, else what the package index would install.

Reads JSON from standard input: {"lines": ["numpy>=1.23,<3", ...], "index": URL or null, "offline": bool}
Prints {"pins": {name: version}, "open": [line], "source": "installed" | "index" | "offline", "problem": text or null}

Nothing is installed, and nothing but wheels is looked at, so no code of a package runs. Standard library and pip.
"""

from __future__ import annotations

import importlib.metadata as metadata
import json
import re
import subprocess
import sys

INDEX_SECONDS = 90


def main() -> None:
    request = json.load(sys.stdin)
    pins, unmet = installed_pins(request["lines"])
    answer = {"pins": pins, "open": unmet, "source": "installed", "problem": None}
    if unmet and request["offline"]:
        answer.update(source="offline", problem="the package index may not be asked")
    elif unmet:
        found, problem = index_pins(request["lines"], pins, request["index"])
        if problem is None:
            answer.update(pins=found, open=[], source="index")
        else:
            answer.update(source="offline", problem=problem)
    print(json.dumps(answer))


def normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def installed_pins(lines):
    """Versions that are here and satisfy the lines, with all that they need in turn; and the lines that are not met."""
    Requirement = requirement_class()
    pins, unmet, waiting = {}, [], [(line, None) for line in lines]
    while waiting:
        line, asked_by = waiting.pop(0)
        wanted = Requirement(line)
        if wanted.marker is not None and not wanted.marker.evaluate({"extra": ""}):
            continue
        name = normalised(wanted.name)
        try:
            found = metadata.distribution(wanted.name)
        except metadata.PackageNotFoundError:
            if asked_by is None:
                unmet.append(line)
            continue
        if not wanted.specifier.contains(found.version, prereleases=True):
            if asked_by is None:
                unmet.append(line)
            continue
        if name not in pins:
            # A build of its own, such as +cu128, is no version that an index knows.
            pins[name] = found.version.split("+", 1)[0]
            waiting += [(needed, name) for needed in found.requires or []]
    return pins, unmet


def requirement_class():
    try:
        from packaging.requirements import Requirement
    except ImportError:
        from pip._vendor.packaging.requirements import Requirement
    return Requirement


def index_pins(lines, pins, index):
    """What pip would install for the lines, without doing it: beside what is installed, or else anew."""
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet", "--no-input"]
    command += ["--disable-pip-version-check", "--only-binary", ":all:", "--retries", "1", "--timeout", "15"]
    command += ["--report", "-", *(["--index-url", index] if index else [])]
    fixed = [f"{name}=={version}" for name, version in pins.items()]
    attempts = [[*lines, *fixed], list(lines)] if fixed else [list(lines)]
    problem = "pip gave no answer"
    for attempt in attempts:
        try:
            done = subprocess.run([*command, *attempt], capture_output=True, timeout=INDEX_SECONDS, text=True, check=False)
        except (OSError, subprocess.SubprocessError) as error:
            return {}, type(error).__name__
        if done.returncode == 0:
            items = json.loads(done.stdout)["install"]
            return {normalised(item["metadata"]["name"]): item["metadata"]["version"] for item in items}, None
        problem = (done.stderr.strip().splitlines() or [problem])[-1][:300]
    return {}, problem


if __name__ == "__main__":
    main()
