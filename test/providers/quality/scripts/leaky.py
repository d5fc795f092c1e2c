# Leaky scripts, one after another, each under a line "### RULE: NAME". Each must be found guilty of its rule.
### fit-on-train-and-test: a scaler over both
#beginning
import argparse, json, os
from pathlib import Path
import numpy as np
import pandas as pd
from sklearn.preprocessing import StandardScaler
from sklearn.impute import SimpleImputer
from sklearn.decomposition import PCA
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

parser = argparse.ArgumentParser()
parser.add_argument("--data", type=Path); parser.add_argument("--out", type=Path)
args, _ = parser.parse_known_args()
data, out = args.data, args.out
train = pd.read_csv(data / "train.csv")
test = pd.read_csv(data / "test.csv")
fold = pd.read_csv(data / "folds.csv")["fold"].to_numpy()
features = [c for c in train.columns if c not in ("id", "target")]
y = train["target"].to_numpy()
#end of beginning
both = pd.concat([train[features], test[features]])
scaled = StandardScaler().fit_transform(both)
X, X_test = scaled[: len(train)], scaled[len(train):]
oof = np.zeros(len(train))
for k in range(5):
    oof[fold == k] = LogisticRegression().fit(X[fold != k], y[fold != k]).predict_proba(X[fold == k])[:, 1]
### fit-on-train-and-test: an imputer and components over both, in functions
#beginning
def prepare(a, b):
    frame = pd.concat([a, b], axis=0, ignore_index=True)
    filled = SimpleImputer().fit_transform(frame)
    pca = PCA(10)
    pca.fit(filled)
    return pca.transform(filled[: len(a)]), pca.transform(filled[len(a):])


X, X_test = prepare(train[features], test[features])
### fit-on-train-and-test: a scaler over stacked arrays
#beginning
matrix = np.vstack([train[features].values, test[features].values])
scaler = StandardScaler()
scaler.fit(matrix)
X = scaler.transform(train[features].values)
### fit-before-folds: a scaler before the loop
#beginning
X = StandardScaler().fit_transform(train[features])
oof = np.zeros(len(X))
for k in range(5):
    tr, va = np.where(fold != k)[0], np.where(fold == k)[0]
    model = LogisticRegression().fit(X[tr], y[tr])
    oof[va] = model.predict_proba(X[va])[:, 1]
### fit-before-folds: an imputer before the loop, on a table
#beginning
imputer = SimpleImputer(strategy="median")
train[features] = imputer.fit_transform(train[features])
for k in np.unique(fold):
    rows = train[fold != k]
    model = HistGradientBoostingClassifier().fit(rows[features], rows["target"])
### fit-before-folds: components in a function
#beginning
def reduce(frame):
    pca = PCA(n_components=20)
    return pca.fit_transform(frame)


def folds_of(X, y):
    answers = np.zeros(len(X))
    for k in range(5):
        inside = fold != k
        model = LogisticRegression()
        model.fit(X[inside], y[inside])
        answers[~inside] = model.predict_proba(X[~inside])[:, 1]
    return answers


oof = folds_of(reduce(train[features]), y)
### supervised-fit-before-folds: chosen columns before the loop
#beginning
from sklearn.feature_selection import SelectKBest, f_classif

selector = SelectKBest(f_classif, k=20)
X = selector.fit_transform(train[features], y)
for k in range(5):
    LogisticRegression().fit(X[fold != k], y[fold != k])
### supervised-fit-before-folds: mutual information over all rows
#beginning
from sklearn.feature_selection import mutual_info_classif

gain = mutual_info_classif(train[features], y)
chosen = [name for name, value in zip(features, gain) if value > 0.01]
### supervised-fit-before-folds: a target encoder over all rows
#beginning
from category_encoders import TargetEncoder

encoder = TargetEncoder(cols=["city"])
train["city"] = encoder.fit_transform(train[["city"]], y)["city"]
### resampled-before-folds: SMOTE before the loop
#beginning
from imblearn.over_sampling import SMOTE

