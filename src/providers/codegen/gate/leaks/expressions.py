"""What each kind of expression answers for what it is made of."""

from __future__ import annotations

import ast

from calls import Calls
from values import FILES, NOTHING, Function, Scope, Value, joined

MOST_STEPS = 100_000
LONGEST_UNROLL = 8
# The same rows in another form.
VIEWS = ("loc", "iloc", "values", "T", "str", "dt", "index")


class Expressions(Calls):
    def value(self, node, scope: Scope) -> Value:
        self.steps += 1
        if node is None or self.steps > MOST_STEPS:
            return NOTHING
        method = getattr(self, f"value_{type(node).__name__.lower()}", None)
        if method is not None:
            return method(node, scope)
        return joined([self.value(child, scope) for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)])

    def value_constant(self, node, scope):
        marks = set()
        if isinstance(node.value, str):
            name = node.value.replace("\\", "/").rsplit("/", 1)[-1]
            if name in FILES:
                marks.add(f"file:{name}")
            if node.value in self.made_of_target:
                marks.add("derived-name")
            if node.value in self.facts.targets:
                marks.add("target-name")
            if node.value in ("targetColumns", "target_columns"):
                marks.add("key-of-target-names")
        return Value(marks, constant=node.value)

    def value_joinedstr(self, node, scope):
        pieces = [self.value(getattr(part, "value", None) if isinstance(part, ast.FormattedValue) else part, scope)
                  for part in node.values]  # fmt: skip
        texts = [piece.constant if isinstance(piece.constant, (str, int)) else "\0" for piece in pieces]
        whole = self.value_constant(ast.Constant(value="".join(map(str, texts))), scope)
        marks = frozenset().union(*(piece.marks for piece in pieces)) if pieces else frozenset()
        return Value(whole.marks | {mark for mark in marks if mark.startswith("file:")}, constant=whole.constant)

    def value_name(self, node, scope):
        return scope.get(node.id) or NOTHING

    def value_attribute(self, node, scope):
        base = self.value(node.value, scope)
        if base.fields and node.attr in base.fields:
            return base.fields[node.attr]
        if node.attr in ("columns", "feature_names_in_"):
            mark = "columns-with-target" if "with-target" in base.marks else "columns"
            return Value((base.marks & {"train", "test", "sample"}) | {mark})
        if node.attr in ("shape", "size", "dtypes", "ndim", "empty"):
            return NOTHING
        if node.attr in self.facts.targets and "with-target" in base.marks:
            return Value(base.marks - {"with-target"} | {"target"})
        if node.attr in VIEWS:
            return base
        is_column = base.marks & {"train", "test"} and node.attr.islower() and not base.estimators
        return base.without("with-target") if is_column and "grouped" not in base.marks else base

    def value_subscript(self, node, scope):
        base, index = self.value(node.value, scope), self.value(node.slice, scope)
        return self.subscript(node, base, index)

    def value_tuple(self, node, scope):
        items = [self.value(element, scope) for element in node.elts]
        whole = joined(items)
        return Value(whole.marks, None, items, None, whole.estimators, whole.functions)

    value_list = value_tuple
    value_set = value_tuple

    def value_dict(self, node, scope):
        keys = [self.value(key, scope) for key in node.keys if key is not None]
        values = [self.value(value, scope) for value in node.values]
        whole = joined(values)
        fields = None
        if len(keys) == len(values) and all(isinstance(key.constant, (str, int)) for key in keys):
            fields = {key.constant: value for key, value in zip(keys, values)}
        return Value(whole.marks, None, None, fields, whole.estimators, whole.functions)

    def value_ifexp(self, node, scope):
        self.value(node.test, scope)
        return joined([self.value(node.body, scope), self.value(node.orelse, scope)])

    def value_compare(self, node, scope):
        whole = joined([self.value(node.left, scope), *(self.value(each, scope) for each in node.comparators)])
        return Value((whole.marks & {"folds", "own-folds", "part", "train", "test"}) | {"rows"})

    def value_binop(self, node, scope):
        left, right = self.value(node.left, scope), self.value(node.right, scope)
        if isinstance(node.op, ast.Sub) and "columns-with-target" in left.marks:
            return self.columns_without(left, right)
        if isinstance(node.op, ast.Add) and left.items is not None and right.items is not None:
            whole = joined([left, right])
            return Value(whole.marks, None, left.items + right.items, None, whole.estimators, whole.functions)
        if isinstance(node.op, ast.Div) and any(mark.startswith("file:") for mark in right.marks):
            return Value(right.marks)
        return joined([left, right]).without()

    def value_lambda(self, node, scope):
        return Value(functions=[Function(node, scope)])

    def value_namedexpr(self, node, scope):
        value = self.value(node.value, scope)
        self.assign(node.target, value, scope)
        return value

    def value_listcomp(self, node, scope):
        inner = Scope(scope)
        marks_of_columns = None
        for generator in node.generators:
            over = self.value(generator.iter, inner)
            for element in self.elements(over)[-1:]:
                self.assign(generator.target, element, inner)
            if "columns-with-target" in over.marks and isinstance(node.elt, ast.Name):
                kept = not any(self.may_refuse_target(test, inner) for test in generator.ifs)
                marks_of_columns = over.marks if kept else over.marks - {"columns-with-target"} | {"columns"}
        if marks_of_columns is not None:
            return Value(marks_of_columns)
        return self.value(node.elt, inner).without()

    value_setcomp = value_listcomp
    value_generatorexp = value_listcomp

    def value_dictcomp(self, node, scope):
        inner = Scope(scope)
        for generator in node.generators:
            for element in self.elements(self.value(generator.iter, inner))[-1:]:
                self.assign(generator.target, element, inner)
        return joined([self.value(node.key, inner).without("target-name"), self.value(node.value, inner)]).without()

    def value_call(self, node, scope):
        return self.call(node, scope)

    def elements(self, over: Value):
        """What a loop sees in turn: what is written out, or once whatever it may be."""
        if over.items is not None and 0 < len(over.items) <= LONGEST_UNROLL:
            return [item.adding(*(over.marks & {"folds", "own-folds"})) if item.constant is None else item
                    for item in over.items]  # fmt: skip
        if over.fields:
            return [Value(constant=key) for key in over.fields][:LONGEST_UNROLL]
        inner = joined(over.items) if over.items else over.without()
        if "columns" in over.marks or "columns-with-target" in over.marks:
            inner = Value(over.marks - {"columns", "columns-with-target"} | {"a-column"})
        return [inner]
