"""Reads requests from standard input, one JSON object a line, and answers each with what it found in the script.

{"script": …, "targets": [names], "group": name or null, "time": name or null}
→ {"findings": [{"rule", "line", "severity", "message"}], "problem": why it was not followed to its end, or null}

Nothing of the script is executed. Python 3.9 or newer, standard library only.
"""

from __future__ import annotations

import ast
import json
import sys

from follow import MOST_STEPS, Facts, Follower
from habits import Habits


def find_leaks(request: dict) -> dict:
    """A script that cannot be followed, by a mistake here, is still judged by its habits."""
    try:
        tree = ast.parse(request["script"], "train.py")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return {"findings": [], "problem": f"{type(error).__name__}: {error}"}
    facts = Facts(request)
    follower = Follower(facts, tree)
    problem = None
    Habits(tree, facts, follower.report).look()
    try:
        follower.run()
    except Exception as error:  # noqa: BLE001 - whatever it is, the other checks go on
        problem = f"{type(error).__name__}: {error}"
    if follower.steps > MOST_STEPS:
        message = "The script does too much to be followed to its end, so the rest of it was not looked at."
        follower.report("unreadable", None, "warn", message)
    findings = sorted(follower.findings.values(), key=lambda finding: (finding["line"] or 0, finding["rule"]))
    return {"findings": findings, "problem": problem}


def main() -> None:
    sys.setrecursionlimit(20_000)
    for line in sys.stdin:
        if not line.strip():
            continue
        print(json.dumps(find_leaks(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
