"""The most that weighing votes can add to counting them: the bound of Snorkel's optimizer, for k classes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import numpy as np

from labelwright._display.shown import Shown
from labelwright._errors import LabelModelError
from labelwright._types import ABSTAIN, FloatArray, IntArray, VoteArray
from labelwright.core import DependencyGraph, VoteStatistics

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from labelwright.core import LabelMatrix

Ties: TypeAlias = Literal["shared", "wrong"]

ASSUMED: Final = (1 / (1 + math.exp(-0.5)), 1 / (1 + math.exp(-1.0)), 1 / (1 + math.exp(-1.5)))
"""62, 73 and 82%: Snorkel's weights 0.5, 1 and 1.5."""

BLOCK: Final = 1 << 20  # cells of (rows, LFs or classes) at a time
ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Advantage(Shown):
    """How much accuracy weighing the votes could add to majority vote, at most.

    Attributes
    ----------
    bound : float
        The predicted upper bound, a share of all rows: A~* of Snorkel's optimizer, for k classes.
    contested : float
        Rows with votes for several classes. Whatever the LFs are like, no model that lets votes speak for
        their own class can gain more.
    tied : float
        Rows on which several classes have the most votes.
    density : float
        Votes a row.
    low_density, high_density : float
        Ratner's two bounds on the advantage by density alone, ``d² a (1 - a)`` and
        ``exp(-2 p (a - 1/2)² d)`` with a the assumed accuracy and p the mean coverage; 1 where they are
        larger.
    accuracies : (float, float, float)
        The lowest, mean and highest accuracy assumed.
    ties : "shared" or "wrong"
        Whether a tie counts for majority vote by chance, or never.
    """

    bound: float
    contested: float
    tied: float
    density: float
    low_density: float
    high_density: float
    accuracies: tuple[float, float, float]
    ties: Ties


