"""What sections are made of: plain values that the templates of the report show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup

from labelwright._display.page import render
from labelwright._text import percent
from labelwright._types import FloatArray
from labelwright.report.data import EvaluatedSplit
from labelwright.report.words import percent_range

NEEDS_GOLD: Final = (
    "This needs rows with hand labels that score. Label about 200 random rows, as with labelwright label "
    "--split test, and run again."
)
NEEDS_TEXTS: Final = "The texts of the rows were not given, so rows are named by their number."


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell with small type beside it, or with a bar that shows its share.

    Attributes
    ----------
    text : str
        What it says.
    small : str, default ""
        What stands below it in small type.
    share : float, optional
        How much of a bar is filled; None without a bar.
    kind : str, default ""
        The bar's colour ("warm", "plain"), or "quiet" for a text that says that there is nothing.
    """

    text: str
    small: str = ""
    share: float | None = None
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose first cells name the rows.

    Attributes
    ----------
    caption : str
        What it shows.
    heads : sequence of str
        A heading a column.
    rows : sequence of sequences of str or Cell
        A cell a column.
    numbers : collection of int
        The columns that stand at the right.
    kind : str, default ""
        Its class; with "cards" rows become cards on narrow screens.
    caption_hidden : bool, default False
        Whether only those hear the caption who do not see the page.
    """

    caption: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str | Cell]]
    numbers: Sequence[int] = ()
    kind: str = ""
    caption_hidden: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """A remark on a row, its middle in bold type; "gold" marks what people said."""

    before: str = ""
    bold: str = ""
    after: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A row worth reading: its text, who voted what, what became of it, and why."""

    row: int
    text: str | None
    votes: Sequence[tuple[str, str]] = ()
    verdict: Sequence[Said] = ()
    why: Table | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """A model on the judged rows, by the name people call it."""

    name: str
    P: FloatArray


def models_on(test: EvaluatedSplit) -> list[Model]:
    """List the models that were run on the judged rows, from the simplest on."""
    found = [Model("Majority vote", test.majority_vote), Model("Label model", test.label_model)]
    return [*found, Model("End model", test.end_model)] if test.end_model is not None else found


def section(template: str, **values: Any) -> Markup:
    """Return a section: its template with what it shows."""
    return render(template, package="labelwright.report", needs_gold=NEEDS_GOLD, **values)


def metered(share: float, small: str = "", kind: str = "") -> Cell:
    """Return a share as a number with a bar below it."""
    return Cell(percent(share), small, share=min(share, 1.0), kind=kind)


def true_accuracy(truth: dict[str, Any] | None) -> Cell:
    """Return the accuracy of an LF by hand labels, with its range and their number; of `lf_accuracies`."""
    if not truth or not truth["judged"]:
        return Cell("no hand label", kind="quiet")
    spread = f"{percent_range(truth['low'], truth['high'])} of {truth['judged']:,}"
    return Cell(percent(truth["accuracy"]), spread)


def ranged(row: dict[str, Any], name: str) -> Cell | str:
    """Return a share of a table's row with its range; a dash where it is not known."""
    if row[name] is None:
        return "–"
    return Cell(percent(row[name]), percent_range(row[f"{name}_low"], row[f"{name}_high"]))
