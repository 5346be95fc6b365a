"""What the code of labeling functions reads beside the row: chance, the clock, files, state of its own.

Votes are kept while what was read for them stays as it was; where no record can hold that, the LF runs in
every run of a project, and the same rows get other votes.
Names are followed to the values that they stand for (aliases, ``from`` imports, helper functions of the
user), so a column ``time``, ``re.compile`` or a method ``open`` of a row are nothing to find.
"""

from __future__ import annotations

import ast
import functools
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import Any, Final

from labelwright._text import listed
from labelwright.advisor.lint.scope import (
    UNKNOWN,
    Scope,
    argument_names,
    body_of,
    bound_to,
    function_of,
    held_by,
    member,
    method_of,
    path_of,
)
from labelwright.core.finding import Finding, Urgency
from labelwright.lfs import LabelingFunction, Preprocessor
from labelwright.lfs._fingerprint.data import functions_in
from labelwright.lfs._fingerprint.modules import is_library
from labelwright.lfs._fingerprint.names import global_chains
from labelwright.lfs._fingerprint.reached import outermost_functions
from labelwright.lfs._source import function_node

_OS = r"(os|posix|nt)\."

CHANCE: Final = re.compile(
    r"random\.(?!Random$|getstate$|setstate$)|_random\.|numpy\.random\.(?!default_rng$|RandomState$|Generator$|"
    r"SeedSequence$|PCG64$|MT19937$|Philox$)|secrets\.|uuid\.uuid[14]$|"
    + _OS
    + r"(urandom|getrandom)$|builtins\.(hash|id)$|"
    r"torch\.(rand|randn|randint|randperm|bernoulli|multinomial|normal)(_like)?$"
)
CLOCK: Final = re.compile(
    r"time\.(time|time_ns|monotonic|monotonic_ns|perf_counter|perf_counter_ns|process_time|process_time_ns|"
    r"thread_time|clock_gettime|clock_gettime_ns)$|datetime\.(datetime\.(now|utcnow|today)|date\.today)$|"
    r"pandas\.(.*\.)?Timestamp\.(now|utcnow|today)$"
)
OUTSIDE: Final = re.compile(
    r"(_io|io|builtins)\.(open|FileIO|open_code|input)$|builtins\.input$|(codecs|_codecs|gzip|bz2|lzma|tarfile)\.open$|"
    r"zipfile\.ZipFile$|tarfile\.TarFile$|linecache\.|fileinput\.|shutil\.|tempfile\.|glob\.i?glob$|"
    r"(posixpath|ntpath|genericpath|os\.path)\.(l?exists|is(file|dir|link|mount)|get[acms]\w+|samefile)$|"
    + _OS
    + r"(open|read|listdir|scandir|l?stat|f?walk|getenvb?|environb?(\.|$)|system|popen|getcwd|getlogin|"
    r"getpid|access|readlink|spawn\w*|exec\w+|fork|uname|cpu_count|get(p|e)?[ug]id|getppid|times|getloadavg|"
    r"sched_getaffinity|statvfs)|(dbm|_dbm|_gdbm|shelve|psutil|resource|gc|tracemalloc)\.|"
    r"(threading|_thread)\.(get_ident|get_native_id|current_thread)|locale\.(get|localeconv|str)|"
    r"time\.(tzname|timezone|altzone|daylight)$|socket\.gethostname$|"
    r"(pandas|polars|pyarrow)\.(.*\.)?(read|scan)_\w+$|pyarrow\.(.*\.)?(fs\..*|dataset|memory_map|input_stream|\w*File)$|"
    r"(duckdb|h5py|lmdb|tables|onnxruntime|fasttext|sentencepiece|cv2\.imread|tokenizers\.Tokenizer\.from_)|"
    r"numpy\.(.*\.)?(load|loadtxt|genfromtxt|fromfile|memmap)$|"
    r"(joblib|torch)\.(.*\.)?load$|torch\.(.*\.)?from_file$|importlib\.resources\.|pkgutil\.get_data$|"
    r"labelwright\.(.*\.)?(read|scan)_\w+$|sys\.(argv|stdin)$|pathlib\.(.*\.)?\w*Path\.(cwd|home)$|platform\.|getpass\."
    r"|"
    r"(requests|httpx|urllib\.request|urllib3|aiohttp|socket|_socket|http\.client|ftplib|smtplib|subprocess|"
    r"_posixsubprocess|sqlite3|_sqlite3|sqlalchemy|psycopg|psycopg2|pymongo|redis|boto3|openai|anthropic)\."
)
DYNAMIC: Final = re.compile(r"builtins\.(eval|exec|compile|__import__)$")

