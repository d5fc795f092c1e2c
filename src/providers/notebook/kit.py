"""Lays the competition's files out as the training scripts expect them, runs the scripts, and writes the submission.

Standard library only. On Kaggle the folders are /kaggle/input and /kaggle/working; elsewhere two variables name them.
"""

import base64
import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib
from collections import deque
from pathlib import Path

INPUT = Path(os.environ.get("KAGGLE_INPUT_DIR") or "/kaggle/input")
WORKING = Path(os.environ.get("KAGGLE_WORKING_DIR") or "/kaggle/working")
# Kaggle sets it where it runs a submitted notebook again, on the hidden test.
IS_RERUN = bool(os.environ.get("KAGGLE_IS_COMPETITION_RERUN"))
START_UP_SECONDS = 60

csv.field_size_limit(2**31 - 1)


def mounted(slug):
    """The folder of an input: Kaggle has mounted them in more than one place over the years."""
    direct = [INPUT / slug, INPUT / "competitions" / slug]
    nested = sorted(INPUT.glob(f"notebooks/*/{slug}"))
    for folder in [*direct, *nested]:
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"The input {slug} is not attached to this notebook.")


def find_file(folder, name, scratch):
    """A data file by its name, unzipped where Kaggle keeps it zipped; None where there is none."""
    base = Path(name).name
    for wanted in (name, f"{name}.zip"):
        found = folder / wanted
        if not found.is_file():
            found = next(iter(sorted(folder.rglob(Path(wanted).name))), None)
        if found is None or not found.is_file():
            continue
        if found.suffix != ".zip":
            return found
        with zipfile.ZipFile(found) as archive:
            member = next((entry for entry in archive.namelist() if Path(entry).name == base), None)
            if member is None:
                continue
            target = scratch / base
            with archive.open(member) as source, target.open("wb") as sink:
                shutil.copyfileobj(source, sink)
            return target
    return None


def link(source, target):
    """The file under another name; a copy where the system has no links."""
    try:
        target.symlink_to(source.resolve())
    except OSError:
        shutil.copyfile(source, target)


def open_table(path):
    return path.open(encoding="utf-8-sig", errors="replace", newline="")


def read_columns(path, names):
    """Whole columns as text; a name that the file lacks gives None."""
    with open_table(path) as source:
        rows = csv.reader(source)
        header = next(rows)
        places = [header.index(name) if name in header else -1 for name in names]
        columns = [[] for _ in names]
        for row in rows:
            if not row:
                continue
            for column, place in zip(columns, places):
                column.append(row[place] if 0 <= place < len(row) else "")
    return [None if place < 0 else column for column, place in zip(columns, places)]


def write_rows(path, header, rows):
    with path.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def folds_of(settings, keys, groups, times):
    """The fold of each training row: the agent's own where they were packed for these rows, else by a fixed rule."""
    packed, count = settings["folds"], settings["foldCount"]
    if packed is not None:
        folds = [int(digit, 36) for digit in zlib.decompress(base64.b64decode(packed)).decode("ascii")]
        if len(folds) == len(keys):
            return folds
    if times is not None:
        order = sorted(range(len(keys)), key=lambda row: times[row])
        folds = [0] * len(keys)
        for place, row in enumerate(order):
            folds[row] = place * count // len(keys)
        return folds
    return [zlib.crc32(name.encode("utf-8")) % count for name in (groups or keys)]


def lay_out(settings, scratch):
    """The data folder of the scripts: every labelled row is for training, the test is what lies here now."""
    problem, folder, files = settings["problem"], mounted(settings["competition"]), settings["files"]
    data = scratch / "data"
    data.mkdir()
    train = find_file(folder, files["train"], scratch)
    test = find_file(folder, files["test"], scratch)
    if train is None or test is None:
        raise FileNotFoundError(f"{files['train']} or {files['test']} is not among the competition's files.")
    columns = [problem["idColumn"], problem["groupColumn"], problem["timeColumn"]]
    ids, groups, times = read_columns(train, columns)
    row_key = settings["rowKey"]
    if row_key == problem["idColumn"]:
        keys = ids
        link(train, data / "train.csv")
    else:
        keys = copy_with_key(train, data / "train.csv", row_key)
    folds = folds_of(settings, keys, groups, times)
    write_rows(data / "folds.csv", [row_key, "fold"], zip(keys, folds))
    link(test, data / "test.csv")
    wanted = lay_out_sample(problem, find_file(folder, files["sample"], scratch), test, data)
    contract = {
        "schema": 1,
        "problem": problem,
        "rowKey": row_key,
        "foldCount": settings["foldCount"],
        "foldsSha256": "0" * 64,
        "hasGate": False,
    }
    (data / "contract.json").write_text(json.dumps(contract), encoding="utf-8")
    return data, wanted


