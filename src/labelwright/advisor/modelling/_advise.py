"""Which modelling is worth it: the advisor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from labelwright._errors import LabelMatrixError, LabelModelError
from labelwright._types import ABSTAIN, RandomState
from labelwright.advisor.modelling.advantage_bound import ASSUMED
from labelwright.advisor.modelling.choice import Choice, choose, reasons
from labelwright.advisor.modelling.examination import VoteExamination, Wanted, examine, has_sets
from labelwright.advisor.modelling.hand_labels import GivenLabels, LabeledVotes
from labelwright.advisor.modelling.modelling_advice import ModellingAdvice
from labelwright.advisor.modelling.to_do import next_steps, rows_to_read
from labelwright.analysis.evaluation import GoldRows
from labelwright.core import LabelMatrix, VoteStatistics
from labelwright.core.class_values import as_gold

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from labelwright.dependencies import Reader
    from labelwright.lfs import LabelingFunction


def advise(
    L: LabelMatrix | VoteStatistics | ArrayLike,
    *,
    gold: ArrayLike | GoldRows | None = None,
    dependencies: Wanted = "auto",
    lfs: Iterable[LabelingFunction] | Mapping[str, Reader] | None = None,
    least_gain: float = 0.005,
    accuracies: tuple[float, float, float] = ASSUMED,
    random_state: RandomState = 0,
) -> ModellingAdvice:
    """Say whether a label model is worth it, which one, how much is at stake, and what to write next.

    Without labels where there are none, and before time is spent. It looks at

    - how much weighing votes could gain at most (`modelling_advantage`, Snorkel's bound for k classes), and
      how many rows are contested at all, which holds whatever LFs are like;
    - a trial fit of the default label model to a part of the rows: how many labels it changes, what it
      expects of that, how long all rows will take;
    - which LFs depend on each other (`learn_dependencies`), beside a sweep over strengths
      (`sweep_strengths`);
    - whether votes can tell accuracies: independent LFs, overlap, LFs for one class, skew;
    - coverage, classes without votes, LFs that are silent, doubled or contradicted;
    - with hand labels, what the trial fit gains in truth, beside what it expects; how right each LF is; and
      what the labels bring where some of them teach the label model and others score, each with its 95%
      interval.

    Majority vote is advised where votes cannot tell accuracies; where the trial fit changes fewer labels than
    `least_gain`, so that it cannot gain more; where both the bound and what the trial fit expects are
    clearly below it; and where by hand labels it is surely right more often. A label model is advised
    where by hand labels that surely gains `least_gain`.

    Parameters
    ----------
    L : LabelMatrix, VoteStatistics or (n, m) array of integers
        The votes.
    gold : (n,) integers or names, or GoldRows, optional
        Hand labels of the rows, -1 or None where unknown, or of other rows with their votes. The trial fit
        learns from none of them; `VoteStatistics` bring their own.
    dependencies : "auto", "elbow", DependencyGraph, iterable of pairs, or None, default "auto"
        Learn dependencies with their support by bootstraps; take those at the elbow of the sweep, as
        Snorkel's optimizer does; take these; or none.
    lfs : iterable of LabelingFunction, or mapping, optional
        What the LFs read, for `learn_dependencies`.
    least_gain : float, default 0.005
        Gain in accuracy, as a share of all rows, that is worth a model.
    accuracies : (float, float, float), default (0.622, 0.731, 0.818)
        Lowest, mean and highest accuracy that the bound assumes.
    random_state : int, numpy.random.Generator or None, default 0
        Seeds the learning of dependencies.

    Returns
    -------
    ModellingAdvice

    Raises
    ------
    LabelMatrixError
        Votes that are none, or gold labels that do not fit them.
    LabelModelError
        Accuracies or a least gain that cannot be.
    DependencyError
        Dependencies that name unknown LFs, or another word than "auto" and "elbow".

    Notes
    -----
    The bound and the trial fit are blind to what all LFs get wrong together; gold labels alone show that.
    Source: A. Ratner et al., "Snorkel: Rapid Training Data Creation with Weak Supervision" (2018), section 3.
    Deviations: k classes, dependencies learned with stability selection instead of the elbow, the trial fit
    beside the bound. Cost: that of counting, O(n m) and more where patterns exceed 65,536, of
    `learn_dependencies`, and of a fit to 8,192 patterns.

    Examples
    --------
    >>> from labelwright.testing import one_coin_table, sample_votes
    >>> planted = sample_votes(one_coin_table([0.9, 0.6, 0.7, 0.6, 0.8]), 1000, random_state=0)
    >>> advice = advise(planted.label_matrix)
    >>> advice.choice, advice.model
    ('label model', 'LabelModel()')
    >>> round(advice.advantage.bound, 2), round(advice.advantage.contested, 2)
    (0.11, 0.82)
    """
    if not 0 <= least_gain <= 1:
        raise LabelModelError(f"least_gain={least_gain!r}; expected a share of rows, such as 0.005")
    votes = L if isinstance(L, VoteStatistics) else _matrix(L)
    given = _given(votes, gold)
    stats = (votes if isinstance(votes, VoteStatistics) else VoteStatistics.of(votes)).without_gold()
    return advised(
        stats,
        given=given,
        dependencies=dependencies,
        lfs=lfs,
        least_gain=least_gain,
        accuracies=accuracies,
        random_state=random_state,
        rows={} if isinstance(votes, VoteStatistics) else rows_to_read(votes.votes),
    )


def advised(
    stats: VoteStatistics,
    *,
    given: GivenLabels | None = None,
    dependencies: Wanted = "auto",
    lfs: Iterable[LabelingFunction] | Mapping[str, Reader] | None = None,
    least_gain: float = 0.005,
    accuracies: tuple[float, float, float] = ASSUMED,
    random_state: RandomState = 0,
    rows: Mapping[str, tuple[int, ...]] | None = None,
) -> ModellingAdvice:
    """Return what `advise` says of counted votes without hand labels, and of hand labels beside them."""
    examined = examine(
        stats,
        dependencies=dependencies,
        lfs=lfs,
        accuracies=accuracies,
        random_state=random_state,
        given=given,
    )
    choice = choose(examined, least_gain)
    return ModellingAdvice(
        choice=choice,
        model=_as_code(choice, examined),
        rows=stats.n,
        lf_names=stats.lf_names,
        class_names=tuple(one.name for one in examined.classes),
        reasons=reasons(examined, choice, least_gain),
        next_steps=next_steps(examined),
        classes=examined.classes,
        advantage=examined.advantage,
        trial=examined.trial,
        dependencies=examined.graph,
        sweep=examined.sweep,
        measured=examined.measured,
        gold_gain=examined.gold_gain,
        rows_to_read=rows or {},
    )


def _given(votes: LabelMatrix | VoteStatistics, gold: ArrayLike | GoldRows | None) -> GivenLabels | None:
    """Return hand labels of the votes' own rows, or of others; None where none is known."""
    if isinstance(gold, GoldRows):
        return GivenLabels(gold, LabeledVotes.elsewhere(votes, gold)) if len(gold) else None
    if isinstance(votes, VoteStatistics):
        if gold is not None:
            raise LabelMatrixError(
                "gold labels of single rows do not go with VoteStatistics, which know no rows; count both: "
                "VoteStatistics.of(L, gold=gold)"
            )
        matrix, labels = votes.labeled_rows()
        own = GoldRows.of({"": (matrix, labels)})
        return None if own is None else GivenLabels(own, LabeledVotes.elsewhere(votes.without_gold(), own))
    if gold is None:
        return None
    labels = as_gold(gold, votes.space.names, n=votes.n)
    own = GoldRows.of({"": (votes, labels)})
    rows = np.flatnonzero(labels != ABSTAIN)
    return None if own is None else GivenLabels(own, LabeledVotes(votes, own, rows))


def _as_code(choice: Choice, examined: VoteExamination) -> str:
    if choice == "majority vote":
        return "MajorityVote()"
    if has_sets(examined.stats):
        return "PartialLabels()"
    return "LabelModel(dependencies=advice.dependencies)" if examined.graph else "LabelModel()"


def _matrix(L: LabelMatrix | ArrayLike) -> LabelMatrix:
    return L if isinstance(L, LabelMatrix) else LabelMatrix(L)
