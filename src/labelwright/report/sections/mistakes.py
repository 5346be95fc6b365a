"""Error buckets: which mistakes are made, by which votes, with rows to read."""

from __future__ import annotations

from typing import Any, Final

from labelwright._display.markup import Markup, el
from labelwright.analysis import error_buckets
from labelwright.report.data import EvaluatedSplit, ReportData
from labelwright.report.elements import NEEDS_GOLD, lead, missing, models_on, section
from labelwright.report.words import clip, count, percent, percent_range

MAX_BUCKETS: Final = 5
MAX_ROWS: Final = 3
TEXT: Final = 220
"""How much of each mistake a person reads before they know what goes wrong."""


def mistakes(data: ReportData) -> Markup:
    """Return the commonest mistakes of the label model and of the end model."""
    title, test = "Mistakes", data.test
    if test is None:
        return section("mistakes", title, missing("Not shown. ", NEEDS_GOLD))
    return section(
        "mistakes",
        title,
        lead(
            "The commonest mistakes on the test rows, with the labeling functions that voted so and the rows "
            "of which the model is surest. Read them: a wrong labeling function shows at once, and so does "
            "a wrong hand label."
        ),
        el("div", [_of(model.name, model.P, test) for model in models_on(test)[1:]], class_="buckets"),
    )


def _of(name: str, P: object, test: EvaluatedSplit) -> Markup:
    found = error_buckets(P, test.gold, matrix=test.matrix, most=MAX_ROWS)
    wrong = int(found["rows"].sum())
    buckets = [_bucket(row, test) for row in found.head(MAX_BUCKETS).iter_rows(named=True)]
    left = found.height - len(buckets)
    more = f" {count(left, 'rarer kind')} not shown." if left > 0 else ""
    said = f"{count(wrong, 'row')} of {(test.gold >= 0).sum():,} wrong or undecided.{more}"
    return el("div", el("h3", name), lead(said), buckets)


def _bucket(row: dict[str, Any], test: EvaluatedSplit) -> Markup:
    spread = percent_range(row["class_share_low"], row["class_share_high"])
    share = f"{percent(row['class_share'])} of {row['true']} ({spread})"
    voted = f"voted so: {', '.join(row['voted_so'])}" if row["voted_so"] else "no labeling function voted so"
    return el(
        "details",
        el(
            "summary",
            el("b", f"{row['true']} → {row['predicted']}"),
            el("span", f"{count(row['rows'], 'row')}, {share}", class_="meta"),
        ),
        el("p", voted, class_="meta"),
        [_example(at, test) for at in row["examples"]],
    )


def _example(row: int, test: EvaluatedSplit) -> Markup:
    text = "" if test.texts is None else clip(str(test.texts[row]), TEXT)
    return el("p", el("span", f"Row {row:,} ", class_="rownumber"), text)
