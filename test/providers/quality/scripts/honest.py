# Honest scripts, one after another, each under a line "### NAME". None may be found guilty of anything.
### pipeline in the host's folds
import argparse
import json
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--time-limit", type=float)
    parser.add_argument("--debug", action="store_true")
    return parser.parse_args()


def build(numeric, categorical, seed):
    columns = ColumnTransformer([
        ("num", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numeric),
        ("cat", OneHotEncoder(handle_unknown="ignore"), categorical),
    ])
    return Pipeline([("columns", columns), ("model", HistGradientBoostingClassifier(random_state=seed))])


def main():
    args = parse()
    contract = json.loads((args.data / "contract.json").read_text())
    problem = contract["problem"]
    key, target = contract["rowKey"], problem["targetColumns"][0]
    train = pd.read_csv(args.data / "train.csv")
    test = pd.read_csv(args.data / "test.csv")
    folds = pd.read_csv(args.data / "folds.csv").set_index(key)["fold"]
    fold = train[key].map(folds).to_numpy()
    features = [c for c in train.columns if c not in (key, target, problem["idColumn"])]
    numeric = [c for c in features if pd.api.types.is_numeric_dtype(train[c])]
    categorical = [c for c in features if c not in numeric]
    y = train[target].astype(int).to_numpy()
    oof = np.zeros(len(train))
    predicted = np.zeros(len(test))
    for k in range(contract["foldCount"]):
        rows, held = np.flatnonzero(fold != k), np.flatnonzero(fold == k)
        model = build(numeric, categorical, args.seed)
        model.fit(train.iloc[rows][features], y[rows])
        oof[held] = model.predict_proba(train.iloc[held][features])[:, 1]
        predicted += model.predict_proba(test[features])[:, 1] / contract["foldCount"]
    pd.DataFrame({key: train[key], problem["predictionColumns"][0]: oof}).to_csv(args.out / "oof.csv", index=False)
    sample = pd.read_csv(args.data / "sample_submission.csv")
    sample[problem["submissionColumns"][0]] = predicted
    sample.to_csv(args.out / "submission.csv", index=False)


if __name__ == "__main__":
    main()
### LightGBM with early stopping inside the training rows
import lightgbm as lgb
import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split
import sys, os, json

data, out = sys.argv[2], sys.argv[4]
TARGET = "target"
train = pd.read_csv(os.path.join(data, "train.csv"))
test = pd.read_csv(os.path.join(data, "test.csv"))
folds = pd.read_csv(os.path.join(data, "folds.csv"))
train = train.merge(folds, on="id")
drop = ["id", TARGET, "fold"]
X, y = train.drop(columns=drop), train[TARGET]
X_test = test.drop(columns=["id"])
oof, answers = np.zeros(len(train)), np.zeros(len(test))
for k in sorted(train["fold"].unique()):
    inside, held = train["fold"] != k, train["fold"] == k
    a, b, ya, yb = train_test_split(X[inside], y[inside], test_size=0.1, random_state=k)
    model = lgb.LGBMClassifier(n_estimators=2000, learning_rate=0.05, n_jobs=int(os.environ.get("OMP_NUM_THREADS", "1")))
    model.fit(a, ya, eval_set=[(b, yb)], callbacks=[lgb.early_stopping(50)])
    oof[held] = model.predict_proba(X[held])[:, 1]
    answers += model.predict_proba(X_test)[:, 1] / 5
pd.DataFrame({"id": train["id"], "target": oof}).to_csv(os.path.join(out, "oof.csv"), index=False)
pd.DataFrame({"id": test["id"], "target": answers}).to_csv(os.path.join(out, "submission.csv"), index=False)
### target means inside the folds
import pandas as pd, numpy as np, argparse, pathlib
from sklearn.linear_model import LogisticRegression

p = argparse.ArgumentParser(); p.add_argument("--data"); p.add_argument("--out"); a, _ = p.parse_known_args()
data, out = pathlib.Path(a.data), pathlib.Path(a.out)
train, test, folds = (pd.read_csv(data / n) for n in ("train.csv", "test.csv", "folds.csv"))
fold = folds["fold"].values
oof = np.zeros(len(train))


def encode(rows, asked, column):
    means = rows.groupby(column)["target"].mean()
    prior = rows["target"].mean()
    return asked[column].map(means).fillna(prior)


for k in range(5):
    fit_rows, valid = train[fold != k].copy(), train[fold == k].copy()
    valid["city_mean"] = encode(fit_rows, valid, "city")
    inner = fit_rows.index.to_numpy() % 4
    for j in range(4):
        fit_rows.loc[inner == j, "city_mean"] = encode(fit_rows[inner != j], fit_rows[inner == j], "city").values
    model = LogisticRegression(max_iter=500).fit(fit_rows[["age", "city_mean"]], fit_rows["target"])
    oof[fold == k] = model.predict_proba(valid[["age", "city_mean"]])[:, 1]
test["city_mean"] = encode(train, test, "city")
final = LogisticRegression(max_iter=500)
train["city_mean"] = oof
final.fit(train[["age", "city_mean"]], train["target"])
test_answers = final.predict_proba(test[["age", "city_mean"]])[:, 1]
pd.DataFrame({"id": train["id"], "target": oof}).to_csv(out / "oof.csv", index=False)
sub = pd.read_csv(data / "sample_submission.csv")
sub["target"] = test_answers
sub.to_csv(out / "submission.csv", index=False)
### vocabularies over all texts, and a linear model
import argparse, json, pathlib
import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

