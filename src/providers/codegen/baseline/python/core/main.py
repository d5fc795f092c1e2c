import argparse
import json
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits


def read_options():
    parser = argparse.ArgumentParser(description=TITLE)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--time-limit", type=float, default=3600.0, help="seconds")
    parser.add_argument("--debug", action="store_true", help="train on a tenth of the rows")
    parser.add_argument("--without", choices=PARTS, help="leave one part out")
    parser.add_argument("--params", type=Path, help="hyper-parameters, in place of params.json")
    options = parser.parse_args()
    options.params = read_params(options.params, options.data / "params.json")
    return options


def train_all(data, options, clock, checkpoints):
    """Trains every member for every target.

    Answers the predictions for all rows (one block of columns a target), reports on the members, and the
    number of features.
    """
    blocks, reports, views = [], [], None
    for position, target in enumerate(TARGETS):
        y = encode_target(data.raw[target][: data.n_train])
        rows = len(data.raw)
        label = f"{target}: " if len(TARGETS) > 1 else ""
        answers = []
        try:
            if views is None:
                with clock.guard(clock.left()):
                    views = build_views(data.raw, options.seed, options.without)
            members = members_of(options.params, options.without)
            how = (options.seed, options.debug, clock, checkpoints, position, label)
            answers = run_members(members, views, y, data.fold, *how)
        except OutOfTime:
            print(f"{label}no time left for features", flush=True)
        if answers:
            predicted, weights = combine(answers, y, data.fold)
        else:
            predicted, weights = np.tile(constant_answer(y), (rows, 1)), []
        for answer, weight in zip(answers, weights):
            scored = mean_score(y, answer.predicted[: data.n_train], data.fold)
            reports.append({"name": label + answer.name, "weight": round(float(weight), 4), "score": scored})
            summary = f"{METRIC} {scored}, weight {weight:.2f}, {answer.seconds:.1f} s"
            print(f"{label}{answer.name}: {summary}", flush=True)
        blocks.append(predicted)
    return blocks, reports, 0 if views is None else count_features(views)


def main():
    options = read_options()
    clock = Clock(options.time_limit)
    options.out.mkdir(parents=True, exist_ok=True)
    contract = json.loads((options.data / "contract.json").read_text(encoding="utf-8"))
    data = read_data(options.data, contract)
    with threadpool_limits(limits=THREADS):
        blocks, reports, feature_count = train_all(data, options, clock, Checkpoints(options, contract))
    before = clock.elapsed()
    write_all_predictions(options.out, data, contract, prediction_columns(blocks))
    truth = [encode_target(data.raw[target][: data.n_train]) for target in TARGETS]
    cells = [decide(block, y, data) for block, y in zip(blocks, truth)]
    write_submission(options.out / "submission.csv", data, np.hstack(cells))
    fold_scores = score_folds(truth, blocks, data.fold)
    seconds = clock.elapsed() - before
    write_reports(options.out, contract, options, clock, fold_scores, data, reports, feature_count, seconds)
    print(f"{METRIC} by fold: {fold_scores}", flush=True)


if __name__ == "__main__":
    main()
