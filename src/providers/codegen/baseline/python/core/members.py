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


def fit_fold(member, views, y, rows, asked, effort, seed, clock):
    """What the member, fitted on `rows`, answers for the rows that are asked about."""
    view, answers = views[member.view], []
    for bag in range(member.seeds if effort == 1 else 1):
        with clock.guard(clock.left()):
            model = member.build(views["roles"], seed + 101 * bag, effort)
            answers.append(fit_predict(model, take(view, rows), y[rows], take(view, asked)))
    return np.mean(answers, axis=0)


def cross_validate(member, views, y, fold, effort, seed, clock, checkpoints, name, on_fold):
    """Fits the member once per fold; rows outside train get the mean of the folds' models.

    Raises OutOfTime as soon as the folds that are left would not fit into the time that is left.
    """
    view_rows = views[member.view].shape[0]
    known = np.flatnonzero(~np.isnan(y))
    outside = np.arange(len(y), view_rows)
    predicted = np.zeros((view_rows, OUTPUTS))
    finished, spent = checkpoints.load(name, predicted)
    started, folds = time.monotonic() - spent, np.unique(fold)
    for done, held in enumerate(folds):
        inside = np.flatnonzero(fold == held)
        if done >= finished:
            rows = pick_rows(known[fold[known] != held], y, effort, seed)
            asked = np.concatenate([inside, outside])
            answer = fit_fold(member, views, y, rows, asked, effort, seed, clock)
            predicted[inside] = answer[: len(inside)]
            predicted[outside] += answer[len(inside) :] / len(folds)
            seconds = time.monotonic() - started
            checkpoints.save(name, predicted, done + 1, seconds)
            if seconds / (done + 1) * (len(folds) - done - 1) > clock.left():
                raise OutOfTime
        show_loss(member.name, done + 1, y[inside], predicted[inside])
        on_fold(done + 1, len(folds))
    return Answer(member.name, predicted, time.monotonic() - started, effort)


def run_members(members, views, y, fold, seed, debug, clock, checkpoints, target, label):
    """Cross-validates each member in turn; one too slow for the time that is left is shortened or dropped."""
    answers, total = [], len(members) * len(np.unique(fold))
    for position, member in enumerate(members):

        def on_fold(done, folds, position=position, name=member.name):
            show_progress(position * folds + done, total, f"{label}{name}, fold {done} of {folds}")

        for effort in (0.1,) if debug else (1.0, 0.3, 0.1):
            kept = f"{target}-{member.name}-{effort}"
            try:
                answers.append(
                    cross_validate(member, views, y, fold, effort, seed, clock, checkpoints, kept, on_fold)
                )
                break
            except OutOfTime:
                print(f"{member.name}: not enough time at effort {effort}", flush=True)
                if answers:
                    break
    return answers