_PATHS = "read_text read_bytes open exists is_file is_dir stat lstat iterdir glob rglob walk resolve absolute"
_CLIENTS = (
    "sqlite3 requests httpx urllib3 socket http sqlalchemy psycopg psycopg2 pymongo redis openai anthropic"
)
_CHANGING = (
    "append appendleft add update extend insert remove discard pop popleft popitem clear sort reverse rotate "
    "subtract __setitem__ __delitem__"
)
PATH_METHODS: Final = frozenset(_PATHS.split())
CLIENTS: Final = frozenset(_CLIENTS.split())
CHANGING: Final = frozenset(_CHANGING.split())
_HANDLES: Final = ("_io._IOBase", "io.IOBase", "pyarrow._fs.FileSystem")
WITHOUT_ARGUMENTS: Final = {"time.localtime": 0, "time.gmtime": 0, "time.ctime": 0, "time.strftime": 1}
"""Functions that read the clock where they get no more arguments than these."""

WATCHED: Final = re.compile(
    r"(_io|io|builtins)\.(open|FileIO|open_code|input)$|(codecs|_codecs|gzip|bz2|lzma|tarfile)\.open$|"
    r"zipfile\.ZipFile$|tarfile\.TarFile$|(linecache|fileinput|shutil(?!\.which$)|glob|importlib\.resources|pkgutil)\.|"
    r"(posixpath|ntpath|genericpath|os\.path)\.|"
    + _OS
    + r"(open|l?stat|access|readlink|listdir|scandir|f?walk|getenvb?|environb?(\.|$)|system|popen|"
    r"posix_spawn|spawn\w*|fork)|"
    r"polars\.(read|scan)_\w+$|pandas\.(.*\.)?read_(csv|table|json|pickle|excel|fwf|html|xml)$|"
    r"numpy\.(.*\.)?(load|loadtxt|genfromtxt|fromfile|memmap)$|(joblib|torch)\.(.*\.)?load$|"
    r"(requests|httpx|urllib\.request|urllib3|socket|_socket|http\.client|ftplib|smtplib|subprocess|"
    r"_posixsubprocess|sqlite3|_sqlite3)\."
)
"""What `labelwright._watch` notes when it happens, so that it need not be guessed from the code."""
WATCHED_METHODS: Final = PATH_METHODS - {"absolute"}

IN_A_ZONE: Final = re.compile(
    r"datetime\.datetime\.fromtimestamp$|datetime\.date\.fromtimestamp$|time\.mktime$"
)
"""What depends on the time zone of the machine where it is given one argument."""

NOW: Final = re.compile(r"numpy\.datetime64$|pandas\.(.*\.)?(Timestamp|to_datetime|DatetimeIndex)$")
"""What reads the clock where it is given the text "now" or "today"."""

MAKERS: Final = re.compile(
    r"random\.(Random|SystemRandom)$|numpy\.random\.(.*\.)?(default_rng|RandomState|SeedSequence)$"
)
"""What makes a source of chance, which is sure to repeat itself only where it is given a seed."""

ATTACHES: Final = re.compile(r"\s*attach\s.*\sas\s", re.IGNORECASE | re.DOTALL)
"""A statement by which a database reads another file, of which no event tells."""

MAX_FUNCTIONS: Final = 200
MODEL_METHODS: Final = ("predict_proba", "decision_function", "predict", "transform", "encode")
"""What is called of a model or an encoder of a class of the user's."""
UNSEEDED: Final = b"\xa4seed\xc0"
"""How polars writes down that an expression draws at random without a seed."""
LISTENED: Final = (os.stat, os.lstat, os.readlink, os.access)
"""What is noted where it is called as an attribute of `os`, and not under a name of its own."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of finding: what is said of the LF, and what to do."""

    name: str
    urgency: Urgency
    said: str
    action: str


