"""Runs one training job: `python3 runner.py SHEET [--scratch DIR] [--python EXE] [--hide PATH] [--plain]
[--container JSON] [--watch-stdin] [--begins-again]`.

SHEET is the URL or the path of a job sheet (src/domain/run-contract.ts, `jobSheetSchema`), or `-`: then its URL or
path is the first line of standard input, where other users of the machine cannot read it.

With --container the script runs in a container of this machine's docker (container.py). With --watch-stdin the end
of standard input means that whoever started this is gone: everything is killed at once. With --begins-again a run that
is told to end leaves its last checkpoint and no result: it goes on when this is started again, here or elsewhere.

Python 3.9 or newer, standard library only. Exit status: 0 when a result was uploaded (however the script ended), or
one of this start was there already, 1 when not, 2 for a wrong command line, 3 when the starter disappeared.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
import traceback

import processes
from cancel import Cancellation, Cancelled
from checkpoint import DOCUMENT_MAX_BYTES, LOOK_BACK_PATIENCE_SECONDS, Checkpoints, read_own
from container import Container
from execution import Ending, Execution, Vitals
from heartbeat import Heartbeat
from install import InstallError, install
from kept import KeptDownloads
from logbook import MOST_METRICS, Logbook
from outputs import OutFolder, Taken
from places import Places
from room import UnfitMachine, check_room
from sheet import SHEET_MAX_BYTES, JobSheet, SheetError, parse_sheet
from transfer import TransferError, fetch_text, upload
from unpack import UnpackError, unpack

STARTER_GONE = 3


def main(arguments: list[str]) -> int:
    options = parse_arguments(arguments)
    processes.adopt_orphans()
    processes.hide_own_memory()
    cancel = Cancellation()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: cancel.cancel())
    location = sys.stdin.readline().strip() if options.sheet == "-" else options.sheet
    scratch = options.scratch or tempfile.mkdtemp(prefix="kaggle-agent-run-")
    places = Places(os.path.realpath(scratch), tuple(options.hide), options.plain, options.kept)
    container = None if options.container is None else Container(options.container)
    if options.watch_stdin:
        threading.Thread(target=end_with_starter, args=(places, cancel, container), daemon=True).start()
    try:
        sheet = load_sheet(location, cancel)
        if has_result(sheet, cancel):
            say("This start of the job has its result already.")
            return 0
        return 0 if run_job(sheet, places, options.python, cancel, container, options.begins_again) else 1
    except (SheetError, TransferError) as error:
        say(str(error))
        return 1
    except Cancelled:
        say("The run was cancelled before it began.")
        return 1
    finally:
        processes.end_all(None)
        places.remove()


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="runner.py", description="Runs one training job.")
    parser.add_argument("sheet", help="URL or path of the job sheet, or - to read that from standard input")
    parser.add_argument("--scratch", type=os.path.abspath, help="folder to work in; it is removed at the end")
    parser.add_argument("--python", type=find_program, help="interpreter, where the sheet names none")
    parser.add_argument(
        "--hide", action="append", default=[], type=os.path.abspath, help="path the script shall not see"
    )
    parser.add_argument("--kept", type=os.path.abspath, help="folder of downloads that stay for later runs")
    parser.add_argument("--plain", action="store_true", help="build no walls, where they break a script")
    parser.add_argument("--container", type=json.loads, help="settings of the container that the script runs in")
    parser.add_argument("--watch-stdin", action="store_true", help="end everything when standard input ends")
    parser.add_argument("--begins-again", action="store_true", help="leave no result when told to end")
    return parser.parse_args(arguments)


def find_program(name: str) -> str:
    """A name is looked for on PATH, a path is a path."""
    return os.path.abspath(name) if os.sep in name else shutil.which(name) or name


def end_with_starter(places: Places, cancel: Cancellation, container: Container | None) -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    cancel.abandon()
    try:
        processes.end_all(None)
        if container is not None:
            container.remove()
        places.remove()
        # Once more: the main thread may have started something in between.
        processes.end_all(None)
    finally:
        os._exit(STARTER_GONE)


def load_sheet(location: str, cancel: Cancellation) -> JobSheet:
    """A sheet of this machine may name files of this machine; one from elsewhere may not."""
    if location.startswith(("http://", "https://")):
        return parse_sheet(fetch_text(location, SHEET_MAX_BYTES, cancel), allow_file_urls=False)
    try:
        with open(location, "rb") as file:
            return parse_sheet(file.read(SHEET_MAX_BYTES), allow_file_urls=True)
    except OSError as error:
        raise SheetError(f"The job sheet cannot be read: {error.strerror}.") from None


def has_result(sheet: JobSheet, cancel: Cancellation) -> bool:
    """True after an end between the result and the end of the machine: nothing is trained twice."""
    if not sheet.earlier:
        return False
    try:
        text = fetch_text(sheet.earlier.result, DOCUMENT_MAX_BYTES, cancel, LOOK_BACK_PATIENCE_SECONDS)
    except TransferError:
        # As a rule there is none.
        return False
    return read_own(text, sheet) is not None


def run_job(
    sheet: JobSheet,
    places: Places,
    default_python: str | None,
    cancel: Cancellation,
    container: Container | None = None,
    begins_again: bool = False,
) -> bool:
    """The whole run, from download to result. True when the result arrived."""
    started = time.monotonic()
    logbook, vitals = Logbook(), Vitals()
    checkpoints = Checkpoints(sheet, places, logbook)
    heartbeat = Heartbeat(sheet, logbook, vitals, checkpoints)
    outputs: OutFolder | None = None
    try:
        checkpoints.look_back(cancel)
        heartbeat.start()
        check_room(sheet, places)
        places.make()
        outputs = OutFolder(places.out)
        python = sheet.python or default_python or sys.executable
        prepare(sheet, places, python, heartbeat, logbook, cancel)
        checkpoints.restore(cancel)
        heartbeat.enter("running")
        checkpoints.start(heartbeat.wake)
        ending = Execution(sheet, places, python, logbook, vitals, container).run(cancel)
    except Cancelled:
        ending = Ending("cancelled", None, "The run was cancelled.")
    except TransferError as error:
        ending = Ending("download_failed", None, str(error))
    except InstallError as error:
        ending = Ending("install_failed", None, str(error))
    except UnfitMachine as error:
        ending = Ending("unfit_machine", None, str(error))
    except (UnpackError, RunnerError) as error:
        ending = Ending("runner_error", None, str(error))
    except Exception as error:  # noqa: BLE001 - whatever it is, the host has to hear of it
        logbook.write(traceback.format_exc().encode())
        ending = Ending("runner_error", None, f"The runner failed with {type(error).__name__}.")
    cancel.stand_still_if_abandoned()
    # After its time limit nobody goes on from there.
    checkpoints.end(is_cut_off=ending.exit_class == "cancelled")
    heartbeat.enter("uploading")
    if begins_again and ending.exit_class == "cancelled":
        heartbeat.stop()
        return False
    files = hand_over(sheet, outputs, ending, logbook)
    logbook.say(ending.message)
    send_log(sheet, logbook)
    heartbeat.stop()
    return send_result(
        sheet, ending, files, logbook, vitals, time.monotonic() - started, resumed_from=checkpoints.resumed_from
    )


class RunnerError(Exception):
    """The job cannot be run; the message is one sentence."""


def prepare(
    sheet: JobSheet, places: Places, python: str, heartbeat: Heartbeat, logbook: Logbook, cancel: Cancellation
) -> None:
    """Bundle, data and packages, each in its folder."""
    kept = KeptDownloads(places.kept)
    kept.bring(sheet.bundle, places.archive, cancel)
    unpack(places.archive, places.code)
    os.remove(places.archive)
    if not os.path.isfile(os.path.join(places.code, "train.py")):
        raise RunnerError("The bundle has no train.py.")
    for item in sheet.data:
        target = os.path.join(places.data, *item.name.split("/"))
        os.makedirs(os.path.dirname(target), exist_ok=True)
        kept.bring(item, target, cancel)
        os.chmod(target, 0o444)
    if not os.access(python, os.X_OK):
        raise RunnerError("The Python interpreter for this job does not exist here.")
    if sheet.install:
        heartbeat.enter("installing")
        install(places, python, sheet.package_index, logbook, cancel)


def hand_over(sheet: JobSheet, folder: OutFolder | None, ending: Ending, logbook: Logbook) -> list[dict]:
    """Uploads what is there, whatever the ending, and lowers an `ok` that is none."""
    files: list[dict] = []
    for output in sheet.outputs if folder else ():
        try:
            taken = folder.take(output)
        except OSError as error:
            taken = f"{output.name} could not be read: {error.strerror}."
        if isinstance(taken, Taken):
            with taken.file:
                try:
                    upload(output.url, taken.file, taken.size_bytes, None)
                except (TransferError, OSError) as error:
                    logbook.say(str(error))
                    lower(ending, output.required, "runner_error", f"{output.name} could not be uploaded.")
                    continue
            files.append({"name": output.name, "sizeBytes": taken.size_bytes, "sha256": taken.sha256})
        else:
            logbook.say(taken)
            lower(ending, output.required, "missing_output", taken)
    return files


def lower(ending: Ending, matters: bool, exit_class: str, message: str) -> None:
    if matters and ending.exit_class == "ok":
        ending.exit_class, ending.message = exit_class, message


def send_log(sheet: JobSheet, logbook: Logbook) -> None:
    if not sheet.uploads.log:
        return
    body = logbook.full()
    try:
        upload(sheet.uploads.log, io.BytesIO(body), len(body), None)
    except TransferError as error:
        say(str(error))


def send_result(
    sheet: JobSheet,
    ending: Ending,
    files: list[dict],
    logbook: Logbook,
    vitals: Vitals,
    seconds: float,
    resumed_from: dict | None,
) -> bool:
    result = {
        "schema": 1,
        "job": sheet.job,
        "token": sheet.token,
        "exitClass": ending.exit_class,
        "exitCode": ending.exit_code,
        "message": ending.message,
        "seconds": round(seconds, 3),
        "maxMemoryBytes": vitals.peak_memory_bytes or None,
        "isolation": vitals.isolation,
        "resumedFrom": resumed_from,
        "files": files,
        "metrics": logbook.metrics(MOST_METRICS),
        "logTail": logbook.tail(),
    }
    body = json.dumps(result).encode()
    try:
        upload(sheet.uploads.result, io.BytesIO(body), len(body), None)
    except TransferError as error:
        say(str(error))
        return False
    return True


def say(sentence: str) -> None:
    try:
        print(f"[runner] {sentence}", file=sys.stderr, flush=True)
    except OSError:
        # Nobody listens any more.
        pass


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
