"""The rules about rows and labels: what must not be fitted on what, and what must not be predicted from what."""

from __future__ import annotations

import ast

from values import GROUP_SPLITTERS, SAMPLERS, SUPERVISED, Value, is_all_train


class Rules:
    def look_at_fit(self, node, estimator, table: Value, name: str = "fit") -> None:
        marks = table.all_marks()
        kind = estimator.name
        if estimator.is_model and "test" not in marks and marks & {"with-target", "target"}:
            self.report(
                "target-in-features", node, "fail",
                "The table that the model is fitted on still holds the target; drop it from the features.",
            )  # fmt: skip
        if kind in SAMPLERS and is_all_train(marks):
            self.report(
                "resampled-before-folds", node, "fail",
                f"{kind} is fitted before the folds are parted, so made-up rows carry labels across; resample inside "
                "each fold's training rows.",
            )  # fmt: skip
        if not estimator.learns_from_rows:
            return
        if "both" in marks and "part" not in marks:
            self.report(
                "fit-on-train-and-test", node, "fail",
                f"{kind} is fitted on train and test rows together; fit it on the training rows of each fold.",
            )  # fmt: skip
        elif "train" not in marks and marks & {"test", "gate"} and name.startswith("fit"):
            self.report(
                "fit-on-test", node, "fail",
                f"{kind} is fitted on the test rows; fit it on training rows and only transform the test.",
            )  # fmt: skip
        elif kind in SUPERVISED and is_all_train(marks):
            self.report(
                "supervised-fit-before-folds", node, "fail",
                f"{kind} learns from the labels of every training row, those of the validation fold too; fit it inside "
                "each fold.",
            )  # fmt: skip

    def look_at_fit_traces(self, node, table: Value) -> None:
        """A part of the rows is taken from what was fitted on all of them."""
        for mark in table.all_marks():
            if mark.startswith("fitted:"):
                _, line, kind = mark.split(":", 2)
                self.report(
                    "fit-before-folds", int(line), "fail",
                    f"{kind} is fitted on every training row before the folds are parted; fit it inside each fold, for "
                    "instance in a pipeline.",
                )  # fmt: skip

    def look_at_own_split(self, node, name, table: Value, options, is_shuffled: bool) -> None:
        """Folds of the script's own; inside a fold's training rows they are its own business."""
        marks = table.all_marks()
        groups = options.get("groups")
        is_outer = is_all_train(marks)
        if self.facts.time is not None and is_shuffled and "train" in marks:
            severity = "fail" if is_outer else "warn"
            self.report(
                "shuffled-time", node, severity,
                f"{name} shuffles rows that are ordered by {self.facts.time}, so later rows teach about earlier ones.",
            )  # fmt: skip
        ignores_groups = groups is None and name not in GROUP_SPLITTERS
        if self.facts.group is not None and ignores_groups and "train" in marks:
            self.report(
                "group-ignored", node, "fail" if is_outer else "warn",
                f"{name} parts the rows without {self.facts.group}, so rows of one group stand on both sides.",
            )  # fmt: skip
        if is_outer:
            severity = "warn" if self.uses_host_folds else "fail"
            self.report(
                "own-folds", node, severity,
                f"{name} parts the training rows its own way; validation belongs to the folds of folds.csv.",
            )  # fmt: skip

    def report_target_means(self, node) -> None:
        self.report(
            "target-means-outside-folds", node, "fail",
            "Means of the target over every training row become a feature of these rows; take them from the training "
            "rows of each fold.",
        )  # fmt: skip

    def look_at_output(self, node, name, holder: Value, arguments, keywords) -> None:
        """What is written to oof.csv and to submission.csv."""
        given = [*arguments, *keywords.values()]
        files = {mark for value in given for mark in value.all_marks() if mark.startswith("file:")}
        if not files:
            return
        written = [holder, *given]
        marks = frozenset().union(*(value.all_marks() for value in written))
        if "file:oof.csv" in files and name not in ("exists", "unlink"):
            if "in-sample" in marks:
                self.report(
                    "in-sample-predictions", node, "fail",
                    "oof.csv holds predictions of rows that the model was fitted on; each row must be predicted by a "
                    "model that did not see its fold.",
                )  # fmt: skip
            if "own-cross-validation" in marks:
                self.report(
                    "own-folds", node, "fail",
                    "oof.csv holds predictions by folds of the script's own; use those of folds.csv.",
                )  # fmt: skip
            if "target" in marks and not marks & {"changed"}:
                self.report("labels-as-predictions", node, "fail", "oof.csv is written from the labels themselves.")
        if "file:submission.csv" in files and name in ("to_csv", "write_csv", "to_parquet", "copy", "copyfile", "copy2"):
            source = holder if name.startswith("to_") or name == "write_csv" else arguments[0]
            if self.is_constant_table(source) or "file:sample_submission.csv" in files:
                self.report(
                    "constant-submission", node, "fail",
                    "submission.csv is the sample, or one value for every row; write the model's predictions.",
                )  # fmt: skip

    @staticmethod
    def is_constant_table(table: Value) -> bool:
        if "changed" in table.all_marks():
            return False
        if table.fields:
            others = [value for value in table.fields.values() if value.constant is not None]
            return len(others) > 0 and len(others) >= len(table.fields) - 1
        return table.marks <= {"sample", "rows"} and "sample" in table.marks

    def names_target(self, value: Value) -> bool:
        marks = value.all_marks()
        return "target-name" in marks or "target-names" in marks or "key-of-target-names" in marks

    def may_name_target(self, value: Value) -> bool:
        """True too where it cannot be known: a doubt is not a finding."""
        if self.names_target(value):
            return True
        known = value.items if value.items is not None else [value]
        return not known or any(item.constant is None for item in known)

    def columns_without(self, columns: Value, what: Value) -> Value:
        if "columns-with-target" not in columns.marks or not self.may_name_target(what):
            return columns
        return Value(columns.marks - {"columns-with-target"} | {"columns"})

    def may_refuse_target(self, test, scope) -> bool:
        """A filter of a list of columns: could it leave the target out?"""
        if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], (ast.NotEq, ast.NotIn)):
            return self.may_name_target(self.value(test.comparators[0], scope))
        return True
