"""Stands for docker where training scripts run in containers: `docker_runs.py STATE ARGUMENTS…`.

It takes the commands and the options that the agent uses, refuses every other one and every wall that is missing, and
runs the entrypoint as a process that is killed with whoever it left behind. STATE holds state.json (`daemon`, as
`docker info` tells it or null, `images` with their interpreters), calls.jsonl, and one file per container.
"""

import json
import os
import signal
import subprocess
import sys
import time

STATE = sys.argv[1]
with open(os.path.join(STATE, "state.json"), encoding="utf-8") as file:
    SETTINGS = json.load(file)

FLAGS = ("--init", "--read-only", "--rm", "--interactive")
# What each option must be, by a prefix, or None for what the run decides.
ONCE = {
    "--pull": "never", "--tmpfs": "/tmp:rw,nosuid,nodev,", "--user": None, "--cap-drop": "ALL",
    "--log-driver": "none", "--oom-score-adj": "800", "--cpus": None, "--network": None, "--mount": "type=bind,src=",
    "--entrypoint": None, "--memory": None, "--memory-swap": None, "--pids-limit": None,
}  # fmt: skip
MAYBE = ("--name", "--workdir", "--shm-size", "--gpus", "--userns")
MANY = ("--security-opt", "--ulimit", "--label", "--env")


def fail(words, code=125):
    sys.stderr.write(f"docker: {words}\n")
    sys.exit(code)


def main(arguments):
    if arguments[0] != "--config" or os.stat(arguments[1]).st_mode & 0o077:
        fail("the settings of the user would be used")
    arguments = arguments[2:]
    with open(os.path.join(STATE, "calls.jsonl"), "a", encoding="utf-8") as calls:
        calls.write(json.dumps(arguments) + "\n")
    if SETTINGS["daemon"] is None:
        fail("Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?", 1)
    command, rest = arguments[0], arguments[1:]
    if rest[:2] == ["--format", "{{json .}}"] and command == "info":
        print(json.dumps(SETTINGS["daemon"]))
    elif command == "image" and rest[:3] == ["inspect", "--format", "{{.Id}}"]:
        print("sha256:0") if rest[3] in SETTINGS["images"] else fail(f"Error: No such image: {rest[3]}", 1)
    elif command == "run":
        sys.exit(run(rest))
    elif command == "inspect" and rest[:4] == ["--type", "container", "--format", "{{json .State}}"]:
        print(json.dumps(read(rest[4])))
    elif command == "kill" and rest[0] == "--signal":
        os.kill(read(rest[2])["Pid"] or fail("is not running", 1), signal.Signals[f"SIG{rest[1]}"])
    elif command == "rm" and rest[:2] == ["--force", "--volumes"]:
        remove(rest[2])
    elif command == "ps" and rest[:3] == ["--all", "--no-trunc", "--filter"] and rest[4:] == ["--format", "{{.Names}}"]:
        print("\n".join(name for name in names() if rest[3].removeprefix("label=") in read(name)["Labels"]))
    else:
        fail(f"unknown command: {arguments}")


def parse(arguments):
    found, flags = {name: [] for name in (*ONCE, *MAYBE, *MANY)}, set()
    while arguments and arguments[0].startswith("-"):
        name, *arguments = arguments
        if name in FLAGS:
            flags.add(name)
        elif name in found:
            found[name].append(arguments.pop(0))
        else:
            fail(f"unknown flag: {name}")
    for name, start in ONCE.items():
        if len(found[name]) != 1 or (start and not found[name][0].startswith(start)):
            fail(f"{name} is {found[name]}")
    if not {"--init", "--read-only"} <= flags or "no-new-privileges" not in found["--security-opt"]:
        fail("a wall is missing")
    if found["--memory"] != found["--memory-swap"] or "core=0" not in found["--ulimit"]:
        fail("a limit is missing")
    if bool(found["--gpus"]) == ("NVIDIA_VISIBLE_DEVICES=void" in found["--env"]):
        fail("either a card is given, or all are hidden")
    if found["--gpus"] and "nvidia" not in SETTINGS["daemon"]["Runtimes"]:
        fail('could not select device driver "" with capabilities: [[gpu]]')
    return found, flags, arguments


def run(arguments):
    found, flags, (image, *command) = parse(arguments)
    source, target = (part.partition("=")[2] for part in found["--mount"][0].split(",")[1:])
    if source != target or not os.path.isdir(source):
        fail(f"invalid mount config: {source}")
    python = SETTINGS["images"].get(image) or fail(f"No such image: {image}")
    if found["--entrypoint"] != ["python3"]:
        fail(f"{found['--entrypoint']}: executable file not found in $PATH", 127)
    variables = dict(entry.split("=", 1) for entry in found["--env"])
    variables["PATH"] = os.path.join(STATE, "bin") + ":/usr/bin:/bin"
    name = (found["--name"] or [f"probe-{os.getpid()}"])[0]
    if os.path.exists(path_of(name)):
        fail(f'Conflict. The container name "/{name}" is already in use.')
    stdin = None if "--interactive" in flags else subprocess.DEVNULL
    folder = (found["--workdir"] or ["/"])[0]
    process = subprocess.Popen([python, *command], stdin=stdin, cwd=folder, env=variables, start_new_session=True)
    state = {"Status": "running", "Pid": process.pid, "ExitCode": 0, "OOMKilled": False, "Error": ""}
    state.update(StartedAt="2026-01-01T00:00:00Z", Labels=found["--label"], Home=variables.get("HOME"))
    write(name, state)
    status = process.wait()
    end_all(state)
    if "--rm" in flags:
        os.remove(path_of(name))
    elif os.path.exists(path_of(name)):
        code = status if status >= 0 else 128 - status
        write(name, {**state, **SETTINGS["end"], "Status": "exited", "Pid": 0, "ExitCode": SETTINGS["end"].get("ExitCode", code)})
    return read(name)["ExitCode"] if os.path.exists(path_of(name)) else status


def end_all(state):
    """Nobody survives a container's init."""
    for name in filter(str.isdigit, os.listdir("/proc")) if state["Home"] else ():
        try:
            with open(f"/proc/{name}/environ", "rb") as file:
                if f"HOME={state['Home']}".encode() in file.read().split(b"\0"):
                    os.kill(int(name), signal.SIGKILL)
        except OSError:
            pass


def remove(name):
    if not os.path.exists(path_of(name)):
        fail(f"Error: No such container: {name}", 1)
    state = read(name)
    os.remove(path_of(name))
    if state["Pid"]:
        os.kill(state["Pid"], signal.SIGKILL)
    end_all(state)
    print(name)


def names():
    return [name[:-10] for name in os.listdir(STATE) if name.endswith(".container")]


def path_of(name):
    return os.path.join(STATE, f"{name}.container")


def read(name):
    for _ in range(20):
        try:
            with open(path_of(name), encoding="utf-8") as file:
                return json.load(file)
        except FileNotFoundError:
            fail(f"Error: No such container: {name}", 1)
        except ValueError:
            time.sleep(0.01)
    fail(f"Error: No such container: {name}", 1)


def write(name, state):
    with open(path_of(name), "w", encoding="utf-8") as file:
        json.dump(state, file)


main(sys.argv[2:])
