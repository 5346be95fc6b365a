"""The advisor's answer: what to model, why, and what to write next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from textwrap import wrap
from typing import TYPE_CHECKING, Any, Final

from labelwright._display.notebook import Grid, Heading, Note, Part, Point, Points, notebook
from labelwright._display.text_table import WIDTH, Column, columns_of_rows, text_table
from labelwright._text import count, percent, printable
from labelwright.advisor.modelling.advantage_bound import Advantage
from labelwright.advisor.modelling.choice import Choice, points, surely_loses
from labelwright.advisor.modelling.examination import ClassVotes, label_model
from labelwright.advisor.modelling.hand_labels import GoldGain, MeasuredGain, gained
from labelwright.advisor.modelling.strength_sweep import StrengthSweep
from labelwright.advisor.modelling.trial_fit import Trial
from labelwright.core import DependencyGraph
from labelwright.core.finding import Finding

if TYPE_CHECKING:
    from labelwright.label_models import BaseLabelModel


MAX_STEPS: Final = 12
MAX_CLASSES: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ModellingAdvice:
    """What modelling is worth, and what to write next; made by `advise`.

    Printed it fits 80 columns, in notebooks it is a table, and `to_dict` is for programs.

    Attributes
    ----------
    choice : "majority vote" or "label model"
        What to use.
    model : str
        The same as code.
    rows : int
        Rows looked at.
    lf_names, class_names : tuple of str
        The LFs and the classes.
    reasons : tuple of Finding
        What speaks for it, each sentence with its numbers.
    next_steps : tuple of Finding
        What to write, merge, fix and drop, the most pressing first; each with its numbers.
    classes : tuple of ClassVotes
        What votes each class gets.
    measured : MeasuredGain or None
        What the trial gains over majority vote by hand labels; None without any.
    gold_gain : GoldGain or None
        What hand labels bring to a label model that learns from some of them; None where there are fewer than
        20.
    rows_to_read : mapping of str to tuple of int
        Numbers of up to ten rows each that are "uncovered", "contested" or have "one vote"; empty where
        statistics were given, which hold no rows.
    advantage : Advantage
        How much accuracy is at stake.
    trial : Trial or None
        What the label model made of a part of the rows; None where no LF votes.
    dependencies : DependencyGraph
        Which LFs depend on each other.
    sweep : StrengthSweep or None
        How many do at each strength; None where dependencies were stated or not wanted.
    """

    choice: Choice
    model: str
    rows: int
    lf_names: tuple[str, ...]
    class_names: tuple[str, ...]
    reasons: tuple[Finding, ...]
    next_steps: tuple[Finding, ...]
    classes: tuple[ClassVotes, ...]
    advantage: Advantage
    trial: Trial | None
    dependencies: DependencyGraph
    sweep: StrengthSweep | None
    measured: MeasuredGain | None = None
    gold_gain: GoldGain | None = None
    rows_to_read: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def label_model(self) -> BaseLabelModel:
        """Return the estimator that is advised, unfitted.

        Examples
        --------
        >>> from labelwright import advise
        >>> advise([[0, -1], [1, -1], [-1, 1]]).label_model()
        MajorityVote()
        """
        from labelwright.label_models import MajorityVote

        if self.choice == "majority vote":
            return MajorityVote()
        return label_model(self.dependencies, sets=self.reason("vote-sets") is not None)

    def reason(self, kind: str) -> Finding | None:
        """Return the reason of a kind, None where there is none."""
        return next((one for one in self.reasons if one.kind == kind), None)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON holds."""
        return {
            "choice": self.choice,
            "model": self.model,
            "rows": self.rows,
            "labeling_functions": list(self.lf_names),
            "reasons": [one.to_dict() for one in self.reasons],
            "next_steps": [one.to_dict() for one in self.next_steps],
            "classes": [asdict(one) for one in self.classes],
            "rows_to_read": {name: list(rows) for name, rows in self.rows_to_read.items()},
            "advantage": {**asdict(self.advantage), "accuracies": list(self.advantage.accuracies)},
            "trial": None
            if self.trial is None
            else {**asdict(self.trial), "contradicted": list(self.trial.contradicted)},
            "measured": None
            if self.measured is None
            else {**asdict(self.measured), "splits": dict(self.measured.splits)},
            "gold_gain": None
            if self.gold_gain is None
            else {**asdict(self.gold_gain), "splits": dict(self.gold_gain.splits)},
            "dependencies": self.dependencies.to_polars().to_dicts(),
            "sweep": None
            if self.sweep is None
            else {
                "thresholds": list(self.sweep.thresholds),
                "counts": list(self.sweep.counts),
                "elbow": self.sweep.elbow,
            },
        }

    @property
    def headline(self) -> str:
        """The answer in one sentence."""
        if self.trial is None:
            return "Nothing to model: no labeling function votes."
        bound, trial, measured, on = self.advantage.bound, self.trial, self.measured, self._measured_on()
        if self.reason("vote-sets") is not None:
            return f"A label model is needed: some votes stand for sets of classes{on}."
        if self.choice == "majority vote":
            known = self.reason("identifiability") is None
            if measured is not None and surely_loses(measured):
                return f"Majority vote is better: a label model loses{on}."
            little = f"weighing votes gains {points(min(bound, trial.moved))} at most"
            why = little if known else "nothing tells votes apart"
            return f"Majority vote suffices: {why}{on}."
        expected = points(trial.expected)
        stake = f"up to {points(bound)} of accuracy are at stake, and a trial fit expects {expected}"
        if trial.expected > bound:
            stake = f"a trial fit expects {expected}, beyond the bound of {points(bound)}"
        worth_it = "may be" if measured is not None and measured.gain.low <= 0 else "is"
        return f"A label model {worth_it} worth it: {stake}{on}."

    @property
    def toml(self) -> str:
        """The advised model as lines of a project's ``labelwright.toml``."""
        name = self.model.partition("(")[0]
        learned = "dependencies=" in self.model
        return f'[label_model]\nname = "{name}"' + ('\nsettings.dependencies = "auto"' if learned else "")

    def _measured_on(self) -> str:
        """Return what hand labels say of the gain, to go on with; empty without any."""
        found = self.measured
        if found is None:
            return ""
        rarer = (
            ", but more of the rarer classes are found" if found.gain.high < 0 and found.finds_more else ""
        )
        return f"; measured on {count(found.labels, 'hand label')}: {gained(found.gain)}{rarer}"

    @property
    def subject(self) -> str:
        """What was looked at."""
        lfs, classes = len(self.lf_names), len(self.class_names)
        return (
            f"({count(self.rows, 'row')}, {count(lfs, 'labeling function')}, "
            f"{count(classes, 'class', 'classes')})"
        )

    def __repr__(self) -> str:
        return f"ModellingAdvice: {self.model}, at most {100 * self.advantage.bound:.1f} points at stake"

    def __str__(self) -> str:
        return self.to_text()

    def to_text(self, *, python: bool = True) -> str:
        """Return all of it for 80 columns; the advised model as Python and toml write it, or toml alone."""
        model = [f"in Python  {self.model}"] if python else []
        parts = [
            [*wrap(self.headline, WIDTH), *wrap(self.subject, WIDTH)],
            [] if self.trial is None else [*model, *self._toml_lines()],
            ["Why", *(line for one in self.reasons for line in _point(one.finding, one.evidence))],
            _next(self.next_steps),
            _classes(self.classes),
            _rows(self.rows_to_read),
        ]
        return printable("\n\n".join("\n".join(part) for part in parts if part))

    def _toml_lines(self) -> list[str]:
        first, *others = self.toml.splitlines()
        return [f"in toml    {first}", *(f"{'':11}{line}" for line in others)]

    def _repr_html_(self) -> str:
        reasons = [Point(one.finding, numbers=evidence_text(one.evidence)) for one in self.reasons]
        steps = [
            Point(
                one.action,
                mark=f"{one.urgency.capitalize()}: {one.finding}",
                kind="" if one.urgency == "note" else "warning",
                numbers=evidence_text(one.evidence),
            )
            for one in self.next_steps
        ]
        following: list[Part] = [Heading("What to write next"), Points(steps)] if steps else []
        return notebook(
            Heading(self.headline),
            Note(f"{self.subject} {self.model}"),
            Points(reasons),
            *following,
            Grid(_class_columns(self.classes)),
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


def _next(steps: Sequence[Finding]) -> list[str]:
    if not steps:
        return []
    shown = steps[:MAX_STEPS]
    lines = [line for one in shown for line in _point(one.message, one.evidence, f"  {one.urgency:<6}")]
    left = len(steps) - len(shown)
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
