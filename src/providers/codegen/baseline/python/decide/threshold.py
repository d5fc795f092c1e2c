import numpy as np


def best_threshold(truth, positive):
    """The cut with the best score, smoothed over its neighbours so that a lucky spike is not chosen."""
    grid = np.quantile(positive, np.linspace(0.02, 0.98, 97))
    scores = np.array([score(truth, as_codes(positive >= cut)) for cut in grid])
    smooth = np.convolve(np.pad(scores, 3, mode="edge"), np.ones(7) / 7, mode="valid")
    return grid[int(np.argmax(smooth))]


def as_codes(is_positive):
    return np.where(is_positive, POSITIVE, 1 - POSITIVE)


def final_answer(y, block, fit_rows, rows):
    """Labels of `rows`; the cut is tuned on `fit_rows` alone."""
    cut = best_threshold(y[fit_rows].astype(int), block[fit_rows, POSITIVE])
    return as_codes(block[rows, POSITIVE] >= cut)


def decide(block, y, data):
    """The submission's cells for the test rows: labels."""
    codes = final_answer(y, block, np.flatnonzero(~np.isnan(y)), data.test_rows)
    return np.array(CLASSES, dtype=object)[codes].reshape(-1, 1)
