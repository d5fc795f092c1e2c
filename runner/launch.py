"""Starts a script behind as many walls as this machine gives an ordinary user, and waits for it.

Run by execution.py as a program of its own: reads its settings as JSON from standard input, and reports on the
file descriptor named by its argument, one JSON object a line: {"isolation": …} before the script starts, and
{"status": <wait status>} after it, where the walls need a parent of their own inside.

With user namespaces (Linux) the script sees no network, no other process, a read-only file system but for its
scratch folder, and none of the hidden paths; and when this launcher dies, the kernel ends everybody inside.
Without them it is an ordinary process under limits, and the report says so.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import resource
import signal
import socket
import struct
import sys

# Source: the kernel's include/uapi/linux/{sched,mount,prctl,capability}.h
CLONE_NEWNS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = (
    0x00020000, 0x08000000, 0x10000000, 0x20000000, 0x40000000,
)  # fmt: skip
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_PRIVATE = 2, 4, 8, 4096, 16384, 1 << 18
PR_SET_PDEATHSIG, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 24, 38
SYS_MOUNT_SETATTR, AT_FDCWD, AT_RECURSIVE, MOUNT_ATTR_RDONLY, MOUNT_ATTR_NOSUID = 442, -100, 0x8000, 1, 2
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
HIGHEST_CAPABILITY = 63

# Address space also counts what is reserved and never used (thread stacks, allocator arenas, mapped files).
ADDRESS_SPACE_SLACK_BYTES = 8 * 1024**3
COMMAND_NOT_FOUND = 127
# What this program or Python ignores, a script must not.
_GIVEN_BACK = (
    signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGABRT, signal.SIGPIPE, signal.SIGXFSZ,
)  # fmt: skip

libc = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    settings = json.load(sys.stdin)
    report = os.fdopen(int(sys.argv[1]), "w", encoding="ascii")
    os.set_inheritable(report.fileno(), False)
    die_with_parent(settings["parent"])
    # A request to end is for the script; this process stays to see the end.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGABRT):
        signal.signal(number, signal.SIG_IGN)
    prefer_as_victim()
    settings["tasks"] = own_tasks()
    walled = not settings["plain"] and can_isolate(settings["no_network"])
    if walled and enter_namespaces(settings["no_network"]):
        init = os.fork()
        if init == 0:
            try:
                be_init(settings, report)
            except BaseException as error:  # noqa: BLE001 - the log has to say it
                os.write(2, f"[runner] The walls around the script failed: {error}\n".encode())
            finally:
                os._exit(1)
        status = os.waitpid(init, 0)[1]
        if status != 0:
            # It was ended, as by the kernel when memory ends, before it could tell how the script did.
            tell(report, status=status)
        os._exit(0)
    tell(report, isolation={"network": False, "processes": False, "files": False})
    run(settings, walled=False)


def tell(report, **facts: object) -> None:
    report.write(json.dumps(facts) + "\n")
    report.flush()


def die_with_parent(parent: int) -> None:
    if sys.platform.startswith("linux"):
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)


def prefer_as_victim() -> None:
    """When the machine's memory ends, the kernel shall take the script and not the agent."""
    try:
        with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
            file.write("800")
    except OSError:
        pass


def own_tasks() -> int:
    """Tasks of this user on the whole machine: RLIMIT_NPROC counts them all."""
    total = 0
    try:
        for name in os.listdir("/proc"):
            if name.isdigit() and os.stat(f"/proc/{name}").st_uid == os.getuid():
                total += len(os.listdir(f"/proc/{name}/task"))
    except OSError:
        pass
    return total


def can_isolate(no_network: bool) -> bool:
    """Tries it in a child: a namespace that was entered and is of no use cannot be left again."""
    if not sys.platform.startswith("linux"):
        return False
    child = os.fork()
    if child == 0:
        try:
            works = enter_namespaces(no_network) and mount(None, "/", None, MS_REC | MS_PRIVATE)
            os._exit(0 if works else 1)
        finally:
            os._exit(1)
    return os.waitpid(child, 0)[1] == 0


def enter_namespaces(no_network: bool) -> bool:
    uid, gid = os.getuid(), os.getgid()
    flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | (CLONE_NEWNET if no_network else 0)
    if libc.unshare(flags) != 0:
        return False
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
            file.write(text)
    return True


def be_init(settings: dict, report) -> None:
    """Process 1 of the new namespace: builds the walls, starts the script, buries the dead. Its end ends all."""
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if settings["no_network"]:
        raise_loopback()
    files = wall_off_files(settings)
    processes = mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    tell(report, isolation={"network": settings["no_network"], "processes": processes, "files": files})
    script = os.fork()
    if script == 0:
        os.setsid()
        run(settings, walled=True)
    while True:
        pid, status = os.wait()
        if pid == script:
            tell(report, status=status)
            os._exit(0)