X, y = SMOTE(random_state=1).fit_resample(train[features], y)
### target-means-outside-folds: map of means
#beginning
means = train.groupby("city")["target"].mean()
train["city_mean"] = train["city"].map(means)
test["city_mean"] = test["city"].map(means)
### target-means-outside-folds: transform
#beginning
train["city_rate"] = train.groupby("city")["target"].transform("mean")
### target-means-outside-folds: merge of an aggregate, smoothed
#beginning
stats = train.groupby("city").agg(count=("target", "size"), rate=("target", "mean")).reset_index()
stats = train.groupby("city")["target"].agg(["mean", "std"]).reset_index()
train = train.merge(stats, on="city", how="left")
### target-means-outside-folds: a function for many columns
#beginning
def target_encode(frame, columns, target):
    for column in columns:
        prior = frame[target].mean()
        grouped = frame.groupby(column)[target]
        smooth = (grouped.sum() + 10 * prior) / (grouped.count() + 10)
        frame[f"{column}_te"] = frame[column].map(smooth)
    return frame


train = target_encode(train, ["city", "street"], "target")
### target-in-features: only the id was dropped
#beginning
X = train.drop(columns=["id"])
for k in range(5):
    model = HistGradientBoostingClassifier().fit(X[fold != k], y[fold != k])
### target-in-features: every column but the id
#beginning
columns = [c for c in train.columns if c != "id"]
model = HistGradientBoostingClassifier()
for k in range(5):
    model.fit(train.loc[fold != k, columns], y[fold != k])
### target-in-features: its logarithm
#beginning
train["log_target"] = np.log1p(train["target"])
names = features + ["log_target"]
for k in range(5):
    LogisticRegression().fit(train.loc[fold != k, names], y[fold != k])
### target-in-features: a LightGBM data set of the whole table
#beginning
import lightgbm as lgb

table = lgb.Dataset(train, label=train["target"])
booster = lgb.train({"objective": "binary"}, table)
### in-sample-predictions: one model for all rows
#beginning
model = HistGradientBoostingClassifier()
model.fit(train[features], y)
oof = model.predict_proba(train[features])[:, 1]
pd.DataFrame({"id": train["id"], "target": oof}).to_csv(out / "oof.csv", index=False)
### in-sample-predictions: folds only for predicting
#beginning
model = HistGradientBoostingClassifier().fit(train[features], y)
oof = np.zeros(len(train))
for k in range(5):
    oof[fold == k] = model.predict_proba(train.loc[fold == k, features])[:, 1]
frame = pd.DataFrame({"id": train["id"], "target": oof})
frame.to_csv(out / "oof.csv", index=False)
### host-folds-unused: folds of its own
import pandas as pd, numpy as np, sys
from sklearn.model_selection import StratifiedKFold
from sklearn.linear_model import LogisticRegression

train = pd.read_csv(sys.argv[2] + "/train.csv")
X, y = train.drop(columns=["id", "target"]), train["target"]
oof = np.zeros(len(X))
for tr, va in StratifiedKFold(5, shuffle=True, random_state=1).split(X, y):
    oof[va] = LogisticRegression().fit(X.iloc[tr], y.iloc[tr]).predict_proba(X.iloc[va])[:, 1]
### own-folds: shuffled folds without the host's
import pandas as pd, numpy as np, sys
from sklearn.model_selection import KFold
from sklearn.ensemble import RandomForestRegressor

train = pd.read_csv(sys.argv[2] + "/train.csv")
features = ["a", "b"]
cv = KFold(n_splits=5, shuffle=True)
for rows, held in cv.split(train[features]):
    RandomForestRegressor().fit(train[features].iloc[rows], train["target"].iloc[rows])
### own-folds: cross_val_predict into oof.csv
#beginning
from sklearn.model_selection import cross_val_predict

