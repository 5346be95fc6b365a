"""Rows worth reading: contested, disputed between models, uncovered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from labelwright._markup import Child, Markup, el
from labelwright._types import FloatArray, IntArray
from labelwright.analysis import contested_rows, disagreements, uncovered_terms
from labelwright.core import LabelMatrix
from labelwright.report.data import ReportData
from labelwright.report.sections.parts import NEEDS_TEXTS, lead, missing, section
from labelwright.report.words import count, percent, text_of

CONTESTED: Final = 8
DISPUTED: Final = 8
UNCOVERED: Final = 5
TERMS: Final = 24
"""How many of each a person reads before they repeat themselves."""


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
        return _Dispute(said, test.label_model, test.end_model, test.matrix, test.texts, test.gold)
    if data.end_model_train is not None:
        said = "Training rows on which they differ, the surest first."
        return _Dispute(said, data.soft_labels, data.end_model_train, data.matrix, data.texts, None)
    return None


def _disputed_card(dispute: _Dispute, row: int) -> Markup:
    gold = None if dispute.gold is None else int(dispute.gold[row])
    verdict = _verdict(dispute.matrix, row, dispute.label_model, dispute.end_model, gold=gold)
    return _card(row, dispute.texts, _votes(dispute.matrix, row), verdict)


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
    spread = rows[np.linspace(0, len(rows) - 1, min(UNCOVERED, len(rows))).astype(np.int64)]
    cards = [
        _card(int(row), data.texts, None, _verdict(data.matrix, int(row), None, data.end_model_train))
        for row in spread
    ]
    return _group(title, said, _terms(data), cards)


def _terms(data: ReportData) -> Markup | None:
    terms = uncovered_terms(data.texts or (), data.matrix.covered, most=TERMS)
    if terms.is_empty():
        return None
    words = [el("li", el("b", row["term"]), f" {row['uncovered']:,}") for row in terms.iter_rows(named=True)]
    return el(
        "div",
        el("p", "Words that mark them, with the number of uncovered rows that hold them:"),
        el("ul", words, class_="terms"),
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
            el("dt", matrix.space.name(int(c))),
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
