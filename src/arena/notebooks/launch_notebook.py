"""Starts a notebook's code on something that looks like a Kaggle machine, and waits for it.

Run as a program of its own: settings come as JSON on standard input, and the file descriptor named by the argument
gets one line of JSON, {"walls": true or false}, before the notebook starts. The exit status is the notebook's.

With user namespaces (Linux) the notebook sees /kaggle/input (read-only), /kaggle/working, a /tmp of its own, no other
process, no network unless it asked for one, none of the hidden paths, and a read-only system around them. Without
namespaces it is an ordinary process, and only the variables KAGGLE_INPUT_DIR and KAGGLE_WORKING_DIR tell it where its
folders are.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import struct
import sys

# Source: the kernel's include/uapi/linux/{sched,mount,prctl}.h
CLONE_NEWNS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = (
    0x00020000, 0x08000000, 0x10000000, 0x20000000, 0x40000000,
)  # fmt: skip
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_PRIVATE = 2, 4, 8, 4096, 16384, 1 << 18
PR_SET_PDEATHSIG, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 24, 38
SYS_MOUNT_SETATTR, AT_FDCWD, AT_RECURSIVE, MOUNT_ATTR_RDONLY = 442, -100, 0x8000, 1
HIGHEST_CAPABILITY = 63
COULD_NOT_START = 127

# Laid anew in the notebook's own root, or of no business to it.
OWN_ENTRIES = ("kaggle", "proc", "tmp")

libc = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    settings = json.load(sys.stdin)
    report = os.fdopen(int(sys.argv[1]), "w", encoding="ascii")
    os.set_inheritable(report.fileno(), False)
    die_with_parent(settings["parent"])
    if not settings["plain"] and works(settings) and enter_namespaces(settings["internet"]):
        init = os.fork()
        if init == 0:
            be_init(settings, report)
        sys.exit(exit_code(os.waitpid(init, 0)[1]))
    tell(report, walls=False)
    run(settings, settings["plain_paths"])


def tell(report, **facts: object) -> None:
    report.write(json.dumps(facts) + "\n")
    report.close()


def die_with_parent(parent: int | None) -> None:
    if sys.platform.startswith("linux"):
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if parent is not None and os.getppid() != parent:
            os._exit(1)


def works(settings: dict) -> bool:
    """Tries it in a child: a namespace that was entered and is of no use cannot be left again."""
    if not sys.platform.startswith("linux"):
        return False
    child = os.fork()
    if child == 0:
        try:
            if enter_namespaces(settings["internet"]):
                grandchild = os.fork()
                if grandchild == 0:
                    os._exit(0 if build_root(settings) else 1)
                os._exit(exit_code(os.waitpid(grandchild, 0)[1]))
        except OSError:
            pass
        finally:
            os._exit(1)
    return os.waitpid(child, 0)[1] == 0


def enter_namespaces(internet: bool) -> bool:
    uid, gid = os.getuid(), os.getgid()
    flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | (0 if internet else CLONE_NEWNET)
    if libc.unshare(flags) != 0:
        return False
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
            file.write(text)
    return True


def be_init(settings: dict, report) -> None:
    """Process 1 of the new namespace; its end ends everybody inside. Never returns."""
    try:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if not build_root(settings):
            os._exit(COULD_NOT_START)
        tell(report, walls=True)
        notebook = os.fork()
        if notebook == 0:
            os.setsid()
            os.chroot(settings["root"])
            drop_capabilities()
            run(settings, settings["walled_paths"])
        while True:
            pid, status = os.wait()
            if pid == notebook:
                os._exit(exit_code(status))
    finally:
        os._exit(COULD_NOT_START)


def exit_code(status: int) -> int:
    return 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def build_root(settings: dict) -> bool:
    """Lays a root folder out of what this machine has, with /kaggle in it and without what is hidden."""
    root = settings["root"]
    mounts = [mount(None, "/", None, MS_REC | MS_PRIVATE), mount("tmpfs", root, "tmpfs", MS_NOSUID | MS_NODEV)]
    for name in os.listdir("/"):
        if name not in OWN_ENTRIES:
            # One that cannot be shown is left out: that hides more, not less.
            mirror(f"/{name}", f"{root}/{name}")
    writable = []
    for source, target, is_writable in settings["folders"]:
        mounts.append(bind(source, root + target))
        if is_writable:
            writable.append(root + target)
    # An interpreter that lies in /tmp is still needed there.
    for prefix in {sys.prefix, sys.base_prefix}:
        if prefix.startswith("/tmp/"):
            mounts.append(bind(prefix, root + prefix))
    mounts += [hide(root + path) for path in settings["hidden"] if os.path.exists(root + path)]
    if os.path.isdir(f"{root}/dev/shm") and mount("tmpfs", f"{root}/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV):
        writable.append(f"{root}/dev/shm")
    os.mkdir(f"{root}/proc")
    if not mount("proc", f"{root}/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC):
        # Inside some containers a fresh one is not allowed.
        mounts.append(mount("/proc", f"{root}/proc", None, MS_BIND | MS_REC))
    mounts.append(set_read_only(root, True, AT_RECURSIVE))
    mounts += [set_read_only(path, False, 0) for path in writable]
    return all(mounts)


def mirror(source: str, target: str) -> None:
    if os.path.islink(source):
        os.symlink(os.readlink(source), target)
    elif os.path.isdir(source):
        bind(source, target)


def bind(source: str, target: str) -> bool:
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "ab"):
            pass
    return mount(source, target, None, MS_BIND | MS_REC)


def hide(path: str) -> bool:
    """Lays an empty folder (or file) over it."""
    if os.path.isdir(path):
        return mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV)
    return mount("/dev/null", path, None, MS_BIND)


def mount(source: str | None, target: str, kind: str | None, flags: int) -> bool:
    encoded = [None if text is None else os.fsencode(text) for text in (source, target, kind)]
    return libc.mount(*encoded, ctypes.c_ulong(flags), None) == 0


def set_read_only(path: str, read_only: bool, flags: int) -> bool:
    """mount_setattr(2), Linux 5.12: changes a whole tree of mounts in one call."""
    attributes = struct.pack("QQQQ", *((MOUNT_ATTR_RDONLY, 0) if read_only else (0, MOUNT_ATTR_RDONLY)), 0, 0)
    return libc.syscall(SYS_MOUNT_SETATTR, AT_FDCWD, os.fsencode(path), flags, attributes, len(attributes)) == 0


def drop_capabilities() -> None:
    """So that root inside the namespace cannot take the walls down."""
    for capability in range(HIGHEST_CAPABILITY + 1):
        libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)


def run(settings: dict, paths: dict) -> None:
    """Becomes the notebook. Never returns."""
    try:
        os.chdir(paths["working"])
        set_limits(settings)
        if sys.platform.startswith("linux"):
            libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        environment = {
            **settings["environment"],
            "KAGGLE_INPUT_DIR": paths["input"],
            "KAGGLE_WORKING_DIR": paths["working"],
            "HOME": paths["temp"],
            "TMPDIR": paths["temp"],
        }
        os.execve(sys.executable, [sys.executable, "-B", paths["script"]], environment)
    except BaseException as error:  # noqa: BLE001 - whatever it is, the log has to say it, and we must not go on
        os.write(2, f"The notebook could not be started: {error}\n".encode())
    os._exit(COULD_NOT_START)


def set_limits(settings: dict) -> None:
    wanted = {resource.RLIMIT_CORE: 0, resource.RLIMIT_FSIZE: settings["file_size_bytes"]}
    if settings["memory_bytes"]:
        wanted[resource.RLIMIT_DATA] = settings["memory_bytes"]
    for what, value in wanted.items():
        ceiling = resource.getrlimit(what)[1]
        value = value if ceiling == resource.RLIM_INFINITY else min(value, ceiling)
        try:
            resource.setrlimit(what, (value, value))
        except (OSError, ValueError):
            # macOS refuses some of them.
            pass


if __name__ == "__main__":
    main()
