"""What a labeling function reads: columns, words, resources, preprocessors, models, other functions.

Two LFs that read the same rare things are likely to err together; `learn_dependencies` takes that as a hint.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterable, Iterator, Mapping
from types import FunctionType, ModuleType
from typing import Any, Protocol

from labelwright.lfs._fingerprint.fingerprint import fingerprint_of
from labelwright.lfs._source import function_node

_WORD = re.compile(r"[^\W\d_]{3,}")
_BUILTIN = frozenset(dir(builtins))


class Reader(Protocol):
    """What has to be known of a labeling function to say what it reads."""

    @property
    def columns(self) -> tuple[str, ...] | None:
        """The input columns; None where they are not known."""

    def vocabulary(self) -> Iterable[str]:
        """Return the texts that it looks for."""


def things_read(lf: Reader) -> frozenset[str]:
    """Return what an LF reads, each thing as a text that is equal where two LFs read the same.

    ``column:...`` for input columns, ``word:...`` for words and phrases that it looks for, ``data:...`` for
    resources, tables and models, by their content, ``preprocessor:...``, and ``name:...`` for the functions
    and global values that Python code uses. Of Python code without source, only declarations are known.

    Examples
    --------
    >>> from labelwright.lfs import keywords
    >>> sorted(things_read(keywords("ads", ["my channel"], on="text", vote=1)))
    ['column:text', 'word:channel']
    """
    return frozenset((*_columns(lf), *_words(lf.vocabulary()), *_data(lf), *_code(lf)))


def _columns(lf: Reader) -> Iterator[str]:
    return (f"column:{name}" for name in lf.columns or ())


def _words(texts: Iterable[str]) -> Iterator[str]:
    return (f"word:{word.lower()}" for text in texts for word in _WORD.findall(text))


def _data(lf: Reader) -> Iterator[str]:
    """Yield the resources, tables, models and preprocessors of an LF, by their content."""
    for preprocessor in getattr(lf, "pre", ()):
        yield f"preprocessor:{preprocessor.fingerprint}"
    resources = getattr(lf, "resources", {})
    if isinstance(resources, Mapping):
        yield from (f"data:{fingerprint_of(value)}" for value in resources.values())
    for name in ("table", "model"):
        if (value := getattr(lf, name, None)) is not None:
            yield f"data:{fingerprint_of(value)}"


def _code(lf: Reader) -> Iterator[str]:
    """Yield what the code of a Python LF names: texts it compares with, globals it uses."""
    f = getattr(lf, "f", None)
    node = function_node(f.__code__) if isinstance(f, FunctionType) else None
    if f is None or node is None:
        return
    own = set(lf.columns or ())
    for body in node.body if isinstance(node.body, list) else [node.body]:
        for part in ast.walk(body):
            if isinstance(part, ast.Constant) and isinstance(part.value, str) and part.value not in own:
                yield from () if _is_docstring(part, node) else _words([part.value])
            elif isinstance(part, ast.Name) and _is_shared(part.id, f):
                yield f"name:{f.__globals__[part.id].__class__.__name__}:{part.id}"


def _is_docstring(part: ast.Constant, node: Any) -> bool:
    first = node.body[0] if isinstance(node.body, list) else None
    return isinstance(first, ast.Expr) and first.value is part


def _is_shared(name: str, f: FunctionType) -> bool:
    """Say whether a name is a global that tells LFs apart: no module, no class of the task."""
    value = f.__globals__.get(name)
    if value is None or name in _BUILTIN or isinstance(value, (ModuleType, bool, int)):
        return False
    return type(value).__module__ != "labelwright.core.label_space"