parser = argparse.ArgumentParser()
parser.add_argument("--data", type=pathlib.Path)
parser.add_argument("--out", type=pathlib.Path)
options, rest = parser.parse_known_args()
train = pd.read_csv(options.data / "train.csv")
test = pd.read_csv(options.data / "test.csv")
texts = pd.concat([train["text"], test["text"]]).fillna("")
words = TfidfVectorizer(ngram_range=(1, 2), min_df=2).fit_transform(texts)
chars = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4)).fit_transform(texts)
X = sparse.hstack([words, chars]).tocsr()
X_train, X_test = X[: len(train)], X[len(train) :]
fold = pd.read_csv(options.data / "folds.csv")["fold"].to_numpy()
y = train["target"].to_numpy()
oof = np.zeros((len(train), 2))
for held in np.unique(fold):
    model = LogisticRegression(C=3, max_iter=1000)
    model.fit(X_train[fold != held], y[fold != held])
    oof[fold == held] = model.predict_proba(X_train[fold == held])
np.savetxt(options.out / "oof.csv", oof)
### a network in torch
import argparse, json
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from sklearn.preprocessing import StandardScaler
from torch import nn


class Net(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(width, 64), nn.ReLU(), nn.Dropout(0.2), nn.Linear(64, 1))

    def forward(self, x):
        return self.layers(x).squeeze(-1)


def train_one(X, y, epochs, seed):
    torch.manual_seed(seed)
    net = Net(X.shape[1])
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3)
    loss_of = nn.BCEWithLogitsLoss()
    for epoch in range(epochs):
        net.train()
        optimizer.zero_grad()
        loss = loss_of(net(X), y)
        loss.backward()
        optimizer.step()
    return net


def predict(net, X):
    net.eval()
    with torch.no_grad():
        return torch.sigmoid(net(X)).numpy()


parser = argparse.ArgumentParser()
for name in ("--data", "--out"):
    parser.add_argument(name, type=Path)
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--debug", action="store_true")
args, _ = parser.parse_known_args()
contract = json.loads((args.data / "contract.json").read_text())
target = contract["problem"]["targetColumns"][0]
train = pd.read_csv(args.data / "train.csv")
test = pd.read_csv(args.data / "test.csv")
folds = pd.read_csv(args.data / "folds.csv")
fold = train[contract["rowKey"]].map(dict(zip(folds.iloc[:, 0], folds["fold"]))).values
numbers = train.select_dtypes("number").columns.drop([target, contract["rowKey"]], errors="ignore")
y = torch.tensor(train[target].values, dtype=torch.float32)
oof, answers = np.zeros(len(train)), np.zeros(len(test))
for k in range(contract["foldCount"]):
    tr, va = np.where(fold != k)[0], np.where(fold == k)[0]
    scaler = StandardScaler().fit(train.loc[tr, numbers].fillna(0))
    scale = lambda table: torch.tensor(scaler.transform(table[numbers].fillna(0)), dtype=torch.float32)
    net = train_one(scale(train.iloc[tr]), y[tr], 3 if args.debug else 30, args.seed)
    oof[va] = predict(net, scale(train.iloc[va]))
    answers += predict(net, scale(test)) / contract["foldCount"]
pd.DataFrame({contract["rowKey"]: train[contract["rowKey"]], target: oof}).to_csv(args.out / "oof.csv", index=False)
sample = pd.read_csv(args.data / "sample_submission.csv")
sample.iloc[:, 1] = answers
sample.to_csv(args.out / "submission.csv", index=False)
### a family of models, stacked on out-of-fold answers
import argparse, json, os, time
from pathlib import Path
import numpy as np, pandas as pd
from sklearn.base import clone
from sklearn.ensemble import ExtraTreesRegressor, HistGradientBoostingRegressor
from sklearn.linear_model import Ridge
from sklearn.preprocessing import OrdinalEncoder, StandardScaler
from sklearn.pipeline import make_pipeline

MODELS = {
    "hgb": HistGradientBoostingRegressor(max_iter=300),
    "trees": ExtraTreesRegressor(n_estimators=300),
    "ridge": make_pipeline(StandardScaler(), Ridge(10)),
}


def load(folder):
    frames = {}
    for name in ("train", "test", "folds"):
        frames[name] = pd.read_csv(folder / f"{name}.csv")
    return frames


def engineer(frame):
    frame = frame.copy()
    frame["area"] = frame["width"] * frame["height"]
    frame["log_area"] = np.log1p(frame["area"])
    return frame.drop(columns=["id"], errors="ignore")


def run(args):
    frames = load(args.data)
    train, test = frames["train"], frames["test"]
    y = np.log1p(train.pop("target"))
    whole = pd.concat([train, test], ignore_index=True)
    coded = whole.select_dtypes("object").columns
    whole[coded] = OrdinalEncoder().fit_transform(whole[coded].fillna("?").astype(str))
    X, X_test = engineer(whole[: len(train)]).fillna(-1), engineer(whole[len(train) :]).fillna(-1)
    fold = frames["folds"]["fold"].to_numpy()
    level_one, tests = np.zeros((len(X), len(MODELS))), np.zeros((len(X_test), len(MODELS)))
    for column, (name, model) in enumerate(MODELS.items()):
        for k in np.unique(fold):
            fitted = clone(model).fit(X[fold != k], y[fold != k])
            level_one[fold == k, column] = fitted.predict(X[fold == k])
            tests[:, column] += fitted.predict(X_test) / 5
    oof = np.zeros(len(X))
    for k in np.unique(fold):
        blender = Ridge(1.0).fit(level_one[fold != k], y[fold != k])
        oof[fold == k] = blender.predict(level_one[fold == k])
    answers = Ridge(1.0).fit(level_one, y).predict(tests)
    pd.DataFrame({"id": train["id"], "target": np.expm1(oof)}).to_csv(args.out / "oof.csv", index=False)
    pd.DataFrame({"id": test["id"], "target": np.expm1(answers)}).to_csv(args.out / "submission.csv", index=False)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    run(parser.parse_known_args()[0])
### XGBoost with one final fit for the test
import sys
from pathlib import Path
import numpy as np
import pandas as pd
import xgboost as xgb

