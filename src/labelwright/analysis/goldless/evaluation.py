"""What an evaluation without gold labels gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from labelwright.analysis.intervals import Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelEvidence:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class PairEvidence:
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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
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
        from labelwright.analysis.goldless.text import evaluation_text

        return evaluation_text(self)

    def _repr_html_(self) -> str:
        from labelwright.analysis.goldless.text import evaluation_page

        return evaluation_page(self)