KINDS: Final = {
    "chance": Kind(
        "draws-at-random",
        "fix",
        "draws at random",
        "Its votes differ from run to run, so a project makes them anew each time. Decide by the row alone, "
        "such as by hashlib of its text.",
    ),
    "clock": Kind(
        "reads-the-clock",
        "check",
        "reads the clock",
        "Its votes differ tomorrow, so a project makes them anew in every run. Compare with a date that is "
        "written down, or with a column.",
    ),
    "outside": Kind(
        "reads-outside",
        "check",
        "reads what is neither in the row nor in its code",
        "A project makes its votes anew when that changes, or in every run where nobody can tell. Read it "
        "once, outside the function, and declare it: resources={...}.",
    ),
    "dynamic": Kind(
        "runs-text-as-code",
        "check",
        "runs text as code",
        "What that does is no part of what votes are kept by, so a project runs it in every run; and a row "
        "can run anything. Write it as code.",
    ),
    "state": Kind(
        "changes-state",
        "check",
        "changes what other rows or LFs read",
        "Rows are voted on in blocks and any order, and kept votes are not made again. Look at the row "
        "alone, or at whole columns (batch=True, row_local=False).",
    ),
}


@dataclass(frozen=True, slots=True)
class Use:
    """One place in code that does what is to be found.

    Attributes
    ----------
    kind : str
        A key of `KINDS`.
    what : str
        As the code has it, such as ``random.random``.
    line : int
        Of the file; 0 where it is not known.
    within : str
        The helper function or preprocessor that it is in; "" for the function itself.
    watched : bool
        Whether it is noted when it happens, with what it finds, see `labelwright._watch`.
    """

    kind: str
    what: str
    line: int
    within: str
    watched: bool = False


def code_findings(lfs: Iterable[LabelingFunction]) -> Iterator[Finding]:
    """Find code that draws at random, reads the clock or what is outside, or changes state.

    Examples
    --------
    >>> import random
    >>> from labelwright.lfs import labeling_function
    >>> lf = labeling_function(name="guess")(lambda x: int(random.random() > 0.5))
    >>> [one.kind for one in code_findings([lf])]
    ['draws-at-random']
    """
    for lf in lfs:
        uses = list(uses_of(lf))
        for key, kind in KINDS.items():
            if own := [use for use in uses if use.kind == key]:
                yield _found(lf.name, kind, own)


def unrepeatable(made: LabelingFunction | Preprocessor) -> list[str]:
    """Return in words what the code of an LF or a preprocessor asks that answers otherwise another day.

    What is noted when it happens is left out, as is what somebody has said to repeat itself.

    Examples
    --------
    >>> import random
    >>> from labelwright.lfs import labeling_function
    >>> unrepeatable(labeling_function(name="guess")(lambda x: int(random.random() > 0.5)))
    ['draws at random: random.random']
    """
    if made.repeats:
        return []
    uses = uses_of(made) if isinstance(made, LabelingFunction) else _uses(made.f, "", set(), {}, is_lf=False)
    found = (
        f"{KINDS[use.kind].said}: {use.what}{f' in {use.within}' if use.within else ''}"
        for use in uses
        if use.kind != "state" and not use.watched
    )
    return list(dict.fromkeys(found))


def _found(lf: str, kind: Kind, uses: list[Use]) -> Finding:
    first = uses[0]
    places = dict.fromkeys(_said(use) for use in uses)
    return Finding(
        kind=kind.name,
        urgency=kind.urgency,
        finding=f"{lf} {kind.said}: {listed(list(places), 3)}.",
        action=kind.action,
        evidence={"code": first.what, "line": first.line, "places": len(uses)},
        lfs=(lf,),
        weight=1.0,
    )


def _said(use: Use) -> str:
    within = f" in {use.within}" if use.within else ""
    return f"{use.what}{within}{f' (line {use.line})' if use.line else ''}"


