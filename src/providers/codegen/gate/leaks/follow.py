"""Follows a script from its first statement to its last without running it, and notes what rows meet what.

Loops over things that are written out are followed once for each; other loops once. Functions of the script are
followed where they are called, with what they are called with.
"""

from __future__ import annotations

import ast

from expressions import MOST_STEPS, Expressions
from habits import reads_host_folds
from values import NOTHING, Function, Scope, Value, joined

DEEPEST_CALL = 8


class Facts:
    """What the host knows of the competition."""

    def __init__(self, given: dict):
        self.targets = set(given.get("targets", []))
        self.group: str | None = given.get("group")
        self.time: str | None = given.get("time")


class Follower(Expressions):
    def __init__(self, facts: Facts, tree: ast.Module):
        self.facts = facts
        self.findings = {}
        self.steps = 0
        self.depth = 0
        self.called = set()
        # Names of columns that were made from the target.
        self.made_of_target = set()
        self.uses_host_folds = reads_host_folds(tree)
        self.tree = tree

    def run(self):
        scope = Scope()
        self.block(self.tree.body, scope)
        for node in ast.walk(self.tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and id(node) not in self.called:
                # Nobody calls it here: a method, or a function that is handed over.
                self.block(node.body, Scope(scope))

    def report(self, rule, node, severity, message):
        line = getattr(node, "lineno", None) if not isinstance(node, int) else node
        self.findings.setdefault((rule, line), {"rule": rule, "line": line, "severity": severity, "message": message})

    # Statements

    def block(self, statements, scope: Scope) -> Value | None:
        returned = []
        for statement in statements:
            self.steps += 1
            if self.steps > MOST_STEPS:
                break
            outcome = self.statement(statement, scope)
            if outcome is not None:
                returned.append(outcome)
        return joined(returned) if returned else None

    def statement(self, node, scope: Scope) -> Value | None:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            scope.set(node.name, Value(functions=[Function(node, scope)]))
        elif isinstance(node, ast.Return):
            return self.value(node.value, scope) if node.value else NOTHING
        elif isinstance(node, ast.Assign):
            value = self.value(node.value, scope)
            for target in node.targets:
                self.assign(target, value, scope)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            self.assign(node.target, self.value(node.value, scope), scope)
        elif isinstance(node, ast.AugAssign):
            value = joined([self.value(node.target, scope), self.value(node.value, scope)])
            self.assign(node.target, value, scope)
        elif isinstance(node, ast.Expr):
            self.value(node.value, scope)
        elif isinstance(node, ast.Delete):
            for target in node.targets:
                self.delete(target, scope)
        elif isinstance(node, (ast.For, ast.AsyncFor)):
            return self.loop(node, scope)
        elif isinstance(node, (ast.While, ast.If)):
            self.value(node.test, scope)
            return self.either([node.body, node.orelse], scope)
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            for item in node.items:
                value = self.value(item.context_expr, scope)
                if item.optional_vars is not None:
                    self.assign(item.optional_vars, value, scope)
            return self.block(node.body, scope)
        elif isinstance(node, ast.Try):
            blocks = [node.body, *(handler.body for handler in node.handlers), node.orelse, node.finalbody]
            return self.either(blocks, scope)
        return None

    def either(self, blocks, scope: Scope) -> Value | None:
        """One after the other in the same scope: what any of them learnt is known afterwards."""
        outcomes = [self.block(block, scope) for block in blocks]
        outcomes = [outcome for outcome in outcomes if outcome is not None]
        return joined(outcomes) if outcomes else None

    def loop(self, node, scope: Scope) -> Value | None:
        over = self.value(node.iter, scope)
        elements = self.elements(over)
        returned = []
        for element in elements:
            self.assign(node.target, element, scope)
            outcome = self.block(node.body, scope)
            if outcome is not None:
                returned.append(outcome)
        outcome = self.block(node.orelse, scope)
        return joined(returned + ([outcome] if outcome is not None else [])) if returned or outcome else None

    def assign(self, target, value: Value, scope: Scope) -> None:
        if isinstance(target, ast.Name):
            scope.set(target.id, value)
        elif isinstance(target, ast.Starred):
            self.assign(target.value, value, scope)
        elif isinstance(target, (ast.Tuple, ast.List)):
            known = value.items if value.items is not None and len(value.items) == len(target.elts) else None
            for at, element in enumerate(target.elts):
                self.assign(element, known[at] if known else value.without(), scope)
        elif isinstance(target, (ast.Subscript, ast.Attribute)):
            self.assign_into(target, value, scope)

    def assign_into(self, target, value: Value, scope: Scope) -> None:
        """`frame[column] = value`, `frame.loc[rows, column] = value`, `thing.name = value`."""
        holder = self.value(target.value, scope)
        name, index = target.value, None
        if isinstance(target, ast.Attribute):
            key = target.attr
        else:
            index = self.value(target.slice, scope)
            key = index.constant if isinstance(index.constant, str) else None
        while isinstance(name, ast.Attribute) and name.attr in ("loc", "iloc", "at", "iat"):
            name = name.value
        if isinstance(name, ast.Name):
            current = scope.get(name.id) or NOTHING
            scope.set(name.id, self.with_written(current, key, index, value))
        elif isinstance(name, (ast.Attribute, ast.Subscript)):
            self.assign(name, self.with_written(holder, key, index, value), scope)

    def with_written(self, holder: Value, key, index, value: Value) -> Value:
        if "object" in holder.marks and holder.fields is not None and key is not None:
            # Every name of the object sees it.
            holder.fields[key] = value
            return holder
        is_frame = holder.marks & {"train", "test", "gate", "sample", "both"}
        if key is not None and not is_frame:
            fields = {**(holder.fields or {}), key: value}
            return Value(holder.marks, None, holder.items, fields, holder.estimators, holder.functions)
        marks = value.marks - {"with-target", "columns", "columns-with-target"}
        if key is not None and key not in self.facts.targets and "target" in marks:
            self.made_of_target.add(key)
        if key in self.facts.targets or (index is not None and "target-name" in index.all_marks()):
            marks = (marks - {"target"}) | ({"with-target"} if "target" in value.marks else frozenset())
        if not (isinstance(value.constant, (int, float, str)) and value.constant is not None):
            marks = marks | {"changed"}
        return Value(
            holder.marks | marks, None, None, holder.fields, holder.estimators + value.estimators, holder.functions
        )

    def delete(self, target, scope: Scope) -> None:
        if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
            if self.names_target(self.value(target.slice, scope)):
                current = scope.get(target.value.id) or NOTHING
                scope.set(target.value.id, current.without("with-target"))

    # Functions and objects

    def make_object(self, definition: Function, arguments, keywords) -> Value:
        """An object of a class of the script: what its class says, and what its beginning writes into it."""
        made = Value({"object"}, fields={})
        names = []
        for statement in definition.node.body:
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
                made.fields[statement.name] = Value(functions=[Function(statement, definition.scope, made)])
            elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                names.append(statement.target.id)
                made.fields[statement.target.id] = self.value(statement.value, definition.scope)
            elif isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                made.fields[statement.targets[0].id] = self.value(statement.value, definition.scope)
        if "__init__" in made.fields:
            self.follow(made.fields["__init__"].functions[0], arguments, keywords)
        else:
            made.fields.update({**dict(zip(names, arguments)), **{name: given for name, given in keywords.items() if name}})
        return made

    def follow(self, function: Function, arguments, keywords) -> Value:
        """What a function of the script answers for these arguments."""
        node = function.node
        if isinstance(node, ast.ClassDef):
            return self.make_object(function, arguments, keywords)
        if function.owner is not None and not is_static(node):
            arguments = [function.owner, *arguments]
        self.called.add(id(node))
        if self.depth >= DEEPEST_CALL:
            return joined([*arguments, *keywords.values()])
        scope = Scope(function.scope)
        names = [argument.arg for argument in [*node.args.posonlyargs, *node.args.args]]
        defaults = node.args.defaults
        for name, default in zip(names[len(names) - len(defaults):], defaults):  # fmt: skip
            scope.set(name, self.value(default, function.scope))
        for argument, default in zip(node.args.kwonlyargs, node.args.kw_defaults):
            scope.set(argument.arg, self.value(default, function.scope) if default else NOTHING)
        for name, value in zip(names, arguments):
            scope.set(name, value)
        for name, value in keywords.items():
            if name is not None:
                scope.set(name, value)
        if node.args.vararg:
            scope.set(node.args.vararg.arg, joined(arguments[len(names):]))  # fmt: skip
        self.depth += 1
        try:
            if isinstance(node, ast.Lambda):
                return self.value(node.body, scope)
            return self.block(node.body, scope) or NOTHING
        finally:
            self.depth -= 1


def is_static(node) -> bool:
    return any(isinstance(decorator, ast.Name) and decorator.id == "staticmethod" for decorator in node.decorator_list)