data = Path(sys.argv[sys.argv.index("--data") + 1])
out = Path(sys.argv[sys.argv.index("--out") + 1])
train = pd.read_csv(data / "train.csv")
test = pd.read_csv(data / "test.csv")
folds = pd.read_csv(data / "folds.csv")
target = "target"
features = [column for column in test.columns if column != "id"]
for column in features:
    if train[column].dtype == object:
        levels = pd.Categorical(pd.concat([train[column], test[column]])).categories
        train[column] = pd.Categorical(train[column], categories=levels).codes
        test[column] = pd.Categorical(test[column], categories=levels).codes
params = {"objective": "binary:logistic", "eta": 0.05, "max_depth": 6}
oof = np.zeros(len(train))
for fold in range(folds["fold"].max() + 1):
    train_rows = folds["fold"] != fold
    dtrain = xgb.DMatrix(train.loc[train_rows, features], label=train.loc[train_rows, target])
    dvalid = xgb.DMatrix(train.loc[~train_rows, features])
    booster = xgb.train(params, dtrain, num_boost_round=300)
    oof[~train_rows] = booster.predict(dvalid)
everything = xgb.DMatrix(train[features], label=train[target])
final = xgb.train(params, everything, num_boost_round=330)
answers = final.predict(xgb.DMatrix(test[features]))
result = pd.DataFrame({"id": train["id"], "target": oof})
result.to_csv(out / "oof.csv", index=False)
sub = pd.read_csv(data / "sample_submission.csv")
sub[target] = answers
sub.to_csv(out / "submission.csv", index=False)
### a time series by lags
#facts {"time": "date"}
import argparse
import pathlib
import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingRegressor

parser = argparse.ArgumentParser()
parser.add_argument("--data", type=pathlib.Path)
parser.add_argument("--out", type=pathlib.Path)
args, _ = parser.parse_known_args()
train = pd.read_csv(args.data / "train.csv", parse_dates=["date"]).sort_values("date")
test = pd.read_csv(args.data / "test.csv", parse_dates=["date"])
folds = pd.read_csv(args.data / "folds.csv").set_index("id")["fold"]
whole = pd.concat([train, test], ignore_index=True)
whole["dow"] = whole["date"].dt.dayofweek
whole["month"] = whole["date"].dt.month
for lag in (28, 35, 42):
    whole[f"lag_{lag}"] = whole.groupby("store")["target"].shift(lag)
whole["rolling"] = whole.groupby("store")["lag_28"].transform(lambda s: s.rolling(7, min_periods=1).mean())
features = ["dow", "month", "lag_28", "lag_35", "lag_42", "rolling"]
learn = whole[: len(train)]
ask = whole[len(train) :]
fold = learn["id"].map(folds).to_numpy()
oof = np.zeros(len(learn))
for k in sorted(set(fold)):
    model = HistGradientBoostingRegressor(early_stopping=False)
    model.fit(learn.loc[fold != k, features], learn.loc[fold != k, "target"])
    oof[fold == k] = model.predict(learn.loc[fold == k, features])
model = HistGradientBoostingRegressor(early_stopping=False).fit(learn[features], learn["target"])
pd.DataFrame({"id": learn["id"], "target": oof}).to_csv(args.out / "oof.csv", index=False)
pd.DataFrame({"id": ask["id"], "target": model.predict(ask[features])}).to_csv(args.out / "submission.csv", index=False)
### groups with an inner split by group
#facts {"group": "patient"}
import argparse, pathlib
import numpy as np, pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import GroupShuffleSplit, RandomizedSearchCV, GroupKFold

parser = argparse.ArgumentParser()
parser.add_argument("--data", type=pathlib.Path); parser.add_argument("--out", type=pathlib.Path)
args, _ = parser.parse_known_args()
train = pd.read_csv(args.data / "train.csv"); test = pd.read_csv(args.data / "test.csv")
fold = pd.read_csv(args.data / "folds.csv")["fold"].to_numpy()
features = train.columns.difference(["id", "target", "patient"])
oof = np.full(len(train), np.nan)
for k in np.unique(fold):
    mine = train[fold != k]
    search = RandomizedSearchCV(RandomForestClassifier(), {"max_depth": [3, 6, None]}, cv=GroupKFold(3), n_iter=3)
    search.fit(mine[features], mine["target"], groups=mine["patient"])
    oof[fold == k] = search.predict_proba(train.loc[fold == k, features])[:, 1]
final = RandomForestClassifier().fit(train[features], train["target"])
train_score = final.score(train[features], train["target"])
print("score on the training rows", train_score)
out = pd.DataFrame({"id": train["id"], "target": oof}); out.to_csv(args.out / "oof.csv", index=False)
answers = pd.DataFrame({"id": test["id"]}); answers["target"] = final.predict_proba(test[features])[:, 1]
answers.to_csv(args.out / "submission.csv", index=False)
### resampling inside the folds, files guarded
import argparse, json, warnings
from pathlib import Path
import numpy as np, pandas as pd
from imblearn.over_sampling import SMOTE
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

warnings.filterwarnings("ignore")
parser = argparse.ArgumentParser()
parser.add_argument("--data", type=Path); parser.add_argument("--out", type=Path)
args, _ = parser.parse_known_args()
train = pd.read_csv(args.data / "train.csv")
test = pd.read_csv(args.data / "test.csv")
try:
    gate = pd.read_csv(args.data / "gate.csv")
except FileNotFoundError:
    gate = None
fold = pd.read_csv(args.data / "folds.csv").fold.values
X, y = train.drop(["id", "target"], axis=1).values, train.target.values
oof = np.zeros(len(X)); gate_answers = None
for k in range(5):
    a, b = fold != k, fold == k
    scaler = StandardScaler()
    Xa = scaler.fit_transform(X[a]); Xb = scaler.transform(X[b])
    Xa, ya = SMOTE(random_state=0).fit_resample(Xa, y[a])
    model = SVC(probability=True).fit(Xa, ya)
    oof[b] = model.predict_proba(Xb)[:, 1]
    if gate is not None:
        part = model.predict_proba(scaler.transform(gate.drop(columns="id").values))[:, 1] / 5
        gate_answers = part if gate_answers is None else gate_answers + part