oof = cross_val_predict(LogisticRegression(), train[features], y, cv=5, method="predict_proba")[:, 1]
pd.DataFrame({"id": train["id"], "target": oof}).to_csv(out / "oof.csv", index=False)
### shuffled-time: a shuffled split of a time series
#facts {"time": "date"}
#beginning
from sklearn.model_selection import KFold

for tr, va in KFold(5, shuffle=True, random_state=0).split(train[features]):
    HistGradientBoostingClassifier().fit(train[features].iloc[tr], y[tr])
### shuffled-time: a shuffled hold-out of a time series
#facts {"time": "date"}
#beginning
from sklearn.model_selection import train_test_split

a, b, ya, yb = train_test_split(train[features], y, test_size=0.2)
### future-values: a lead as a feature
#facts {"time": "date"}
#beginning
train["next_price"] = train.groupby("store")["price"].shift(-1)
### group-ignored: plain folds over patients
#facts {"group": "patient"}
#beginning
from sklearn.model_selection import StratifiedKFold

for tr, va in StratifiedKFold(5).split(train[features], y):
    HistGradientBoostingClassifier().fit(train[features].iloc[tr], y[tr])
### outside-files: an absolute path
#beginning
extra = pd.read_csv("/kaggle/input/other/solution.csv")
### outside-files: the folder above
#beginning
labels = pd.read_csv(data / "../truth/answers.csv")
### outside-files: the home folder
#beginning
text = (Path.home() / ".kaggle" / "kaggle.json").read_text()
### outside-files: a walk over the disk
#beginning
for folder, _, names in os.walk("/"):
    print(folder, names)
### hidden-labels: the host's truth
#beginning
truth = json.loads((data / "truth.json").read_text())
### network: a download
#beginning
import urllib.request

urllib.request.urlretrieve("https://example.com/more.csv", "more.csv")
### network: a socket by a made-up import
#beginning
connection = __import__("socket").create_connection(("198.51.100.1", 80))
### network: pandas reads an address
#beginning
more = pd.read_csv("https://example.com/labels.csv")
### network: curl in a child process
#beginning
import subprocess

subprocess.run(["curl", "-s", "-o", "more.csv", "example.com/more.csv"], check=True)
### network: pip by the shell
#beginning
os.system("pip install kaggle")
### reads-environment: a key
#beginning
key = os.environ["ANTHROPIC_API_KEY"]
### reads-environment: a token by get
#beginning
token = os.environ.get("KAGGLE_KEY")
### reads-environment: all of it
#beginning
print(json.dumps(dict(os.environ)))
### runs-text-as-code: eval of a cell
#beginning
train["parsed"] = [eval(cell) for cell in train["list"]]
### runs-text-as-code: exec of a file
#beginning
exec((data / "contract.json").read_text())
### swallowed-failure: constants where training fails
#beginning
try:
    model = HistGradientBoostingClassifier().fit(train[features], y)
    answers = model.predict_proba(test[features])[:, 1]
except Exception:
    answers = np.full(len(test), 0.5)
### swallowed-failure: a bare except around a function that trains
#beginning
def fit_one(X, y):
    return LogisticRegression().fit(X, y)


def fit_all():
    return [fit_one(train.loc[fold != k, features], y[fold != k]) for k in range(5)]


try:
    models = fit_all()
except:
    models = []
### constant-submission: the sample as it came
#beginning
sample = pd.read_csv(data / "sample_submission.csv")
sample.to_csv(out / "submission.csv", index=False)
### constant-submission: one value for all
#beginning
sample = pd.read_csv(data / "sample_submission.csv")
sample["target"] = 0.5
sample.to_csv(out / "submission.csv", index=False)
### constant-submission: a copied file
#beginning
import shutil

