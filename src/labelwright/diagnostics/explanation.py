"""Why this label: what each vote adds, and what would flip it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from textwrap import wrap
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from labelwright._display.notebook import Grid, Heading, Note, Part, notebook
from labelwright._display.text_table import WIDTH, columns_of_rows
from labelwright._errors import LabelModelError
from labelwright._text import count, named, percent, printable
from labelwright._types import IntArray
from labelwright.core import LabelMatrix
from labelwright.diagnostics.examination import class_names
from labelwright.diagnostics.fitted import FittedModel
from labelwright.diagnostics.leave_one_out import Reasons, reasons

if TYPE_CHECKING:
    import polars as pl

MAX_ROWS: Final = 1000
SHOWN_ROWS: Final = 10
SHOWN_VOTES: Final = 15


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Explanation:
    """Why a label model labels rows as it does: for each vote what it adds, and what would flip the label.

    A vote adds to the score of the label over that of the runner-up, the next probable class. For most
    models the score is the log probability, so that votes add log odds, and votes and prior *sum to* the
    log odds of the label exactly. Where votes do not simply add up, a vote's share is what the score loses
    without it, and `rest` is what they do together; `exact` says which holds.

    Attributes
    ----------
    model : str
        The model's name.
    unit : str
        What is added: "log odds", or "votes" for majority vote.
    rows : polars.DataFrame
        One row a row: ``row``, ``label``, ``probability``, ``runner_up``, ``tied``, ``score`` (the sum of
        the next and of all votes), ``prior``, ``rest``, ``exact``, ``flip`` (the fewest LFs without whose
        votes the label is another or tied; empty where none), ``flips_to``, ``alone`` (LFs of which one
        abstaining is enough) and ``turned`` (LFs of which one voting for the runner-up is enough).
    votes : polars.DataFrame
        One row a vote, most for the label first: ``row``, ``lf``, ``vote``, ``adds``.
    """

    model: str
    unit: str
    rows: pl.DataFrame
    votes: pl.DataFrame
    _told: tuple[_Told, ...] = field(repr=False, default=())

    def of(self, row: int) -> Explanation:
        """Return the reasons of one row alone.

        Raises
        ------
        LabelModelError
            The row is not among those that were explained.
        """
        import polars as pl

        told = tuple(one for one in self._told if one.row == row)
        if not told:
            raise LabelModelError(f"row {row} is not among the {len(self.rows)} rows that were explained")
        mine = pl.col("row") == row
        rows, votes = self.rows.filter(mine), self.votes.filter(mine)
        return Explanation(model=self.model, unit=self.unit, rows=rows, votes=votes, _told=told[:1])

    def to_dict(self) -> dict[str, Any]:
        """Return both tables as plain values that JSON can hold."""
        return {
            "model": self.model,
            "unit": self.unit,
            "rows": self.rows.to_dicts(),
            "votes": self.votes.to_dicts(),
        }

    def __str__(self) -> str:
        parts = [_row_text(one, self.unit) for one in self._told[:SHOWN_ROWS]]
        left = len(self._told) - SHOWN_ROWS
        more = [f"... and {count(left, 'more row')}; see .rows and .votes"] if left > 0 else []
        return printable("\n\n".join([*parts, *more]))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        left = len(self._told) - SHOWN_ROWS
        more = [Note(f"{count(left, 'more row')}: see .rows and .votes")] if left > 0 else []
        return notebook(
            *(part for one in self._told[:SHOWN_ROWS] for part in _row_page(one, self.unit)), *more
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Told:
    """One row's reasons with names."""

    row: int
    reasons: Reasons
    names: tuple[str, ...]
    classes: tuple[str, ...]
    cast: tuple[str, ...]

    @property
    def score(self) -> float:
        why = self.reasons
        return why.prior + why.rest + float(why.added.sum())

    @property
    def order(self) -> IntArray:
        """The votes, most for the label first."""
        return np.argsort(-self.reasons.added, kind="stable")

    def lfs(self, found: Iterable[int]) -> list[str]:
        return [self.names[j] for j in found]

    def row_values(self) -> dict[str, object]:
        why = self.reasons
        return {
            "row": self.row,
            "label": self.classes[why.label],
            "probability": float(why.probabilities[why.label]),
            "runner_up": self.classes[why.other],
            "tied": why.tied,
            "score": self.score,
            "prior": why.prior,
            "rest": why.rest,
            "exact": why.exact,
            "flip": self.lfs(why.flip),
            "flips_to": None if why.flip_to is None else self.classes[why.flip_to],
            "alone": self.lfs(why.alone),
            "turned": self.lfs(why.turned),
        }

    def vote_values(self) -> list[dict[str, object]]:
        why = self.reasons
        return [
            {
                "row": self.row,
                "lf": self.names[why.lfs[i]],
                "vote": self.cast[i],
                "adds": float(why.added[i]),
            }
            for i in self.order
        ]


