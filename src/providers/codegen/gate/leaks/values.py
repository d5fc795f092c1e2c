"""What is known of a value while a script is followed: where its rows come from, and what they were put through.

Marks of a value:
  train, test, gate, sample, folds   the files that it comes from
  file:NAME                          it is the path of that file
  target                             it holds the target's values
  with-target                        a table that still has the target column
  target-name                        it is the target column's name
  target-names                       they are the target columns' names
  key-of-target-names                under it the contract has these names
  derived-name                       it is the name of a column that was made from the target
  part                               only the rows of one side of a fold
  both                               rows of train and test under each other
  grouped                            rows that were grouped
  target-statistic                   a figure of the target by group
  columns, columns-with-target       names of a table's columns
  a-column                           one of these names
  rows                               came out of a comparison: it picks rows
  fitted:LINE:CLASS                  came out of something that was fitted on all training rows
  in-sample                          predictions of rows that the model was fitted on
  own-folds                          rows or predictions by folds that the script made itself
  own-cross-validation               predictions by a library's folds
  object                             an object of one of the script's classes; its fields are known by name
  changed                            a sample submission that something was written into
"""

from __future__ import annotations


SOURCES = {
    "train.csv": ("train", "with-target"),
    "test.csv": ("test",),
    "gate.csv": ("gate",),
    "sample_submission.csv": ("sample",),
    "folds.csv": ("folds",),
}
FILES = {*SOURCES, "oof.csv", "submission.csv"}

# Fitted without labels, and all they learn is which words or levels there are: allowed on any rows.
VOCABULARIES = {
    "CountVectorizer", "TfidfVectorizer", "TfidfTransformer", "HashingVectorizer", "TruncatedSVD", "LabelEncoder",
    "OrdinalEncoder", "OneHotEncoder", "LabelBinarizer", "MultiLabelBinarizer", "FunctionTransformer", "Tokenizer",
    "DictVectorizer", "FeatureHasher", "Word2Vec", "LatentDirichletAllocation", "NMF",
}  # fmt: skip
# What they learn changes with the rows that they see.
TRANSFORMERS = {
    "StandardScaler", "MinMaxScaler", "RobustScaler", "MaxAbsScaler", "PowerTransformer", "QuantileTransformer",
    "SimpleImputer", "IterativeImputer", "KNNImputer", "PCA", "KernelPCA", "IncrementalPCA", "KBinsDiscretizer",
    "PolynomialFeatures", "SplineTransformer", "VarianceThreshold", "FactorAnalysis", "FastICA", "KMeans",
    "MiniBatchKMeans", "UMAP", "TSNE",
}  # fmt: skip
# They also see the labels.
SUPERVISED = {
    "TargetEncoder", "CatBoostEncoder", "LeaveOneOutEncoder", "JamesSteinEncoder", "MEstimateEncoder", "WOEEncoder",
    "GLMMEncoder", "SelectKBest", "SelectPercentile", "SelectFromModel", "RFE", "RFECV", "LinearDiscriminantAnalysis",
    "PLSRegression", "Boruta", "BorutaPy", "NeighborhoodComponentsAnalysis",
}  # fmt: skip
SAMPLERS = {
    "SMOTE", "SMOTENC", "SMOTEN", "ADASYN", "BorderlineSMOTE", "SVMSMOTE", "RandomOverSampler", "SMOTETomek", "SMOTEENN",
    "RandomUnderSampler", "TomekLinks", "NearMiss",
}  # fmt: skip
COMPOSITES = {
    "Pipeline", "make_pipeline", "ColumnTransformer", "make_column_transformer", "FeatureUnion", "make_union",
    "TransformedTargetRegressor", "CalibratedClassifierCV", "OneVsRestClassifier", "MultiOutputRegressor",
    "MultiOutputClassifier", "StackingClassifier", "StackingRegressor", "VotingClassifier", "VotingRegressor",
}  # fmt: skip
SPLITTERS = {
    "KFold", "StratifiedKFold", "RepeatedKFold", "RepeatedStratifiedKFold", "ShuffleSplit", "StratifiedShuffleSplit",
    "GroupKFold", "StratifiedGroupKFold", "GroupShuffleSplit", "TimeSeriesSplit", "LeaveOneOut", "LeavePOut",
    "LeaveOneGroupOut", "LeavePGroupsOut",
}  # fmt: skip
GROUP_SPLITTERS = {
    "GroupKFold", "StratifiedGroupKFold", "GroupShuffleSplit", "LeaveOneGroupOut", "LeavePGroupsOut",
}  # fmt: skip
SHUFFLERS = {"ShuffleSplit", "StratifiedShuffleSplit", "GroupShuffleSplit", "RepeatedKFold", "RepeatedStratifiedKFold"}
MODELS = {
    "Ridge", "Lasso", "ElasticNet", "LinearRegression", "LogisticRegression", "SVC", "SVR", "LinearSVC", "LinearSVR",
    "KernelRidge", "GaussianNB", "MultinomialNB", "ComplementNB", "BernoulliNB", "BayesianRidge", "HuberRegressor",
    "RidgeCV", "LassoCV", "LogisticRegressionCV", "CatBoost", "Lars", "RidgeClassifier",
}  # fmt: skip


