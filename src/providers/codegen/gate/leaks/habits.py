"""Rules that need no following of values: where a script reaches out, runs text as code, or hides its failures."""

from __future__ import annotations

import ast
import re

NETWORK_MODULES = {
    "aiohttp", "anthropic", "asyncio.streams", "boto3", "ftplib", "google.generativeai", "http.client", "httpx",
    "huggingface_hub", "kaggle", "kagglehub", "openai", "paramiko", "poplib", "requests", "smtplib", "socket",
    "socketserver", "telnetlib", "urllib.request", "urllib3", "websocket", "websockets", "xmlrpc",
}  # fmt: skip
PROGRAMS = re.compile(r"\b(curl|wget|pip3?|conda|apt(-get)?|git|ssh|scp|nc|ncat|kaggle|npm|gsutil|aws)\b")
STARTERS = {"system", "popen", "run", "call", "check_call", "check_output", "Popen", "getoutput", "spawnl", "execv", "execl"}
HARMLESS_VARIABLES = re.compile(
    r"(OMP|MKL|OPENBLAS|NUMEXPR|VECLIB|TF|TORCH|PYTORCH|CUDA|NVIDIA|TOKENIZERS|PYTHON|LOKY|JOBLIB|TRANSFORMERS|HF|WANDB"
    r"|XLA|NCCL)_[A-Z_0-9]+|PYTHONHASHSEED|CHECKPOINT_DIR|HOME|TMPDIR|LANG|PATH|MPLBACKEND"
)
SECRETS = re.compile(r"KEY|TOKEN|SECRET|PASSW|CREDENTIAL|KAGGLE|AWS|ANTHROPIC|OPENAI|SUPABASE|VAULT|DATABASE_URL|REDIS", re.I)
OUTSIDE = re.compile(r"^(/|~|[A-Za-z]:\\)|(^|/)\.\.(/|$)")
ALLOWED_PATHS = re.compile(r"^/(dev/(null|shm)|proc/(meminfo|cpuinfo)|tmp)(/|$)")
OPENERS = {
    "open", "Path", "read_csv", "read_parquet", "read_table", "read_json", "read_pickle", "read_feather", "load", "loadtxt",
    "genfromtxt", "glob", "iglob", "listdir", "scandir", "walk", "join", "copy", "copyfile", "copytree", "remove",
    "rmtree", "imread", "unlink", "exists", "chdir", "rglob", "iterdir",
}  # fmt: skip
LISTERS = {"glob", "iglob", "rglob", "iterdir", "listdir", "scandir", "walk"}
HIDDEN_LABELS = re.compile(r"(^|[/_-])(truth|solution|gate[_-]?labels?|test[_-]?labels?|private|answers?)\.(csv|json|parquet)$", re.I)
BROAD = {"Exception", "BaseException"}


