"""The source text of functions, where there is any."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable
from typing import Any


def source_text(f: Callable[..., Any]) -> str:
    """Return the source text of a function without its indentation, or a line that says there is none."""
    try:
        return textwrap.dedent(inspect.getsource(f)).rstrip()
    except (OSError, TypeError):
        return f"# no source text is available for {getattr(f, '__qualname__', repr(f))}"


def summary_line(f: Callable[..., Any]) -> str:
    """Return the first line of the docstring, or ""."""
    lines = (inspect.getdoc(f) or "").strip().splitlines() if inspect.isroutine(f) else []
    return lines[0].strip() if lines else ""