pd.DataFrame({"id": train.id, "target": oof}).to_csv(args.out / "oof.csv", index=False)
if gate is not None:
    pd.DataFrame({"id": gate.id, "target": gate_answers}).to_csv(args.out / "gate.csv", index=False)
### adversarial weights from train and test
import argparse
from pathlib import Path
import numpy as np, pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

parser = argparse.ArgumentParser()
parser.add_argument("--data", type=Path); parser.add_argument("--out", type=Path)
args, _ = parser.parse_known_args()
train, test = pd.read_csv(args.data / "train.csv"), pd.read_csv(args.data / "test.csv")
features = [c for c in train.columns if c in test.columns and c != "id"]
both = pd.concat([train[features], test[features]])
origin = np.r_[np.zeros(len(train)), np.ones(len(test))]
likeness = HistGradientBoostingClassifier().fit(both, origin).predict_proba(train[features])[:, 1]
weights = 0.5 + likeness
fold = pd.read_csv(args.data / "folds.csv")["fold"].to_numpy()
oof = np.zeros(len(train))
for k in np.unique(fold):
    rows = np.flatnonzero(fold != k)
    model = HistGradientBoostingClassifier().fit(train.iloc[rows][features], train["target"].iloc[rows], sample_weight=weights[rows])
    oof[fold == k] = model.predict_proba(train.loc[fold == k, features])[:, 1]
pd.DataFrame({"id": train["id"], "target": oof}).to_csv(args.out / "oof.csv", index=False)
### cross_val_predict with the host's folds
import argparse
from pathlib import Path
import pandas as pd
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.model_selection import PredefinedSplit, cross_val_predict

parser = argparse.ArgumentParser()
parser.add_argument("--data", type=Path); parser.add_argument("--out", type=Path)
args, _ = parser.parse_known_args()
train = pd.read_csv(args.data / "train.csv")
folds = pd.read_csv(args.data / "folds.csv")
X = train.drop(columns=["id", "target"])
model = GradientBoostingRegressor()
oof = cross_val_predict(model, X, train["target"], cv=PredefinedSplit(folds["fold"]))
pd.DataFrame({"id": train["id"], "target": oof}).to_csv(args.out / "oof.csv", index=False)
model.fit(X, train["target"])
test = pd.read_csv(args.data / "test.csv")
sample = pd.read_csv(args.data / "sample_submission.csv")
sample["target"] = model.predict(test.drop(columns=["id"]))
sample.to_csv(args.out / "submission.csv", index=False)
### catboost with pools
import pandas as pd, numpy as np, sys
from catboost import CatBoostClassifier, Pool
D, O = sys.argv[2], sys.argv[4]
train = pd.read_csv(f"{D}/train.csv"); test = pd.read_csv(f"{D}/test.csv"); folds = pd.read_csv(f"{D}/folds.csv")
train = train.merge(folds, on="id", how="left")
target = "target"
features = [c for c in test.columns if c not in ["id"]]
cats = train[features].select_dtypes(include="object").columns.tolist()
for c in cats:
    train[c] = train[c].fillna("none").astype(str)
    test[c] = test[c].fillna("none").astype(str)
oof = np.zeros(len(train)); pt = np.zeros(len(test))
for f in range(5):
    tr, va = train[train.fold != f], train[train.fold == f]
    m = CatBoostClassifier(iterations=100, verbose=0)
    m.fit(Pool(tr[features], tr[target], cat_features=cats), eval_set=Pool(va[features], va[target], cat_features=cats))
    oof[va.index] = m.predict_proba(va[features])[:, 1]
    pt += m.predict_proba(test[features])[:, 1] / 5
sub = pd.read_csv(f"{D}/sample_submission.csv"); sub[target] = pt; sub.to_csv(f"{O}/submission.csv", index=False)
o = train[["id"]].copy(); o[target] = oof; o.to_csv(f"{O}/oof.csv", index=False)
### class based
import argparse, json, logging, os
import numpy as np, pandas as pd
from dataclasses import dataclass
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.impute import SimpleImputer
@dataclass
class Config:
    data: str
    out: str
    seed: int = 42
class Solution:
    def __init__(self, config):
        self.config = config
        self.contract = json.load(open(os.path.join(config.data, "contract.json")))
        self.key = self.contract["rowKey"]
        self.target = self.contract["problem"]["targetColumns"][0]
    def load(self):
        self.train = pd.read_csv(os.path.join(self.config.data, "train.csv"))
        self.test = pd.read_csv(os.path.join(self.config.data, "test.csv"))
        f = pd.read_csv(os.path.join(self.config.data, "folds.csv"))
        self.fold = self.train[self.key].map(f.set_index(self.key)["fold"]).values
        self.features = [c for c in self.train.columns if c not in {self.key, self.target}]
    def fit(self):
        y = self.train[self.target].values
        classes = np.unique(y)
        self.oof = np.zeros((len(y), len(classes)))
        self.answers = np.zeros((len(self.test), len(classes)))
        for k in np.unique(self.fold):
            tr = self.fold != k
            imp = SimpleImputer().fit(self.train.loc[tr, self.features])
            m = ExtraTreesClassifier(random_state=self.config.seed)
            m.fit(imp.transform(self.train.loc[tr, self.features]), y[tr])
            self.oof[~tr] = m.predict_proba(imp.transform(self.train.loc[~tr, self.features]))
            self.answers += m.predict_proba(imp.transform(self.test[self.features]))
    def write(self):
        pd.DataFrame(self.oof).to_csv(os.path.join(self.config.out, "oof.csv"))
        s = pd.read_csv(os.path.join(self.config.data, "sample_submission.csv"))
        s.iloc[:, 1] = self.answers.argmax(1)
        s.to_csv(os.path.join(self.config.out, "submission.csv"), index=False)
def main():
    p = argparse.ArgumentParser()
    p.add_argument("--data"); p.add_argument("--out"); p.add_argument("--seed", type=int, default=42)
    a, _ = p.parse_known_args()
    s = Solution(Config(a.data, a.out, a.seed)); s.load(); s.fit(); s.write()
