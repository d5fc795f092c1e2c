import { execFileSync } from 'node:child_process';
import { z } from 'zod';

/** One metric on one pair of columns, as scikit-learn scores it. */
export type SklearnCase = {
  metric: string;
  truth: (string | number)[] | number[][];
  predicted: (string | number)[] | number[][];
};

const program = `
import json, sys
import numpy as np
from sklearn import metrics as m

def rmse(t, p):
    return float(np.sqrt(m.mean_squared_error(t, p)))

def log_loss(t, p):
    p = np.clip(np.asarray(p, dtype=float), 1e-15, 1)
    t = np.asarray(t)
    if p.ndim == 1:
        return m.log_loss(t, np.clip(p, 1e-15, 1 - 1e-15), labels=[0, 1])
    p = p / p.sum(axis=1, keepdims=True)
    return m.log_loss(t.argmax(axis=1), p, labels=list(range(p.shape[1])))

def spearman(t, p):
    import pandas as pd
    return float(np.corrcoef(pd.Series(t).rank(), pd.Series(p).rank())[0, 1])

score = {
    "accuracy": m.accuracy_score,
    "f1": lambda t, p: m.f1_score(t, p, pos_label="1", zero_division=0),
    "f1_macro": lambda t, p: m.f1_score(t, p, average="macro", zero_division=0),
    "f1_micro": lambda t, p: m.f1_score(t, p, average="micro", zero_division=0),
    "f1_weighted": lambda t, p: m.f1_score(t, p, average="weighted", zero_division=0),
    "mcc": m.matthews_corrcoef,
    "kappa": m.cohen_kappa_score,
    "quadratic_kappa": lambda t, p: m.cohen_kappa_score(t, p, weights="quadratic"),
    "roc_auc": m.roc_auc_score,
    "gini": lambda t, p: 2 * m.roc_auc_score(t, p) - 1,
    "average_precision": m.average_precision_score,
    "log_loss": log_loss,
    "multiclass_log_loss": log_loss,
    "rmse": rmse,
    "rmsle": lambda t, p: rmse(np.log1p(t), np.log1p(np.clip(p, 0, None))),
    "rmse_log": lambda t, p: rmse(np.log(t), np.log(p)),
    "mae": m.mean_absolute_error,
    "mape": m.mean_absolute_percentage_error,
    "r2": m.r2_score,
    "pearson": lambda t, p: float(np.corrcoef(t, p)[0, 1]),
    "spearman": spearman,
}
cases = json.load(sys.stdin)
print(json.dumps([float(score[c["metric"]](c["truth"], c["predicted"])) for c in cases]))
`;

/** Scores all cases in one run of Python. */
export function scoreWithSklearn(python: string, cases: readonly SklearnCase[]): number[] {
  const output = execFileSync(python, ['-c', program], {
    input: JSON.stringify(cases),
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'ignore'],
    timeout: 120_000,
  });
  return z.array(z.number()).parse(JSON.parse(output));
}