def modelling_advantage(
    L: LabelMatrix | VoteStatistics | ArrayLike,
    *,
    accuracies: tuple[float, float, float] = ASSUMED,
    dependencies: DependencyGraph | None = None,
    ties: Ties = "shared",
) -> Advantage:
    """Bound from above how much accuracy the best weights of votes could add to majority vote.

    The *modelling advantage* A_w of weights w is the share of rows that weighted votes label rightly and
    majority vote does not, less the share where it is the other way round. With optimal weights, and without
    knowing them or any label, it is at most about ::

        A~*  =  1/n sum_i sum_{y not f_1(i)}  phi(i, y)  q(i, y)

        f_1(i)     the class with the most votes;  c_y(i)  the votes for y
        phi(i, y)  =  1{ c_y w_max  >  c_f1 w_min }            could y win at all?
        q(i, y)    =  exp(w c_y) / sum_z exp(w c_z)            is y the class, with all LFs alike?
        w          =  log( a (k - 1) / (1 - a) )               of LFs with accuracy a

    For two classes q is the logistic function of the vote margin, as in the paper. Where t classes tie,
    majority vote is right by chance: each of them adds ``(1 - 1/t) q`` (``ties="shared"``), or ``q``
    (``ties="wrong"``, as the paper counts, for which a tie is never right).

    LFs that depend on each other (similar or reinforcing) may count for as little as one: with
    `dependencies`, a group's votes for a class weigh ``w_min`` in all at least and ``w_max`` each at most in
    phi, and count once in q.

    Parameters
    ----------
    L : LabelMatrix, VoteStatistics or (n, m) array of integers
        The votes; votes for sets of classes count as abstaining.
    accuracies : (float, float, float), default (0.622, 0.731, 0.818)
        The lowest, mean and highest accuracy of an LF when it votes; Snorkel's weights 0.5, 1 and 1.5. All
        above 1/k.
    dependencies : DependencyGraph, optional
        Which LFs depend on each other.
    ties : {"shared", "wrong"}, default "shared"
        What a tie is worth to majority vote.

    Returns
    -------
    Advantage

    Raises
    ------
    LabelModelError
        Accuracies that are not ascending, or not between 1/k and 1; an unknown way to count ties.
    DependencyError
        The graph has LFs that the votes lack.

    Notes
    -----
    It presumes independent LFs (but for `dependencies`), each with one accuracy in the range given, and
    classes that are equally common. Then it held in 99.8% of 2,000 draws of 2 to 30 LFs and 2 to 10 classes,
    and failed by 0.02 points, by chance, where a handful of rows is contested (``benchmarks/advisor.md``).
    Better or worse LFs than assumed can gain more: `Advantage.contested` holds whatever they are like.

    Source: A. Ratner et al., "Snorkel: Rapid Training Data Creation with Weak Supervision" (2018), section
    3.1 and Proposition 2. Deviations: k classes; ties; dependencies; accuracies in place of weights, which is
    the same for two classes. Cost: O(u (m + k)) for u patterns; memory bounded.

    Examples
    --------
    >>> votes = [[0, 0, 1], [0, 1, -1], [1, 1, 1], [0, -1, -1]]
    >>> found = modelling_advantage(votes)
    >>> round(found.bound, 3), found.contested, found.tied, found.density
    (0.192, 0.5, 0.25, 2.25)
    """
    stats = L if isinstance(L, VoteStatistics) else VoteStatistics.of(L)
    weights = _weights(accuracies, stats.k)
    if ties not in ("shared", "wrong"):
        raise LabelModelError(f"ties={ties!r}; expected 'shared' or 'wrong'")
    groups = dependent_groups(dependencies.over(stats.lf_names)) if dependencies else None
    sums = np.zeros(4)
    patterns = stats.patterns()
    step = max(BLOCK // max(stats.m, stats.k), 1)
    for start in range(0, len(patterns), step):
        block = slice(start, start + step)
        counted = _RowVotes.of(patterns.votes[block], stats.k, groups)
        sums += patterns.counts[block] @ np.stack(counted.rows(weights, ties), axis=1)
    bound, contested, tied, cast = (sums / max(int(patterns.counts.sum()), 1)).tolist()
    return Advantage(
        bound=min(bound, contested),
        contested=contested,
        tied=tied,
        density=cast,
        **_by_density(cast, stats.m, accuracies[1]),
        accuracies=accuracies,
        ties=ties,
    )


def dependent_groups(graph: DependencyGraph) -> IntArray:
    """Return (m,) the group of each LF, joined by dependencies that make votes more alike.

    Examples
    --------
    >>> graph = DependencyGraph.from_edges([("a", "c"), ("b", "c", "exclusive")], names="abc")
    >>> dependent_groups(graph).tolist()
    [0, 1, 0]
    """
    alike = [e for e in graph if e.kind in ("similar", "reinforcing") and (e.strength or 1.0) > 0]
    found: IntArray = np.arange(graph.m)
    for group in DependencyGraph(graph.names, tuple(alike)).components():
        found[list(group)] = group[0]
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _RowVotes:
    """Rows of votes as (u, k) counts: of votes, and of votes of which dependent LFs share one."""

    votes: FloatArray
    independent: FloatArray

    @classmethod
    def of(cls, votes: VoteArray, k: int, groups: IntArray | None) -> _RowVotes:
        rows, lfs = np.nonzero((votes != ABSTAIN) & (votes < k))
        cells = rows * k + votes[rows, lfs]
        counts = np.bincount(cells, minlength=len(votes) * k).reshape(-1, k).astype(np.float64)
        if groups is None:
            return cls(counts, counts)
        once = np.unique(cells * len(groups) + groups[lfs]) // len(groups)
        return cls(counts, np.bincount(once, minlength=len(votes) * k).reshape(-1, k).astype(np.float64))

    def rows(self, weights: FloatArray, ties: Ties) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Return (u,) each: what could be gained, whether contested, whether tied, and the votes."""
        low, mean, high = weights
        most = self.votes.max(axis=1, keepdims=True, initial=0.0)
        first = (self.votes == most) & (most > 0)
        tied = first.sum(axis=1, keepdims=True)
        least = np.where(first, self.independent, np.inf).min(axis=1, keepdims=True, initial=np.inf)
        possible = self.votes * high > least * low + ROUNDING
        q = np.exp(mean * (self.independent - self.independent.max(axis=1, keepdims=True, initial=0.0)))
        q /= q.sum(axis=1, keepdims=True)
        credit = _credit(tied, ties)
        gain = np.where(first, credit * q, possible * q).sum(axis=1)
        classes = (self.votes > 0).sum(axis=1)
        return (
            np.where(classes > 1, gain, 0.0),
            (classes > 1).astype(np.float64),
            (tied[:, 0] > 1).astype(np.float64),
            self.votes.sum(axis=1),
        )


def _credit(tied: IntArray, ties: Ties) -> FloatArray:
    """Return what each of the first classes can add: nothing where there is one."""
    chance = 0.0 if ties == "wrong" else 1.0 / np.maximum(tied, 1)
    return np.where(tied > 1, 1.0 - chance, 0.0)


def _weights(accuracies: tuple[float, float, float], k: int) -> FloatArray:
    shares = np.asarray(accuracies, dtype=np.float64)
    if (
        shares.shape != (3,)
        or not (np.diff(shares) >= 0).all()
        or not (1 / k < shares).all()
        or shares[2] >= 1
    ):
        raise LabelModelError(
            f"accuracies={accuracies!r}; expected the lowest, mean and highest, ascending, above 1/{k} and "
            "below 1, such as (0.62, 0.73, 0.82)"
        )
    weights: FloatArray = np.log(shares * (k - 1) / (1.0 - shares))
    return weights


def _by_density(density: float, m: int, accuracy: float) -> dict[str, float]:
    low = density**2 * accuracy * (1 - accuracy)
    high = math.exp(-2 * (density / max(m, 1)) * (accuracy - 0.5) ** 2 * density)
    return {"low_density": min(low, 1.0), "high_density": min(high, 1.0)}
