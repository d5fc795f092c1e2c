import numpy as np


def choose_weights(answers, y, picks=25):
    """Weights of the blend: greedy picks with replacement that lower the out-of-fold loss most.

    Source: Caruana et al., "Ensemble selection from libraries of models", ICML 2004.
    """
    known = ~np.isnan(y)
    candidates = [answer.predicted[: len(y)][known] for answer in answers]
    counts, total = np.zeros(len(answers)), 0.0
    best_counts, best_loss = counts, np.inf
    for pick in range(1, picks + 1):
        losses = [blend_loss(y[known], (total + candidate) / pick) for candidate in candidates]
        chosen = int(np.argmin(losses))
        counts = counts + (np.arange(len(answers)) == chosen)
        total = total + candidates[chosen]
        if losses[chosen] < best_loss - 1e-9:
            best_counts, best_loss = counts, losses[chosen]
    return best_counts / best_counts.sum()


def combine(answers, y, fold):
    """One prediction for every row: the weighted mean of the members."""
    weights = choose_weights(answers, y)
    return sum(weight * answer.predicted for weight, answer in zip(weights, answers)), weights
