import json
import time
from collections import namedtuple

import numpy as np

# What a member answered: predictions for all rows (train rows out-of-fold), and its seconds.
Answer = namedtuple("Answer", ["name", "predicted", "seconds", "effort"])


# Calibration and stacking inside a model split its rows into a few folds of their own.
FEWEST_ROWS = 10


def show_progress(done, total, label):
    print("::progress " + json.dumps({"done": done, "total": total, "label": label}), flush=True)


def show_loss(name, fold, y, predicted):
    """For people who watch; undefined for a fold without every class."""
    known = ~np.isnan(y)
    try:
        loss = float(blend_loss(y[known], predicted[known]))
    except ValueError:
        return
    print("::metric " + json.dumps({"name": name + "/fold loss", "step": fold, "value": loss}), flush=True)


def take(view, rows):
    return view.iloc[rows] if hasattr(view, "iloc") else view[rows]


def pick_rows(rows, y, effort, seed):
    """A share of the training rows for a shortened run; every class keeps enough rows to be split again."""
    if effort >= 1:
        return rows
    shuffled = np.random.default_rng(seed).permutation(rows)
    if TASK == "regression":
        strata = [shuffled]
    else:
        strata = [shuffled[y[shuffled] == code] for code in np.unique(y[rows])]
    return np.sort(np.concatenate([part[: max(FEWEST_ROWS, int(len(part) * effort))] for part in strata]))


def cross_validate(member, views, y, fold, effort, seed, clock, on_fold):
    """Fits the member once per fold; rows outside train get the mean of the folds' models.

    Raises OutOfTime as soon as the folds that are left would not fit into the time that is left.
    """
    view = views[member.view]
    known = np.flatnonzero(~np.isnan(y))
    outside = np.arange(len(y), view.shape[0])
    predicted = np.zeros((view.shape[0], OUTPUTS))
    started, folds = time.monotonic(), np.unique(fold)
    for done, held in enumerate(folds):
        rows = pick_rows(known[fold[known] != held], y, effort, seed)
        asked = np.concatenate([np.flatnonzero(fold == held), outside])
        answers = []
        for bag in range(member.seeds if effort == 1 else 1):
            with clock.guard(clock.left()):
                model = member.build(views["roles"], seed + 101 * bag, effort)
                answers.append(fit_predict(model, take(view, rows), y[rows], take(view, asked)))
        answer = np.mean(answers, axis=0)
        inside = len(asked) - len(outside)
        predicted[asked[:inside]] = answer[:inside]
        predicted[outside] += answer[inside:] / len(folds)
        seconds = time.monotonic() - started
        if seconds / (done + 1) * (len(folds) - done - 1) > clock.left():
            raise OutOfTime
        show_loss(member.name, done + 1, y[asked[:inside]], predicted[asked[:inside]])
        on_fold(done + 1, len(folds))
    return Answer(member.name, predicted, time.monotonic() - started, effort)


def run_members(members, views, y, fold, seed, debug, clock, label):
    """Cross-validates each member in turn; one too slow for the time that is left is shortened or dropped."""
    answers, total = [], len(members) * len(np.unique(fold))
    for position, member in enumerate(members):

        def on_fold(done, folds, position=position, name=member.name):
            show_progress(position * folds + done, total, f"{label}{name}, fold {done} of {folds}")

        for effort in (0.1,) if debug else (1.0, 0.3, 0.1):
            try:
                answers.append(cross_validate(member, views, y, fold, effort, seed, clock, on_fold))
                break
            except OutOfTime:
                print(f"{member.name}: not enough time at effort {effort}", flush=True)
                if answers:
                    break
    return answers