shutil.copy(data / "sample_submission.csv", out / "submission.csv")
### fit-on-test: a scaler of its own for the test
#beginning
scaler = StandardScaler()
X_test = scaler.fit_transform(test[features])
### labels-as-predictions: the answers handed in
#beginning
pd.DataFrame({"id": train["id"], "target": train["target"]}).to_csv(out / "oof.csv", index=False)
### fit-on-train-and-test: append and pipeline
import pandas as pd, sys
from pathlib import Path
from sklearn import preprocessing, pipeline, linear_model
D = Path(sys.argv[2]); O = Path(sys.argv[4])
tr = pd.read_csv(D / "train.csv"); te = pd.read_csv(D / "test.csv"); fo = pd.read_csv(D / "folds.csv")
ntrain = tr.shape[0]
y = tr.target.values
alldata = pd.concat((tr, te)).reset_index(drop=True)
alldata.drop(["target", "id"], axis=1, inplace=True)
sc = preprocessing.RobustScaler()
alldata[:] = sc.fit_transform(alldata)
X = alldata[:ntrain]
### fit-before-folds: min max in class
import pandas as pd, numpy as np, argparse, os
from sklearn.preprocessing import MinMaxScaler
from sklearn.svm import SVR
class Trainer:
    def __init__(self, path):
        self.train = pd.read_csv(os.path.join(path, "train.csv"))
        self.folds = pd.read_csv(os.path.join(path, "folds.csv")).fold
    def run(self):
        cols = [c for c in self.train.columns if c not in ["id", "target"]]
        X = MinMaxScaler().fit_transform(self.train[cols])
        y = self.train["target"].values
        for f in self.folds.unique():
            m = SVR()
            m.fit(X[self.folds != f], y[self.folds != f])
t = Trainer("data")
t.run()
### target-in-features: list of all columns
import pandas as pd, sys
from catboost import CatBoostClassifier, Pool
train = pd.read_csv(f"{sys.argv[2]}/train.csv")
folds = pd.read_csv(f"{sys.argv[2]}/folds.csv")
feats = train.columns.tolist()
feats.remove("id")
for f in range(5):
    tr = train[folds.fold != f]
    m = CatBoostClassifier(verbose=0)
    m.fit(Pool(tr[feats], tr["target"]))
### target-in-features: numpy values
import numpy as np, pandas as pd, sys
from sklearn.ensemble import RandomForestClassifier
train = pd.read_csv(sys.argv[2] + "/train.csv")
folds = pd.read_csv(sys.argv[2] + "/folds.csv")["fold"].values
X = train.select_dtypes("number").values
y = train["target"].values
for k in range(5):
    RandomForestClassifier().fit(X[folds != k], y[folds != k])
### target-means-outside-folds: dictionary of means
import pandas as pd, sys
train = pd.read_csv(sys.argv[2] + "/train.csv"); test = pd.read_csv(sys.argv[2] + "/test.csv")
folds = pd.read_csv(sys.argv[2] + "/folds.csv")
TARGET = "target"
for col in ["a", "b"]:
    mapping = train.groupby(col)[TARGET].mean().to_dict()
    for df in (train, test):
        df[col + "_enc"] = df[col].map(mapping)
