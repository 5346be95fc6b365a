"""What a model made of the votes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import numpy as np

from labelwright.diagnostics.examination import MIN_ROWS, Examination
from labelwright.diagnostics.finding import Finding, number, percent
from labelwright.diagnostics.lf_checks import contradicted_lfs

if TYPE_CHECKING:
    from labelwright.label_models.base import BaseLabelModel

LOST: Final = 0.1
"""A class that keeps less of its rows than this has collapsed."""

UNEQUAL: Final = 0.125
"""How far a class may be above an equal share of the votes: 62 to 38 for two."""

OVERTURNED: Final = 0.02
"""Unanimous rows with another label: some come from LFs that the others contradict."""

MANY_VOTES: Final = 30.0
"""So many votes a row multiply to certainty, whatever their errors have in common."""


def label_findings(model: BaseLabelModel, seen: Examination) -> Iterator[Finding]:
    """Find labels that votes do not support."""
    made, rows = seen.outcome, seen.counts.covered
    lost = np.flatnonzero(
        (made.majority * rows >= MIN_ROWS)
        & (made.predicted < LOST * made.majority)
        & (made.majority > 0.2 / len(seen.classes))
    )
    if len(lost):
        most = lost[made.majority[lost].argmax()]
        yield Finding(
            kind="collapse",
            urgency="warning",
            message=f"the model all but lost {number(len(lost), 'class', 'classes')}: majority vote gives "
            f"{seen.classes[most]!r} {percent(made.majority[most])} of the covered rows, "
            f"{type(model).__name__} {percent(made.predicted[most])}; do not use these labels, take "
            "LabelModel or MajorityVote, or set class_balance",
            numbers={"majority": float(made.majority[most]), "predicted": float(made.predicted[most])},
        )
    if made.moved > 0.5 and not len(lost):
        yield Finding(
            kind="against-majority",
            urgency="warning",
            message=f"{percent(made.moved)} of the covered rows get a label that majority vote does not "
            "give: the model may have taken the classes for each other; check some rows, or take "
            "MajorityVote",
            numbers={"moved": made.moved},
        )
    if made.overturned > OVERTURNED and not len(lost) and not len(contradicted_lfs(seen)):
        yield Finding(
            kind="overturned",
            urgency="warning",
            message=f"{percent(made.overturned)} of the rows on which several LFs vote, all alike, get "
            "another label: the model trusts none of them; check some of those rows with model.explain, or "
            "take MajorityVote",
            numbers={"overturned": made.overturned},
        )
    yield from _confidence(seen)
    yield from _balance(model, seen)


def _confidence(seen: Examination) -> Iterator[Finding]:
    made = seen.outcome
    mean = float(seen.counts.votes.sum()) / max(seen.counts.covered, 1)
    if mean >= MANY_VOTES and made.certain > 0.5:
        yield Finding(
            kind="overconfident",
            urgency="warning",
            message=f"{percent(made.certain)} of the labels have a probability of 0.999 or more: that holds "
            f"if the {mean:.0f} votes on a row err independently, and LFs that share words or sources do "
            "not; trust the order of the probabilities more than their size, or check them on gold labels",
            numbers={"certain": made.certain, "votes a row": mean},
        )


def _balance(model: BaseLabelModel, seen: Examination) -> Iterator[Finding]:
    """Votes of LFs that vote several classes show a skew even if they are often wrong."""
    cast = seen.counts.by_class[seen.several]
    shares = cast.sum(axis=0) / max(cast.sum(), 1.0)
    above = float(shares.max()) - 1.0 / len(shares)
    if model._takes_classes_as_equal() and len(cast) > 2 and cast.sum() > 100 and above > UNEQUAL:
        most = int(shares.argmax())
        yield Finding(
            kind="unequal-classes",
            urgency="warning",
            message=f"{percent(shares[most])} of the votes of LFs that vote several classes are for "
            f"{seen.classes[most]!r}, and wrong votes make shares look more equal than they are; no class "
            f"balance was given; {type(model).__name__} finds {percent(seen.outcome.predicted[most])}; set "
            "class_balance if you know it",
            numbers={"share": float(shares[most])},
        )
