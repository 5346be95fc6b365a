"""Rows worth reading: contested, disputed between models, uncovered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from markupsafe import Markup

from labelwright._text import count, listed, percent
from labelwright._types import FloatArray, IntArray
from labelwright.analysis import contested_rows, coverage_gaps, disagreements
from labelwright.core import LabelMatrix
from labelwright.report.data import CONTESTED, DISPUTED, ReportData
from labelwright.report.elements import NEEDS_TEXTS, Card, Said, Table, section
from labelwright.report.words import text_of

if TYPE_CHECKING:
    from labelwright.label_models import Explanation

OPEN: Final = 3
"""How many rows of a kind are open; the others are folded away."""

UNCOVERED: Final = 5
TERMS: Final = 8
"""How many of each a person reads before they repeat themselves."""

MIN_PART: Final = 0.005
"""Less than this adds nothing that two decimals show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """Rows of one kind: what they are, or what there is instead of them."""

    title: str
    said: str = ""
    lacks: str = ""
    cards: Sequence[Card] = ()
    gaps: Sequence[Mapping[str, Any]] = ()


def examples(data: ReportData) -> Markup:
    """Return the rows worth reading."""
    lacks = None if data.texts is not None else f"{NEEDS_TEXTS} Give the column that people read."
    groups = [_contested(data), _disputed(data), _uncovered(data)]
    return section("examples", lacks=lacks, groups=groups, open=OPEN)


def _contested(data: ReportData) -> _Group:
    title = "Where labeling functions conflict most"
    found = contested_rows(data.matrix, most=CONTESTED)["row"].to_list()
    if not found:
        return _Group(title=title, said="They never contradict each other on a row.")
    cards = [
        Card(
            row,
            _text(data.texts, row),
            votes=_votes(data.matrix, row),
            verdict=_verdict(data.matrix, row, data.soft_labels, data.end_model_train),
            why=_why(data.reasons, row),
        )
        for row in found
    ]
    said = "Training rows whose votes contradict each other most, and what became of them."
    return _Group(title=title, said=said, cards=cards)


@dataclass(frozen=True, slots=True)
class _Dispute:
    """The rows on which the two models are compared: the test rows, else the training rows."""

    said: str
    label_model: FloatArray
    end_model: FloatArray
    matrix: LabelMatrix
    texts: Sequence[str] | None
    gold: IntArray | None
    reasons: Explanation | None = None


def _disputed(data: ReportData) -> _Group:
    title = "Where the end model and the label model differ"
    dispute = _dispute(data)
    if dispute is None:
        return _Group(title=title, lacks="Not shown: no end model was trained. Train one and run again.")
    found = disagreements(dispute.label_model, dispute.end_model, rows=dispute.matrix.covered, most=DISPUTED)
    if found.is_empty():
        return _Group(title=title, said="They choose the same class on every covered row.")
    cards = [_disputed_card(dispute, row) for row in found["row"].to_list()]
    return _Group(title=title, said=dispute.said, cards=cards)


def _dispute(data: ReportData) -> _Dispute | None:
    test = data.test
    if test is not None and test.end_model is not None:
        said = f"{test.row.capitalize()}s on which they differ, the surest first, with the hand label."
        return _Dispute(
            said, test.label_model, test.end_model, test.matrix, test.texts, test.gold, test.reasons
        )
    if data.end_model_train is not None:
        said = "Training rows on which they differ, the surest first."
        return _Dispute(said, data.soft_labels, data.end_model_train, data.matrix, data.texts, None)
    return None


def _disputed_card(dispute: _Dispute, row: int) -> Card:
    gold = None if dispute.gold is None else int(dispute.gold[row])
    return Card(
        row,
        _text(dispute.texts, row),
        votes=_votes(dispute.matrix, row),
        verdict=_verdict(dispute.matrix, row, dispute.label_model, dispute.end_model, gold=gold),
        why=_why(dispute.reasons, row),
    )