if __name__ == "__main__":
    main()
### polars and hgb
import polars as pl, numpy as np, sys
from sklearn.ensemble import HistGradientBoostingRegressor
D, O = sys.argv[2], sys.argv[4]
train = pl.read_csv(D + "/train.csv"); test = pl.read_csv(D + "/test.csv"); folds = pl.read_csv(D + "/folds.csv")
feats = [c for c in test.columns if c != "id"]
X = train.select(feats).to_numpy(); y = train["target"].to_numpy(); f = folds["fold"].to_numpy()
oof = np.empty(len(y))
for k in range(5):
    oof[f == k] = HistGradientBoostingRegressor().fit(X[f != k], y[f != k]).predict(X[f == k])
pl.DataFrame({"id": train["id"], "target": oof}).write_csv(O + "/oof.csv")
### lgb.train with datasets and feature frequency over both
import lightgbm as lgb, numpy as np, pandas as pd, sys
D, O = sys.argv[2], sys.argv[4]
train, test, folds = [pd.read_csv(f"{D}/{n}.csv") for n in ["train", "test", "folds"]]
both = pd.concat([train.drop(columns="target"), test])
for c in ["a", "b"]:
    freq = both[c].value_counts(normalize=True)
    train[c + "_freq"] = train[c].map(freq); test[c + "_freq"] = test[c].map(freq)
y = train["target"]; feats = [c for c in train if c not in ("id", "target")]
oof = pd.Series(0.0, index=train.index)
for k, idx in folds.groupby("fold").groups.items():
    tr = train.index.difference(idx)
    dtr = lgb.Dataset(train.loc[tr, feats], label=y.loc[tr]); dva = lgb.Dataset(train.loc[idx, feats], label=y.loc[idx])
    b = lgb.train({"objective": "regression", "verbose": -1}, dtr, 1000, valid_sets=[dva], callbacks=[lgb.early_stopping(50)])
    oof.loc[idx] = b.predict(train.loc[idx, feats])
oof.to_frame("target").assign(id=train["id"]).to_csv(f"{O}/oof.csv", index=False)
### nested tuning with optuna
import optuna, numpy as np, pandas as pd, sys
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
D, O = sys.argv[2], sys.argv[4]
train = pd.read_csv(D + "/train.csv"); folds = pd.read_csv(D + "/folds.csv")
X, y = train.drop(columns=["id", "target"]), np.log1p(train["target"])
f = folds["fold"].values
oof = np.zeros(len(y))
for k in np.unique(f):
    Xa, ya = X[f != k], y[f != k]
    def objective(trial):
        a = trial.suggest_float("alpha", 1e-3, 100, log=True)
        return -cross_val_score(make_pipeline(StandardScaler(), Ridge(a)), Xa, ya, cv=KFold(3), scoring="neg_mean_squared_error").mean()
    study = optuna.create_study()
    study.optimize(objective, n_trials=20)
    m = make_pipeline(StandardScaler(), Ridge(study.best_params["alpha"])).fit(Xa, ya)
    oof[f == k] = m.predict(X[f == k])
pd.DataFrame({"id": train["id"], "target": np.expm1(oof)}).to_csv(O + "/oof.csv", index=False)
### image features by torch frozen
import sys, os, numpy as np, pandas as pd, torch, timm
from PIL import Image
from torch.utils.data import Dataset, DataLoader
from sklearn.linear_model import LogisticRegression
D, O = sys.argv[2], sys.argv[4]
os.environ["TOKENIZERS_PARALLELISM"] = "false"
device = "cuda" if torch.cuda.is_available() else "cpu"
class Images(Dataset):
    def __init__(self, names, tf): self.names, self.tf = names, tf
    def __len__(self): return len(self.names)
    def __getitem__(self, i): return self.tf(Image.open(os.path.join(D, "images", self.names[i])).convert("RGB"))
train = pd.read_csv(os.path.join(D, "train.csv")); test = pd.read_csv(os.path.join(D, "test.csv")); folds = pd.read_csv(os.path.join(D, "folds.csv"))
net = timm.create_model("resnet18", pretrained=False, num_classes=0).to(device).eval()
tf = timm.data.create_transform(**timm.data.resolve_data_config({}, model=net))
@torch.no_grad()
def embed(names):
    return np.concatenate([net(b.to(device)).cpu().numpy() for b in DataLoader(Images(names, tf), batch_size=64)])
E = embed(list(train["image"]) + list(test["image"]))
X, T = E[:len(train)], E[len(train):]
y = train["label"].values; f = folds["fold"].values
oof = np.zeros((len(y), 2)); pt = 0
for k in range(5):
    m = LogisticRegression(max_iter=500).fit(X[f != k], y[f != k]); oof[f == k] = m.predict_proba(X[f == k]); pt = pt + m.predict_proba(T)
pd.DataFrame(oof).assign(id=train["id"]).to_csv(os.path.join(O, "oof.csv"), index=False)
### text with fold-wise tfidf, averaging submission via csv module
import csv, json, sys
from pathlib import Path
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC
from sklearn.calibration import CalibratedClassifierCV
D, O = Path(sys.argv[2]), Path(sys.argv[4])
def read(name):
    with (D / name).open(newline="", encoding="utf-8") as fh:
        return list(csv.DictReader(fh))
train, test, sample = read("train.csv"), read("test.csv"), read("sample_submission.csv")
fold = {r["id"]: int(r["fold"]) for r in read("folds.csv")}
texts = [r["text"] for r in train]; y = np.array([r["target"] for r in train])
f = np.array([fold[r["id"]] for r in train])
oof = np.zeros((len(y), len(set(y)))); pt = 0
for k in sorted(set(f)):
    m = make_pipeline(TfidfVectorizer(min_df=2), CalibratedClassifierCV(LinearSVC(), cv=3))
    m.fit([t for t, g in zip(texts, f) if g != k], y[f != k])
    oof[f == k] = m.predict_proba([t for t, g in zip(texts, f) if g == k])
    pt = pt + m.predict_proba([r["text"] for r in test]) / 5
