"""What every section is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from labelwright._display.markup import Child, Markup, el
from labelwright._types import FloatArray
from labelwright.report.data import EvaluatedSplit
from labelwright.report.words import percent

NEEDS_GOLD = (
    "This needs rows with hand labels. Label about 200 random rows, keep them apart as a test split, "
    "and run again."
)
NEEDS_TEXTS = "The texts of the rows were not given, so rows are named by their number."


@dataclass(frozen=True, slots=True)
class Model:
    """A model on the test rows, by the name people call it."""

    name: str
    P: FloatArray


def models_on(test: EvaluatedSplit) -> list[Model]:
    """List the models that were run on the test rows, from the simplest on."""
    found = [Model("Majority vote", test.majority_vote), Model("Label model", test.label_model)]
    return [*found, Model("End model", test.end_model)] if test.end_model is not None else found


def section(name: str, title: str, *children: Child) -> Markup:
    """Return a section with its heading; ``name`` is where links lead."""
    return el(
        "section", el("h2", title, id=f"{name}-title"), *children, id=name, aria_labelledby=f"{name}-title"
    )


def missing(*children: Child) -> Markup:
    """Say what is not shown, and what would give it."""
    return el("p", *children, class_="missing")


def lead(*children: Child) -> Markup:
    """Return the sentence that says how to read what follows."""
    return el("p", *children, class_="lead")


def figure(chart: Markup, title: str, *caption: Child) -> Markup:
    """Return a chart with its heading and how to read it."""
    return el("figure", el("h3", title), chart, el("figcaption", *caption) if caption else None)


def scrolled(*children: Child, label: str) -> Markup:
    """Return wide content that scrolls sideways on narrow screens, also by keyboard."""
    return el("div", *children, class_="scroll", tabindex=0, role="region", aria_label=label)


def meter(share: float, kind: str = "") -> Markup:
    """Return a share as a number with a bar behind it."""
    bar = el("span", el("span", style=f"width:{100 * min(share, 1):.1f}%"), class_=f"meter {kind}".strip())
    return el("span", el("span", percent(share), class_="n"), bar, class_="metered")


def table(caption: str, head: Sequence[Child], rows: Sequence[Child], *, class_: str | None = None) -> Markup:
    """Return a table; ``rows`` are finished rows."""
    return el(
        "table",
        el("caption", caption),
        el("thead", el("tr", head)),
        el("tbody", rows),
        class_=class_,
    )


def th(text: Child, *, number: bool = False, row: bool = False) -> Markup:
    """Return the heading of a column, or of a row."""
    return el("th", text, scope="row" if row else "col", class_="num" if number else None)


def td(*children: Child, number: bool = False, label: str | None = None) -> Markup:
    """Return a cell; ``label`` names it where the table is shown as cards."""
    return el("td", *children, class_="num" if number else None, data_label=label)
