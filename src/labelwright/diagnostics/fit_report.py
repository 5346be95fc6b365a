"""What a fit leaves to read: whether to trust a label model, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from labelwright.diagnostics.checks import findings
from labelwright.diagnostics.examination import Examination
from labelwright.diagnostics.finding import Finding
from labelwright.diagnostics.intervals import effective_range
from labelwright.diagnostics.search_checks import same_end

if TYPE_CHECKING:
    import polars as pl

    from labelwright.label_models.base import BaseLabelModel


@dataclass(frozen=True, slots=True, kw_only=True)
class LFTrust:
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
    low, high : float or None
        The 95 % range of that estimate under sampling alone, *given the model*: what as many votes beside
        others tell as there are. None where it never meets another.
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
    low: float | None
    high: float | None
    others: float | None
    same_as: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassTrust:
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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
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
        What to know and do, warnings first.

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
    learned   from 4 patterns of votes, all rows; 100 % covered, 100 % with two votes
              or more
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
    def of(cls, model: BaseLabelModel, seen: Examination) -> FitReport:
        """Write the report of a fitted model."""
        counts, search = seen.counts, model.search_
        return cls(
            model=type(model).__name__,
            settings=_changed_settings(model),
            assumes=model._assumption(),
            rows=model.statistics_.n,
            lfs=len(seen.names),
            classes=_classes(seen),
            learned_rows=counts.n,
            patterns=seen.patterns,
            hand_labels=seen.hand_labels,
            covered=counts.covered / max(counts.n, 1),
            several=counts.several / max(counts.n, 1),
            converged=search.converged if search else None,
            steps=search.steps if search else None,
            starts=search.starts if search else (),
            moved=seen.outcome.moved,
            confidence=seen.outcome.confidence,
            lf_trust=_lfs(model, seen),
            findings=findings(model, seen),
        )

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The findings that `fit` warned of."""
        return tuple(one for one in self.findings if one.urgency == "warning")

    @property
    def starts_agree(self) -> bool | None:
        """Whether all starts ended as well as the best one; None without several."""
        return bool(same_end(self.starts).all()) if self.starts else None

    def summary(self, *, warnings: bool = True) -> str:
        """Return the text without the tables of classes and LFs; also without the warnings, if wanted."""
        from labelwright.diagnostics.text import summary_text

        told = [one for one in self.findings if warnings or one.urgency == "note"]
        return summary_text(self, told)

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
        return plain

    def __str__(self) -> str:
        from labelwright.diagnostics.text import report_text

        return report_text(self)

    def _repr_html_(self) -> str:
        from labelwright.diagnostics.text import report_page

        return report_page(self)


def _changed_settings(model: BaseLabelModel) -> dict[str, object]:
    defaults = type(model)().get_params(deep=False) if _has_defaults(model) else {}
    given = model.get_params(deep=False)
    changed = {name: value for name, value in given.items() if not _same(value, defaults.get(name))}
    return {name: value for name, value in changed.items() if name != "random_state"}


def _has_defaults(model: BaseLabelModel) -> bool:
    try:
        type(model)()
    except TypeError:
        return False
    return True


def _same(one: object, other: object) -> bool:
    return type(one) is type(other) and repr(one) == repr(other)


def _plain(value: object) -> object:
    if isinstance(value, np.ndarray):
        return value.tolist()
    plain = isinstance(value, (str, int, list, tuple, type(None)))
    return value if plain or (isinstance(value, float) and np.isfinite(value)) else repr(value)


def _classes(seen: Examination) -> tuple[ClassTrust, ...]:
    made = seen.outcome
    columns = (made.votes.tolist(), made.majority.tolist(), made.predicted.tolist())
    return tuple(
        ClassTrust(name=name, votes=votes, majority=majority, predicted=predicted)
        for name, votes, majority, predicted in zip(seen.classes, *columns, strict=True)
    )


def _lfs(model: BaseLabelModel, seen: Examination) -> tuple[LFTrust, ...]:
    counts, peers = seen.counts, seen.peers
    low, high = effective_range(model.lf_accuracies_, peers)
    order = np.argsort(-counts.by_class, axis=1, kind="stable")
    others = np.where(seen.several, peers.accuracies, np.nan)
    return tuple(
        LFTrust(
            name=name,
            votes_for=tuple(seen.classes[c] for c in order[j] if counts.by_class[j, c] > 0),
            coverage=float(counts.lf_coverage[j]),
            beside=float(peers.met[j] / max(peers.seen[j], 1.0)),
            accuracy=_known(model.lf_accuracies_[j]),
            low=_known(low[j]),
            high=_known(high[j]),
            others=_known(others[j]),
            same_as=None if seen.groups[j] == j else seen.names[seen.groups[j]],
        )
        for j, name in enumerate(seen.names)
    )


def _known(number: float) -> float | None:
    return None if np.isnan(number) else float(number)