def _why(reasons: Explanation | None, row: int) -> Table | None:
    """Return what each vote adds to the label of a row; None where that was not asked."""
    if reasons is None:
        return None
    mine, votes = (frame.filter(frame["row"] == row) for frame in (reasons.rows, reasons.votes))
    if mine.is_empty() or votes.is_empty():
        return None
    one = mine.row(0, named=True)
    lines = [(vote["lf"], vote["vote"], _signed(vote["adds"])) for vote in votes.iter_rows(named=True)]
    lines += [("without any votes", "", _signed(one["prior"]))] if abs(one["prior"]) >= MIN_PART else []
    lines += [] if one["exact"] else [("votes together, beyond each alone", "", _signed(one["rest"]))]
    caption = f"For {one['label']} against {one['runner_up']}: {_signed(one['score'])} in all. {_flip(one)}"
    return Table(caption, ("Labeling function", "Vote", f"Adds ({reasons.unit})"), lines, numbers=(2,))


def _signed(number: float) -> str:
    return f"{number:+.2f}".replace("-", "−")


def _flip(one: dict[str, Any]) -> str:
    """Return what would flip the label, in a sentence; empty where nothing would."""
    if one["tied"] or not one["flip"]:
        return ""
    to = one["flips_to"] or one["runner_up"]
    return f"Without {listed(one['flip'])} it would be {to} or a tie."


def _uncovered(data: ReportData) -> _Group:
    title = "Rows that no labeling function covers"
    rows = np.flatnonzero(~data.matrix.covered)
    if not len(rows):
        return _Group(title=title, said="Every row has at least one vote.")
    said = f"{count(len(rows), 'row')} ({percent(len(rows) / data.matrix.n)}) got no vote."
    if data.texts is None:
        lacks = "With the texts of the rows, their telling words would stand here."
        return _Group(title=title, said=said, lacks=lacks)
    if gaps := _gaps(data):
        return _Group(title=title, said=said, gaps=gaps)
    spread = rows[np.linspace(0, len(rows) - 1, min(UNCOVERED, len(rows))).astype(np.int64)].tolist()
    cards = [
        Card(row, _text(data.texts, row), verdict=_verdict(data.matrix, row, None, data.end_model_train))
        for row in spread
    ]
    return _Group(title=title, said=said, cards=cards)


def _gaps(data: ReportData) -> list[dict[str, Any]]:
    """Return words of uncovered rows, each with rows that hold it; none where no word marks them."""
    P = data.soft_labels if data.end_model_train is None else data.end_model_train
    texts, covered = data.texts or (), data.matrix.covered
    found = coverage_gaps(texts, covered, P=P, space=data.matrix.space, most=TERMS, examples=UNCOVERED)
    return [
        {"term": row["term"], "where": _where(row), "examples": row["examples"]}
        for row in found.iter_rows(named=True)
    ]


def _where(row: dict[str, Any]) -> str:
    leans = "" if row["leans_to"] is None else f"; with votes, mostly {row['leans_to']}"
    share = "" if row["leans_share"] is None else f" ({percent(row['leans_share'])})"
    return f"{count(row['uncovered'], 'row')} without a vote, {row['covered']:,} with one{leans}{share}"


def _text(texts: Sequence[str] | None, row: int) -> str | None:
    return None if texts is None else text_of(texts, row) or "(empty)"


def _votes(matrix: LabelMatrix, row: int) -> list[tuple[str, str]]:
    """Return who voted what, the class with most votes first."""
    votes = matrix.votes[row]
    classes, counts = np.unique(votes[votes >= 0], return_counts=True)
    return [
        (
            matrix.vote_name(int(c)),
            ", ".join(matrix.lf_names[int(j)] for j in np.flatnonzero(votes == c)),
        )
        for c in classes[np.argsort(-counts, kind="stable")]
    ]


def _verdict(
    matrix: LabelMatrix,
    row: int,
    label_model: FloatArray | None,
    end_model: FloatArray | None,
    *,
    gold: int | None = None,
) -> list[Said]:
    """Return what the models made of a row."""
    said = [
        Said(f"{name} ", matrix.space.name(int(P[row].argmax())), f" {percent(float(P[row].max()))}")
        for name, P in (("label model", label_model), ("end model", end_model))
        if P is not None
    ]
    if gold is not None and gold >= 0:
        said.append(Said("hand label ", matrix.space.name(gold), kind="gold"))
    return said