class Habits:
    def __init__(self, tree: ast.Module, facts, report):
        self.tree = tree
        self.facts = facts
        self.report = report
        self.docstrings = {id(text) for text in docstrings_of(tree)}
        # Mentions of the environment that are judged by what stands around them.
        self.seen = set()

    def look(self) -> None:
        trainers = self.training_functions()
        for node in ast.walk(self.tree):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                self.look_at_import(node)
            elif isinstance(node, ast.Call):
                self.look_at_call(node)
            elif isinstance(node, (ast.Attribute, ast.Subscript, ast.Name)):
                self.look_at_environment(node)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in self.docstrings:
                self.look_at_text(node)
            elif isinstance(node, ast.Try):
                self.look_at_try(node, trainers)
        if not reads_host_folds(self.tree):
            self.report(
                "host-folds-unused", 1, "fail",
                "The script never reads folds.csv; its out-of-fold predictions must follow the host's folds.",
            )  # fmt: skip

    def look_at_import(self, node) -> None:
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            self.look_at_module(node, name)

    def look_at_module(self, node, name: str) -> None:
        if any(name == module or name.startswith(f"{module}.") for module in NETWORK_MODULES):
            self.report("network", node, "fail", f"{name} leads to the network, which a training script has no use for.")
        if name.split(".")[0] in ("ctypes", "pty", "cffi"):
            self.report("outside-code", node, "warn", f"{name} reaches below Python, which training seldom needs.")

    def look_at_call(self, node) -> None:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        texts = [text for each in [*node.args, *(k.value for k in node.keywords)] for text in texts_in(each)]
        first = texts[0] if texts else None
        if isinstance(node.func, ast.Name) and name in ("eval", "exec"):
            is_plain = bool(node.args) and isinstance(node.args[0], ast.Constant)
            self.report("runs-text-as-code", node, "warn" if is_plain else "fail", f"{name}() runs text as code.")
        if any(isinstance(each, ast.Name) and each.id in ("eval", "exec") for each in node.args):
            self.report("runs-text-as-code", node, "fail", "eval or exec is handed over, and runs text as code.")
        if name in LISTERS and goes_up(node):
            self.report("outside-files", node, "fail", "Files above the folders of --data and --out are listed.")
        if name in ("__import__", "import_module"):
            if first is not None:
                self.look_at_module(node, first)
            elif node.args:
                self.report("runs-text-as-code", node, "fail", "A module is imported whose name is made up at run time.")
        if name in STARTERS and self.starts_program(node):
            words = " ".join(texts)
            if PROGRAMS.search(words):
                self.report("network", node, "fail", f"A program is started that fetches from outside: {words[:60]}.")
            else:
                self.report("starts-programs", node, "warn", "Another program is started, which training seldom needs.")
        away = [text for text in texts if OUTSIDE.search(text) and not ALLOWED_PATHS.match(text)]
        if name in OPENERS and away:
            self.report("outside-files", node, "fail", f"{away[0][:80]} lies outside the folders of --data and --out.")
        if name in ("home", "expanduser") and (isinstance(node.func, ast.Attribute)):
            self.report("outside-files", node, "fail", "The home folder lies outside the folders of --data and --out.")
        if name == "getenv" or (name == "get" and isinstance(node.func, ast.Attribute) and is_environ(node.func.value)):
            self.look_at_variable(node, first or "")
        steps = [*node.args[:1], *(each.value for each in node.keywords if each.arg == "periods")]
        if name == "shift" and self.facts.time is not None and any(is_negative(step) for step in steps):
            self.report("future-values", node, "fail", "shift() with a negative step takes values from the future.")

    @staticmethod
    def starts_program(node) -> bool:
        if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
            return node.func.value.id in ("os", "subprocess", "sp", "pty", "commands")
        return isinstance(node.func, ast.Name) and node.func.id in ("Popen", "check_call", "check_output", "getoutput", "system")

    def look_at_environment(self, node) -> None:
        if isinstance(node, ast.Subscript) and is_environ(node.value):
            if isinstance(node.ctx, ast.Load) and isinstance(node.slice, ast.Constant):
                self.look_at_variable(node, str(node.slice.value))
            self.seen.add(id(node.value))
        if isinstance(node, ast.Attribute) and is_environ(node.value):
            self.seen.add(id(node.value))
            if node.attr in ("items", "values", "keys", "copy"):
                self.report("reads-environment", node, "fail", "The whole environment is read; a script needs none of it.")
        if is_environ(node) and id(node) not in self.seen and isinstance(node.ctx, ast.Load):
            self.report("reads-environment", node, "fail", "The whole environment is read; a script needs none of it.")

    def look_at_variable(self, node, name: str) -> None:
        if HARMLESS_VARIABLES.fullmatch(name) and not SECRETS.search(name):
            return
        severity = "fail" if SECRETS.search(name) else "warn"
        self.report("reads-environment", node, severity, f"The environment variable {name[:60]} is read.")

    def look_at_text(self, node) -> None:
        if HIDDEN_LABELS.search(node.value) and len(node.value) < 200:
            self.report("hidden-labels", node, "fail", f"{node.value[-80:]} sounds like labels that are not for training.")
        if re.match(r"(https?|ftp|s3|gs)://", node.value) and " " not in node.value.strip():
            self.report("network", node, "fail", f"{node.value[:80]} is an address in the network.")

    # A failed training that nobody sees

    def training_functions(self):
        """Names of functions that fit something, themselves or through others."""
        bodies = {node.name: node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef)}
        trainers = {name for name, node in bodies.items() if fits_directly(node)}
        while True:
            more = {
                name for name, node in bodies.items() if name not in trainers and trainers & called_names(node)
            } - trainers
            if not more:
                return trainers
            trainers |= more

    def look_at_try(self, node, trainers) -> None:
        body = ast.Module(body=node.body, type_ignores=[])
        if not fits_directly(body) and not trainers & called_names(body):
            return
        for handler in node.handlers:
            kinds = [handler.type] if not isinstance(handler.type, ast.Tuple) else handler.type.elts
            is_broad = handler.type is None or any(getattr(kind, "id", "") in BROAD for kind in kinds)
            if is_broad and not any(ends_run(inner) for inner in ast.walk(handler)):
                self.report(
                    "swallowed-failure", handler, "fail",
                    "Whatever goes wrong in training is caught here and nobody learns of it; let it fail.",
                )  # fmt: skip


def reads_host_folds(tree) -> bool:
    """The file's name stands somewhere, or its beginning where names are put together."""
    docstrings = {id(text) for text in docstrings_of(tree)}
    return any(
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in docstrings
        and (node.value.endswith("folds.csv") or node.value == "folds")
        for node in ast.walk(tree)
    )


def docstrings_of(tree):
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)) and node.body:
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                yield first.value


def texts_in(node):
    """Texts that are written out in an argument."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, (ast.List, ast.Tuple)):
        return [text for element in node.elts for text in texts_in(element)]
    if isinstance(node, ast.JoinedStr):
        # What follows a value that is put in stands within it.
        return [text for part in node.values[:1] for text in texts_in(part)]
    if isinstance(node, ast.BinOp):
        # A path may be put together by dividing; what is added stands within.
        return texts_in(node.left) + (texts_in(node.right) if isinstance(node.op, ast.Div) else [])
    return []


def is_environ(node) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr in ("environ", "environb") and isinstance(node.value, ast.Name) and node.value.id == "os"
    return isinstance(node, ast.Name) and node.id == "environ"


def is_negative(node) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, (int, float)) and node.value < 0
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)


def goes_up(node) -> bool:
    """Something in it is the folder above something."""
    ups = {"parent", "parents", "pardir", "dirname"}
    return any(isinstance(inner, ast.Attribute) and inner.attr in ups for inner in ast.walk(node))


def called_names(tree):
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {getattr(call, "id", getattr(call, "attr", "")) for call in calls}


def fits_directly(tree) -> bool:
    return bool(called_names(tree) & {"fit", "fit_transform", "fit_resample", "partial_fit", "backward", "cross_val_predict"}) or any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "train"
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in ("lgb", "lightgbm", "xgb", "xgboost")
        for node in ast.walk(tree)
    )


def ends_run(node) -> bool:
    if isinstance(node, ast.Raise):
        return True
    if not isinstance(node, ast.Call):
        return False
    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
    return name in ("exit", "_exit", "abort")