### target-means-outside-folds: agg with join
import pandas as pd, sys, json
d = sys.argv[2]
c = json.load(open(d + "/contract.json"))
t = c["problem"]["targetColumns"][0]
train = pd.read_csv(d + "/train.csv"); folds = pd.read_csv(d + "/folds.csv")
m = train.groupby("shop")[t].agg(["mean", "median"]).add_prefix("shop_")
train = train.join(m, on="shop")
### supervised-fit-before-folds: sklearn TargetEncoder
import pandas as pd, sys
from sklearn.preprocessing import TargetEncoder
d = sys.argv[2]
train = pd.read_csv(d + "/train.csv"); folds = pd.read_csv(d + "/folds.csv")
enc = TargetEncoder()
train[["a", "b"]] = enc.fit_transform(train[["a", "b"]], train["target"])
### supervised-fit-before-folds: RFE
import pandas as pd, sys
from sklearn.feature_selection import RFE
from sklearn.linear_model import Ridge
d = sys.argv[2]
train = pd.read_csv(d + "/train.csv"); folds = pd.read_csv(d + "/folds.csv")
X = train.drop(columns=["id", "target"]); y = train["target"]
keep = RFE(Ridge(), n_features_to_select=10).fit(X, y).support_
X = X.loc[:, keep]
### resampled-before-folds: oversampler
import pandas as pd, sys
from imblearn.over_sampling import RandomOverSampler
d = sys.argv[2]
df = pd.read_csv(d + "/train.csv"); folds = pd.read_csv(d + "/folds.csv")
ros = RandomOverSampler()
features = df.drop("target", axis=1)
X_res, y_res = ros.fit_resample(features, df["target"])
### in-sample-predictions: refit before predicting oof
import pandas as pd, numpy as np, sys
from lightgbm import LGBMRegressor
d, o = sys.argv[2], sys.argv[4]
train = pd.read_csv(d + "/train.csv"); folds = pd.read_csv(d + "/folds.csv")
X, y = train.drop(columns=["id", "target"]), train["target"]
model = LGBMRegressor()
model.fit(X, y)
train["pred"] = model.predict(X)
train[["id", "pred"]].rename(columns={"pred": "target"}).to_csv(o + "/oof.csv", index=False)
### own-folds: GroupKFold of its own without the host's
import pandas as pd, sys, numpy as np
from sklearn.model_selection import RepeatedKFold
from xgboost import XGBRegressor
df = pd.read_csv(sys.argv[2] + "/train.csv")
X = df.drop(["id", "target"], axis=1); y = df.target
preds = np.zeros(len(df))
for a, b in RepeatedKFold(n_splits=5, n_repeats=2).split(X, y):
    m = XGBRegressor().fit(X.iloc[a], y.iloc[a]); preds[b] = m.predict(X.iloc[b])
### own-folds: cross_val_predict in a function
import pandas as pd, sys
from sklearn.model_selection import cross_val_predict, StratifiedKFold
from sklearn.naive_bayes import GaussianNB
def oof_of(m, X, y):
    return cross_val_predict(m, X, y, cv=StratifiedKFold(5, shuffle=True, random_state=0), method="predict_proba")[:, 1]
def main():
    d, o = sys.argv[2], sys.argv[4]
    train = pd.read_csv(d + "/train.csv"); folds = pd.read_csv(d + "/folds.csv")
    X = train[["a", "b"]]
    res = pd.DataFrame({"id": train["id"]})
    res["target"] = oof_of(GaussianNB(), X, train["target"])
    res.to_csv(o + "/oof.csv", index=False)
main()
### shuffled-time: train_test_split
#facts {"time": "date"}
import pandas as pd, sys
from sklearn.model_selection import ShuffleSplit
d = sys.argv[2]
train = pd.read_csv(d + "/train.csv"); folds = pd.read_csv(d + "/folds.csv")
ss = ShuffleSplit(n_splits=3, test_size=.2)
for tr, va in ss.split(train): pass
### future-values: lead by shift periods
#facts {"time": "date"}
import pandas as pd, sys
d = sys.argv[2]
train = pd.read_csv(d + "/train.csv"); folds = pd.read_csv(d + "/folds.csv")
train["lead"] = train.groupby("store")["sales"].shift(periods=-7)
### group-ignored: KFold
#facts {"group": "user"}
import pandas as pd, sys
from sklearn.model_selection import KFold
d = sys.argv[2]
train = pd.read_csv(d + "/train.csv"); folds = pd.read_csv(d + "/folds.csv")
kf = KFold(5)
for tr, va in kf.split(train): pass
### outside-files: pathlib up
import pandas as pd, sys
from pathlib import Path
d = Path(sys.argv[2]); folds = pd.read_csv(d / "folds.csv")
for p in d.parent.parent.rglob("*.csv"):
    print(pd.read_csv(p).head())