class Estimator:
    """Something with `fit`: what kind it is, and the marks of the rows that it was fitted on."""

    def __init__(self, name: str, line: int, parts: list[Estimator] | None = None, options: dict | None = None):
        self.name = name
        self.line = line
        self.parts = parts or []
        self.options = options or {}
        self.fitted: frozenset[str] | None = None

    def copy(self) -> Estimator:
        return Estimator(self.name, self.line, self.parts, self.options)

    @property
    def is_model(self) -> bool:
        if self.parts:
            return any(part.is_model for part in self.parts)
        return self.name in MODELS or self.name.endswith(("Classifier", "Regressor"))

    @property
    def learns_from_rows(self) -> bool:
        """A transformer whose outcome depends on which rows it saw."""
        if self.parts:
            return not self.is_model and any(part.learns_from_rows for part in self.parts)
        return self.name in TRANSFORMERS or self.name in SUPERVISED


def estimator_named(name: str, line: int, options: dict) -> Estimator | None:
    known = VOCABULARIES | TRANSFORMERS | SUPERVISED | SAMPLERS | SPLITTERS | MODELS
    if name in known or name.endswith(("Classifier", "Regressor")) or name == "PredefinedSplit":
        return Estimator(name, line, options=options)
    return None


# Lists in lists, as far as they are looked into.
DEEPEST_HOLD = 7


class Value:
    """A value: its marks, and whatever of it is known exactly."""

    __slots__ = ("marks", "constant", "items", "fields", "estimators", "functions")

    def __init__(self, marks=(), constant=None, items=None, fields=None, estimators=(), functions=()):
        self.marks: frozenset[str] = frozenset(marks)
        self.constant = constant
        self.items: list[Value] | None = items
        self.fields: dict[str, Value] | None = fields
        self.estimators: list[Estimator] = list(estimators)
        self.functions: list = list(functions)

    def adding(self, *marks: str) -> Value:
        return Value(self.marks | set(marks), None, self.items, self.fields, self.estimators, self.functions)

    def without(self, *marks: str) -> Value:
        """As a whole, without what is known of its pieces."""
        return Value(self.marks - set(marks), None, None, None, self.estimators, self.functions)

    def everything(self) -> list[Value]:
        """This value and all that it is known to hold, each once; of an object of a class only itself."""
        found, level = {id(self): self}, [self]
        for _ in range(DEEPEST_HOLD):
            inner = [child for value in level for child in value.holds()]
            level = list({id(child): child for child in inner if id(child) not in found}.values())
            found.update((id(child), child) for child in level)
        return list(found.values())

    def holds(self) -> list[Value]:
        return [] if "object" in self.marks else [*(self.items or []), *(self.fields or {}).values()]

    def all_marks(self) -> frozenset[str]:
        marks = set(self.marks)
        for value in self.everything()[1:]:
            marks |= value.marks
        return frozenset(marks)


NOTHING = Value()


def joined(values: list[Value]) -> Value:
    """A value that comes from all of these, or is one of them."""
    values = list({id(value): value for value in values if value is not None}.values())
    if not values:
        return NOTHING
    if len(values) == 1:
        return values[0]
    marks = frozenset().union(*(value.marks for value in values))
    estimators = [estimator for value in values for estimator in value.estimators]
    functions = [function for value in values for function in value.functions]
    items = None
    lengths = {len(value.items) for value in values if value.items is not None}
    if len(lengths) == 1 and all(value.items is not None for value in values):
        items = [joined([value.items[at] for value in values]) for at in range(lengths.pop())]
    fields = None
    if any(value.fields is not None for value in values):
        fields = {}
        for value in values:
            for key, inner in (value.fields or {}).items():
                fields[key] = joined([fields[key], inner]) if key in fields else inner
    return Value(marks, None, items, fields, estimators, functions)


def is_all_train(marks) -> bool:
    """Rows of train, and not only those of one side of a fold."""
    return "train" in marks and "part" not in marks


class Scope:
    """Names of one function, and of what it stands in."""

    def __init__(self, parent: Scope | None = None):
        self.parent = parent
        self.names: dict[str, Value] = {}

    def get(self, name: str) -> Value | None:
        if name in self.names:
            return self.names[name]
        return self.parent.get(name) if self.parent else None

    def set(self, name: str, value: Value) -> None:
        self.names[name] = value


class Function:
    """A function of the script; a method knows its object, a class makes one."""

    def __init__(self, node, scope: Scope, owner: Value | None = None):
        self.node = node
        self.scope = scope
        self.owner = owner
