"""The main process of a machine at Vast.ai: python3 -c THIS RUNNER_URL SHEET_URL SECONDS API_URL

Runs the job, then destroys its own machine with the key that every machine there has for that; so too when SECONDS
have passed since its first start, whatever the runner does. RUNNER_URL is empty where the image has the runner. Must stay
short: it travels as an argument.
"""

import ctypes
import io
import os
import subprocess
import sys
import tarfile
import threading
import time
from urllib.request import Request, urlopen

RUNNER_URL, SHEET_URL, SECONDS, API_URL = sys.argv[1:]
HOME = os.path.expanduser("~/.kaggle-agent")
STARTED = os.path.join(HOME, "started")
ENDED = os.path.join(HOME, "ended")


# Without end: once it has worked, this process is gone.
def destroy_machine():
    url = f"{API_URL}/api/v0/instances/{os.environ['CONTAINER_ID']}/"
    headers = {"Authorization": f"Bearer {os.environ['CONTAINER_API_KEY']}", "Content-Type": "application/json"}
    pause = 4
    while True:
        try:
            urlopen(Request(url, b"{}", headers, method="DELETE"), timeout=30).close()
        except Exception as error:  # noqa: BLE001
            print("[boot] could not destroy the machine:", type(error).__name__, flush=True)
        time.sleep(pause)
        pause = min(2 * pause, 60)


def fetch_runner(tries=6):
    try:
        with urlopen(RUNNER_URL, timeout=60) as answer:
            archive = io.BytesIO(answer.read())
        with tarfile.open(fileobj=archive) as files:
            files.extractall(HOME)
    except Exception:
        if tries == 0:
            raise
        time.sleep(2 ** (6 - tries))
        fetch_runner(tries - 1)


def run_job():
    if RUNNER_URL:
        fetch_runner()
    # The runner and the script have no business with the machine's own key.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CONTAINER_")}
    folder = HOME if RUNNER_URL else "/opt/kaggle-agent/runner"
    command = [sys.executable, f"{folder}/runner.py", "-", "--watch-stdin"]
    runner = subprocess.Popen(command, stdin=subprocess.PIPE, env=environment)
    runner.stdin.write(f"{SHEET_URL}\n".encode())
    runner.stdin.flush()
    print("[boot] the runner ended with", runner.wait(), flush=True)


# Whatever fails here, the machine has to go.
try:
    # The machine's key is in this process's environment, which a script of the same user could read.
    ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)
    # Its arguments every process may read, and with them fetch the sheet. Source: proc_pid_stat(5), 48 and 49
    start, end = map(int, open("/proc/self/stat").read().rpartition(")")[2].split()[45:47])
    ctypes.memset(start, 0, end - start)
    os.makedirs(HOME, exist_ok=True)
    if not os.path.exists(STARTED):
        open(STARTED, "w").close()
    left = os.path.getmtime(STARTED) + float(SECONDS) - time.time()
    deadline = threading.Timer(max(0, left), destroy_machine)
    deadline.daemon = True
    deadline.start()
    # A container that starts again after its end has nothing to do any more.
    if not os.path.exists(ENDED):
        run_job()
    open(ENDED, "w").close()
except Exception as error:  # noqa: BLE001
    print("[boot]", type(error).__name__, flush=True)
destroy_machine()
