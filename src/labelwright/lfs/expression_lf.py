"""Labeling functions that are polars expressions."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from labelwright._errors import LabelingFunctionError, LabelSpaceError
from labelwright._types import ABSTAIN
from labelwright.core import LabelSpace, Task
from labelwright.core.class_values import ClassReader, numbers_could_be_both
from labelwright.lfs._arguments import (
    Vote,
    as_description,
    as_vote_or_set,
    common_arguments,
    source_vote,
    vote_name,
    vote_where,
)
from labelwright.lfs._examples import Examples
from labelwright.lfs.base import ExpressionLF

if TYPE_CHECKING:
    import polars as pl

_QUOTED = re.compile(r"""(["'])((?:\\.|(?!\1).)*)\1""")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class PredicateLF(ExpressionLF):
    """Votes one class where a polars expression is true, or the votes it holds; made by `expression`.

    Parameters
    ----------
    predicate : polars.Expr
        Booleans; or, with ``vote=None``, class indices or class names, null to abstain.
    vote : int, str or None
        The class where the predicate is true.
    description : str or None, default None
        What it does, for people who read no code.
    """

    kind: ClassVar[str] = "expression"

    predicate: pl.Expr
    vote: Vote | None
    description: str | None = None
    in_column: bool = False

    def expr(self, space: LabelSpace) -> pl.Expr:
        """Return the votes as an Int16 expression named after the LF; -1 abstains."""
        import polars as pl

        if self.vote is not None:
            return vote_where(self.predicate, self.vote, space=space, lf=self.name)
        lf, in_column = self.name, self.in_column
        votes = self.predicate.map_batches(
            lambda raw: votes_of_series(raw, space, lf, in_column=in_column), return_dtype=pl.Int16
        )
        return votes.alias(lf)

    @property
    def row_local(self) -> bool:
        """Whether the expression looks at each row by itself, as far as polars can tell."""
        return is_row_local(self.predicate)

    def vocabulary(self) -> Iterable[str]:
        """Return the texts in the expression, but for names of columns and classes."""
        own = {self.name, *(self.columns or ()), *(self.space or ())}
        return (text for _, text in _QUOTED.findall(self.source) if text not in own)

    @property
    def source(self) -> str:
        """The canonical definition."""
        return f"expression({self.name!r}, {self.predicate}, vote={source_vote(self.vote, self.space)})"

    def describe(self) -> str:
        """Say in one plain sentence what the LF does."""
        if self.description:
            return self.description
        read = " and ".join(f"the {column}" for column in self.columns or ["row"])
        if self.vote is None:
            return f"votes what a formula over {read} gives (see its source)"
        return f"votes {vote_name(self.vote, self.space)} where a condition on {read} holds (see its source)"

    def _fingerprint_parts(self) -> tuple[object, ...]:
        return (self.predicate, self.vote, "in a column") if self.in_column else (self.predicate, self.vote)


def expression(
    name: str,
    predicate: pl.Expr,
    *,
    vote: Vote | Collection[int | str] | None,
    space: LabelSpace | Task | None = None,
    description: str | None = None,
    should: Examples = (),
    should_not: Examples = (),
    deterministic: bool = False,
    version: str | int | None = None,
) -> PredicateLF:
    """Make an LF of a polars expression.

    Parameters
    ----------
    name : str
        The LF's name.
    predicate : polars.Expr
        A boolean a row, null to abstain. With ``vote=None`` the votes themselves: class indices or class
        names, null or -1 to abstain. Of a column alone, as in ``pl.col("stars")``, numbers are names where
        the class names are numbers.
    vote : int, str or None
        The class where the predicate is true, by index or name.
    space : LabelSpace or Task, optional
        The classes; without it they come from ``apply(space=)``.
    description : str, optional
        What the LF does, in a sentence for people who read no code; the report shows it.
    should, should_not : list of rows, or mapping from class to list of rows, optional
        Examples for `labelwright.check`: rows that it must, or must not, vote on; see `labeling_function`.
    deterministic : bool, default False
        Its Python code gives the same on the same row, whatever else it asks; see `labeling_function`.
    version : str or int, optional
        The same, under a version.

    Returns
    -------
    PredicateLF
        An `ExpressionLF`.

    Raises
    ------
    LabelingFunctionError
        ``predicate`` is no polars expression, ``space`` lacks the class, or the description is no text.
        When it is applied: votes that are no classes.

    Examples
    --------
    >>> import polars as pl
    >>> space = LabelSpace(["HAM", "SPAM"])
    >>> short = expression("short", pl.col("text").str.len_chars() < 20, vote="HAM", space=space)
    >>> pl.DataFrame({"text": ["nice song", "x" * 30, None]}).select(short.expr(space))["short"].to_list()
    [0, -1, -1]
    """
    common = common_arguments(name, space, should, should_not, deterministic=deterministic, version=version)
    lf, known = common["name"], common["space"]
    return PredicateLF(
        **common,
        columns=_root_columns(predicate, lf),
        predicate=predicate,
        vote=None if vote is None else as_vote_or_set(vote, known, lf),
        in_column=vote is None and predicate.meta.is_column(),
        description=as_description(description, lf),
    )


def _root_columns(predicate: object, lf: str) -> tuple[str, ...] | None:
    import polars as pl

    if not isinstance(predicate, pl.Expr):
        raise LabelingFunctionError(
            f"LF {lf!r}: {predicate!r} ({type(predicate).__name__}) is no polars expression; "
            "write one, such as pl.col('text').str.len_chars() < 20"
        )
    if predicate.meta.has_multiple_outputs():
        return None  # pl.all() and the like: the columns come with the data
    columns = tuple(dict.fromkeys(predicate.meta.root_names()))
    if not columns:
        raise LabelingFunctionError(
            f"LF {lf!r}: the expression {predicate} reads no column, so every row would get the same vote; "
            "use pl.col(...)"
        )
    return columns


def is_row_local(expr: pl.Expr) -> bool:
    """Say whether an expression gives each row what it would give it alone: no windows, aggregates or Python.

    Examples
    --------
    >>> import polars as pl
    >>> text = pl.col("text")
    >>> is_row_local(text.str.len_chars() < 20), is_row_local(text.is_duplicated())
    (True, False)
    """
    try:
        meta = expr.meta
        own = meta.is_literal() or (meta.is_row_separable() and meta.is_length_preserving())
        return own and all(is_row_local(part) for part in meta.pop())
    except Exception:  # Python in it, columns that come with the data, or a polars that cannot tell
        return False


def votes_of_series(raw: pl.Series, space: LabelSpace, lf: str, *, in_column: bool = False) -> pl.Series:
    """Return a column of raw votes (indices, names, nulls) as Int16 class indices.

    Numbers that stand so ``in_column`` of the data are read as such: see `LabelSpace.encode`.

    Raises
    ------
    LabelingFunctionError
        A value is no class of the space; the message names LF and row.
    """
    import polars as pl

    if in_column and raw.dtype.is_numeric() and numbers_could_be_both(space.names):
        reader = ClassReader(space.names)
        what = f"LF {lf!r}: votes"
        found = reader.encode(raw, what=what, error=LabelingFunctionError, cure="correct the column")
        return pl.Series(raw.name, found, dtype=pl.Int16)
    given = raw.cast(pl.String) if raw.dtype in (pl.Categorical, pl.Enum) else raw
    distinct = given.drop_nulls().unique(maintain_order=True)
    codes = [_code(value, given, space, lf) for value in distinct.to_list()]
    if not codes:
        return pl.Series(raw.name, [ABSTAIN], dtype=pl.Int16).new_from_index(0, len(raw))
    return given.replace_strict(distinct, codes, default=ABSTAIN, return_dtype=pl.Int16)


def _code(value: Any, raw: pl.Series, space: LabelSpace, lf: str) -> int:
    if isinstance(value, bool):
        raise LabelingFunctionError(
            f"LF {lf!r} gives booleans; say which class they stand for: expression(..., vote=class)"
        )
    try:
        return space.index(value)
    except LabelSpaceError as error:
        row = raw.index_of(value)
        raise LabelingFunctionError.at(
            f"LF {lf!r} at", -1 if row is None else row, f": {error}", lf=lf, kind="vote"
        ) from None
