"""What changed between two versions of the LFs, as a value to read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from labelwright._display.notebook import Heading, Note, Part, notebook
from labelwright._display.table import Table, notebook_parts
from labelwright._display.text_table import WIDTH
from labelwright._text import count, listed, printable
from labelwright.analysis.intervals import Interval

TOLD: Final = 3
"""LFs named in the first sentence."""

SHOWN: Final = 12
"""Lines of each table in text; the frames hold all."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparison:
    """Labels before and after LFs were edited, added or removed; `compare` makes it.

    Attributes
    ----------
    model : str
        The label model that made both labels.
    n : int
        Rows.
    changed : int
        Rows whose label changed, got lost or is new.
    flips : Table
        ``old`` and ``new`` class ("(none)" on rows without a label), ``rows``, ``share`` of all rows with
        ``_low`` and ``_high``; with gold ``right_before`` and ``right_now``.
    lfs : Table
        The LFs that changed: ``lf``, ``change`` ("edited", "new", "gone"), ``votes_changed`` (rows),
        ``votes_before``, ``votes_now``, ``labels_changed`` (rows whose label would be the old one with the
        old version of this LF alone; null where that was not tried).
    rows : Table
        The rows whose label changed: ``row``, ``old``, ``new``, ``because`` (LFs of which each alone is
        enough to explain it; empty where it takes several together); with gold ``gold``.
    together : int
        Changed rows that no LF alone explains.
    accuracy : Interval or None
        By how much the new labels are more accurate; None without gold labels.
    """

    model: str
    n: int
    changed: int
    flips: Table
    lfs: Table
    rows: Table
    together: int
    accuracy: Interval | None = None

    @property
    def headline(self) -> str:
        """What changed, in a sentence."""
        if not self.changed:
            edits = int(self.lfs["votes_changed"].sum())
            votes = f"though LFs changed {count(edits, 'vote')}" if edits else "and no vote did"
            return f"no label of {count(self.n, 'row')} changed, {votes}"
        reasons = [
            f"{row['labels_changed']:,} because of LF {row['lf']!r}"
            for row in self.lfs.head(TOLD).iter_rows(named=True)
            if row["labels_changed"]
        ]
        if self.together:
            reasons.append(f"{self.together:,} because of several changes together")
        said = f"{self.changed:,} of {count(self.n, 'label')} changed"
        return f"{said}, {listed(reasons, most=TOLD + 1)}" if reasons else said

    @property
    def verdict(self) -> str:
        """Whether the new labels are better, in a sentence; empty without gold labels."""
        gain = self.accuracy
        if gain is None:
            return ""
        mended = int(self.flips["right_now"].sum())
        broken = int(self.flips["right_before"].sum())
        settled = "settled" if gain.low > 0 or gain.high < 0 else "not settled"
        return (
            f"by the gold labels {mended:,} became right and {broken:,} no longer are: accuracy "
            f"{100 * gain.estimate:+.1f} points ({100 * gain.low:+.1f} to {100 * gain.high:+.1f}, {settled})"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain values that JSON can hold."""
        gain = self.accuracy
        return {
            "model": self.model,
            "rows": self.n,
            "changed": self.changed,
            "together": self.together,
            "headline": self.headline,
            "accuracy_gain": None if gain is None else [gain.estimate, gain.low, gain.high],
            "flips": self.flips.to_dicts(),
            "lfs": self.lfs.to_dicts(),
            "changed_rows": self.rows.to_dicts(),
        }

    def to_text(self, width: int = WIDTH, *, most: int = SHOWN) -> str:
        """Return it in lines of at most so many characters, with the first rows of each table."""
        from textwrap import fill

        said = [fill(line, width) for line in (self.headline, self.verdict) if line]
        tables = [table.to_text(width, most=most) for table in self._tables()]
        return printable("\n\n".join(["\n".join(said), *tables]))

    def __str__(self) -> str:
        return self.to_text()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        said: list[Part] = [Heading(self.headline), *([Note(self.verdict)] if self.verdict else [])]
        return notebook(*said, *(part for table in self._tables() for part in notebook_parts(table)))

    def _tables(self) -> list[Table]:
        return [table for table in (self.lfs, self.flips, self.rows) if table.height]