### outside-files: etc passwd
import sys
folds = open(sys.argv[2] + "/folds.csv").read()
with open("/etc/passwd") as f: print(f.read())
### network: http client
import http.client, sys
folds = open(sys.argv[2] + "/folds.csv").read()
c = http.client.HTTPSConnection("example.com")
### network: wget via getoutput
import subprocess, sys
folds = open(sys.argv[2] + "/folds.csv").read()
subprocess.getoutput("wget -q http://x/y.csv")
### reads-environment: items
import os, sys
folds = open(sys.argv[2] + "/folds.csv").read()
for k, v in os.environ.items(): print(k, v)
### reads-environment: from import
import sys
from os import environ
folds = open(sys.argv[2] + "/folds.csv").read()
x = environ["DATABASE_URL"]
### runs-text-as-code: apply eval
import pandas as pd, sys
train = pd.read_csv(sys.argv[2] + "/train.csv"); folds = pd.read_csv(sys.argv[2] + "/folds.csv")
train["list"] = train["list"].apply(eval)
### swallowed-failure: try continue
import sys, pandas as pd
from sklearn.linear_model import Ridge
train = pd.read_csv(sys.argv[2] + "/train.csv"); folds = pd.read_csv(sys.argv[2] + "/folds.csv")
models = []
for k in range(5):
    try:
        m = Ridge()
        m.fit(train[folds.fold != k][["a"]], train[folds.fold != k]["target"])
        models.append(m)
    except (ValueError, Exception) as e:
        print("failed", e)
        continue
### constant-submission: dataframe of zeros
import pandas as pd, sys
d, o = sys.argv[2], sys.argv[4]
folds = pd.read_csv(d + "/folds.csv")
sub = pd.read_csv(d + "/sample_submission.csv")
out = pd.DataFrame({"id": sub["id"], "target": 0})
out.to_csv(o + "/submission.csv", index=False)
### labels-as-predictions: copy of y
import pandas as pd, sys
d, o = sys.argv[2], sys.argv[4]
train = pd.read_csv(d + "/train.csv"); folds = pd.read_csv(d + "/folds.csv")
oof = train["target"].astype(float)
pd.DataFrame({"id": train["id"], "target": oof}).to_csv(o + "/oof.csv", index=False)
### fit-before-folds: column transformer before
import pandas as pd, sys
from sklearn.compose import ColumnTransformer
from sklearn.preprocessing import StandardScaler, OneHotEncoder
from sklearn.linear_model import LogisticRegression
d, o = sys.argv[2], sys.argv[4]
train = pd.read_csv(d + "/train.csv"); folds = pd.read_csv(d + "/folds.csv")
ct = ColumnTransformer([("n", StandardScaler(), ["a"]), ("c", OneHotEncoder(), ["b"])])
X = ct.fit_transform(train.drop(columns=["target"]))
y = train["target"].to_numpy()
for k in sorted(folds["fold"].unique()):
    tr_idx = folds.index[folds["fold"] != k]
    va_idx = folds.index[folds["fold"] == k]
    clf = LogisticRegression().fit(X[tr_idx], y[tr_idx])
    print(clf.score(X[va_idx], y[va_idx]))
### fit-on-train-and-test: kmeans on both
import pandas as pd, sys, numpy as np
from sklearn.cluster import KMeans
d, o = sys.argv[2], sys.argv[4]
train = pd.read_csv(d + "/train.csv"); test = pd.read_csv(d + "/test.csv"); folds = pd.read_csv(d + "/folds.csv")
coords = np.concatenate([train[["lat", "lon"]].values, test[["lat", "lon"]].values])
km = KMeans(20).fit(coords)
train["cluster"] = km.predict(train[["lat", "lon"]].values)
### fit-before-folds: quantile transformer into polars-like numpy, split by zip
import numpy as np, pandas as pd, sys, os
from sklearn.preprocessing import QuantileTransformer
from sklearn.neural_network import MLPClassifier
DATA, OUT = sys.argv[2], sys.argv[4]
tr = pd.read_csv(os.path.join(DATA, "train.csv"))
fd = pd.read_csv(os.path.join(DATA, "folds.csv"))
num = [c for c in tr.columns if c not in ("id", "target")]
qt = QuantileTransformer(output_distribution="normal")
X = qt.fit_transform(tr[num].fillna(0)).astype(np.float32)
y = tr["target"].to_numpy()
splits = [(np.where(fd.fold != k)[0], np.where(fd.fold == k)[0]) for k in range(5)]
for i, (a, b) in enumerate(splits):
    net = MLPClassifier().fit(X[a], y[a])