def copy_with_key(source_path, target_path, row_key):
    """Copies the training rows behind a column that numbers them."""
    keys = []
    with open_table(source_path) as source, target_path.open("w", encoding="utf-8", newline="") as target:
        rows, writer = csv.reader(source), csv.writer(target, lineterminator="\n")
        writer.writerow([row_key, *next(rows)])
        for row in rows:
            if row:
                keys.append(str(len(keys)))
                writer.writerow([keys[-1], *row])
    return keys


def lay_out_sample(problem, sample, test, data):
    """The sample submission of the test that lies here: Kaggle's own, or one made of the test's ids.

    The sample of a code competition may be a stub that knows nothing of the hidden rows.
    Answers the ids to submit, in their order.
    """
    id_column = problem["idColumn"]
    (in_test,) = read_columns(test, [id_column])
    known = None
    if sample is not None:
        with open_table(sample) as source:
            rows = csv.reader(source)
            next(rows)
            known = [row[0] for row in rows if row]
    if in_test is None:
        if known is None:
            raise FileNotFoundError("The test has no ids, and there is no sample submission.")
        link(sample, data / "sample_submission.csv")
        return known
    if known is not None and len(known) == len(set(known)) and set(known) == set(in_test):
        link(sample, data / "sample_submission.csv")
        return known
    wanted = list(dict.fromkeys(in_test))
    columns = problem["submissionColumns"]
    write_rows(data / "sample_submission.csv", [id_column, *columns], ([key, *("0" for _ in columns)] for key in wanted))
    return wanted


class ScriptFailed(RuntimeError):
    pass


def run_script(name, script, arguments, seconds):
    """Runs one training script and shows what it prints."""
    print(f"::member {name}", flush=True)
    tail = deque(maxlen=40)
    command = [sys.executable, "-u", str(script), *arguments, "--time-limit", str(max(1, int(seconds)))]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8", errors="replace"
    ) as process:
        for line in process.stdout:
            tail.append(line)
            print(line, end="", flush=True)
    if process.returncode == 0:
        return
    last = "".join(tail).strip().splitlines()[-1:] or ["no words"]
    print(f"::failed {name}", flush=True)
    raise ScriptFailed(f"The script {name} ended with {process.returncode}: {last[0]}")


def read_answer(path, problem, wanted):
    """The columns of raw predictions of one script, in the order of the ids."""
    keys, *columns = read_columns(path, [problem["idColumn"], *problem["predictionColumns"]])
    if keys is None or any(column is None for column in columns):
        raise ScriptFailed(f"{path.name} lacks a column of predictions.")
    place = {key: row for row, key in enumerate(keys)}
    missing = [key for key in wanted if key not in place]
    if missing:
        raise ScriptFailed(f"{path.name} does not predict {len(missing)} rows, for example {missing[0]}.")
    rows = [place[key] for key in wanted]
    return [[float(column[row]) for row in rows] for column in columns]


def average_ranks(values):
    """Ranks from 1; equal values share the mean of their ranks."""
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks, start = [0.0] * len(values), 0
    while start < len(order):
        end = start + 1
        while end < len(order) and values[order[end]] == values[order[start]]:
            end += 1
        for place in range(start, end):
            ranks[order[place]] = (start + end + 1) / 2
        start = end
    return ranks


def weighted_median(values, weights):
    """The value that half of the weight lies below; the mean of the two around it where it is between them."""
    half, below = sum(weights) / 2, 0.0
    pairs = sorted(zip(values, weights), key=lambda pair: pair[0])
    for place, (value, weight) in enumerate(pairs):
        below += weight
        if abs(below - half) <= 1e-12:
            return (value + pairs[min(place + 1, len(pairs) - 1)][0]) / 2
        if below > half:
            return value
    return pairs[-1][0]


def normalise_rows(columns):
    sums = [sum(row) for row in zip(*columns)]
    return [
        [value / total if total > 0 else 1 / len(columns) for value, total in zip(column, sums)] for column in columns
    ]


