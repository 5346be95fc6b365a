"""The advisor's answer as text for 80 columns, and for notebooks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, Final

from labelwright._display.notebook import Grid, Heading, Note, Part, Point, Points, notebook
from labelwright._display.text_table import WIDTH, Column, columns_of_rows, text_table
from labelwright._text import count, percent, printable
from labelwright.advisor.modelling.choice import points
from labelwright.advisor.modelling.value import ClassVotes

if TYPE_CHECKING:
    from labelwright.advisor.modelling.modelling_advice import ModellingAdvice

MAX_STEPS: Final = 12
MAX_CLASSES: Final = 12


def advice_text(advice: ModellingAdvice) -> str:
    """Return the answer in lines of at most 80 characters."""
    parts = [
        [*wrap(headline(advice), WIDTH), *wrap(subject(advice), WIDTH)],
        ["Why", *(line for one in advice.reasons for line in _point(one.finding, one.evidence))],
        _next(advice),
        _classes(advice.classes),
        _rows(advice.rows_to_read),
    ]
    return printable("\n\n".join("\n".join(part) for part in parts if part))


def advice_page(advice: ModellingAdvice) -> str:
    """Return the answer as one element of HTML with its style; every name is escaped."""
    reasons = [Point(one.finding, numbers=evidence_text(one.evidence)) for one in advice.reasons]
    steps = [
        Point(one.action, mark=f"{one.urgency}: {one.finding}", numbers=evidence_text(one.evidence))
        for one in advice.next_steps
    ]
    following: list[Part] = [Heading("What to write next"), Points(steps)] if steps else []
    return notebook(
        Heading(headline(advice)),
        Note(subject(advice)),
        Points(reasons),
        *following,
        Grid(_class_columns(advice.classes)),
    )


def headline(advice: ModellingAdvice) -> str:
    """Return the answer in one sentence."""
    if advice.trial is None:
        return "Nothing to model: no labeling function votes."
    if advice.reason("vote-sets") is not None:
        return f"A label model is needed: some votes stand for sets of classes. Use {advice.model}."
    bound, trial = advice.advantage.bound, advice.trial
    if advice.choice == "majority vote":
        known = advice.reason("identifiability") is None
        little = f"weighing votes gains {points(min(bound, trial.moved))} at most"
        return (
            f"Majority vote suffices: {little if known else 'nothing tells votes apart'}. Use {advice.model}."
        )
    stake = (
        f"up to {points(bound)} of accuracy are at stake, and a trial fit expects {points(trial.expected)}"
    )
    if trial.expected > bound:
        stake = f"a trial fit expects {points(trial.expected)}, beyond the bound of {points(bound)}"
    return f"A label model is worth it: {stake}. Use {advice.model}."


def subject(advice: ModellingAdvice) -> str:
    """Return what was looked at."""
    lfs, classes = len(advice.lf_names), len(advice.class_names)
    return (
        f"({count(advice.rows, 'row')}, {count(lfs, 'labeling function')}, "
        f"{count(classes, 'class', 'classes')})"
    )


def evidence_text(evidence: Mapping[str, float | int | str]) -> str:
    """Return numbers beside their names.

    Examples
    --------
    >>> evidence_text({"bound": 0.0312, "rows": 1200, "class": "HAM"})
    'bound 0.031, rows 1,200, class HAM'
    """
    return ", ".join(f"{name} {_number(value)}" for name, value in evidence.items())


def _number(value: float | int | str) -> str:
    if isinstance(value, str):
        return value
    return f"{value:,}" if isinstance(value, int) else f"{value:.2g}"


def _point(text: str, evidence: Mapping[str, float | int | str], mark: str = "  - ") -> list[str]:
    numbers = f" [{evidence_text(evidence)}]" if evidence else ""
    return wrap(text + numbers, WIDTH, initial_indent=mark, subsequent_indent=" " * len(mark))


def _next(advice: ModellingAdvice) -> list[str]:
    if not advice.next_steps:
        return []
    shown = advice.next_steps[:MAX_STEPS]
    lines = [line for one in shown for line in _point(one.message, one.evidence, f"  {one.urgency:<6}")]
    left = len(advice.next_steps) - len(shown)
    return ["What to write next", *lines, *([f"  ... and {left} more"] if left else [])]


def _classes(classes: Sequence[ClassVotes]) -> list[str]:
    shown = sorted(classes, key=lambda one: one.reached)[:MAX_CLASSES]
    left = len(classes) - len(shown)
    more = [f"... and {count(left, 'class', 'classes')} with more votes"] if left else []
    return [text_table(_class_columns(shown)), *more] if shown else []


def _class_columns(classes: Sequence[ClassVotes]) -> list[Column]:
    heads = ("class", "LFs", "rows with a vote", "contested", "most with")
    rows = [
        (one.name, str(one.lfs), percent(one.reached), percent(one.contested), one.rival) for one in classes
    ]
    return columns_of_rows(heads, rows, texts=(0, 4))


def _rows(rows: Mapping[str, tuple[int, ...]]) -> list[str]:
    return [
        line
        for name, numbers in rows.items()
        if numbers
        for line in _point(", ".join(map(str, numbers)), {}, f"rows to read, {name}: ")
    ]
