"""What a fit leaves to read: whether to trust a label model, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from inspect import signature
from textwrap import wrap
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from labelwright._display.notebook import Facts, Grid, Heading, Note, Point, Points, notebook
from labelwright._display.shown import Shown
from labelwright._display.text_table import WIDTH, Column, columns_of_rows, text_table
from labelwright._text import count, percent, printable
from labelwright.core.finding import Finding
from labelwright.diagnostics.as_toml import in_toml
from labelwright.diagnostics.checks import findings
from labelwright.diagnostics.examination import Examination
from labelwright.diagnostics.fitted import FittedModel, Search

if TYPE_CHECKING:
    import polars as pl

MAX_LFS: Final = 30
LONGEST_NAME: Final = 24  # characters of an LF's name on one line: more, and the last column goes on below
MAX_LFS_ON_PAGE: Final = 200
MAX_CLASSES: Final = 12
NOTHING_AGAINST: Final = "Nothing speaks against this fit. Gold labels alone can say how accurate it is."


@dataclass(frozen=True, slots=True, kw_only=True)
class LFTrust(Shown):
    """One LF in a fit report.

    Attributes
    ----------
    name : str
        The LF.
    votes_for : tuple of str
        The classes it votes, the commonest first.
    coverage : float
        The share of rows on which it votes.
    beside : float
        The share of its votes on rows where another LF votes too, near duplicates not counted.
    accuracy : float or None
        The model's estimate of P(vote right | LF votes); None where it never votes.
    sampling_low, sampling_high : float or None
        How far sampling alone moves that estimate in 95 of 100 cases, *given the model*: what as many votes
        beside others tell as there are. No confidence interval of the true accuracy: an estimate that is held
        near an assumed one, or learned from LFs that err together, may be far off. None where it never meets
        another.
    others : float or None
        Its accuracy as the other LFs see it, independently of the model; for LFs that vote several classes
        (for one class agreement does not tell it).
    same_as : str or None
        The first LF that it is a near duplicate of.
    """

    name: str
    votes_for: tuple[str, ...]
    coverage: float
    beside: float
    accuracy: float | None
    sampling_low: float | None
    sampling_high: float | None
    others: float | None
    same_as: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassTrust(Shown):
    """One class in a fit report, by its shares of the covered rows that were learned from.

    Attributes
    ----------
    name : str
        The class.
    votes, majority, predicted : float
        Its shares of the votes, of majority vote's labels and of the model's labels; tied rows count in
        part.
    """

    name: str
    votes: float
    majority: float
    predicted: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class FitReport:
    """Whether to trust a fitted label model: what it learned from, what it assumed, what looks wrong.

    Printed it is text for 80 columns; in a notebook a table; `to_dict` gives plain values for JSON. It needs
    no gold labels, and so cannot say how accurate the labels are: it says what speaks against them.

    Attributes
    ----------
    model : str
        The model's name.
    settings : mapping of str to object
        Settings that differ from the defaults.
    assumes : str
        What the model takes for granted.
    rows, lfs : int
        The rows counted and the LFs.
    classes : tuple of ClassTrust
        The classes; see there.
    learned_rows, patterns : int
        Rows that were learned from, all or a fixed sample of them, and the distinct ones among them.
    hand_labels : int
        How many of them came with a gold label.
    covered, several : float
        Shares of these rows with a vote, and with two or more.
    converged : bool or None
        Whether the search came to rest; None for a model that does not search.
    steps : int or None
        Its steps.
    starts : tuple of float
        The objective at the end of each start, the larger the better; empty without several.
    moved : float
        Share of covered rows whose label majority vote does not give.
    confidence : float
        Mean probability of the label on covered rows.
    lf_trust : tuple of LFTrust
        The LFs; see there.
    findings : tuple of Finding
        What to know and do; what the fit warned of first.

    Examples
    --------
    >>> from labelwright.label_models import OneCoin
    >>> votes = [[0, 0, 1]] * 40 + [[1, 1, 1]] * 30 + [[0, 0, 0]] * 20 + [[1, 0, 0]] * 30
    >>> report = OneCoin().fit(votes).fit_report_
    >>> report.converged, [finding.kind for finding in report.findings]
    (True, [])
    >>> print(report)  # doctest: +ELLIPSIS
    OneCoin on 120 rows x 3 LFs, 2 classes (0, 1)
    <BLANKLINE>
    assumes   an LF errs equally often whatever the class, and LFs err independently
    learned   from 4 patterns of votes, all rows; 100% covered, 100% with two votes or
              more
    ...
    """

    model: str
    settings: Mapping[str, object]
    assumes: str
    rows: int
    lfs: int
    classes: tuple[ClassTrust, ...]
    learned_rows: int
    patterns: int
    hand_labels: int
    covered: float
    several: float
    converged: bool | None
    steps: int | None
    starts: tuple[float, ...]
    moved: float
    confidence: float
    lf_trust: tuple[LFTrust, ...]
    findings: tuple[Finding, ...]

    @classmethod
    def of(cls, fit: Examination) -> FitReport:
        """Write the report of a fitted model that has been examined."""
        model, counts = fit.model, fit.counts
        search = model.search_
        return cls(
            model=fit.model_name,
            settings=_changed_settings(model),
            assumes=_assumes(model),
            rows=model.statistics_.n,
            lfs=len(fit.names),
            classes=_classes(fit),
            learned_rows=counts.n,
            patterns=len(fit.patterns),
            hand_labels=fit.hand_labels,
            covered=counts.covered / max(counts.n, 1),
            several=counts.several / max(counts.n, 1),
            converged=search.converged if search else None,
            steps=search.steps if search else None,
            starts=search.starts if search else (),
            moved=fit.labels.moved,
            confidence=fit.labels.confidence,
            lf_trust=_lfs(fit),
            findings=findings(fit),
        )

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The findings that `fit` warned of."""
        return tuple(one for one in self.findings if one.urgency != "note")

    @property
    def starts_agree(self) -> bool | None:
        """Whether all starts ended as well as the best one; None without several."""
        return Search(np.zeros(0), converged=True, steps=0, starts=self.starts).starts_agree

    def summary(self, *, warnings: bool = True, toml: bool = False) -> str:
        """Return the text without the tables of classes and LFs.

        Parameters
        ----------
        warnings : bool, default True
            With what speaks against the fit, beside notes.
        toml : bool, default False
            Whether advice names lines of a project's ``labelwright.toml`` instead of Python.
        """
        told = [one for one in self.findings if warnings or one.urgency == "note"]
        parts = [
            wrap(self._headline(), WIDTH),
            [line for name, said in self._facts() for line in _hanging(name, said)],
            [
                line
                for one in told
                for line in _hanging(one.urgency, in_toml(one.message) if toml else one.message)
            ],
        ]
        return printable("\n\n".join("\n".join(part) for part in parts if part))

    def lf_table(self) -> pl.DataFrame:
        """Return one row an LF, with the columns of `LFTrust`."""
        import polars as pl

        kinds: dict[str, Any] = {"name": pl.String, "votes_for": pl.List(pl.String), "same_as": pl.String}
        schema = {name: kinds.get(name, pl.Float64) for name in LFTrust.__dataclass_fields__}
        return pl.DataFrame([asdict(lf) for lf in self.lf_trust], schema=schema)

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain values that JSON can hold."""
        plain = asdict(self)
        plain["settings"] = {name: _plain(value) for name, value in self.settings.items()}
        plain["findings"] = [one.to_dict() for one in self.findings]
        return plain

    # --- as text and as HTML

    def __str__(self) -> str:
        classes = [
            text_table(self._class_columns()),
            *_more(len(self.classes) - MAX_CLASSES, "class", "classes"),
        ]
        lfs = [
            text_table(self._lf_columns(MAX_LFS), names=LONGEST_NAME),
            *_more(len(self.lf_trust) - MAX_LFS, "LF", "LFs"),
            *wrap(self._what_columns_mean(), WIDTH),
        ]
        return "\n\n".join([self.summary(), "\n".join(classes), "\n".join(lfs)])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        against = [
            Point(
                one.message,
                mark=f"{one.urgency.capitalize()}:",
                kind="" if one.urgency == "note" else "warning",
            )
            for one in self.findings
        ]
        classes, lfs = len(self.classes) - MAX_CLASSES, len(self.lf_trust) - MAX_LFS_ON_PAGE
        fewer = f"; {count(classes, 'more class', 'more classes')} not shown" if classes > 0 else ""
        hidden = f" {count(lfs, 'LF')} with less coverage not shown." if lfs > 0 else ""
        return notebook(
            Heading(self._headline()),
            Facts(self._facts()),
            Points(against) if against else Note(NOTHING_AGAINST),
            Grid(self._class_columns(), caption=f"Shares of the covered rows{fewer}"),
            Grid(self._lf_columns(MAX_LFS_ON_PAGE), caption="How far each LF is trusted"),
            Note(self._what_columns_mean() + hidden),
        )

    def _headline(self) -> str:
        """Return what was fitted to what."""
        names = ", ".join(one.name for one in self.classes[:8]) + (", ..." if len(self.classes) > 8 else "")
        settings = ", ".join(f"{name}={value!r}" for name, value in self.settings.items())
        model = f"{self.model}({settings})" if settings and len(settings) < 100 else self.model
        classes = count(len(self.classes), "class", "classes")
        return f"{model} on {count(self.rows, 'row')} x {count(self.lfs, 'LF')}, {classes} ({names})"

    def _facts(self) -> list[tuple[str, str]]:
        """Return what there is to say of every fit, each under a word."""
        rows = "all rows" if self.learned_rows == self.rows else f"a sample of {self.learned_rows:,} rows"
        labeled = f"; {count(self.hand_labels, 'hand label')}" if self.hand_labels else ""
        facts = [("assumes", self.assumes)] if self.assumes else []
        facts.append(
            (
                "learned",
                f"from {count(self.patterns, 'pattern')} of votes, {rows}; {percent(self.covered)} covered, "
                f"{percent(self.several)} with two votes or more{labeled}",
            )
        )
        if self.converged is not None:
            state = "came to rest" if self.converged else "stopped before it came to rest"
            facts.append(("search", f"{state} after {count(self.steps or 0, 'step')}{self._starts()}"))
        facts.append(
            (
                "labels",
                f"{percent(self.moved)} of the covered rows get a label that majority vote does not give; "
                f"mean probability of the label {percent(self.confidence)}",
            )
        )
        return facts

    def _starts(self) -> str:
        agree = "agree" if self.starts_agree else "do not agree"
        return f"; its {len(self.starts)} starts {agree}" if self.starts else ""

    def _class_columns(self) -> list[Column]:
        """Return the shares of the commonest classes."""
        shown = sorted(self.classes, key=lambda one: -one.majority)[:MAX_CLASSES]
        rows = [(one.name, *map(percent, (one.votes, one.majority, one.predicted))) for one in shown]
        return columns_of_rows(("class", "of the votes", "majority vote", self.model), rows)

    def _lf_columns(self, most: int) -> list[Column]:
        """Return how far LFs are trusted, widest coverage first."""
        lfs = sorted(self.lf_trust, key=lambda lf: -lf.coverage)[:most]
        heads = ["LF", "votes for", "covers", "accuracy", "by sampling"]
        rows = [_lf_cells(lf) for lf in lfs]
        if self._others_told():
            heads.append("others")
            rows = [(*cells, _share(lf.others)) for cells, lf in zip(rows, lfs, strict=True)]
        name, votes_for, *numbers = columns_of_rows(heads, rows, texts=(0, 1))
        return [name, replace(votes_for, cut=True), *numbers]

    def _others_told(self) -> bool:
        return any(lf.others is not None for lf in self.lf_trust)

    def _what_columns_mean(self) -> str:
        note = (
            "accuracy: the model's estimate. by sampling: how far luck in the rows moves it if all that the "
            "model assumes is true; no confidence interval of the true accuracy, which hand labels give."
        )
        others = (
            " others: what the other LFs say of an LF that votes several classes, independently of the model."
        )
        return note + (others if self._others_told() else "")


def _hanging(head: str, text: str) -> list[str]:
    return wrap(text, WIDTH, initial_indent=f"{head:<10}", subsequent_indent=" " * 10)


def _more(left: int, noun: str, plural: str) -> list[str]:
    return [f"... and {left:,} more {noun if left == 1 else plural}"] if left > 0 else []


def _lf_cells(lf: LFTrust) -> tuple[str, ...]:
    named = ", ".join(lf.votes_for[:3]) + (", ..." if len(lf.votes_for) > 3 else "")
    low, high = lf.sampling_low, lf.sampling_high
    spread = "" if low is None or high is None else f"{low:.2f} - {high:.2f}"
    return (lf.name, named or "never", percent(lf.coverage), _share(lf.accuracy), spread)


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _changed_settings(model: FittedModel) -> dict[str, object]:
    """Return the settings that differ from their defaults, but for the seed."""
    defaults = {name: one.default for name, one in signature(type(model)).parameters.items()}
    given = model.get_params(deep=False)
    changed = {name: value for name, value in given.items() if not _same(value, defaults.get(name))}
    return {name: value for name, value in changed.items() if name != "random_state"}


def _same(one: object, other: object) -> bool:
    return type(one) is type(other) and repr(one) == repr(other)


def _plain(value: object) -> object:
    if isinstance(value, np.ndarray):
        return value.tolist()
    plain = isinstance(value, (str, int, list, tuple, type(None)))
    return value if plain or (isinstance(value, float) and np.isfinite(value)) else repr(value)


def _classes(fit: Examination) -> tuple[ClassTrust, ...]:
    made = fit.labels
    columns = (made.votes.tolist(), made.majority.tolist(), made.predicted.tolist())
    return tuple(
        ClassTrust(name=name, votes=votes, majority=majority, predicted=predicted)
        for name, votes, majority, predicted in zip(fit.classes, *columns, strict=True)
    )


def _lfs(fit: Examination) -> tuple[LFTrust, ...]:
    counts, peers, accuracies = fit.counts, fit.peers, fit.model.lf_accuracies_
    low, high = peers.range_of(accuracies)
    order = np.argsort(-counts.by_class, axis=1, kind="stable")
    others = np.where(fit.votes_several_classes, peers.accuracies, np.nan)
    return tuple(
        LFTrust(
            name=name,
            votes_for=tuple(fit.classes[c] for c in order[j] if counts.by_class[j, c] > 0),
            coverage=float(counts.lf_coverage[j]),
            beside=float(peers.met[j] / max(peers.votes[j], 1.0)),
            accuracy=_known(accuracies[j]),
            sampling_low=_known(low[j]),
            sampling_high=_known(high[j]),
            others=_known(others[j]),
            same_as=None if fit.groups[j] == j else fit.names[fit.groups[j]],
        )
        for j, name in enumerate(fit.names)
    )


def _known(number: float) -> float | None:
    return None if np.isnan(number) else float(number)


def _assumes(model: FittedModel) -> str:
    """Return what a model takes for granted, and that it leaves the scores of votes unread where it does."""
    scored = model.statistics_.scored
    if scored is None or model._reads_scores:
        return model._assumption()
    lfs = count(len(scored.lfs), "LF")
    return f"{model._assumption()}; scores of {lfs} are not read, which LabelModel does"