def uses_of(lf: LabelingFunction) -> Iterator[Use]:
    """Give every place to be found in the code of an LF, of its preprocessors and of their helpers."""
    seen: set[int] = set()
    f = getattr(lf, "f", None)
    resources = getattr(lf, "resources", {})
    yield from _uses(f, "", seen, resources if isinstance(resources, Mapping) else {}, is_lf=True)
    for value in _held_code(lf):
        yield from _uses(value, "", seen, {}, is_lf=False)
    if _is_unseeded(lf):
        yield Use("chance", "shuffle, sample or rank without a seed", 0, "")
    for step in getattr(lf, "pre", ()):
        if step.repeats:
            continue
        yield from _uses(getattr(step, "f", None), f"preprocessor {step.name}", seen, {}, is_lf=False)


def _held_code(lf: LabelingFunction) -> Iterator[Any]:
    """Give the functions of the user that other LFs run: in an expression, of a model or an encoder."""
    expression = _expression_of(lf)
    if expression is not None:
        yield from outermost_functions(functions_in(expression))
    for name in ("features", "model", "encoder"):
        value = getattr(lf, name, None)
        yield value
        yield from (method_of(value, method) for method in MODEL_METHODS)


def _expression_of(lf: LabelingFunction) -> Any:
    return getattr(getattr(lf, "rule", lf), "predicate", None)


def _is_unseeded(lf: LabelingFunction) -> bool:
    expression = _expression_of(lf)
    try:
        return expression is not None and UNSEEDED in expression.meta.serialize()
    except Exception:  # it cannot be written down, which is told of elsewhere
        return False


def _uses(value: Any, within: str, seen: set[int], given: Mapping[str, Any], *, is_lf: bool) -> Iterator[Use]:
    f = function_of(value)
    if f is None or id(f) in seen or len(seen) > MAX_FUNCTIONS or (seen and is_library(f.__module__)):
        return
    seen.add(id(f))
    node = function_node(f.__code__)
    bound = bound_to(value)
    if node is not None and bound is not UNKNOWN:
        given = {**given, **dict.fromkeys(argument_names(node)[:1], bound)}
    if node is None:  # its text is not known: only names of its code are
        scope, parts = Scope.of_code(f, given), None
    else:
        scope, parts = Scope.of(f, node, given), body_of(node)
    row = None
    if node is not None:
        own, other = ([*argument_names(node), "", ""])[:2]
        scope.kept = own if bound is not UNKNOWN else None
        row = (own if bound is UNKNOWN else other) if is_lf else None
    reader = _Reader(scope, within, row=row)
    yield from reader.names(f) if parts is None else reader.uses(parts)
    for helper in reader.helpers:
        name = getattr(function_of(helper), "__name__", "a helper")
        yield from _uses(helper, within or f"{name}()", seen, {}, is_lf=False)


# --- what code does with them


