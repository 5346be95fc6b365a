"""Columns of probabilities as a labeling function: what a model said that ran elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from labelwright._errors import LabelingFunctionError, SchemaError
from labelwright._types import ABSTAIN
from labelwright._validate import duplicates, shorten
from labelwright.core import LabelSpace, Task
from labelwright.lfs._arguments import as_number, as_vote, common_arguments, vote_name
from labelwright.lfs._columns import declared_columns
from labelwright.lfs._examples import Examples
from labelwright.lfs.base import BatchLF, ScoredVotes

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ProbabilitiesLF(BatchLF):
    """Votes the class of the highest probability in a row's columns; made by `probabilities`.

    Parameters
    ----------
    classes : tuple of int or str
        The class of each of its columns.
    threshold : float
        The least probability that makes a vote.
    """

    kind: ClassVar[str] = "probabilities"

    classes: tuple[int | str, ...]
    threshold: float

    def vote_batch(self, frame: pl.DataFrame) -> ScoredVotes:
        """Return votes and scores; rows with a null abstain."""
        import polars as pl

        columns = [frame[name].cast(pl.Float64) for name in self.columns or ()]
        shares = np.column_stack([column.to_numpy() for column in columns])
        shares[np.isnan(shares).any(axis=1)] = np.nan
        best = np.where(np.isnan(shares), -1.0, shares)
        highest = best.max(axis=1)
        sure = (highest >= self.threshold) & ((best >= highest[:, None] - 1e-6).sum(axis=1) == 1)
        votes = [
            self.classes[c] if said else ABSTAIN for c, said in zip(best.argmax(axis=1), sure, strict=True)
        ]
        return ScoredVotes(votes, shares, self.classes)

    def check_schema(self, schema: Mapping[str, pl.DataType], *, space: LabelSpace) -> None:
        """Raise a SchemaError where a column is missing or holds no numbers."""
        BatchLF.check_schema(self, schema, space=space)
        for name in self.columns or ():
            if not schema[name].is_numeric():
                raise SchemaError(
                    f"LF {self.name!r} reads probabilities from column {name!r}, which is {schema[name]}; "
                    "cast it to a number"
                )

    @property
    def votes_for(self) -> tuple[int | str, ...]:
        """The classes that it can vote for."""
        return self.classes

    @property
    def source(self) -> str:
        """The canonical definition."""
        names = (vote_name(vote, self.space) if self.space else vote for vote in self.classes)
        columns = dict(zip(names, self.columns or (), strict=True))
        return f"probabilities({self.name!r}, {columns!r}, threshold={self.threshold:g})"

    def describe(self) -> str:
        """Say in one plain sentence what the LF does."""
        sure = f" where it is at least {self.threshold:g}" if self.threshold > 0 else ""
        return f"votes the most probable class by the columns {', '.join(self.columns or ())}{sure}"

    def _fingerprint_parts(self) -> tuple[object, ...]:
        return (self.columns, self.classes, self.threshold)


def probabilities(
    name: str,
    columns: Mapping[int | str, str] | Iterable[str],
    *,
    threshold: float = 0.0,
    space: LabelSpace | Task | None = None,
    should: Examples = (),
    should_not: Examples = (),
) -> ProbabilitiesLF:
    """Make an LF of columns that hold how probable each class is, such as a language model's answers.

    Its votes are scored: label models that read scores learn how far to trust them.

    Parameters
    ----------
    name : str
        The LF's name.
    columns : mapping of class to column, or iterable of columns
        The column of each class; without classes, one column a class in their order. Each row sums to 1, or
        holds a null or nan to abstain; classes without a column get none.
    threshold : float, default 0
        The least probability that makes a vote. Where several classes share the highest, the LF abstains.
    space : LabelSpace or Task, optional
        The classes; without it they come from ``apply(space=)``.
    should, should_not : list of rows, or mapping from class to list of rows, optional
        Examples for `labelwright.check`: rows that it must, or must not, vote on; see `labeling_function`.

    Raises
    ------
    LabelingFunctionError
        A class that ``space`` has not, no columns or one twice, or a threshold that is no number. When it is
        applied: rows that do not sum to 1.

    Examples
    --------
    >>> from labelwright import apply
    >>> space = LabelSpace(["HAM", "SPAM"])
    >>> llm = probabilities("llm", {"HAM": "p_ham", "SPAM": "p_spam"}, space=space)
    >>> L = apply([llm], {"p_ham": [0.9, 0.2, None], "p_spam": [0.1, 0.8, None]}, progress=False)
    >>> L.votes.ravel().tolist(), L.summary()["confidence"].round(2).to_list()
    ([0, 1, -1], [0.85])
    """
    common = common_arguments(name, space, should, should_not)
    lf, known = common["name"], common["space"]
    named = isinstance(columns, Mapping)
    given = list(columns.values()) if isinstance(columns, Mapping) else list(columns)
    read = declared_columns(given, f"LF {lf!r}")
    if not read or (twice := duplicates(given)):
        what = f"names {shorten(twice)} twice" if read else "names no column"
        raise LabelingFunctionError(f"LF {lf!r}: columns= {what}; give one column a class")
    classes = tuple(as_vote(c, known, lf) for c in columns) if named else tuple(range(len(read)))
    if known is not None and not named and len(read) != len(known):
        raise LabelingFunctionError(
            f"LF {lf!r}: {len(read)} columns for {len(known)} classes; give one each, or {{class: column}}"
        )
    if len(set(classes)) < len(classes):
        raise LabelingFunctionError(f"LF {lf!r}: columns= names a class twice; give one column a class")
    return ProbabilitiesLF(
        **common,
        columns=read,
        classes=classes,
        threshold=float(as_number(threshold, lf, parameter="threshold")),
    )
