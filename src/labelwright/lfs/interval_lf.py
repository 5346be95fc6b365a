"""Labeling functions that look whether a number lies between two others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, get_args

from labelwright._errors import LabelingFunctionError
from labelwright._validate import did_you_mean
from labelwright.core import LabelSpace, Task
from labelwright.lfs._arguments import (
    as_column,
    as_description,
    as_vote,
    common_arguments,
    source_vote,
    vote_index,
    vote_name,
    vote_where,
)
from labelwright.lfs._bounds import Number, as_number, unless_nan
from labelwright.lfs._column_types import require_number
from labelwright.lfs._examples import Examples
from labelwright.lfs.base import ExpressionLF, LabelingFunction

if TYPE_CHECKING:
    import polars as pl

Closed = Literal["both", "left", "right", "none"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IntervalLF(ExpressionLF):
    """Votes one class where a number lies in an interval, or outside of it; made by `interval`.

    Parameters
    ----------
    on : str
        The column of numbers.
    low, high : int or float
        The ends.
    closed : {"both", "left", "right", "none"}
        Which ends belong to the interval.
    outside : bool
        Whether it votes outside of the interval.
    vote : int or str
        The class.
    description : str or None
        What it does, for people.
    """

    kind: ClassVar[str] = "interval"

    on: str
    low: Number
    high: Number
    closed: Closed
    outside: bool
    vote: int | str
    description: str | None = None

    def expr(self, space: LabelSpace) -> pl.Expr:
        """Return the votes as an Int16 expression named after the LF; -1 abstains."""
        import polars as pl

        inside = pl.col(self.on).is_between(self.low, self.high, closed=self.closed)
        hit = unless_nan(~inside if self.outside else inside, self.on)
        return vote_where(hit, self.vote, space=space, lf=self.name)

    def check_schema(self, schema: Mapping[str, pl.DataType], *, space: LabelSpace) -> None:
        """Raise a SchemaError where the column is missing or holds no numbers."""
        LabelingFunction.check_schema(self, schema, space=space)
        require_number(schema, self.on, self.name)
        vote_index(self.vote, space, self.name)

    @property
    def source(self) -> str:
        """The canonical definition."""
        extra = f", closed={self.closed!r}" if self.closed != "both" else ""
        extra += ", outside=True" if self.outside else ""
        vote = source_vote(self.vote, self.space)
        ends = f"low={self.low!r}, high={self.high!r}"
        return f"interval({self.name!r}, on={self.on!r}, {ends}, vote={vote}{extra})"

    def describe(self) -> str:
        """Say in one plain sentence what the LF does."""
        if self.description:
            return self.description
        where = "outside" if self.outside else "in"
        left, right = "[("[self.closed in ("right", "none")], "])"[self.closed in ("left", "none")]
        span = f"{left}{self.low:,}, {self.high:,}{right}"
        return f"votes {vote_name(self.vote, self.space)} where the {self.on} is {where} {span}"

    def _fingerprint_parts(self) -> tuple[object, ...]:
        return (self.on, self.low, self.high, self.closed, self.outside, self.vote)


def interval(
    name: str,
    *,
    on: str,
    low: Number,
    high: Number,
    vote: int | str,
    closed: Closed = "both",
    outside: bool = False,
    space: LabelSpace | Task | None = None,
    description: str | None = None,
    should: Examples = (),
    should_not: Examples = (),
) -> IntervalLF:
    """Make an LF that votes one class where a number lies between two others, or does not.

    Nulls and NaN abstain, also with ``outside=True``.

    Parameters
    ----------
    name : str
        The LF's name.
    on : str
        The column of numbers.
    low, high : int or float
        The ends, low <= high. For one end there is `threshold`.
    vote : int or str
        The class, by index or name.
    closed : {"both", "left", "right", "none"}, default "both"
        Which ends belong to the interval.
    outside : bool, default False
        Vote outside of the interval instead.
    space : LabelSpace or Task, optional
        The classes; without it they come from ``apply(space=)``.
    description : str, optional
        What the LF does, in a sentence for people; the report shows it.
    should, should_not : list of rows, or mapping from class to list of rows, optional
        Examples for `labelwright.check`: rows that it must, or must not, vote on; see `labeling_function`.

    Returns
    -------
    IntervalLF
        An `ExpressionLF`: two comparisons.

    Raises
    ------
    LabelingFunctionError
        Ends that are no numbers or hold no number between them, an unknown ``closed``, or a class that
        ``space`` lacks. When it is applied, a SchemaError: the column is missing or holds no numbers.

    Examples
    --------
    >>> import polars as pl
    >>> space = LabelSpace(["HEALTHY", "FEVER"])
    >>> normal = interval("normal", on="celsius", low=36, high=37.5, vote="HEALTHY", space=space)
    >>> pl.DataFrame({"celsius": [36.0, 39.1, None]}).select(normal.expr(space))["normal"].to_list()
    [0, -1, -1]
    >>> normal.describe()
    'votes HEALTHY where the celsius is in [36, 37.5]'
    """
    common = common_arguments(name, space, should, should_not)
    lf, known = common["name"], common["space"]
    first, last = as_number(low, lf, parameter="low"), as_number(high, lf, parameter="high")
    _check_interval(first, last, closed, lf)
    return IntervalLF(
        **common,
        columns=(as_column(on, lf),),
        on=on,
        low=first,
        high=last,
        closed=closed,
        outside=bool(outside),
        vote=as_vote(vote, known, lf),
        description=as_description(description, lf),
    )


def _check_interval(low: Number, high: Number, closed: str, lf: str) -> None:
    if closed not in get_args(Closed):
        hint = did_you_mean(closed, get_args(Closed))
        raise LabelingFunctionError(
            f"LF {lf!r}: closed={closed!r} is unknown{hint}; use 'both', 'left', 'right' or 'none'"
        )
    if low > high or (low == high and closed != "both"):
        raise LabelingFunctionError(
            f"LF {lf!r}: no number lies between low={low!r} and high={high!r} (closed={closed!r}); "
            "give low below high"
        )
