"""What ``analyze`` shows of a split, topic by topic."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, Any, Final

import typer

from labelwright._validate import did_you_mean

if TYPE_CHECKING:
    from labelwright._display.table import Table
    from labelwright.pipeline import Analyzed
    from labelwright.pipeline.results import View

TOPICS: Final = ("functions", "pairs", "classes", "mistakes", "rows", "gaps", "changes")
ALL_OF_THEM: Final = "all"
BRIEF: Final = {"functions": 100, "pairs": 5, "classes": 8, "mistakes": 5, "rows": 2, "gaps": 3, "changes": 5}
"""Lines of each topic where all are shown."""

FULL: Final = 1000
LONGEST_TEXT: Final = 400
NEEDS_GOLD: Final = "needs gold labels; name a column of them in [data] gold"
NEEDS_TEXTS: Final = "needs texts; name their column in [data] text"


def check_topics(topics: Sequence[str]) -> None:
    """Raise a usage error for a topic that there is not."""
    for topic in topics:
        if topic not in (*TOPICS, ALL_OF_THEM):
            hint = did_you_mean(topic, TOPICS) or f"; there are {', '.join(TOPICS)} and all"
            raise typer.BadParameter(f"there is no topic {topic!r}{hint}", param_hint="--show")


def show(result: Analyzed, topics: Sequence[str]) -> None:
    """Print the topics asked for at length, or all of them in brief."""
    from rich.console import Console

    width = Console().width
    asked = TOPICS if ALL_OF_THEM in topics else topics
    for split, view in result.views.items():
        title = f"{result.matrices[split].m} labeling functions on {result.matrices[split].n:,} {split} rows"
        for topic in asked or TOPICS:
            _SHOWN[topic](view, title, width, FULL if asked else BRIEF[topic])
        print(f"\n{result.matrices[split].coverage:.1%} of the rows have at least one vote")
        if not asked:
            print(f"more: analyze --show {'|'.join(TOPICS)}|all")


def as_values(view: View) -> dict[str, Any]:
    """Return all topics as plain values, ready for JSON."""
    tables: Mapping[str, Table | None] = {
        "pairs": view.pairs,
        "classes": view.classes,
        "coverage_by_class": view.coverage,
        "mistakes": view.mistakes,
        "gaps": view.gaps,
    }
    return {
        **{name: None if table is None else table.to_dicts() for name, table in tables.items()},
        "contested_rows": view.contested.to_dicts(),
        "why": view.why.to_dict(),
        "changes": None if view.changes is None else view.changes.to_dict(),
    }


def _functions(view: View, title: str, width: int, most: int) -> None:
    _table(
        f"{title}; small figures are 95 % ranges", view.functions.drop("judged", strict=False), width, most
    )


def _pairs(view: View, title: str, width: int, most: int) -> None:
    _table("pairs of LFs, most conflicts first", view.pairs, width, most)


def _classes(view: View, title: str, width: int, most: int) -> None:
    if view.classes is None or view.coverage is None:
        print(f"\nprecision and recall: {NEEDS_GOLD}")
        return
    worst = view.classes if most == FULL else view.classes.sort("precision", maintain_order=True)
    order = "" if most == FULL else ", least precise first"
    _table(f"each LF on each class it votes for{order}", worst, width, most)
    _table("how much of each class gets a vote, and one for the class", view.coverage, width, most)


def _mistakes(view: View, title: str, width: int, most: int) -> None:
    if view.mistakes is None:
        print(f"\nmistakes: {NEEDS_GOLD}")
        return
    _table("mistakes of the label model, most rows first", view.mistakes, width, most)


def _rows(view: View, title: str, width: int, most: int) -> None:
    rows = view.contested["row"].to_list()[:most]
    print("\nrows on which LFs disagree most, and why they are labeled as they are")
    if not rows:
        print("none: no two LFs contradict each other")
    for row in rows:
        if view.texts is not None:
            for line in wrap(_short(view.texts[row]), width - 2):
                print(f"| {line}")
        print(view.why.of(row), end="\n\n" if row != rows[-1] else "\n")


def _gaps(view: View, title: str, width: int, most: int) -> None:
    if view.gaps is None:
        print(f"\ngaps: {NEEDS_TEXTS}")
    elif view.gaps.is_empty():
        print("\nno word marks the rows without a vote")
    else:
        _table("write an LF here: words of rows without a vote", view.gaps, width, most)


def _changes(view: View, title: str, width: int, most: int) -> None:
    changes = view.changes
    if changes is None:
        print("\nchanges: no earlier version of the LFs voted on these rows")
        return
    print("\nsince the LFs were last changed")
    print(changes.to_text(width, most=most))


_SHOWN: Final[Mapping[str, Callable[[View, str, int, int], None]]] = {
    "functions": _functions,
    "pairs": _pairs,
    "classes": _classes,
    "mistakes": _mistakes,
    "rows": _rows,
    "gaps": _gaps,
    "changes": _changes,
}


def _table(title: str, table: Table, width: int, most: int) -> None:
    print(f"\n{title}")
    print(table.to_text(width, most=most))


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= LONGEST_TEXT else flat[: LONGEST_TEXT - 1] + "…"
