"""All that the advisor looks at before it says anything."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from labelwright._display.shown import Shown
from labelwright._errors import DependencyError, TooManyPairsError
from labelwright._types import IntArray, RandomState
from labelwright.advisor.modelling.advantage_bound import Advantage, dependent_groups, modelling_advantage
from labelwright.advisor.modelling.hand_labels import GivenLabels, GoldGain, MeasuredGain, measured_gain
from labelwright.advisor.modelling.strength_sweep import StrengthSweep, sweep_strengths
from labelwright.advisor.modelling.trial_fit import Trial, trial_fit
from labelwright.advisor.next_steps.accuracies import LFAccuracy, known_accuracies
from labelwright.analysis.vote_counts import NamedVoteCounts
from labelwright.core import DependencyGraph, VoteStatistics
from labelwright.core.votes.counts import class_meetings
from labelwright.dependencies import learn_dependencies

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from labelwright.dependencies import Reader
    from labelwright.label_models import BaseLabelModel
    from labelwright.lfs import LabelingFunction

Wanted: TypeAlias = "Literal['auto', 'elbow'] | DependencyGraph | Iterable[Any] | None"


@dataclass(frozen=True, slots=True)
class ClassVotes(Shown):
    """What votes a class gets.

    Attributes
    ----------
    name : str
        The class.
    lfs : int
        LFs that ever vote for it.
    reached : float
        Share of the rows with a vote for it.
    contested : float
        Share of those rows that have votes for another class too.
    rival : str
        The class it meets there most often; empty where there is none.
    """

    name: str
    lfs: int
    reached: float
    contested: float
    rival: str


@dataclass(frozen=True, slots=True, eq=False)
class VoteExamination:
    """What was found in the votes.

    Attributes
    ----------
    stats, counts : VoteStatistics, NamedVoteCounts
        The votes.
    graph, sweep : DependencyGraph, StrengthSweep or None
        Which LFs depend on each other; how many do at each strength.
    graph_seconds : float
        What learning the graph took.
    too_many : str
        Why no dependencies were learned; empty where they were.
    advantage : Advantage
        The bound.
    trial : Trial or None
        None where no LF votes.
    classes : tuple of ClassVotes
        What votes each class gets.
    measured : MeasuredGain or None
        What the trial gains in truth; None without hand labels that score.
    gold_gain : GoldGain or None
        What hand labels bring to a label model; None where they are too few to tell.
    known : tuple of LFAccuracy
        What hand labels tell of each LF.
    how_to_teach : str
        What to do so that hand labels teach the label model.
    """

    stats: VoteStatistics
    counts: NamedVoteCounts
    graph: DependencyGraph
    sweep: StrengthSweep | None
    graph_seconds: float
    too_many: str
    advantage: Advantage
    trial: Trial | None
    classes: tuple[ClassVotes, ...]
    measured: MeasuredGain | None = None
    gold_gain: GoldGain | None = None
    known: tuple[LFAccuracy, ...] = ()
    how_to_teach: str = ""

    @property
    def independent_lfs(self) -> int:
        """The number of voting LFs, dependent ones counted as one."""
        return len(np.unique(dependent_groups(self.graph)[self.voting]))

    @property
    def voting(self) -> IntArray:
        """The LFs that vote at all."""
        return self.counts.voting

    @property
    def one_class(self) -> IntArray:
        """The voting LFs that vote one class."""
        alone: IntArray = self.voting[self.counts.classes_meant[self.voting] == 1]
        return alone


def examine(
    stats: VoteStatistics,
    *,
    dependencies: Wanted,
    lfs: Iterable[LabelingFunction] | Mapping[str, Reader] | None,
    accuracies: tuple[float, float, float],
    random_state: RandomState,
    given: GivenLabels | None = None,
) -> VoteExamination:
    """Look at votes from all sides, and at what hand labels say, which the trial learns nothing from."""
    start = time.perf_counter()
    graph, sweep, too_many = _dependencies(stats, dependencies, lfs, random_state)
    seconds = time.perf_counter() - start
    counts = NamedVoteCounts.of(stats)
    model = label_model(graph, sets=has_sets(stats))
    trial = trial_fit(model, stats) if counts.covered else None
    scoring = None if given is None else given.scoring
    measured = None
    if trial is not None and scoring is not None:
        measured = measured_gain(model, scoring, expected=trial.expected)
    return VoteExamination(
        stats=stats,
        counts=counts,
        graph=graph,
        sweep=sweep,
        graph_seconds=seconds,
        too_many=too_many,
        advantage=modelling_advantage(stats, accuracies=accuracies, dependencies=graph),
        trial=trial,
        classes=votes_by_class(stats, counts),
        measured=measured,
        gold_gain=None if given is None or trial is None else given.gain(model, stats, random_state),
        how_to_teach="" if given is None else given.how_to_teach,
        known=known_accuracies(counts, np.full(counts.m, np.nan), scoring),
    )


def votes_by_class(stats: VoteStatistics, counts: NamedVoteCounts) -> tuple[ClassVotes, ...]:
    """Return what votes each class gets. Cost: O(u (m k + k²)) for u patterns."""
    found = stats.patterns()
    meetings, contested = class_meetings(found.votes, stats.k, counts=found.counts, weight=stats.weight)
    names = [stats.space.name(c) for c in range(stats.k)]
    reached = np.diagonal(meetings)
    rivals = np.where(np.eye(stats.k, dtype=bool), -1.0, meetings)
    return tuple(
        ClassVotes(
            name=names[c],
            lfs=int((counts.by_class[:, c] > 0).sum()),
            reached=float(reached[c] / max(stats.n, 1)),
            contested=float(contested[c] / max(reached[c], 1.0)),
            rival=names[int(rivals[c].argmax())] if contested[c] else "",
        )
        for c in range(stats.k)
    )


def has_sets(stats: VoteStatistics) -> bool:
    """Whether a vote stands for a set of classes."""
    return stats.vote_sets is not None and bool((stats.patterns().votes >= stats.k).any())


def label_model(graph: DependencyGraph, *, sets: bool = False) -> BaseLabelModel:
    """Return the default label model, told of the dependencies; for sets PartialLabels, which takes none."""
    from labelwright.label_models import LabelModel, PartialLabels

    return PartialLabels() if sets else LabelModel(dependencies=graph or None)


def _dependencies(
    stats: VoteStatistics, wanted: Wanted, lfs: Any, random_state: RandomState
) -> tuple[DependencyGraph, StrengthSweep | None, str]:
    """Return the graph, the sweep, and why there is none."""
    none = DependencyGraph(stats.lf_names)
    if wanted is None or not stats.n:
        return none, None, ""
    if isinstance(wanted, DependencyGraph):
        return wanted.over(stats.lf_names), None, ""
    if not isinstance(wanted, str):
        return DependencyGraph.from_edges(wanted, names=stats.lf_names), None, ""
    if wanted not in ("auto", "elbow"):
        raise DependencyError(
            f"dependencies={wanted!r}; expected 'auto', 'elbow', None, a DependencyGraph or pairs of LFs"
        )
    try:
        sweep, at_elbow = sweep_strengths(stats, random_state=random_state)
        if wanted == "elbow":
            return at_elbow, sweep, ""
        return learn_dependencies(stats, lfs=lfs, random_state=random_state), sweep, ""
    except TooManyPairsError as error:
        return none, None, str(error)
