"""What an evaluation without gold labels gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from textwrap import wrap
from typing import Any

from labelwright._display.notebook import Grid, Heading, Note, Part, Point, Points, notebook
from labelwright._display.shown import Shown
from labelwright._display.text_table import WIDTH, Column, columns_of_rows, text_table
from labelwright._text import count, percent, printable
from labelwright.analysis.intervals import Interval


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ModelEvidence(Shown):
    """What speaks for one label model.

    Attributes
    ----------
    name : str
        The model.
    log_loss : float
        Mean minus log probability of votes that it had not seen; smaller is better.
    gain : Interval
        Its log loss below majority vote's, in nats a vote; above zero is better than majority vote.
    hits : float
        The share of these votes that are its label.
    confidence : float
        The mean probability of its label on covered rows: its accuracy, if it were right about itself.
    accuracy : Interval or None
        Its accuracy on covered rows from the gold labels, prediction-powered; None without.
    gold_only : Interval or None
        The same from the gold labels alone (Wilson).
    """

    name: str
    log_loss: float
    gain: Interval
    hits: float
    confidence: float
    accuracy: Interval | None
    gold_only: Interval | None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PairEvidence(Shown):
    """What is known of two models without believing either.

    Attributes
    ----------
    first, second : str
        The models.
    differ : float
        The share of covered rows that they label differently. One of them is wrong on each of these.
    at_most : float
        The accuracy that they cannot both exceed, ``1 - differ / 2``. Their accuracies differ by `differ`
        at the most.
    gap : Interval or None
        The first one's accuracy above the second one's from the gold labels, prediction-powered; None
        without.
    settled : bool or None
        Whether `gap` excludes zero.
    more : int or None
        How many more gold labels of random covered rows would settle which is better, if the gap is the one
        seen, or `margin` where less was seen; 0 where settled, None where they never differ.
    more_chosen : int or None
        The same for gold labels of rows on which the two differ.
    """

    first: str
    second: str
    differ: float
    at_most: float
    gap: Interval | None
    settled: bool | None
    more: int | None
    more_chosen: int | None

    def _display_parts(self) -> list[Part]:
        return [Heading(f"{self.first} beside {self.second}"), Note(_pair(self))]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class GoldlessEvaluation:
    """Label models compared with no gold labels, or with a few; printed a text, in a notebook a table.

    Attributes
    ----------
    models : tuple of ModelEvidence
        Best at telling unseen votes first; majority vote is among them.
    pairs : tuple of PairEvidence
        The first model of `models` against each other one.
    rows, covered, gold : int
        Rows, those with a vote, and those with a vote and a gold label.
    held_out : int
        Votes that were taken out and guessed.
    votes_right : float
        No more than this share of all votes can be right, whatever the classes: on a row, those for one
        class.
    margin : float
        The gap in accuracy that is worth settling.
    """

    models: tuple[ModelEvidence, ...]
    pairs: tuple[PairEvidence, ...]
    rows: int
    covered: int
    gold: int
    held_out: int
    votes_right: float
    margin: float

    @property
    def best(self) -> str | None:
        """The model that clearly tells unseen votes better than majority vote and best of all, else None."""
        first = self.models[0] if self.models else None
        return first.name if first is not None and first.gain.low > 0 else None

    def of(self, name: str) -> ModelEvidence:
        """Return one model's evidence by its name."""
        return {model.name: model for model in self.models}[name]

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain values that JSON can hold."""
        plain: Mapping[str, Any] = asdict(self)
        return {**plain, "best": self.best}

    def __str__(self) -> str:
        told = [*_read(self), *map(_pair, self.pairs)]
        parts = ["\n".join(wrap(_headline(self), WIDTH)), text_table(_models(self))]
        return printable("\n\n".join([*parts, *("\n".join(wrap(said, WIDTH)) for said in told)]))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        pairs: list[Part] = [Points([Point(_pair(pair)) for pair in self.pairs])] if self.pairs else []
        return notebook(
            Heading(_headline(self)),
            Grid(_models(self), caption="Best at telling unseen votes first"),
            *(Note(said) for said in _read(self)),
            *pairs,
        )


# --- in words


def _headline(found: GoldlessEvaluation) -> str:
    gold = f" and {count(found.gold, 'gold label')}" if found.gold else ", no gold labels"
    return (
        f"{count(len(found.models), 'label model')} on {count(found.covered, 'covered row')}, "
        f"{count(found.held_out, 'unseen vote')}{gold}"
    )


def _models(found: GoldlessEvaluation) -> list[Column]:
    heads: tuple[str, ...] = ("model", "log loss", "below MV", "hits", "sure")
    if not found.gold:
        return columns_of_rows(heads, [_cells(model) for model in found.models])
    rows = [(*_cells(model), _shares(model.accuracy)) for model in found.models]
    return columns_of_rows((*heads, "accuracy"), rows)


def _cells(model: ModelEvidence) -> tuple[str, ...]:
    gain = model.gain
    return (
        model.name,
        f"{model.log_loss:.3f}",
        f"{gain.estimate:+.3f} ({gain.low:+.3f}, {gain.high:+.3f})",
        percent(model.hits),
        percent(model.confidence),
    )


def _shares(interval: Interval | None) -> str:
    if interval is None:
        return ""
    return f"{100 * interval.estimate:.1f} ({100 * interval.low:.1f}, {100 * interval.high:.1f})"


def _read(found: GoldlessEvaluation) -> tuple[str, ...]:
    best = (
        f"{found.best} tells votes that it has not seen better than majority vote does."
        if found.best
        else "No model clearly tells votes that it has not seen better than majority vote does."
    )
    return (
        f"{best} Clearly worse than majority vote here is a reason to drop a model; clearly better is no "
        "proof, as LFs share mistakes.",
        "Log loss is of unseen votes, hits are votes that are the label, sure is the mean probability of the "
        f"label. At most {percent(found.votes_right)} of all votes can be right.",
    )


def _pair(pair: PairEvidence) -> str:
    said = (
        f"{pair.first} and {pair.second} differ on {percent(pair.differ)} of the covered rows: they cannot "
        f"both be right on more than {percent(pair.at_most)}."
    )
    if pair.gap is not None:
        settled = "settled" if pair.settled else "not settled"
        said += f" By the gold labels {pair.first} is {_points(pair.gap)}: {settled}."
    if pair.more:
        said += (
            f" {pair.more:,} more gold labels of random rows would settle it, or {pair.more_chosen:,} of "
            "rows on which they differ."
        )
    return said


def _points(gap: Interval) -> str:
    way = "better" if gap.estimate >= 0 else "worse"
    spread = f"{100 * gap.low:+.1f} to {100 * gap.high:+.1f}"
    return f"{abs(100 * gap.estimate):.1f} points {way} ({spread})"
