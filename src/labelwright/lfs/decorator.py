"""The decorator that makes a labeling function of Python code."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, overload

from labelwright._errors import LabelingFunctionError
from labelwright.core import LabelSpace, Task
from labelwright.lfs.callables import check_callable
from labelwright.lfs.columns import declared_columns, inferred_columns
from labelwright.lfs.fixed_vote import as_lf_name, as_space
from labelwright.lfs.labeling_function import LabelingFunction
from labelwright.lfs.preprocessor import Preprocessor
from labelwright.lfs.python_lf import PythonBatchLF, PythonLF

Decorator = Callable[[Callable[..., Any]], LabelingFunction]


def labeling_function(
    space: LabelSpace | Task | Callable[..., Any] | None = None,
    *,
    name: str | None = None,
    columns: Iterable[str] | None = None,
    resources: Mapping[str, object] | None = None,
    pre: Iterable[Preprocessor] = (),
    abstain: int | None = None,
    batch: bool = False,
) -> Any:
    """Make a labeling function of any Python code; a decorator, bare or with arguments."""
    if callable(space) and not isinstance(space, (LabelSpace, Task)):
        return _make(space, None, name, columns, resources, pre, abstain, batch)
    return lambda f: _make(f, space, name, columns, resources, pre, abstain, batch)


def _make(f, space, name, columns, resources, pre, abstain, batch):  # type: ignore
    label = as_lf_name(name or getattr(f, "__name__", type(f).__name__))
    given = dict(resources or {})
    check_callable(f, f"LF {label!r}", resources=given)
    read = declared_columns(columns, f"LF {label!r}")
    if read is None:
        read = inferred_columns(f)
    common = dict(name=label, space=as_space(space, label), columns=read, f=f, resources=given, abstain=abstain)
    if batch:
        return PythonBatchLF(**common)
    return PythonLF(**common, pre=tuple(pre))
