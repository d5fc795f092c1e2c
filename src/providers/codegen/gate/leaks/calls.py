"""What calls and subscripts do to the marks of values, and the rules that they break."""

from __future__ import annotations

import ast

from rules import Rules
from values import COMPOSITES, NOTHING, SHUFFLERS, SOURCES, Estimator, Value, estimator_named, is_all_train, joined

READERS = {
    "read_csv", "read_table", "read_parquet", "read_feather", "read_pickle", "read_excel", "scan_csv", "open", "load",
    "loadtxt", "genfromtxt", "read_text", "read_bytes", "read_json", "DictReader", "reader", "from_csv", "fread",
}  # fmt: skip
STACKERS = {"concat", "concatenate", "vstack", "append", "r_", "row_stack"}
AGGREGATES = {"mean", "agg", "aggregate", "median", "sum", "std", "var", "max", "min", "first", "last", "apply", "quantile"}
# They keep the target's values, on another scale.
RESCALES = {
    "log", "log1p", "log2", "log10", "exp", "expm1", "sqrt", "abs", "round", "clip", "astype", "to_numpy", "copy", "rank",
    "array", "asarray", "Series", "DataFrame", "ravel", "reshape", "to_frame", "float", "int", "squeeze", "replace",
    "fillna", "reset_index", "set_index", "sort_index", "sort_values", "tolist", "list", "where", "select",
}  # fmt: skip
# Tables stay tables with all their columns.
KEEPS_TABLE = {
    "copy", "fillna", "astype", "reset_index", "set_index", "sort_values", "sort_index", "merge", "join", "assign",
    "head", "sample", "dropna", "drop_duplicates", "replace", "get_dummies", "select_dtypes", "to_numpy", "DataFrame",
    "concat", "query", "apply", "pipe", "infer_objects", "convert_dtypes", "reduce_mem_usage", "to_pandas", "array",
    "asarray", "iloc", "loc", "take", "clip", "interpolate", "ffill", "bfill", "map", "values", "with_columns",
}  # fmt: skip
PATHS = {"join", "Path", "PurePath", "joinpath", "str", "fspath", "abspath", "resolve", "format", "as_posix"}
LIST_LIKE = {"list", "sorted", "set", "tolist", "to_list", "tuple", "Index", "enumerate", "reversed", "tqdm", "iter"}
NO_ROWS = {"len", "print", "isinstance", "type", "range", "shape", "unique", "nunique", "str", "perf_counter"}
FIT = {"fit", "partial_fit", "fit_transform", "fit_predict", "fit_resample"}
ANSWERS = {"predict", "predict_proba", "decision_function", "predict_log_proba"}
CROSS = {"cross_val_score", "cross_val_predict", "cross_validate", "GridSearchCV", "RandomizedSearchCV"}
DATASETS = {"Dataset", "DMatrix", "Pool", "QuantileDMatrix"}