def combine(settings, answers):
    """One set of columns of the answers of all scripts, by their weights, as the agent blends them."""
    weights = [weight for weight, _ in answers]
    if len(answers) == 1:
        return answers[0][1]
    rule, total = settings["rule"], sum(weights)
    members = [columns for _, columns in answers]
    if rule == "rank":
        members = [[[rank / len(column) for rank in average_ranks(column)] for column in one] for one in members]
    combined = []
    for columns in zip(*members):
        if rule == "median":
            combined.append([weighted_median(row, weights) for row in zip(*columns)])
        else:
            combined.append([sum(v * w for v, w in zip(row, weights)) / total for row in zip(*columns)])
    return normalise_rows(combined) if rule != "rank" and settings["hasClassRows"] else combined


def decide(problem, decision, columns):
    """Labels of probabilities: one column of cells a target."""
    classes = problem["classes"]
    cells = []
    for target in range(len(problem["targetColumns"])):
        block = list(zip(*columns[target * len(classes) : (target + 1) * len(classes)]))
        cells.append([decide_row(classes, row, decision) for row in block])
    return cells


def decide_row(classes, row, decision):
    if decision["kind"] == "threshold":
        total = row[0] + row[1]
        share = row[1] / total if total > 0 else row[1]
        return classes[-1] if share >= decision["threshold"] else classes[0]
    order = sorted(range(len(classes)), key=lambda index: (-row[index], index))
    if decision["kind"] == "top_k":
        return " ".join(classes[index] for index in order[: decision["k"]])
    return classes[order[0]]


def cells_of(settings, columns):
    problem = settings["problem"]
    if any(value != value or value in (float("inf"), float("-inf")) for column in columns for value in column):
        raise ScriptFailed("The predictions hold values that are not finite numbers.")
    if problem["predictionKind"] == "label":
        return decide(problem, settings["decision"], columns)
    if problem["metric"] == "multiclass_log_loss" and settings["hasClassRows"]:
        columns = normalise_rows(columns)
    if problem["metric"] == "rmsle":
        columns = [[max(0.0, value) for value in column] for column in columns]
    return [[number_text(value) for value in column] for column in columns]


def number_text(value):
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


def main(settings):
    """Fits, predicts, or both, as this notebook is meant to."""
    started = time.monotonic()
    scratch = Path(tempfile.mkdtemp(prefix="agent-"))
    try:
        data, wanted = lay_out(settings, scratch)
        answers, failure = [], None
        for member in settings["members"]:
            left = settings["secondsInAll"] - (time.monotonic() - started) - START_UP_SECONDS
            try:
                columns = run_member(settings, member, data, scratch, min(left, settings["memberSeconds"]), wanted)
            except ScriptFailed as error:
                # On the hidden test a part of the blend is better than nothing; here the fault must be seen.
                if not IS_RERUN:
                    raise
                print(error, flush=True)
                failure = error
                continue
            if columns is not None:
                answers.append((member["weight"], columns))
        if settings["stage"] == "model":
            return
        if not answers:
            raise failure or ScriptFailed("No script predicted anything.")
        problem = settings["problem"]
        cells = cells_of(settings, combine(settings, answers))
        header = [problem["idColumn"], *problem["submissionColumns"]]
        write_rows(WORKING / settings["output"], header, zip(wanted, *cells))
        print(f"{settings['output']}: {len(wanted)} rows", flush=True)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def run_member(settings, member, data, scratch, seconds, wanted):
    """Runs one script in this notebook's stage; answers its predictions, or None where it only fits."""
    name, stage = member["name"], settings["stage"]
    script, out = scratch / f"{name}.py", scratch / f"out-{name}"
    script.write_text(SCRIPTS[name], encoding="utf-8")
    out.mkdir()
    arguments = ["--data", str(data), "--out", str(out), "--seed", str(member["seed"])]
    if member.get("params"):
        params = scratch / f"params-{name}.json"
        params.write_text(json.dumps(member["params"]), encoding="utf-8")
        arguments += ["--params", str(params)]
    if stage == "model":
        model = WORKING / "model" / name
        model.mkdir(parents=True)
        run_script(name, script, [*arguments, "--stage", "fit", "--model", str(model)], seconds)
        return None
    if stage == "inference":
        model = mounted(settings["modelNotebook"]) / "model" / name
        arguments += ["--stage", "predict", "--model", str(model)]
    run_script(name, script, arguments, seconds)
    answer = out / "test.csv"
    if not answer.is_file():
        print(f"::failed {name}", flush=True)
        raise ScriptFailed(f"The script {name} wrote no test.csv.")
    return read_answer(answer, settings["problem"], wanted)
