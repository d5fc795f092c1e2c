"""Reads a script from standard input and tells, as JSON, whether it compiles and what it imports.

Run by the interpreter that would train, since it alone knows its syntax and its packages. Nothing of the script is
executed.
"""

import ast
import importlib.util
import json
import sys

# Handlers that catch a failed import: the script has another way then.
CATCHING = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}


def main():
    source = sys.stdin.buffer.read()
    try:
        tree = ast.parse(source, "train.py")
        compile(tree, "train.py", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None)
        where = f" in line {line}" if line else ""
        print(json.dumps({"error": f"{type(error).__name__}{where}: {error}", "imports": []}))
        return
    guarded = guarded_nodes(tree)
    imports = {}
    for node in ast.walk(tree):
        for name in modules_of(node):
            imports[name] = imports.get(name, True) and id(node) in guarded
    found = [{"name": name, "guarded": imports[name], "found": is_found(name)} for name in sorted(imports)]
    print(json.dumps({"error": None, "imports": found}))


def modules_of(node):
    """Full names of the modules that a statement imports."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [node.module] if node.module and node.level == 0 else []
    return []


def guarded_nodes(tree):
    guarded = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Try) and any(catches_import(handler) for handler in node.handlers):
            for statement in node.body:
                guarded.update(id(inner) for inner in ast.walk(statement))
    return guarded


def catches_import(handler):
    if handler.type is None:
        return True
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(isinstance(kind, ast.Name) and kind.id in CATCHING for kind in kinds)


def is_found(name):
    try:
        return importlib.util.find_spec(name.split(".")[0]) is not None
    except (ImportError, ValueError):
        return False


if __name__ == "__main__":
    main()