def explained(model: FittedModel, L: object, rows: object) -> Explanation:
    """Explain rows of a label matrix; see `BaseLabelModel.explain`."""
    import polars as pl

    reader = model._reading(L)
    votes = reader._checked_votes(L)
    chosen = _chosen(rows, n=len(votes))
    classes = class_names(model)
    names = model.lf_names_ or tuple(f"lf_{j}" for j in range(votes.shape[1]))
    known: dict[bytes, Reasons] = {}
    told = []
    scored = isinstance(L, LabelMatrix) and bool(L.scores)
    for row in chosen:
        key = votes[row].tobytes()
        if isinstance(L, LabelMatrix) and scored:  # two rows of the same votes may have other scores
            reader, key = model._reading(L[[int(row)]]), row.tobytes()
        why = known[key] if key in known else known.setdefault(key, reasons(reader, votes[row]))
        cast = tuple(_vote_name(reader, int(votes[row, j]), classes) for j in why.lfs)
        told.append(_Told(int(row), why, names, classes, cast))
    strings = {name: pl.List(pl.String) for name in ("flip", "alone", "turned")}
    return Explanation(
        model=type(model).__name__,
        unit=model._score_unit,
        rows=pl.DataFrame(
            [one.row_values() for one in told],
            schema_overrides={"flips_to": pl.String, **strings},
            infer_schema_length=None,
        ),
        votes=pl.DataFrame(
            [value for one in told for value in one.vote_values()],
            schema={"row": pl.Int64, "lf": pl.String, "vote": pl.String, "adds": pl.Float64},
        ),
        _told=tuple(told),
    )


def _chosen(rows: object, *, n: int) -> IntArray:
    """Return the numbers of the rows to explain."""
    if rows is None:
        if n > MAX_ROWS:
            raise LabelModelError(
                f"explain got {n:,} rows, and explains at most {MAX_ROWS:,} at a time; name some with "
                "rows=, such as rows=range(10)"
            )
        return np.arange(n)
    wanted = np.atleast_1d(np.asarray(list(rows) if isinstance(rows, (range, set)) else rows))
    if wanted.dtype == np.bool_ and wanted.shape == (n,):
        wanted = np.flatnonzero(wanted)
    if wanted.ndim != 1 or (wanted.size and wanted.dtype.kind not in "iu"):
        raise LabelModelError(f"rows={rows!r}; expected row numbers 0..{n - 1}, or a boolean a row")
    if wanted.size and not (wanted.min() >= -n and wanted.max() < n):
        raise LabelModelError(
            f"rows go from {wanted.min()} to {wanted.max()}; expected 0..{n - 1}, or negative from the end"
        )
    if len(wanted) > MAX_ROWS:
        raise LabelModelError(
            f"rows names {len(wanted):,} rows; explain takes at most {MAX_ROWS:,} at a time"
        )
    return np.where(wanted < 0, wanted + n, wanted).astype(np.int64)