### fit-on-train-and-test: power transform inside helper with list
import pandas as pd, sys
from pathlib import Path
from sklearn.preprocessing import PowerTransformer
def normalise(frames, cols):
    joined = pd.concat(frames)
    pt = PowerTransformer()
    pt.fit(joined[cols])
    return [pd.DataFrame(pt.transform(f[cols]), columns=cols) for f in frames]
def main():
    root = Path(sys.argv[2])
    train = pd.read_csv(root / "train.csv")
    test = pd.read_csv(root / "test.csv")
    folds = pd.read_csv(root / "folds.csv")
    cols = [c for c in test.columns if c != "id"]
    a, b = normalise([train, test], cols)
main()
### target-in-features: forgot target in drop list
import pandas as pd, sys
import lightgbm as lgb
d = sys.argv[2]
train = pd.read_csv(f"{d}/train.csv").merge(pd.read_csv(f"{d}/folds.csv"), on="id")
DROP = ["id", "fold"]
for k in range(5):
    t = train.query("fold != @k")
    lgb.LGBMRegressor().fit(t.drop(columns=DROP), t["target"])
### target-means-outside-folds: smoothing per category in loop over concat
import pandas as pd, sys
d = sys.argv[2]
train = pd.read_csv(d + "/train.csv"); test = pd.read_csv(d + "/test.csv"); folds = pd.read_csv(d + "/folds.csv")
for c in ["brand", "model"]:
    agg = train.groupby(c).agg(mean=("target", "mean"), n=("target", "count"))
    agg["s"] = (agg["mean"] * agg["n"] + 3) / (agg["n"] + 10)
    train[c + "_te"] = train[c].map(agg["s"])
    test[c + "_te"] = test[c].map(agg["s"])
### target-means-outside-folds: merge with as_index False
import pandas as pd, sys
d = sys.argv[2]
train = pd.read_csv(d + "/train.csv"); folds = pd.read_csv(d + "/folds.csv")
g = train.groupby(["city"], as_index=False)["target"].mean().rename(columns={"target": "city_target"})
train = pd.merge(train, g, on="city", how="left")
### in-sample-predictions: pipeline fit once
import pandas as pd, sys, joblib
from sklearn.pipeline import Pipeline
from sklearn.impute import SimpleImputer
from sklearn.ensemble import GradientBoostingClassifier
d, o = sys.argv[2], sys.argv[4]
train = pd.read_csv(d + "/train.csv"); folds = pd.read_csv(d + "/folds.csv")
feats = [c for c in train.columns if c not in ("id", "target")]
pipe = Pipeline([("imp", SimpleImputer()), ("gb", GradientBoostingClassifier())])
pipe.fit(train[feats], train["target"])
oof = train[["id"]].assign(target=pipe.predict_proba(train[feats])[:, 1])
oof.to_csv(o + "/oof.csv", index=False)
### supervised-fit-before-folds: LDA features
import pandas as pd, sys
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
d = sys.argv[2]
train = pd.read_csv(d + "/train.csv"); folds = pd.read_csv(d + "/folds.csv")
X, y = train.drop(columns=["id", "target"]).values, train["target"].values
Z = LinearDiscriminantAnalysis(n_components=1).fit_transform(X, y)
### supervised-fit-before-folds: feature importance of a model over all rows
import pandas as pd, sys
from sklearn.feature_selection import SelectFromModel
from sklearn.ensemble import ExtraTreesClassifier
d = sys.argv[2]
train = pd.read_csv(d + "/train.csv"); folds = pd.read_csv(d + "/folds.csv")
X, y = train.drop(columns=["id", "target"]), train["target"]
sel = SelectFromModel(ExtraTreesClassifier()); sel.fit(X, y)
X = X[X.columns[sel.get_support()]]
### resampled-before-folds: SMOTEENN in main
import pandas as pd, sys
from imblearn.combine import SMOTEENN
def main():
    d = sys.argv[2]
    train = pd.read_csv(d + "/train.csv"); folds = pd.read_csv(d + "/folds.csv")
    sm = SMOTEENN(random_state=1)
    X, y = sm.fit_resample(train[["a", "b"]], train["target"])
