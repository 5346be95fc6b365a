"""Whether labeling functions vote the same in another process: by what is only so in this one.

The order of a set of texts, ``hash`` of a text and ``id`` of an object are others in each process. Votes that
follow them are kept by one run and made anew, otherwise, by the next.
"""

from __future__ import annotations

import dis
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from labelwright._errors import LabelwrightError
from labelwright._text import count
from labelwright.core import LabelSpace
from labelwright.core.finding import Finding
from labelwright.lfs._fingerprint.modules import is_library
from labelwright.lfs._fingerprint.reached import codes_reached
from labelwright.pipeline.lf_module import load_lf_module
from labelwright.pipeline.settings import LFSettings

if TYPE_CHECKING:
    import polars as pl

    from labelwright.lfs import LabelingFunction

ROWS: Final = 100
SECONDS: Final = 60.0
"""What the other process may take: without an answer by then nothing is found."""

START: Final = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); import {0}; {0}.answer()"
"""It imports what this process does, also where that is in a folder of its own."""

ORDERED: Final = (str, int, float, bool, bytes, type(None), LabelSpace)
MODULES: Final = frozenset({"labelwright", "math", "numpy", "polars", "re", "string", "unicodedata"})
NAMES: Final = frozenset({"hash", "id", "set", "frozenset", "object", "repr", "vars", "globals", "dir"})
SETS: Final = frozenset({"BUILD_SET", "SET_ADD", "SET_UPDATE"})


def elsewhere_findings(
    lfs: Iterable[LabelingFunction], frame: pl.DataFrame, *, space: LabelSpace | None, settings: LFSettings
) -> Iterator[Finding]:
    """Find code that votes otherwise in another process; none is started where none could."""
    doubtful = [lf for lf in lfs if lf.is_code and not lf.needs and not lf.repeats and may_differ(lf)]
    if not doubtful:
        return
    rows = frame[np.unique(np.linspace(0, frame.height - 1, min(ROWS, frame.height)).astype(int))]
    names = [lf.name for lf in doubtful]
    there = _asked(names, rows, space, settings)
    here = votes_of(doubtful, rows, space) if there else {}
    for name in names:
        if name in here and name in there:
            differing = int((np.array(here[name]) != np.array(there[name])).sum())
            if differing:
                yield _otherwise(name, differing, rows.height)


def may_differ(lf: LabelingFunction) -> bool:
    """Say whether the code of an LF uses what may be otherwise in another process, as far as it can be read.

    Examples
    --------
    >>> from labelwright.lfs import labeling_function
    >>> may_differ(labeling_function(name="a")(lambda x: 1 if "http" in x.text else None))
    False
    >>> exec("def odd(x): return hash(x.text) % 2", names := {"__name__": "__main__"})
    >>> may_differ(labeling_function(name="a")(names["odd"]))
    True
    """
    functions = [getattr(one, "f", None) for one in (lf, *getattr(lf, "pre", ()))]
    held, seen = list(getattr(lf, "resources", {}).values()), set[int]()
    while functions:
        f = functions.pop()
        if not isinstance(f, FunctionType):
            return True
        if id(f) in seen or is_library(f.__module__):
            continue
        seen.add(id(f))
        found = [f.__globals__[name] for name in _names([f.__code__]) if name in f.__globals__]
        found += [cell.cell_contents for cell in f.__closure__ or ()]
        held += found
        functions += [one for one in found if isinstance(one, FunctionType)]
    codes = codes_reached(lf)
    return (
        bool(NAMES & set(_names(codes)))
        or any(map(_makes_sets, codes))
        or not all(_is_ordered(value) for value in held)
    )


def _names(codes: Iterable[CodeType]) -> list[str]:
    return [name for code in codes for name in code.co_names]


def _makes_sets(code: CodeType) -> bool:
    made = any(step.opname in SETS for step in dis.get_instructions(code))
    return made or any(isinstance(one, frozenset) for one in code.co_consts)


def _is_ordered(value: Any) -> bool:
    """Say whether a value is one of those that are the same, in the same order, in each process."""
    if isinstance(value, ModuleType):
        return value.__name__.partition(".")[0] in MODULES
    if isinstance(value, (list, tuple)):
        return all(map(_is_ordered, value))
    if isinstance(value, dict):
        return all(map(_is_ordered, (*value, *value.values())))
    return isinstance(value, (*ORDERED, FunctionType, np.ndarray)) or type(value).__module__ in (
        "re",
        "polars",
    )


def votes_of(
    lfs: Sequence[LabelingFunction], frame: pl.DataFrame, space: LabelSpace | None
) -> dict[str, list[int]]:
    """Return the votes of each LF on a frame; what raises abstains, what returns no votes is left out."""
    from labelwright.advisor.lint.trials import tried_votes

    found = {}
    for lf in lfs:
        try:
            found[lf.name] = tried_votes(lf, frame, space=space).tolist()
        except LabelwrightError:
            continue
    return found


def _asked(
    names: Sequence[str], rows: pl.DataFrame, space: LabelSpace | None, settings: LFSettings
) -> Mapping[str, Any]:
    """Return the votes in another process; nothing where it gives no answer."""
    import polars as pl

    question = {
        "module": str(settings.module),
        "variable": settings.variable,
        "names": list(names),
        "space": None if space is None else list(space.names),
    }
    content = io.BytesIO()
    try:
        rows.write_ipc(content)
    except (pl.exceptions.PolarsError, TypeError, ValueError):  # values of Python
        return {}
    seed = "1" if os.environ.get("PYTHONHASHSEED", "0") != "1" else "2"
    try:
        done = subprocess.run(
            [sys.executable, "-c", START.format(__name__), json.dumps(sys.path)],
            input=json.dumps(question).encode() + b"\n" + content.getvalue(),
            capture_output=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
            timeout=SECONDS,
            check=True,
        )
        found = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def answer() -> None:
    """Read names of LFs and rows from standard input, and write their votes to standard output."""
    import polars as pl

    question, _, content = sys.stdin.buffer.read().partition(b"\n")
    asked = json.loads(question)
    settings = LFSettings(module=Path(asked["module"]), variable=asked["variable"])
    with redirect_stdout(sys.stderr):
        lfs = [lf for lf in load_lf_module(settings).lfs if lf.name in asked["names"]]
        space = None if asked["space"] is None else LabelSpace(asked["space"])
        found = votes_of(lfs, pl.read_ipc(io.BytesIO(content)), space)
    print(json.dumps(found))


def _otherwise(lf: str, differing: int, rows: int) -> Finding:
    return Finding(
        kind="not-repeatable",
        urgency="fix",
        finding=f"{lf} votes otherwise on {differing:,} of {count(rows, 'row')} in another process.",
        action="The order of a set, hash() of a text and id() are others in each: sort, or take hashlib.",
        evidence={"rows that differ": differing, "rows": rows},
        lfs=(lf,),
        weight=differing / rows,
    )
