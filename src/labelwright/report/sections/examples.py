"""Rows worth reading: contested, disputed between models, uncovered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from labelwright._display.markup import Child, Markup, el
from labelwright._types import FloatArray, IntArray
from labelwright.analysis import contested_rows, coverage_gaps, disagreements
from labelwright.core import LabelMatrix
from labelwright.report.data import ReportData
from labelwright.report.elements import NEEDS_TEXTS, lead, missing, section, table, td, th
from labelwright.report.words import count, listed, percent, text_of

if TYPE_CHECKING:
    from labelwright.label_models import Explanation

CONTESTED: Final = 8
DISPUTED: Final = 8
UNCOVERED: Final = 5
TERMS: Final = 8
"""How many of each a person reads before they repeat themselves."""

MIN_PART: Final = 0.005
"""Less than this adds nothing that two decimals show."""


def examples(data: ReportData) -> Markup:
    """Return the rows worth reading."""
    return section(
        "examples",
        "Examples",
        missing(NEEDS_TEXTS, " Give the column that people read.") if data.texts is None else None,
        lead("Rows are numbered from 0, in the order of the data."),
        _contested(data),
        _disputed(data),
        _uncovered(data),
    )


def _contested(data: ReportData) -> Markup:
    found = contested_rows(data.matrix, most=CONTESTED)["row"].to_list()
    if not found:
        return _group("Where labeling functions conflict most", "They never contradict each other on a row.")
    cards = [
        _card(
            row,
            data.texts,
            _votes(data.matrix, row),
            _verdict(data.matrix, row, data.soft_labels, data.end_model_train),
            _why(data.reasons, row),
        )
        for row in found
    ]
    return _group(
        "Where labeling functions conflict most",
        "Training rows whose votes contradict each other most, and what became of them.",
        cards,
    )


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


def _disputed(data: ReportData) -> Markup:
    title = "Where the end model and the label model differ"
    dispute = _dispute(data)
    if dispute is None:
        return _group(title, missing("Not shown: no end model was trained. Train one and run again."))
    found = disagreements(dispute.label_model, dispute.end_model, rows=dispute.matrix.covered, most=DISPUTED)
    if found.is_empty():
        return _group(title, "They choose the same class on every covered row.")
    return _group(title, dispute.said, [_disputed_card(dispute, row) for row in found["row"].to_list()])


def _dispute(data: ReportData) -> _Dispute | None:
    test = data.test
    if test is not None and test.end_model is not None:
        said = "Test rows on which they differ, the surest first, with the hand label."
        return _Dispute(
            said, test.label_model, test.end_model, test.matrix, test.texts, test.gold, test.reasons
        )
    if data.end_model_train is not None:
        said = "Training rows on which they differ, the surest first."
        return _Dispute(said, data.soft_labels, data.end_model_train, data.matrix, data.texts, None)
    return None


def _disputed_card(dispute: _Dispute, row: int) -> Markup:
    gold = None if dispute.gold is None else int(dispute.gold[row])
    verdict = _verdict(dispute.matrix, row, dispute.label_model, dispute.end_model, gold=gold)
    return _card(row, dispute.texts, _votes(dispute.matrix, row), verdict, _why(dispute.reasons, row))


def _why(reasons: Explanation | None, row: int) -> Markup | None:
    """Return what each vote adds to the label of a row, folded away; None where that was not asked."""
    if reasons is None:
        return None
    mine, votes = (frame.filter(frame["row"] == row) for frame in (reasons.rows, reasons.votes))
    if mine.is_empty() or votes.is_empty():
        return None
    one = mine.row(0, named=True)
    lines = [(vote["lf"], vote["vote"], vote["adds"]) for vote in votes.iter_rows(named=True)]
    lines += [("without any votes", "", one["prior"])] if abs(one["prior"]) >= MIN_PART else []
    lines += [] if one["exact"] else [("votes together, beyond each alone", "", one["rest"])]
    shown = [
        el("tr", th(lf, row=True), td(vote), td(f"{adds:+.2f}".replace("-", "−"), number=True))
        for lf, vote, adds in lines
    ]
    against = f"{one['label']} against {one['runner_up']}"
    total = f"{one['score']:+.2f}".replace("-", "−")
    heads = [th("Labeling function"), th("Vote"), th(f"Adds ({reasons.unit})", number=True)]
    return el(
        "details",
        el("summary", "Why this label"),
        table(f"For {against}: {total} in all. {_flip(one)}", heads, shown),
        class_="why",
    )


def _flip(one: dict[str, Any]) -> str:
    """Return what would flip the label, in a sentence; empty where nothing would."""
    if one["tied"] or not one["flip"]:
        return ""
    to = one["flips_to"] or one["runner_up"]
    return f"Without {listed(one['flip'])} it would be {to} or a tie."


def _uncovered(data: ReportData) -> Markup:
    title = "Rows that no labeling function covers"
    rows = np.flatnonzero(~data.matrix.covered)
    if not len(rows):
        return _group(title, "Every row has at least one vote.")
    said = f"{count(len(rows), 'row')} ({percent(len(rows) / data.matrix.n)}) got no vote."
    if data.texts is None:
        return _group(
            title, said, missing("With the texts of the rows, their telling words would stand here.")
        )
    gaps = _gaps(data)
    if gaps is not None:
        return _group(title, said, gaps)
    spread = rows[np.linspace(0, len(rows) - 1, min(UNCOVERED, len(rows))).astype(np.int64)]
    cards = [
        _card(int(row), data.texts, None, _verdict(data.matrix, int(row), None, data.end_model_train))
        for row in spread
    ]
    return _group(title, said, cards)


def _gaps(data: ReportData) -> Markup | None:
    """Return words of uncovered rows, each with rows that hold it; None where no word marks them."""
    P = data.soft_labels if data.end_model_train is None else data.end_model_train
    texts, covered = data.texts or (), data.matrix.covered
    found = coverage_gaps(texts, covered, P=P, space=data.matrix.space, most=TERMS, examples=UNCOVERED)
    if found.is_empty():
        return None
    said = "Write a labeling function here: words that mark them, with rows that hold them."
    return el("div", el("p", said), [_gap(row) for row in found.iter_rows(named=True)], class_="gaps")


def _gap(row: dict[str, Any]) -> Markup:
    leans = "" if row["leans_to"] is None else f"; with votes, mostly {row['leans_to']}"
    share = "" if row["leans_share"] is None else f" ({percent(row['leans_share'])})"
    where = f"{count(row['uncovered'], 'row')} without a vote, {row['covered']:,} with one{leans}{share}"
    return el(
        "article",
        el("p", el("b", row["term"]), " ", el("span", where, class_="meta")),
        el("ul", [el("li", text) for text in row["examples"]]),
    )


def _group(title: str, *children: Child) -> Markup:
    first, *rest = children
    opening = first if isinstance(first, Markup) else lead(first)
    return el("div", el("h3", title), opening, *rest, class_="group")


def _card(row: int, texts: Sequence[str] | None, *below: Child) -> Markup:
    text = text_of(texts, row)
    return el(
        "article",
        el("p", f"Row {row:,}", class_="rownumber"),
        el("p", text if text else "(empty)", class_="text") if texts is not None else None,
        *below,
    )


def _votes(matrix: LabelMatrix, row: int) -> Markup:
    """Return who voted what, the class with most votes first."""
    votes = matrix.votes[row]
    classes, counts = np.unique(votes[votes >= 0], return_counts=True)
    lines = [
        el(
            "div",
            el("dt", matrix.vote_name(int(c))),
            el("dd", ", ".join(matrix.lf_names[int(j)] for j in np.flatnonzero(votes == c))),
        )
        for c in classes[np.argsort(-counts, kind="stable")]
    ]
    return el("dl", lines, class_="votes")


def _verdict(
    matrix: LabelMatrix,
    row: int,
    label_model: FloatArray | None,
    end_model: FloatArray | None,
    *,
    gold: int | None = None,
) -> Markup | None:
    """Return what the models made of a row."""
    said: list[Child] = [
        el(
            "span",
            f"{name} ",
            el("b", matrix.space.name(int(P[row].argmax()))),
            f" {percent(float(P[row].max()))}",
        )
        for name, P in (("label model", label_model), ("end model", end_model))
        if P is not None
    ]
    if gold is not None and gold >= 0:
        said.append(el("span", "hand label ", el("b", matrix.space.name(gold)), class_="gold"))
    return el("p", said, class_="verdict") if said else None
