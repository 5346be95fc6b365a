"""What the last edit of the labeling functions changed."""

from __future__ import annotations

from typing import Any, Final

from labelwright._display.markup import Markup, el
from labelwright.analysis import Comparison
from labelwright.report.data import ReportData
from labelwright.report.elements import lead, missing, scrolled, section, table, td, th
from labelwright.report.words import count, listed, percent, percent_range, sentence, text_of

MAX_LFS: Final = 10
MAX_FLIPS: Final = 10
MAX_ROWS: Final = 5
"""How many of each a person reads; the analysis has all."""


def changes(data: ReportData) -> Markup:
    """Return which labels changed since the version of the LFs before, and because of which LF."""
    title, found = "Since the last edit", data.changes
    if found is None:
        return section("changes", title, missing("No earlier version of the labeling functions is known."))
    verdict = lead(sentence(found.verdict)) if found.verdict else None
    if not found.changed:
        return section("changes", title, lead(sentence(found.headline)), verdict)
    return section(
        "changes",
        title,
        el("p", sentence(found.headline), class_="story"),
        verdict,
        el("div", _lfs(found), _flips(found), class_="charts"),
        _rows(found, data),
    )


def _lfs(found: Comparison) -> Markup:
    heads = [th("Labeling function"), th("Change"), th("Votes", number=True), th("Labels", number=True)]
    lines = [
        el(
            "tr",
            th(row["lf"], row=True),
            td(row["change"]),
            td(f"{row['votes_changed']:,}", number=True),
            td("–" if row["labels_changed"] is None else f"{row['labels_changed']:,}", number=True),
        )
        for row in found.lfs.head(MAX_LFS).iter_rows(named=True)
    ]
    left = found.lfs.height - len(lines)
    more = f" {count(left, 'more labeling function')} changed." if left > 0 else ""
    caption = "Votes that changed, and labels that would be the old ones without this change alone." + more
    return scrolled(table(caption, heads, lines), label="Labeling functions that changed")


def _flips(found: Comparison) -> Markup:
    judged = "right_now" in found.flips.columns
    heads = [th("Before"), th("Now"), th("Rows", number=True), th("Of all rows", number=True)]
    heads += [th("Right before", number=True), th("Right now", number=True)] if judged else []
    lines = [_flip(row, judged=judged) for row in found.flips.head(MAX_FLIPS).iter_rows(named=True)]
    left = found.flips.height - len(lines)
    more = f"; {count(left, 'rarer kind')} not shown" if left > 0 else ""
    return scrolled(table(f"How labels changed{more}.", heads, lines), label="How labels changed")


def _flip(row: dict[str, Any], *, judged: bool) -> Markup:
    share = el("span", percent(row["share"]), el("small", percent_range(row["share_low"], row["share_high"])))
    counts = [row["right_before"], row["right_now"]] if judged else []
    return el(
        "tr",
        th(row["old"], row=True),
        td(row["new"]),
        td(f"{row['rows']:,}", number=True),
        td(share, number=True),
        [td(f"{one:,}", number=True) for one in counts],
    )


def _rows(found: Comparison, data: ReportData) -> Markup:
    cards = [_card(row, data) for row in found.rows.head(MAX_ROWS).iter_rows(named=True)]
    return el("div", el("h3", "Rows whose label changed"), cards, class_="group")


def _card(row: dict[str, Any], data: ReportData) -> Markup:
    text = text_of(data.texts, row["row"])
    because = f"because of {listed(row['because'])}" if row["because"] else "because of several changes"
    return el(
        "article",
        el("p", f"Row {row['row']:,}", class_="rownumber"),
        el("p", text, class_="text") if text else None,
        el("p", el("span", el("b", f"{row['old']} → {row['new']}")), el("span", because), class_="verdict"),
    )