class Calls(Rules):
    def call(self, node, scope) -> Value:
        name = self.name_of(node.func)
        holder = self.value(node.func.value, scope) if isinstance(node.func, ast.Attribute) else NOTHING
        arguments = [self.value(each, scope) for each in node.args]
        keywords = {each.arg: self.value(each.value, scope) for each in node.keywords}
        self.look_at_output(node, name, holder, arguments, keywords)
        if "object" not in holder.marks and holder.estimators and name in FIT | ANSWERS | {"transform", "split"}:
            return self.estimator_call(node, name, holder, arguments, keywords)
        functions = holder_functions(node, holder, name, scope, self)
        if functions:
            return joined([self.follow(function, arguments, keywords) for function in functions])
        made = self.construct(node, name, arguments, keywords)
        if made is not None:
            return made
        if name in ("clone", "deepcopy") and arguments:
            copies = [estimator.copy() for estimator in arguments[0].estimators]
            return Value(arguments[0].marks, estimators=copies) if copies else arguments[0]
        if name == "set_params" or name == "set_output":
            return holder
        return self.table_call(node, name, holder, arguments, keywords, scope)

    @staticmethod
    def name_of(function) -> str:
        if isinstance(function, ast.Attribute):
            return function.attr
        return function.id if isinstance(function, ast.Name) else ""

    def construct(self, node, name, arguments, keywords):
        """Estimators, splitters, and the data sets of boosting libraries."""
        given = [*arguments, *keywords.values()]
        if name in COMPOSITES:
            inner = [estimator for value in given for part in value.everything() for estimator in part.estimators]
            unique = list({id(estimator): estimator for estimator in inner}.values())
            return Value(estimators=[Estimator(name, node.lineno, unique or None)])
        if name in CROSS:
            return self.cross_call(node, name, arguments, keywords)
        if name == "train_test_split":
            self.look_at_own_split(node, name, joined(arguments), keywords, is_shuffled=not is_false(keywords.get("shuffle")))
            sides = [value.adding("part", "own-folds") for value in arguments for _ in range(2)]
            return Value(joined(sides).marks, items=sides)
        made = estimator_named(name, node.lineno, keywords)
        if made is not None:
            return Value(estimators=[made], marks={"folds"} if name == "PredefinedSplit" else ())
        if name in DATASETS and arguments:
            self.look_at_fit(node, Estimator("LGBMClassifier", node.lineno), arguments[0])
            return Value(joined(given).marks - {"target"})
        if name == "train" and isinstance(node.func, ast.Attribute) and len(given) >= 2:
            model = Estimator("LGBMClassifier", node.lineno)
            model.fitted = joined(given).all_marks()
            return Value(estimators=[model])
        if name in ("mutual_info_classif", "mutual_info_regression", "f_classif", "f_regression", "chi2") and arguments:
            self.look_at_fit(node, Estimator("SelectKBest", node.lineno), arguments[0])
        return None

    def estimator_call(self, node, name, holder, arguments, keywords) -> Value:
        table = arguments[0] if arguments else keywords.get("X", NOTHING)
        outcomes = []
        for estimator in holder.estimators:
            outcomes.append(self.one_estimator_call(node, name, estimator, table, arguments, keywords))
        whole = joined(outcomes)
        return whole if name != "fit" else Value(holder.marks, estimators=holder.estimators)

    def one_estimator_call(self, node, name, estimator, table, arguments, keywords) -> Value:
        plain = table.all_marks() - {"target", "with-target", "target-statistic"}
        if name == "split":
            groups = arguments[2] if len(arguments) > 2 else keywords.get("groups")
            options = {**estimator.options, **({"groups": groups} if groups is not None else {})}
            if estimator.name != "PredefinedSplit":
                self.look_at_own_split(node, estimator.name, table, options, is_shuffled=shuffles(estimator))
            return Value({"folds", "own-folds"} if estimator.name != "PredefinedSplit" else {"folds"})
        if name in FIT:
            self.look_at_fit(node, estimator, table, name)
            estimator.fitted = table.all_marks()
            if name == "fit_resample":
                return Value(plain)
        if name in ("transform", "fit_transform"):
            return Value(plain | self.trace_of(estimator))
        if name in ANSWERS or name == "fit_predict":
            fitted = estimator.fitted or frozenset()
            seen = estimator.is_model and is_all_train(fitted) and "train" in plain and "own-folds" not in plain
            return Value(plain | ({"in-sample"} if seen else frozenset()) | {"changed"})
        return NOTHING

    @staticmethod
    def trace_of(estimator):
        """The mark of what comes out of a transformer that saw every training row."""
        if estimator.learns_from_rows and estimator.fitted is not None and is_all_train(estimator.fitted):
            return {f"fitted:{estimator.line}:{estimator.name}"}
        return frozenset()

    def cross_call(self, node, name, arguments, keywords) -> Value:
        table = arguments[1] if len(arguments) > 1 else keywords.get("X", NOTHING)
        cv = keywords.get("cv", arguments[3] if len(arguments) > 3 else NOTHING)
        if name.endswith("SearchCV"):
            return Value(estimators=[Estimator("GridSearchClassifier", node.lineno, options=keywords)])
        if "folds" in cv.all_marks() and "own-folds" not in cv.all_marks():
            return Value(table.marks - {"with-target"} | {"changed"})
        self.look_at_fit_traces(node, table)
        self.look_at_own_split(node, name, table, keywords, is_shuffled=False)
        return Value((table.marks - {"with-target"}) | {"own-cross-validation", "changed"})

    def table_call(self, node, name, holder, arguments, keywords, scope) -> Value:
        given = [holder, *arguments, *keywords.values()]
        marks = frozenset().union(*(value.all_marks() for value in given))
        files = {mark for mark in marks if mark.startswith("file:")}
        if name in READERS and files:
            found = {mark for file in files for mark in SOURCES.get(file[5:], ())}
            if found:
                return Value(found)
        if name in PATHS and files:
            return Value(files)
        if name in NO_ROWS:
            return Value(marks & {"folds"} if name == "unique" else ())
        if name in STACKERS or (name == "append" and "train" in holder.marks):
            return self.stacked(marks)
        if name == "drop" or name == "pop" or name == "difference":
            return self.dropped(node, name, holder, arguments, keywords, scope)
        if name in ("values", "items", "keys") and holder.fields:
            return self.walked(name, holder)
        if name == "get" and holder.fields and arguments and arguments[0].constant in holder.fields:
            return holder.fields[arguments[0].constant]
        if name == "append" and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
            scope.set(node.func.value.id, joined([holder, Value(joined(arguments).all_marks() - {"target-name"})]))
            return NOTHING
        if name == "remove" and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
            scope.set(node.func.value.id, self.columns_without(holder, joined(arguments)))
            return NOTHING
        if name in ("enumerate", "zip"):
            inner = [Value()] if name == "enumerate" else []
            inner += [self.elements(value)[-1] for value in arguments]
            pair = Value(joined(inner).marks, items=inner)
            return Value(joined(arguments).marks, items=[pair])
        if name in LIST_LIKE:
            source = arguments[0] if arguments else holder
            return source
        if name == "groupby":
            return Value(holder.marks | {"grouped"})
        if "grouped" in holder.marks:
            return self.aggregated(node, name, holder, arguments, keywords)
        return self.derived(node, name, holder, arguments, keywords, marks)

    @staticmethod
    def stacked(marks) -> Value:
        kept = marks - {mark for mark in marks if mark.startswith("file:")}
        if "train" in marks and ("test" in marks or "gate" in marks):
            return Value(kept | {"both"})
        return Value(kept)

    @staticmethod
    def walked(name, holder) -> Value:
        if name == "keys":
            return Value(items=[Value(constant=key) for key in holder.fields])
        if name == "values":
            return Value(joined(list(holder.fields.values())).marks, items=list(holder.fields.values()))
        pairs = [
            Value(value.marks, None, [Value(constant=key), value], None, value.estimators, value.functions)
            for key, value in holder.fields.items()
        ]
        return Value(items=pairs)

    def dropped(self, node, name, holder, arguments, keywords, scope) -> Value:
        what = joined([*arguments[:1], *(keywords[key] for key in ("columns", "labels") if key in keywords)])
        if name == "pop" and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
            if "with-target" not in holder.marks:
                return holder
            if self.names_target(what):
                scope.set(node.func.value.id, holder.without("with-target"))
                return Value(holder.marks - {"with-target"} | {"target"})
            return holder.without("with-target")
        if "columns-with-target" in holder.marks:
            return self.columns_without(holder, what)
        kept = holder.without("target") if "derived-name" in what.all_marks() else holder
        if "with-target" in kept.marks and self.may_name_target(what):
            return kept.without("with-target")
        return kept

    def aggregated(self, node, name, holder, arguments, keywords) -> Value:
        """The end of `groupby(…)[column].mean()` and its likes."""
        marks = holder.marks - {"grouped", "target", "with-target"}
        what = joined([*arguments, *keywords.values()])
        asked = {value.constant for value in what.everything()} | {value.constant for value in arguments}
        of_target = "target" in holder.marks or "target-name" in what.all_marks()
        counts = name in ("count", "size", "nunique", "ngroup", "cumcount") or bool(asked & {"count", "size", "nunique"})
        if not of_target or counts:
            return Value(marks)
        if name == "transform":
            if is_all_train(holder.marks):
                self.report_target_means(node)
            return Value(marks | {"target-statistic"})
        if name in AGGREGATES or name in ("to_dict", "rank"):
            return Value(marks | {"target-statistic"})
        return Value(marks)

    def derived(self, node, name, holder, arguments, keywords, marks) -> Value:
        """Any other call: its answer comes from what it was given."""
        receiver = arguments[0] if name == "merge" and not holder.marks and arguments else holder
        statistics = [value for value in [*arguments, *keywords.values()] if "target-statistic" in value.all_marks()]
        if name in ("map", "merge", "join", "replace", "apply", "assign") and "train" in receiver.marks:
            if any(is_all_train(value.all_marks()) for value in statistics):
                self.report_target_means(node)
        if name in ("mean", "median", "std", "var", "max", "min", "quantile", "sum", "mode"):
            return Value(marks & {"part", "folds"})
        kept = {mark for mark in marks if not mark.startswith("file:")}
        if name not in RESCALES:
            kept -= {"target"}
        if name not in KEEPS_TABLE:
            kept -= {"with-target"}
        elif "with-target" in kept and "with-target" not in holder.marks and isinstance(node.func, ast.Attribute):
            # Another table's target joined it only where a table was asked for.
            if name not in ("merge", "join", "DataFrame", "concat", "get_dummies", "array", "asarray"):
                kept -= {"with-target"}
        kept -= {"key-of-target-names", "rows"}
        fields = arguments[0].fields if name in ("DataFrame", "SimpleNamespace", "dict") and arguments else None
        if name in ("Namespace", "SimpleNamespace", "dict", "Data", "Bundle") or (name[:1].isupper() and keywords):
            fields = {**(fields or {}), **{key: value for key, value in keywords.items() if key}}
        estimators = [estimator for value in [holder, *arguments] for estimator in value.estimators]
        return Value(kept, None, None, fields, estimators if name not in NO_ROWS else ())

    def subscript(self, node, base: Value, index: Value) -> Value:
        key = index.constant
        if base.fields is not None and isinstance(key, (str, int)) and key in base.fields:
            return base.fields[key]
        if base.items is not None and isinstance(key, int) and -len(base.items) <= key < len(base.items):
            return base.items[key]
        if "key-of-target-names" in index.marks or "target-names" in base.marks:
            return Value({"target-name", "target-names"})
        rows, columns = index, index
        if index.items is not None and len(index.items) == 2 and isinstance(node.value, ast.Attribute):
            rows, columns = index.items
        marks = set(base.marks)
        if "columns-with-target" in marks and isinstance(node.slice, ast.Slice):
            marks = marks - {"columns-with-target"} | {"columns"}
        if "folds" in rows.all_marks() or "part" in rows.all_marks():
            self.look_at_fit_traces(node, base)
            marks |= {"part"} | (rows.all_marks() & {"own-folds"})
        elif isinstance(node.slice, ast.Slice) and "both" in marks:
            marks -= {"both", "test", "gate"} if node.slice.lower is None else {"both", "train", "with-target", "target"}
        elif self.is_unknown(node, index) and marks & {"train", "both"}:
            # Whatever these rows or columns are: a doubt is no finding.
            marks |= {"part"}
        marks = self.with_columns(node, marks, columns)
        return Value(marks, None, None, None, base.estimators, base.functions)

    @staticmethod
    def is_unknown(node, index: Value) -> bool:
        if index.marks or index.items is not None or index.constant is not None:
            return False
        return isinstance(node.slice, (ast.Name, ast.Call, ast.Attribute))

    def with_columns(self, node, marks, columns: Value):
        """Which of a table's columns are left: the target, all but it, or who knows."""
        chosen = columns.all_marks()
        if chosen & {"columns", "columns-with-target"} or columns.items is not None:
            marks = marks if "derived-name" in chosen else marks - {"target"}
        if "with-target" not in marks:
            return marks
        is_rows = bool(columns.marks & {"rows", "folds", "part"}) or isinstance(node.slice, (ast.Compare, ast.Slice))
        is_position = isinstance(node.value, ast.Attribute) and node.value.attr == "iloc"
        if isinstance(node.slice, (ast.UnaryOp, ast.BinOp, ast.BoolOp)) and not columns.marks & {"columns"}:
            is_rows = is_rows or columns.items is None
        if is_position and isinstance(node.slice, ast.Tuple):
            return marks - {"with-target"}
        if is_position or is_rows:
            return marks
        if "columns-with-target" in columns.marks:
            return marks
        if columns.items is not None:
            named = any(self.names_target(item) for item in columns.items)
            if len(columns.items) == 1 and named:
                return marks - {"with-target"} | {"target"}
            return marks if named else marks - {"with-target"}
        if self.names_target(columns):
            return marks - {"with-target"} | {"target"}
        return marks - {"with-target"}


def holder_functions(node, holder, name, scope, follower):
    """Functions of the script that this call may reach."""
    if isinstance(node.func, ast.Name):
        known = scope.get(node.func.id)
        return known.functions if known is not None else []
    if isinstance(node.func, ast.Attribute):
        if holder.fields and name in holder.fields:
            return holder.fields[name].functions
        return []
    return follower.value(node.func, scope).functions


def shuffles(estimator) -> bool:
    shuffle = estimator.options.get("shuffle")
    return estimator.name in SHUFFLERS or (shuffle is not None and shuffle.constant is True)


def is_false(value) -> bool:
    return value is not None and value.constant is False
