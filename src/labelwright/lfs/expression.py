"""Labeling functions that are polars expressions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from labelwright._errors import LabelingFunctionError
from labelwright._types import ABSTAIN
from labelwright.core import LabelSpace, Task
from labelwright.lfs.fixed_vote import as_lf_name, as_space, as_vote, vote_index, vote_name, vote_where
from labelwright.lfs.labeling_function import ExpressionLF

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PredicateLF(ExpressionLF):
    """Votes one class where a polars expression is true, or the votes it holds; made by `expression`."""

    kind: ClassVar[str] = "expression"

    predicate: pl.Expr
    vote: int | str | None

    def expr(self, space: LabelSpace) -> pl.Expr:
        """Return the votes as an Int16 expression named after the LF; -1 abstains."""
        import polars as pl

        if self.vote is not None:
            return vote_where(self.predicate, self.vote, space=space, lf=self.name)
        lf = self.name
        return self.predicate.map_batches(
            lambda votes: votes_of_series(votes, space, lf), return_dtype=pl.Int16, is_elementwise=True
        ).alias(lf)

    @property
    def source(self) -> str:
        """The canonical definition."""
        vote = self.vote if self.space is None or self.vote is None else vote_name(self.vote, self.space)
        return f"expression({self.name!r}, {self.predicate}, vote={vote!r})"

    def describe(self) -> str:
        """Say in one plain sentence what the LF does."""
        if self.vote is None:
            return f"votes what this gives: {self.predicate}"
        return f"votes {vote_name(self.vote, self.space)} where this holds: {self.predicate}"

    def _fingerprint_parts(self) -> tuple[object, ...]:
        return (self.predicate, self.vote)


def votes_of_series(votes: pl.Series, space: LabelSpace, lf: str) -> pl.Series:
    """Return a column of raw votes (indices, names, nulls) as Int16, checked against the space."""
    import polars as pl

    distinct = votes.unique().drop_nulls().to_list()
    codes = [vote_index(vote, space, lf) for vote in distinct]
    if not distinct:
        return pl.Series(votes.name, [ABSTAIN], dtype=pl.Int16).new_from_index(0, len(votes))
    return votes.replace_strict(distinct, codes, default=ABSTAIN, return_dtype=pl.Int16)


def expression(
    name: str,
    predicate: pl.Expr,
    *,
    vote: int | str | None,
    space: LabelSpace | Task | None = None,
) -> PredicateLF:
    """Make an LF of a polars expression."""
    import polars as pl

    lf = as_lf_name(name)
    known = as_space(space, lf)
    if not isinstance(predicate, pl.Expr):
        raise LabelingFunctionError(f"LF {lf!r}: {predicate!r} is no polars expression")
    return PredicateLF(
        name=lf,
        space=known,
        columns=tuple(dict.fromkeys(predicate.meta.root_names())),
        predicate=predicate,
        vote=None if vote is None else as_vote(vote, known, lf),
    )
