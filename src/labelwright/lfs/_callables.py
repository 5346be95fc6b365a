"""Checks of the Python code that people hand in."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from labelwright._errors import LabelingFunctionError


def check_callable(f: Any, who: str, *, resources: Mapping[str, object] | None = None) -> None:
    """Raise where ``f`` cannot be called as ``f(row, **resources)`` and return a vote."""
    if inspect.isclass(f):
        raise LabelingFunctionError(f"{who} is the class {f.__name__!r}; decorate a function")
    if not callable(f):
        raise LabelingFunctionError(f"{who} got {f!r} ({type(f).__name__}); decorate a function")
    if inspect.iscoroutinefunction(f) or inspect.isasyncgenfunction(f):
        raise LabelingFunctionError(f"{who} is a coroutine function; write it with def, not async def")
    if inspect.isgeneratorfunction(f):
        raise LabelingFunctionError(f"{who} is a generator; return one vote instead of yielding")
    _check_arguments(f, who, resources or {})


def _check_arguments(f: Any, who: str, resources: Mapping[str, object]) -> None:
    try:
        signature = inspect.signature(f)
    except (TypeError, ValueError):  # some builtins have none
        return
    try:
        signature.bind(None, **resources)
    except TypeError as error:
        given = f" and the resources {', '.join(resources)}" if resources else ""
        raise LabelingFunctionError(
            f"{who} takes {signature}; it is called with one row{given} ({error})"
        ) from None