with (O / "oof.csv").open("w", newline="") as fh:
    w = csv.writer(fh); w.writerow(["id", "0", "1"]); w.writerows([[r["id"], *p] for r, p in zip(train, oof)])
with (O / "submission.csv").open("w", newline="") as fh:
    w = csv.writer(fh); w.writerow(["id", "target"]); w.writerows([[r["id"], m.classes_[p.argmax()]] for r, p in zip(sample, pt)])
### os path join functions everywhere
import os, json, argparse, gc, random, math, warnings
import numpy as np, pandas as pd
import lightgbm as lgb
from sklearn.preprocessing import LabelEncoder, StandardScaler
from sklearn.metrics import roc_auc_score
warnings.simplefilter("ignore")
def seed_everything(seed):
    random.seed(seed); os.environ["PYTHONHASHSEED"] = str(seed); np.random.seed(seed)
def load(data_dir):
    train = pd.read_csv(os.path.join(data_dir, "train.csv"))
    test = pd.read_csv(os.path.join(data_dir, "test.csv"))
    folds = pd.read_csv(os.path.join(data_dir, "folds.csv"))
    gate_path = os.path.join(data_dir, "gate.csv")
    gate = pd.read_csv(gate_path) if os.path.exists(gate_path) else None
    return train, test, gate, folds
def add_features(df):
    df = df.copy()
    df["ratio"] = df["a"] / (df["b"] + 1)
    df["n_missing"] = df.isna().sum(axis=1)
    return df
def encode(train, others, cols):
    for c in cols:
        le = LabelEncoder()
        le.fit(pd.concat([train[c]] + [o[c] for o in others]).astype(str))
        train[c] = le.transform(train[c].astype(str))
        for o in others:
            o[c] = le.transform(o[c].astype(str))
    return train, others
def run_fold(X_tr, y_tr, X_va, seed, rounds):
    model = lgb.LGBMClassifier(n_estimators=rounds, random_state=seed)
    model.fit(X_tr, y_tr)
    return model, model.predict_proba(X_va)[:, 1]