class _Reader:
    """Looks through the code of one function.

    Parameters
    ----------
    scope : Scope
        What its names stand for.
    within : str
        Where the function is, for messages.
    row : str or None
        The parameter that is the row of an LF.
    """

    def __init__(self, scope: Scope, within: str, *, row: str | None) -> None:
        self._scope, self._within, self._row = scope, within, row
        self.helpers: list[Any] = []
        self._guards: list[str] = []

    def names(self, f: FunctionType) -> Iterator[Use]:
        """Give uses by the names that a function's code holds, where its text is not known."""
        for root, *rest in dict.fromkeys(global_chains(f.__code__)):
            node: ast.expr = ast.Name(root, ast.Load())
            for name in rest:
                node = ast.Attribute(node, name, ast.Load())
            yield from self._named(node, call=None)

    def uses(self, parts: Iterable[ast.AST]) -> Iterator[Use]:
        """Give uses in order of the code."""
        for part in parts:
            yield from self._visit(part)

    def _visit(self, node: ast.AST) -> Iterator[Use]:
        yield from self._changes(node)
        if isinstance(node, ast.Call):
            yield from self._called(node)
            yield from self.uses([*node.args, *node.keywords])
        elif isinstance(node, (ast.Attribute, ast.Name)):
            yield from self._named(node, call=None)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and ATTACHES.match(node.value):
            yield self._use("outside", node.value.strip(), node)
        elif isinstance(node, (ast.arg, ast.Import, ast.ImportFrom)):
            return
        elif isinstance(node, ast.If):
            yield from self._visit(node.test)
            self._guards.append(ast.unparse(node.test))
            yield from self.uses(node.body)
            self._guards.pop()
            yield from self.uses(node.orelse)
        elif isinstance(node, ast.AnnAssign):
            yield from self.uses(part for part in (node.target, node.value) if part is not None)
        else:
            yield from self.uses(ast.iter_child_nodes(node))

    def _called(self, call: ast.Call) -> Iterator[Use]:
        f = call.func
        if isinstance(f, ast.Name) and f.id == "next" and call.args:
            yield from self._advanced(call)
        yield from self._named(f, call=call) if isinstance(f, (ast.Attribute, ast.Name)) else self._visit(f)

    def _named(self, node: ast.expr, *, call: ast.Call | None) -> Iterator[Use]:
        """Give what a name, or an attribute of something, is known to do."""
        value, path, rest, base = self._resolved(node)
        if base is not None:  # an attribute of what a call returns, or of an expression
            yield from self._of_result(base, rest, node)
            yield from self._visit(base)
            return
        if value is UNKNOWN and not path:
            return
        text = ast.unparse(node)
        if value is os.environ:
            yield self._use("outside", text, node, watched=rest != ["_data"])
            return
        if rest:
            kind = _kind_of_type(type(value), rest[0])
            if kind is not None:
                watched = rest[0] in WATCHED_METHODS and isinstance(value, os.PathLike)
                yield self._use(kind, text, node, watched=watched)
            elif rest[0] in CHANGING and _is_mutable(value) and call is not None:
                yield self._use("state", text, node)
            else:
                self._help(method_of(value, rest[0]))
            return
        while isinstance(value, functools.partial):
            value = value.func
        paths = (path, path_of(value))
        if (kind := _kind_of_path(paths, call)) is not None:
            watched = any(WATCHED.match(one) for one in paths) and not _has_own_name(node, value, path)
            yield self._use(kind, text, node, watched=watched)
        else:
            self._help(value)

    def _resolved(self, node: ast.expr) -> tuple[Any, str, list[str], ast.expr | None]:
        """Return what an expression is: value, path, attributes beyond the value, or what it stands on."""
        attributes: list[str] = []
        while isinstance(node, ast.Attribute):
            attributes.insert(0, node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return UNKNOWN, "", attributes, node
        value, path = self._scope.value(node.id)
        while attributes:
            if isinstance(value, (ModuleType, type)) or (value is UNKNOWN and path):
                name = attributes.pop(0)
                path = f"{path or path_of(value)}.{name}"
                value = member(value, name)
            elif attributes[0] in (held := held_by(value)):
                value, path = held[attributes.pop(0)], ""
            else:
                break
        return value, path, attributes, None

    def _of_result(self, base: ast.expr, rest: list[str], node: ast.expr) -> Iterator[Use]:
        """Give what a method of a value does that was made on the spot, as in ``Path(name).read_text()``."""
        if not (isinstance(base, ast.Call) and isinstance(base.func, (ast.Attribute, ast.Name)) and rest):
            return
        made, _, beyond, below = self._resolved(base.func)
        if isinstance(made, type) and not beyond and below is None:
            kind = _kind_of_type(made, rest[0])
            if (
                kind is not None and kind != "chance"
            ):  # of chance, the call itself tells whether it has a seed
                watched = rest[0] in WATCHED_METHODS and issubclass(made, os.PathLike)
                yield self._use(kind, ast.unparse(node), node, watched=watched)

    def _advanced(self, call: ast.Call) -> Iterator[Use]:
        value, _, rest, base = self._resolved(call.args[0])
        if base is None and not rest and hasattr(type(value), "__next__"):
            yield self._use("state", ast.unparse(call), call)

    def _changes(self, node: ast.AST) -> Iterator[Use]:
        """Give assignments to what outlives the call, and to the row."""
        if isinstance(node, ast.AugAssign):
            targets: list[ast.expr] = [node.target]
        elif isinstance(node, ast.Assign):
            targets = [
                part for target in node.targets for part in ast.walk(target) if isinstance(part, ast.expr)
            ]
        elif isinstance(node, ast.Delete):
            targets = node.targets
        else:
            return
        for target in targets:
            if isinstance(target, ast.Name):
                written = target.id in self._scope.globals_written and not isinstance(target.ctx, ast.Load)
                if written and not (isinstance(node, ast.Assign) and self._is_made_once(target.id)):
                    yield self._use("state", f"{target.id} = ...", node)
                continue
            root = _root(target)
            if root is None or isinstance(target.ctx, ast.Load):  # type: ignore[attr-defined]
                continue
            # A plain item of a dictionary is how results are remembered; votes do not depend on that.
            remembers = isinstance(node, ast.Assign) and (
                isinstance(target, ast.Subscript) or self._is_made_once(ast.unparse(target))
            )
            if root == self._row or (self._scope.is_shared(root) and not remembers):
                yield self._use("state", f"{ast.unparse(target)} = ...", node)

    def _is_made_once(self, target: str) -> bool:
        """Say whether a value is set where it is not there yet, as what takes long to load is."""
        return any(f"{target} is None" in guard or f"not {target}" in guard for guard in self._guards)

    def _help(self, value: Any) -> None:
        """Note what may be called, to be looked through as well."""
        if isinstance(value, Mapping) and type(value) is dict:
            value = list(value.values())
        if isinstance(value, (list, tuple)):  # a table of functions
            self.helpers += [one for one in value[:MAX_FUNCTIONS] if isinstance(one, FunctionType)]
        elif function_of(value) is not None:
            self.helpers.append(value)

    def _use(self, kind: str, what: str, node: ast.AST, *, watched: bool = False) -> Use:
        return Use(kind, what[:60], getattr(node, "lineno", 0), self._within, watched)


def _has_own_name(node: ast.expr, value: Any, path: str) -> bool:
    """Say whether something is called past the module through which it is listened to."""
    listened = any(value is one for one in LISTENED) or path_of(value).startswith("polars.")
    return listened and (isinstance(node, ast.Name) or path.startswith(("posix.", "nt.")))


def _root(node: ast.expr) -> str | None:
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def _kind_of_path(paths: tuple[str, str], call: ast.Call | None) -> str | None:
    """Return what a function or class does by its paths: that under which it was reached, and its own."""
    for path in paths:
        if MAKERS.match(path):
            return None if call is None or _has_seed(call) else "chance"
        if NOW.match(path) and call is not None and _says_now(call):
            return "clock"
        if path in WITHOUT_ARGUMENTS:
            if call is not None and len(call.args) + len(call.keywords) <= WITHOUT_ARGUMENTS[path]:
                return "clock"
            return "outside" if path in ("time.localtime", "time.ctime") else None  # by the machine's zone
        if IN_A_ZONE.match(path) and call is not None:
            return "outside" if len(call.args) + len(call.keywords) <= 1 else None
        for kind, known in (("chance", CHANCE), ("clock", CLOCK), ("outside", OUTSIDE), ("dynamic", DYNAMIC)):
            if path and known.match(path):
                return kind
    return None


def _says_now(call: ast.Call) -> bool:
    return any(isinstance(one, ast.Constant) and one.value in ("now", "today") for one in call.args)


def _has_seed(call: ast.Call) -> bool:
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    return any(not (isinstance(one, ast.Constant) and one.value is None) for one in given)


def _kind_of_type(cls: type, name: str) -> str | None:
    """Return what a method of a value of some type does."""
    for base in cls.__mro__:
        where = f"{base.__module__}.{base.__qualname__}"
        if re.fullmatch(r"_?random\.(System)?Random|numpy\.random\..*\.(Generator|RandomState)", where):
            return "chance"
        if base.__module__.startswith("pathlib") and name in PATH_METHODS:
            return "outside"
        if base.__module__.partition(".")[0].lstrip("_") in CLIENTS or where in _HANDLES:
            return "outside"
    return None


def _is_mutable(value: Any) -> bool:
    import collections

    return isinstance(value, (list, set, dict, bytearray, collections.deque)) and not isinstance(value, type)
