"""Labeling functions from a table of rules: one row a rule."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from labelwright._errors import LabelingFunctionError
from labelwright._exact import picked
from labelwright._text import count, printable
from labelwright._types import ABSTAIN
from labelwright._validate import did_you_mean, duplicates, shorten
from labelwright.core import LabelSpace, Task
from labelwright.core.task import as_space

if TYPE_CHECKING:
    import polars as pl

    from labelwright.lfs import LabelingFunction

COLUMNS: Final = {
    "name": ("name",),
    "pattern": ("pattern",),
    "phrases": ("phrases", "phrase"),
    "class": ("class", "classes"),
    "column": ("column",),
    "active": ("active",),
    "description": ("description",),
}
"""What the columns of a table of rules may be called."""

YES, NO = ("true", "yes", "1", "y", "on"), ("false", "no", "0", "n", "off")
SHOWN: Final = 12
"""Problems that one message names."""


def rules(
    table: object,
    *,
    on: str | None = None,
    space: LabelSpace | Task | Iterable[str] | None = None,
    separator: str | None = None,
    case_sensitive: bool = False,
) -> list[LabelingFunction]:
    """Make labeling functions of a table of rules, hundreds in one call.

    Parameters
    ----------
    table : table or path
        One row a rule, as a CSV file, a data frame, or whatever `labelwright.io.read_table` takes. A relative
        path is looked for beside the Python file that calls this, then in the working directory. Columns:

        - ``name``: the LF's name, different in each row;
        - ``pattern``: a regular expression as `regex` takes it; or ``phrases``: words and phrases as
          `keywords` takes them, several separated by ``|`` (or by ``;`` where a cell has no ``|``), or lists;
        - ``class`` (or ``classes``): a class; several, separated alike or lists, are a vote for the set of
          them: one of them is right;
        - ``column``, optional: the column of texts that the rule reads; `on` where it is empty;
        - ``active``, optional: rows with ``no``, ``false`` or ``0`` are left out;
        - ``description``, optional: what the rule is for, in a sentence.

        Further columns are yours.
    on : str, optional
        The column of texts of the rules that name none.
    space : LabelSpace, Task or iterable of str, optional
        The classes. Without, classes are names that are looked up when the LFs are applied.
    separator : str, optional
        What separates phrases and classes instead, where they hold ``|`` or ``;`` themselves.
    case_sensitive : bool, default False
        Whether phrases tell upper and lower case apart; patterns say so themselves, as in ``(?i)spam``.

    Returns
    -------
    list of LabelingFunction
        `regex` and `keywords` LFs, in the order of the rows. All of them run in one select, and each has a
        fingerprint of its own, so that a changed row runs one LF again. Rules that never fire are named by
        `labelwright.check`, and have coverage 0 in `LabelMatrix.summary`.

    Raises
    ------
    LabelingFunctionError
        All that is wrong with the rules at once: names that are missing or occur twice, bad patterns, unknown
        classes, no column, no or several of pattern and phrases; a table without the columns.
    DataError, SchemaError
        The table cannot be read.

    Examples
    --------
    >>> space = LabelSpace(["ad", "ham", "scam"])
    >>> table = [
    ...     {"name": "url", "pattern": "https?://", "phrases": None, "class": "ad|scam"},
    ...     {"name": "thanks", "pattern": None, "phrases": "thank you | well done", "class": "ham"},
    ... ]
    >>> lfs = rules(table, on="text", space=space)
    >>> [lf.describe() for lf in lfs]  # doctest: +NORMALIZE_WHITESPACE
    ['votes ad or scam where the text matches the pattern https?://',
     'votes ham where the text mentions any of: thank you, well done']
    """
    from labelwright.io import read_table

    place = _beside_caller(table, sys._getframe(1).f_globals.get("__file__"))
    names = [name for known in COLUMNS.values() for name in known]
    frame = read_table(place, as_text=names)
    found = _columns(frame)
    classes = space if isinstance(space, Task) else as_space(space)
    reader = _Reader(on, classes, separator, case_sensitive)
    lfs = list(reader.read(picked(frame, found.values()).rename({old: new for new, old in found.items()})))
    if not reader.problems and not lfs:
        raise LabelingFunctionError("the table has no active rules; set active to yes in those to use")
    if reader.problems:
        told = [f"{where}: {what}" for where, what in reader.problems[:SHOWN]]
        more = len(reader.problems) - len(told)
        rest = f"; and {count(more, 'more problem')}" if more else ""
        raise LabelingFunctionError(
            printable(f"{count(len(reader.problems), 'problem')} with the rules: {'; '.join(told)}{rest}")
        )
    return lfs


def _beside_caller(table: object, caller: object) -> object:
    """Return a relative path that is beside the calling file as one that leads there."""
    if not isinstance(table, (str, os.PathLike)) or not isinstance(caller, str):
        return table
    beside = Path(caller).parent / table
    return beside if beside.exists() else table


def _columns(frame: pl.DataFrame) -> dict[str, str]:
    """Return which column of the table is which."""
    given = {column.strip().lower(): column for column in frame.columns}
    found: dict[str, str] = {}
    for role, known in COLUMNS.items():
        held = [given[name] for name in known if name in given]
        if len(held) > 1:
            raise LabelingFunctionError(f"the table of rules has columns {shorten(held)}; keep one of them")
        if held:
            found[role] = held[0]
    missing = [role for role in ("name", "class") if role not in found]
    missing += [] if {"pattern", "phrases"} & found.keys() else ["pattern or phrases"]
    if missing:
        hint = did_you_mean(missing[0].split()[0], frame.columns)
        raise LabelingFunctionError(
            f"the table of rules has no column {missing[0]}{hint}; it has {shorten(frame.columns)}, and "
            "needs name, class, and pattern or phrases"
        )
    return found


@dataclass(slots=True)
class _Reader:
    """Makes LFs of rows, and keeps what is wrong with them."""

    on: str | None
    space: LabelSpace | Task | None
    separator: str | None
    case_sensitive: bool
    problems: list[tuple[str, str]] = field(default_factory=list)

    def read(self, frame: pl.DataFrame) -> Iterator[LabelingFunction]:
        rows = [
            (number, row)
            for number, row in enumerate(frame.iter_rows(named=True), start=1)
            if any(_text(value) for value in row.values()) and self._active(number, row)
        ]
        for name in duplicates(_text(row["name"]) for _, row in rows if _text(row["name"])):
            twice = [str(number) for number, row in rows if _text(row["name"]) == name]
            self.problems.append(
                (f"name {name!r}", f"is that of the rules {shorten(twice)}; rename all but one")
            )
        for number, row in rows:
            before = len(self.problems)
            lf = self._lf(number, row)
            if lf is not None and len(self.problems) == before:
                yield lf

    def _lf(self, number: int, row: dict[str, Any]) -> LabelingFunction | None:
        from labelwright.lfs import keywords, regex

        name = _text(row["name"])
        where = f"rule {number}" + (f" ({name})" if name else "")
        if not name:
            self.problems.append((where, "has no name"))
        pattern, phrases = _raw(row.get("pattern")), self._parts(row.get("phrases"))
        if (pattern is None) == (not phrases):
            self.problems.append(
                (
                    where,
                    f"has {'both a pattern and' if phrases else 'neither a pattern nor'} phrases; give one",
                )
            )
        on = _text(row.get("column")) or self.on
        if not on:
            self.problems.append((where, "names no column; fill it in, or pass on="))
        vote = self._vote(where, row["class"])
        if not name or not on or vote is None or (pattern is None) == (not phrases):
            return None
        shared: Any = {
            "on": on,
            "vote": vote,
            "space": self.space,
            "description": _text(row.get("description")) or None,
        }
        try:
            if pattern is not None:
                return regex(name, pattern, **shared)
            return keywords(name, phrases, case_sensitive=self.case_sensitive, **shared)
        except LabelingFunctionError as error:
            self.problems.append((where, str(error).removeprefix(f"LF {name!r}: ")))
            return None

    def _active(self, number: int, row: dict[str, Any]) -> bool:
        said = _text(row.get("active")).lower()
        if said and said not in (*YES, *NO):
            self.problems.append((f"rule {number}", f"active is {said!r}; write yes or no"))
        return said not in NO

    def _parts(self, cell: object) -> list[str]:
        """Return the parts of a cell: those of a list, else of a text that is cut at separators."""
        if isinstance(cell, (list, tuple)):
            return [text for one in cell if (text := _text(one))]
        text = _text(cell)
        cut = self.separator or ("|" if "|" in text else ";")
        return [part.strip() for part in text.split(cut) if part.strip()]

    def _vote(self, where: str, cell: object) -> Any:
        """Return the vote that a cell stands for; None where it is none, which is noted."""
        space = as_space(self.space)
        text = _text(cell)
        parts = [text] if space is not None and text in space else self._parts(cell)
        if not parts:
            self.problems.append((where, "has no class"))
            return None
        if space is None:
            return (
                [int(part) if part.isdecimal() else part for part in parts] if len(parts) > 1 else _one(parts)
            )
        codes = space.encode(parts, unknown="abstain").tolist()
        if unknown := [part for part, code in zip(parts, codes, strict=True) if code == ABSTAIN]:
            hint = did_you_mean(unknown[0], space.names) or f"; expected {space}"
            what = "class" if len(unknown) == 1 else "classes"
            self.problems.append((where, f"unknown {what} {shorten([repr(one) for one in unknown])}{hint}"))
            return None
        return codes


def _one(parts: Sequence[str]) -> int | str:
    [part] = parts
    return int(part) if part.isdecimal() else part


def _raw(cell: object) -> str | None:
    """Return a pattern as it stands, with its spaces; None where there is none."""
    text = "" if cell is None else str(cell)
    return text if text.strip() else None


def _text(cell: object) -> str:
    """Return a cell as text: whole numbers without a point, nothing for null and nan."""
    if cell is None or cell != cell:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, Iterable) and not isinstance(cell, (str, bytes)):
        return "|".join(_text(one) for one in cell)
    return str(cell).strip()