def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--data", required=True); ap.add_argument("--out", required=True)
    ap.add_argument("--seed", type=int, default=42); ap.add_argument("--time-limit", type=float); ap.add_argument("--debug", action="store_true")
    args = ap.parse_args()
    seed_everything(args.seed)
    with open(os.path.join(args.data, "contract.json")) as fh:
        contract = json.load(fh)
    target = contract["problem"]["targetColumns"][0]; key = contract["rowKey"]
    train, test, gate, folds = load(args.data)
    fold_map = dict(zip(folds[key], folds["fold"]))
    train["fold"] = train[key].map(fold_map)
    train, test = add_features(train), add_features(test)
    others = [test]
    if gate is not None:
        gate = add_features(gate); others.append(gate)
    features = [c for c in train.columns if c not in (key, target, "fold")]
    cats = [c for c in features if train[c].dtype == "object"]
    train, others = encode(train, others, cats)
    y = train[target].values
    oof = np.zeros(len(train)); tp = np.zeros(len(test)); gp = np.zeros(len(gate)) if gate is not None else None
    scores = []
    for f in sorted(train["fold"].unique()):
        trn, val = train["fold"] != f, train["fold"] == f
        if args.debug:
            idx = np.flatnonzero(trn); idx = np.random.default_rng(0).choice(idx, max(10, len(idx) // 10), replace=False)
        else:
            idx = np.flatnonzero(trn)
        sc = StandardScaler().fit(train.iloc[idx][features])
        X_tr = pd.DataFrame(sc.transform(train.iloc[idx][features]), columns=features)
        X_va = pd.DataFrame(sc.transform(train.loc[val, features]), columns=features)
        m, p = run_fold(X_tr, y[idx], X_va, args.seed, 50 if args.debug else 500)
        oof[val] = p
        tp += m.predict_proba(sc.transform(test[features]))[:, 1] / 5
        if gate is not None:
            gp += m.predict_proba(sc.transform(gate[features]))[:, 1] / 5
        scores.append(roc_auc_score(y[val], p))
        gc.collect()
    col = contract["problem"]["predictionColumns"][0]
    pd.DataFrame({key: train[key], col: oof}).to_csv(os.path.join(args.out, "oof.csv"), index=False)
    pd.DataFrame({contract["problem"]["idColumn"]: test[contract["problem"]["idColumn"]], col: tp}).to_csv(os.path.join(args.out, "test.csv"), index=False)
    if gate is not None:
        pd.DataFrame({key: gate[key], col: gp}).to_csv(os.path.join(args.out, "gate.csv"), index=False)
    sub = pd.read_csv(os.path.join(args.data, "sample_submission.csv"))
    sub[contract["problem"]["submissionColumns"][0]] = sub.iloc[:, 0].map(dict(zip(test[contract["problem"]["idColumn"]], tp)))
    sub.to_csv(os.path.join(args.out, "submission.csv"), index=False)
if __name__ == "__main__":
    main()
### y from pop with pipeline dict
from pathlib import Path
import sys, numpy as np, pandas as pd
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler, OneHotEncoder, TargetEncoder
from sklearn.linear_model import Ridge, LogisticRegression
from sklearn.ensemble import VotingRegressor, HistGradientBoostingRegressor
data, out = Path(sys.argv[2]), Path(sys.argv[4])
X = pd.read_csv(data / "train.csv").set_index("id")
y = X.pop("target")
T = pd.read_csv(data / "test.csv").set_index("id")
fold = pd.read_csv(data / "folds.csv").set_index("id")["fold"].reindex(X.index)
prep = make_column_transformer(
    (StandardScaler(), make_column_selector(dtype_include="number")),
    (TargetEncoder(target_type="continuous"), make_column_selector(dtype_include=object)))
model = VotingRegressor([("r", make_pipeline(prep, Ridge())), ("h", make_pipeline(prep, HistGradientBoostingRegressor()))])
oof = pd.Series(index=X.index, dtype=float)
for k in fold.unique():
    model.fit(X[fold != k], np.log1p(y[fold != k]))
    oof[fold == k] = np.expm1(model.predict(X[fold == k]))
model.fit(X, np.log1p(y))
answers = pd.Series(np.expm1(model.predict(T)), index=T.index, name="target")
oof.rename("target").to_frame().to_csv(out / "oof.csv")
answers.to_csv(out / "submission.csv")
### residual boosting with target column kept in frame
import sys, numpy as np, pandas as pd
from xgboost import XGBRegressor
d, o = sys.argv[2], sys.argv[4]
df = pd.read_csv(d + "/train.csv").merge(pd.read_csv(d + "/folds.csv"), on="id")
te = pd.read_csv(d + "/test.csv")
FEATS = sorted(set(df.columns) - {"id", "target", "fold"})
df["oof"] = 0.0
te["target"] = 0.0
for k in range(df.fold.max() + 1):
    tr, va = df[df.fold != k].copy(), df[df.fold == k].copy()
    prior = tr.groupby("shop")["target"].mean()
    tr["resid"] = tr["target"] - tr["shop"].map(prior)
    m = XGBRegressor(n_estimators=200).fit(tr[FEATS], tr["resid"])
    df.loc[va.index, "oof"] = va["shop"].map(prior).fillna(tr["target"].mean()) + m.predict(va[FEATS])
    te["target"] += (te["shop"].map(prior).fillna(tr["target"].mean()) + m.predict(te[FEATS])) / 5
df[["id", "oof"]].rename(columns={"oof": "target"}).to_csv(o + "/oof.csv", index=False)
te[["id", "target"]].to_csv(o + "/submission.csv", index=False)
### kaggle style script with te inside folds and merge
import argparse, json, os
import numpy as np
import pandas as pd
import xgboost as xgb
from sklearn.preprocessing import OrdinalEncoder
p = argparse.ArgumentParser(); p.add_argument("--data"); p.add_argument("--out"); p.add_argument("--seed", type=int, default=0); p.add_argument("--debug", action="store_true"); p.add_argument("--time-limit"); p.add_argument("--without"); p.add_argument("--params")
a = p.parse_args()
PARTS = ["features:te", "features:freq", "model:xgb"]
read = lambda name: pd.read_csv(os.path.join(a.data, name))
train, test, folds = read("train.csv"), read("test.csv"), read("folds.csv")
c = json.load(open(os.path.join(a.data, "contract.json")))
TARGET, KEY = c["problem"]["targetColumns"][0], c["rowKey"]
train = train.merge(folds, on=KEY)
cats = [x for x in test.columns if test[x].dtype == object]
enc = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1).fit(pd.concat([train[cats], test[cats]]).astype(str))
params = {"max_depth": 5, "eta": 0.1, "seed": a.seed}
if a.params: params.update(json.load(open(a.params)).get("xgb", {}))
oof = np.zeros(len(train)); tp = np.zeros(len(test)); scores = []
def te_map(df, col):
    g = df.groupby(col)[TARGET].agg(["sum", "count"])
    return (g["sum"] + 20 * df[TARGET].mean()) / (g["count"] + 20)
for f in range(c["foldCount"]):
    tr = train[train.fold != f].reset_index(drop=True); va = train[train.fold == f].reset_index(drop=True); te = test.copy()
    if a.debug: tr = tr.sample(frac=0.1, random_state=0)
    if a.without != "features:te":
        for col in cats:
            m = te_map(tr, col)
            va = pd.merge(va, m.rename(col + "_te"), left_on=col, right_index=True, how="left")
            te[col + "_te"] = te[col].map(m)
            tr[col + "_te"] = tr[col].map(m)
    for d in (tr, va, te): d[cats] = enc.transform(d[cats].astype(str))
    feats = [x for x in tr.columns if x not in (KEY, TARGET, "fold")]
    b = xgb.train(params, xgb.DMatrix(tr[feats], label=tr[TARGET]), num_boost_round=30 if a.debug else 300)
    oof[train.fold == f] = b.predict(xgb.DMatrix(va[feats])); tp += b.predict(xgb.DMatrix(te[feats])) / c["foldCount"]
pd.DataFrame({KEY: train[KEY], "p": oof}).to_csv(os.path.join(a.out, "oof.csv"), index=False)
s = read("sample_submission.csv"); s["p"] = tp; s.to_csv(os.path.join(a.out, "submission.csv"), index=False)
### multi target regression in loop with dict of oofs
from pathlib import Path
import argparse, numpy as np, pandas as pd, json
from sklearn.linear_model import RidgeCV
from sklearn.preprocessing import StandardScaler
from sklearn.pipeline import make_pipeline
ap = argparse.ArgumentParser(); ap.add_argument("--data", type=Path); ap.add_argument("--out", type=Path); args, _ = ap.parse_known_args()
contract = json.loads((args.data / "contract.json").read_text())
targets = contract["problem"]["targetColumns"]
key = contract["rowKey"]
train = pd.read_csv(args.data / "train.csv"); test = pd.read_csv(args.data / "test.csv")
fold = train[key].map(pd.read_csv(args.data / "folds.csv").set_index(key)["fold"])
features = [c for c in train.columns if c not in targets + [key]]
oofs, tests = {}, {}
for t in targets:
    oofs[t] = np.zeros(len(train)); tests[t] = np.zeros(len(test))
    for k in sorted(fold.unique()):
        m = make_pipeline(StandardScaler(), RidgeCV())
        m.fit(train.loc[fold != k, features], train.loc[fold != k, t])
        oofs[t][(fold == k).values] = m.predict(train.loc[fold == k, features])
        tests[t] += m.predict(test[features]) / fold.nunique()
out = pd.DataFrame({key: train[key], **oofs}); out.to_csv(args.out / "oof.csv", index=False)
sub = pd.read_csv(args.data / "sample_submission.csv")
for t in targets: sub[t] = tests[t]
sub.to_csv(args.out / "submission.csv", index=False)
### transformers fine tuning
import argparse, json, os
import numpy as np, pandas as pd, torch
from torch.utils.data import DataLoader, TensorDataset
from transformers import AutoModelForSequenceClassification, AutoTokenizer
os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")
def train_fold(train_texts, train_labels, valid_texts, epochs, device):
    tok = AutoTokenizer.from_pretrained("distilbert-base-uncased", local_files_only=True)
    model = AutoModelForSequenceClassification.from_pretrained("distilbert-base-uncased", num_labels=2, local_files_only=True).to(device)
    enc = tok(train_texts, truncation=True, padding=True, max_length=128, return_tensors="pt")
    loader = DataLoader(TensorDataset(enc["input_ids"], enc["attention_mask"], torch.tensor(train_labels)), batch_size=32, shuffle=True)
    opt = torch.optim.AdamW(model.parameters(), lr=2e-5)
    for _ in range(epochs):
        for ids, mask, y in loader:
            loss = model(input_ids=ids.to(device), attention_mask=mask.to(device), labels=y.to(device)).loss
            loss.backward(); opt.step(); opt.zero_grad()
    model.eval()
    e = tok(valid_texts, truncation=True, padding=True, max_length=128, return_tensors="pt")
    with torch.no_grad():
        return torch.softmax(model(**e).logits, -1)[:, 1].cpu().numpy()
def main():
    ap = argparse.ArgumentParser()
    for n in ("--data", "--out", "--seed", "--time-limit"): ap.add_argument(n)
    ap.add_argument("--debug", action="store_true"); a = ap.parse_args()
    df = pd.read_csv(f"{a.data}/train.csv"); f = pd.read_csv(f"{a.data}/folds.csv")["fold"].values
    texts, labels = df["text"].tolist(), df["target"].tolist()
    oof = np.zeros(len(df))
    for k in np.unique(f):
        tr = [i for i in range(len(df)) if f[i] != k]; va = [i for i in range(len(df)) if f[i] == k]
        oof[va] = train_fold([texts[i] for i in tr], [labels[i] for i in tr], [texts[i] for i in va], 1 if a.debug else 3, "cuda")
    pd.DataFrame({"id": df["id"], "target": oof}).to_csv(f"{a.out}/oof.csv", index=False)
main()
### pseudo labels per fold, rank averaging, weights by optimisation
import numpy as np, pandas as pd, sys
from scipy.optimize import minimize
from scipy.stats import rankdata
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.metrics import log_loss
D, O = sys.argv[2], sys.argv[4]
train = pd.read_csv(D + "/train.csv"); test = pd.read_csv(D + "/test.csv"); fold = pd.read_csv(D + "/folds.csv")["fold"].to_numpy()
y = train.pop("target").to_numpy(); ids = train.pop("id"); tids = test.pop("id")
models = {"h": HistGradientBoostingClassifier(), "r": RandomForestClassifier()}
oof = {n: np.zeros(len(y)) for n in models}; tst = {n: np.zeros(len(test)) for n in models}
for k in range(5):
    Xa, ya = train[fold != k], y[fold != k]
    for n, m in models.items():
        m.fit(Xa, ya)
        p = m.predict_proba(test)[:, 1]
        sure = (p > 0.98) | (p < 0.02)
        X2 = pd.concat([Xa, test[sure]]); y2 = np.concatenate([ya, (p[sure] > 0.5).astype(int)])
        m.fit(X2, y2)
        oof[n][fold == k] = m.predict_proba(train[fold == k])[:, 1]
        tst[n] += m.predict_proba(test)[:, 1] / 5
P = np.column_stack(list(oof.values()))
w = minimize(lambda w: log_loss(y, np.clip(P @ w / w.sum(), 1e-6, 1 - 1e-6)), np.ones(2) / 2, bounds=[(0, 1)] * 2).x
final = P @ w / w.sum()
pd.DataFrame({"id": ids, "target": final}).to_csv(O + "/oof.csv", index=False)
pd.DataFrame({"id": tids, "target": np.column_stack(list(tst.values())) @ w / w.sum()}).to_csv(O + "/submission.csv", index=False)
### time series with groups and holiday lags, warnings, logging
#facts {"time": "date"}
import logging, sys, numpy as np, pandas as pd, lightgbm as lgb
from pathlib import Path
logging.basicConfig(level=logging.INFO); log = logging.getLogger(__name__)
class Forecaster:
    LAGS = (7, 14, 28)
    def __init__(self, data, out):
        self.data, self.out = Path(data), Path(out)
    def read(self):
        self.train = pd.read_csv(self.data / "train.csv", parse_dates=["date"])
        self.test = pd.read_csv(self.data / "test.csv", parse_dates=["date"])
        self.folds = pd.read_csv(self.data / "folds.csv")
    def features(self, frame, history):
        f = frame[["id", "store", "date"]].copy()
        f["dow"] = f.date.dt.dayofweek
        for lag in self.LAGS:
            past = history[["store", "date", "sales"]].copy()
            past["date"] = past["date"] + pd.Timedelta(days=lag)
            f = f.merge(past.rename(columns={"sales": f"lag{lag}"}), on=["store", "date"], how="left")
        return f.drop(columns=["id", "date"])
    def run(self):
        self.read()
        oof = np.zeros(len(self.train))
        for k in sorted(self.folds["fold"].unique()):
            held = self.folds["fold"].to_numpy() == k
            history = self.train[~held]
            X, V = self.features(self.train[~held], history), self.features(self.train[held], history)
            m = lgb.LGBMRegressor(n_estimators=300).fit(X, self.train.loc[~held, "sales"])
            oof[held] = m.predict(V)
            log.info("fold %s done", k)
        pd.DataFrame({"id": self.train["id"], "sales": oof}).to_csv(self.out / "oof.csv", index=False)
Forecaster(sys.argv[2], sys.argv[4]).run()
