"""Labeling functions that look at the votes of others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from labelwright._errors import LabelingFunctionError, SchemaError
from labelwright._exact import picked
from labelwright._validate import did_you_mean, duplicates, shorten
from labelwright.core import LabelSpace, Task
from labelwright.lfs._arguments import common_arguments, source_vote, vote_name
from labelwright.lfs._examples import Examples
from labelwright.lfs.base import LabelingFunction, VoteReadingLF
from labelwright.lfs.expression_lf import PredicateLF, expression

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class FromVotesLF(VoteReadingLF):
    """Votes where an expression over other LFs' votes is true; made by `from_votes`.

    Parameters
    ----------
    rule : PredicateLF
        The expression and the class, over a frame of votes and data columns.
    """

    kind: ClassVar[str] = "from_votes"

    rule: PredicateLF

    def vote_on(self, frame: pl.DataFrame, votes: pl.DataFrame, *, space: LabelSpace) -> object:
        """Return a sequence of raw votes (indices, names, None), one a row of ``frame``."""
        data = picked(frame, (column for column in frame.columns if column not in votes.columns))
        return data.hstack(votes).select(self.rule.expr(space)).to_series()

    def check_schema(self, schema: Mapping[str, pl.DataType], *, space: LabelSpace) -> None:
        """Raise a SchemaError where data lack a column, or have one with the name of an LF that is read."""
        import polars as pl

        VoteReadingLF.check_schema(self, schema, space=space)
        names = [lf.name for lf in self.of]
        read = self.rule.columns or tuple(schema)
        if both := [name for name in read if name in names and name in schema]:
            raise SchemaError(
                f"LF {self.name!r} reads {both[0]!r}, which is an LF and a column of the data too; rename one"
            )
        self.rule.check_schema({**schema, **dict.fromkeys(names, pl.Int16())}, space=space)

    @property
    def row_local(self) -> bool:
        """Whether it and the LFs that it reads look at each row by itself."""
        return self.rule.row_local and all(lf.row_local for lf in self.of)

    @property
    def votes_for(self) -> tuple[int | str, ...] | None:
        """The classes that it can vote for; None where the expression holds them."""
        return self.rule.votes_for

    @property
    def source(self) -> str:
        """The canonical definition."""
        vote = source_vote(self.rule.vote, self.space)
        names = [lf.name for lf in self.of]
        return f"from_votes({self.name!r}, {names!r}, {self.rule.predicate}, vote={vote})"

    def describe(self) -> str:
        """Say in one plain sentence what the LF does."""
        if self.rule.description:
            return self.rule.description
        read = shorten([lf.name for lf in self.of], most=5)
        if self.rule.vote is None:
            return f"votes what a formula over the votes of {read} gives (see its source)"
        cls = vote_name(self.rule.vote, self.space)
        return f"votes {cls} where a condition on the votes of {read} holds (see its source)"

    def _fingerprint_parts(self) -> tuple[object, ...]:
        # Here the names of LFs count: the expression finds their votes by them.
        return (self.rule, [(lf.name, lf) for lf in self.of])


def from_votes(
    name: str,
    lfs: Iterable[LabelingFunction],
    predicate: pl.Expr,
    *,
    vote: int | str | None,
    space: LabelSpace | Task | None = None,
    description: str | None = None,
    should: Examples = (),
    should_not: Examples = (),
) -> FromVotesLF:
    """Make an LF that looks at the votes of other LFs, on the same row or on all of a document's rows.

    The expression reads ``pl.col(name of an LF)`` as the class index that the LF voted, null where it
    abstained; and the columns of the data. ``.over("document")`` looks at all rows of a document at once.
    The LFs that are read need not be applied themselves; where they are, they run once.

    Parameters
    ----------
    name : str
        The LF's name.
    lfs : iterable of LabelingFunction
        The LFs whose votes the expression reads; those may read votes themselves.
    predicate : polars.Expr
        A boolean a row, null to abstain. With ``vote=None`` the votes themselves: class indices or names,
        null or -1 to abstain.
    vote : int, str or None
        The class where the predicate is true, by index or name.
    space : LabelSpace or Task, optional
        The classes, or the task; by default those of the LFs that are read.
    description : str, optional
        What the LF does, in a sentence for people; the report shows it.
    should, should_not : list of rows, or mapping from class to list of rows, optional
        Examples for `labelwright.check`: rows that it must, or must not, vote on; see `labeling_function`.

    Returns
    -------
    FromVotesLF
        A `VoteReadingLF`: it gets all rows at once, after the LFs that it reads.

    Raises
    ------
    LabelingFunctionError
        No LFs, two of one name, LFs of several tasks, an expression that reads none of them, or a class that
        ``space`` lacks. When it is applied, a SchemaError: a column is missing, or has the name of an LF that
        is read.

    Notes
    -----
    An LF made of others depends on them, which label models should know: see the guide on dependencies.

    Examples
    --------
    >>> import polars as pl
    >>> from labelwright._apply import apply
    >>> from labelwright.lfs import keywords
    >>> space = LabelSpace(["HAM", "SPAM"])
    >>> ad = keywords("ad", ["check out"], on="text", vote="SPAM", space=space)
    >>> flood = from_votes(
    ...     "flood", [ad], (pl.col("ad") == space.SPAM).sum().over("author") >= 2, vote="SPAM", space=space
    ... )
    >>> df = {"text": ["check out", "check out!", "hi", "hi"], "author": ["a", "a", "a", "b"]}
    >>> apply([flood], df).votes[:, 0].tolist()
    [1, 1, 1, -1]
    """
    common = common_arguments(name, space, should, should_not)
    lf = common["name"]
    read = _as_lfs(lfs, lf)
    if common["space"] is None:
        common["space"] = next((one.space for one in read if one.space is not None), None)
    rule = expression(lf, predicate, vote=vote, space=common["space"], description=description)
    names = {one.name for one in read}
    if rule.columns is not None and not names & set(rule.columns):
        hint = did_you_mean(rule.columns[0], names)
        raise LabelingFunctionError(
            f"LF {lf!r}: the expression {predicate} reads the vote of no LF{hint}; it may read "
            f"pl.col() of {shorten(sorted(names))}, or use lw.expression"
        )
    return FromVotesLF(
        **common,
        columns=_data_columns(rule, read),
        of=read,
        rule=replace(rule, in_column=rule.in_column and not names & set(rule.columns or ())),
    )


def columns_of(lfs: Iterable[LabelingFunction]) -> tuple[str, ...] | None:
    """Return the columns that any of some LFs reads; None where that is not known of one."""
    read: dict[str, None] = {}
    for lf in lfs:
        if lf.columns is None or any(step.columns is None for step in getattr(lf, "pre", ())):
            return None
        read.update(dict.fromkeys(lf.columns))
        for step in getattr(lf, "pre", ()):
            read.update(dict.fromkeys(step.columns))
    return tuple(read)


def _data_columns(rule: PredicateLF, lfs: tuple[LabelingFunction, ...]) -> tuple[str, ...] | None:
    theirs = columns_of(lfs)
    if rule.columns is None or theirs is None:
        return None
    names = {lf.name for lf in lfs}
    return tuple(dict.fromkeys([*theirs, *(column for column in rule.columns if column not in names)]))


def _as_lfs(lfs: Any, lf: str) -> tuple[LabelingFunction, ...]:
    listed = (lfs,) if isinstance(lfs, LabelingFunction) else tuple(lfs) if isinstance(lfs, Iterable) else ()
    for one in listed:
        if not isinstance(one, LabelingFunction):
            raise LabelingFunctionError(
                f"LF {lf!r}: {one!r:.80} is no labeling function; pass the LFs themselves, not their names"
            )
    if not listed:
        raise LabelingFunctionError(f"LF {lf!r}: there are no LFs to read; pass the LFs whose votes it uses")
    if twice := duplicates(one.name for one in listed):
        raise LabelingFunctionError(f"LF {lf!r}: LF names occur twice: {shorten(twice)}; rename one of each")
    return listed