def raise_loopback() -> None:
    """Workers of one script may talk to each other through 127.0.0.1; it is another one than the machine's."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
            request = struct.pack("16sh14x", b"lo", 0)
            (flags,) = struct.unpack_from("h", fcntl.ioctl(handle, SIOCGIFFLAGS, request), 16)
            fcntl.ioctl(handle, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | IFF_UP))
    except OSError:
        pass


def wall_off_files(settings: dict) -> bool:
    """True when the hidden paths are gone and only the scratch folder can be written."""
    scratch = settings["scratch"]
    if not mount(None, "/", None, MS_REC | MS_PRIVATE):
        return False
    hidden = [hide(path, settings["kept"]) for path in settings["hidden"] if os.path.exists(path)]
    own = mount(scratch, scratch, None, MS_BIND)
    shared = mount("tmpfs", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV) if os.path.isdir("/dev/shm") else False
    if not own or not set_read_only("/", True, AT_RECURSIVE):
        return False
    writable = set_read_only(scratch, False, 0)
    if shared:
        set_read_only("/dev/shm", False, 0)
    if not writable:
        # A script that cannot write is worse than one that could write elsewhere.
        set_read_only("/", False, AT_RECURSIVE)
    return all(hidden) and writable


def hide(path: str, kept: list[str]) -> bool:
    """Lays an empty folder (or file) over `path`, and puts back what is needed below it."""
    if not os.path.isdir(path):
        return mount("/dev/null", path, None, MS_BIND)
    below = [item for item in kept if os.path.commonpath([item, path]) == path]
    handles = [(item, os.open(item, os.O_PATH | os.O_DIRECTORY)) for item in below]
    done = mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV)
    for item, handle in handles:
        os.makedirs(item, exist_ok=True)
        done = mount(f"/proc/self/fd/{handle}", item, None, MS_BIND | MS_REC) and done
        os.close(handle)
    return done


def mount(source: str | None, target: str, kind: str | None, flags: int) -> bool:
    encoded = [None if text is None else os.fsencode(text) for text in (source, target, kind)]
    return libc.mount(*encoded, ctypes.c_ulong(flags), None) == 0


def set_read_only(path: str, read_only: bool, flags: int) -> bool:
    """mount_setattr(2), Linux 5.12: changes a whole tree of mounts in one call."""
    attributes = struct.pack("QQQQ", *((MOUNT_ATTR_RDONLY, 0) if read_only else (0, MOUNT_ATTR_RDONLY)), 0, 0)
    size = ctypes.c_size_t(len(attributes))
    return libc.syscall(SYS_MOUNT_SETATTR, AT_FDCWD, os.fsencode(path), flags, attributes, size) == 0


def run(settings: dict, walled: bool) -> None:
    """Becomes the script. Never returns."""
    try:
        os.chdir(settings["folder"])
        for number in _GIVEN_BACK:
            signal.signal(number, signal.SIG_DFL)
        set_limits(settings["limits"], settings["tasks"])
        drop_privileges(walled)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.execve(settings["command"][0], settings["command"], settings["environment"])
    except BaseException as error:  # noqa: BLE001 - whatever it is, the log has to say it, and we must not go on
        os.write(2, f"[runner] The script could not be started: {error}\n".encode())
    os._exit(COMMAND_NOT_FOUND)


def set_limits(limits: dict, tasks: int) -> None:
    limit(resource.RLIMIT_CORE, 0)
    if limits["cpu_seconds"]:
        # At the first the script is told (SIGXCPU), at the second it is killed.
        limit(resource.RLIMIT_CPU, limits["cpu_seconds"], limits["cpu_seconds"] + 5)
    if limits["file_size_bytes"]:
        limit(resource.RLIMIT_FSIZE, limits["file_size_bytes"])
    if limits["processes"]:
        limit(resource.RLIMIT_NPROC, tasks + limits["processes"])
    if limits["memory_bytes"]:
        limit(resource.RLIMIT_DATA, limits["memory_bytes"])
        limit(resource.RLIMIT_AS, limits["memory_bytes"] + ADDRESS_SPACE_SLACK_BYTES)


def limit(what: int, soft: int, hard: int | None = None) -> None:
    ceiling = resource.getrlimit(what)[1]
    wanted = [soft, soft if hard is None else hard]
    if ceiling != resource.RLIM_INFINITY:
        wanted = [min(value, ceiling) for value in wanted]
    try:
        resource.setrlimit(what, (wanted[0], wanted[1]))
    except (OSError, ValueError):
        # macOS refuses some of them; the runner's own watch over the script remains.
        pass


def drop_privileges(walled: bool) -> None:
    """So that root inside the namespace, or a set-user-id program, cannot take the walls down."""
    if not sys.platform.startswith("linux"):
        return
    if walled:
        for capability in range(HIGHEST_CAPABILITY + 1):
            libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


if __name__ == "__main__":
    main()