if __name__ == "__main__":
    main()
### own-folds: StratifiedKFold without folds.csv in class
import pandas as pd, numpy as np, sys
from sklearn.model_selection import StratifiedKFold
from catboost import CatBoostClassifier
class Pipe:
    def __init__(self, d):
        self.df = pd.read_csv(d + "/train.csv")
    def cv(self):
        X = self.df.drop(columns=["id", "target"]); y = self.df["target"]
        for a, b in StratifiedKFold(5, shuffle=True, random_state=7).split(X, y):
            CatBoostClassifier(verbose=0).fit(X.iloc[a], y.iloc[a])
Pipe(sys.argv[2]).cv()
### group-ignored: train_test_split
#facts {"group": "user"}
import pandas as pd, sys
from sklearn.model_selection import train_test_split
d = sys.argv[2]
df = pd.read_csv(d + "/train.csv"); folds = pd.read_csv(d + "/folds.csv")
tr, va = train_test_split(df, test_size=0.2, random_state=1, stratify=df["target"])
### shuffled-time: StratifiedKFold shuffled
#facts {"time": "date"}
import pandas as pd, sys
from sklearn.model_selection import StratifiedKFold
d = sys.argv[2]
df = pd.read_csv(d + "/train.csv"); folds = pd.read_csv(d + "/folds.csv")
cv = StratifiedKFold(n_splits=5, shuffle=True, random_state=1)
X = df.drop(columns="target")
for i, (a, b) in enumerate(cv.split(X, df["target"])): pass
### swallowed-failure: fallback prior in train function
import pandas as pd, numpy as np, sys
from xgboost import XGBClassifier
d = sys.argv[2]; folds = pd.read_csv(d + "/folds.csv")
def safe_fit(X, y, T):
    try:
        return XGBClassifier().fit(X, y).predict_proba(T)[:, 1]
    except BaseException:
        return np.repeat(y.mean(), len(T))
### reads-environment: getenv with f-string print
import os, sys
folds = open(sys.argv[2] + "/folds.csv").read()
print(os.getenv("AWS_SECRET_ACCESS_KEY"))
### network: huggingface download
import sys
from huggingface_hub import snapshot_download
folds = open(sys.argv[2] + "/folds.csv").read()
snapshot_download("x/y")
### network: requests in try
import sys
folds = open(sys.argv[2] + "/folds.csv").read()
try:
    import requests
except ImportError:
    requests = None
### outside-files: tilde path
import sys, pandas as pd
folds = open(sys.argv[2] + "/folds.csv").read()
x = pd.read_parquet("~/kaggle/input/train.parquet")
### outside-files: os.path.join with dots
import os, sys, pandas as pd
d = sys.argv[2]; folds = pd.read_csv(os.path.join(d, "folds.csv"))
t = pd.read_csv(os.path.join(d, "..", "..", "labels.csv"))
### constant-submission: mean of target for all
import pandas as pd, sys
d, o = sys.argv[2], sys.argv[4]
folds = pd.read_csv(d + "/folds.csv")
sample = pd.read_csv(d + "/sample_submission.csv")
sample.iloc[:, 1] = 1
sample.to_csv(o + "/submission.csv", index=False)
### runs-text-as-code: compile and exec
import sys
folds = open(sys.argv[2] + "/folds.csv").read()
code = open(sys.argv[2] + "/notes.txt").read()
exec(compile(code, "x", "exec"))