def _vote_name(model: FittedModel, vote: int, classes: tuple[str, ...]) -> str:
    if vote < len(classes) or model.vote_sets_ is None:
        return classes[vote]
    allowed = np.flatnonzero(model.vote_sets_[vote - len(classes)])
    return " or ".join(classes[c] for c in allowed)


# --- as text and as HTML


def _row_text(one: _Told, unit: str) -> str:
    lines = [*wrap(_headline(one), WIDTH)]
    if not len(one.reasons.lfs):
        return "\n".join(lines)
    for adds, what, voted in _parts(one):
        lines += wrap(f"{what}{voted}", WIDTH, initial_indent=f"{adds:>9}  ", subsequent_indent=" " * 11)
    for said in (_sum(one, unit), *_flips(one)):
        lines += wrap(said, WIDTH, initial_indent="  ", subsequent_indent="  ")
    return "\n".join(lines)


def _row_page(one: _Told, unit: str) -> list[Part]:
    parts: list[Part] = [Heading(_headline(one))]
    if len(one.reasons.lfs):
        rows = [(what, voted.removeprefix(" votes "), adds) for adds, what, voted in _parts(one)]
        parts.append(Grid(columns_of_rows(("LF", "vote", f"adds ({unit})"), rows, texts=(0, 1))))
        parts += [Note(said) for said in (_sum(one, unit), *_flips(one))]
    return parts


def _headline(one: _Told) -> str:
    why = one.reasons
    label, other = one.classes[why.label], one.classes[why.other]
    if not len(why.lfs):
        return f"row {one.row}: no LF votes; {percent(why.probabilities[why.label])} {label}"
    if why.tied:
        return (
            f"row {one.row}: tied between {label} and {other}, {percent(why.probabilities[why.label])} each"
        )
    return (
        f"row {one.row}: {label}, {percent(why.probabilities[why.label])}; "
        f"next {other}, {percent(why.probabilities[why.other])}"
    )


def _parts(one: _Told) -> list[tuple[str, str, str]]:
    """Return what is summed: votes, prior and rest, each with what it adds."""
    why = one.reasons
    order = one.order.tolist()
    shown = order if len(order) <= SHOWN_VOTES else order[: SHOWN_VOTES - 5] + order[-5:]
    found = [(f"{why.added[i]:+.2f}", one.names[why.lfs[i]], f" votes {one.cast[i]}") for i in shown]
    if len(shown) < len(order):
        hidden = order[SHOWN_VOTES - 5 : -5]
        found.insert(SHOWN_VOTES - 5, (f"{why.added[hidden].sum():+.2f}", f"{len(hidden)} votes between", ""))
    if abs(why.prior) >= 0.005:
        found.append((f"{why.prior:+.2f}", "without any votes", ""))
    if not why.exact:
        found.append((f"{why.rest:+.2f}", "votes together, beyond each alone", ""))
    return found


def _sum(one: _Told, unit: str) -> str:
    why = one.reasons
    how = "the votes add up" if why.exact else "each vote by leaving it out: they do not simply add up"
    return f"= {one.score:+.2f} {unit} of {one.classes[why.label]} against {one.classes[why.other]}; {how}"


def _flips(one: _Told) -> list[str]:
    """Return what would flip the label, in a sentence."""
    why = one.reasons
    if why.tied or not len(why.lfs):
        return []
    ways = []
    if len(why.alone) > 1:
        ways.append(f"without any one of {named(one.lfs(why.alone))}")
    elif why.flip:
        ways.append(f"without {named(one.lfs(why.flip))}")
    if why.turned:
        either = "one of " if len(why.turned) > 1 else ""
        ways.append(f"with {either}{named(one.lfs(why.turned))} voting {one.classes[why.other]}")
    to = one.classes[why.other if why.flip_to is None else why.flip_to]
    return [f"flips to {to} or a tie {', or '.join(ways)}" if ways else "no vote less would flip it"]
