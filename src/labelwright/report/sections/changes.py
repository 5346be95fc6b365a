"""What the last edit of the labeling functions changed."""

from __future__ import annotations

from typing import Any, Final

from markupsafe import Markup

from labelwright._text import count, listed
from labelwright.analysis import Comparison
from labelwright.report.data import ReportData
from labelwright.report.elements import Card, Said, Table, ranged, section
from labelwright.report.words import sentence, text_of

MAX_LFS: Final = 10
MAX_FLIPS: Final = 10
MAX_ROWS: Final = 5
"""How many of each a person reads; the analysis has all."""


def changes(data: ReportData) -> Markup:
    """Return which labels changed since the version of the LFs before, and because of which LF."""
    found = data.changes
    if found is None:
        return section("changes", found=None)
    told = {"headline": sentence(found.headline), "verdict": sentence(found.verdict)}
    if not found.changed:
        return section("changes", found=told, changed=False)
    cards = [_card(row, data) for row in found.rows.head(MAX_ROWS).iter_rows(named=True)]
    return section("changes", found=told, changed=True, lfs=_lfs(found), flips=_flips(found), cards=cards)


def _lfs(found: Comparison) -> Table:
    rows = [
        (
            row["lf"],
            row["change"],
            f"{row['votes_changed']:,}",
            "–" if row["labels_changed"] is None else f"{row['labels_changed']:,}",
        )
        for row in found.lfs.head(MAX_LFS).iter_rows(named=True)
    ]
    left = found.lfs.height - len(rows)
    more = f" {count(left, 'more labeling function')} changed." if left > 0 else ""
    caption = "Votes that changed, and labels that would be the old ones without this change alone." + more
    return Table(caption, ("Labeling function", "Change", "Votes", "Labels"), rows, numbers=(2, 3))


def _flips(found: Comparison) -> Table:
    judged = ["right_before", "right_now"] if "right_now" in found.flips.columns else []
    heads = ("Before", "Now", "Rows", "Of all rows", *(["Right before", "Right now"] if judged else []))
    rows = [
        (
            row["old"],
            row["new"],
            f"{row['rows']:,}",
            ranged(row, "share"),
            *(f"{row[name]:,}" for name in judged),
        )
        for row in found.flips.head(MAX_FLIPS).iter_rows(named=True)
    ]
    left = found.flips.height - len(rows)
    more = f"; {count(left, 'rarer kind')} not shown" if left > 0 else ""
    return Table(f"How labels changed{more}.", heads, rows, numbers=range(2, len(heads)))


def _card(row: dict[str, Any], data: ReportData) -> Card:
    because = f"because of {listed(row['because'])}" if row["because"] else "because of several changes"
    text = text_of(data.texts, row["row"])
    return Card(row["row"], text or None, verdict=(Said(bold=f"{row['old']} → {row['new']}"), Said(because)))
