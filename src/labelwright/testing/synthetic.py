"""Votes with planted parameters: what a label model should find is known, because it was put there.

LFs are described by an outcome table (m, k, k+1): ``table[j, y, l]`` = P(LF j does l | class y), where
l = k means abstaining. Three makers cover what label models assume (`one_coin_table`, `confusion_table`) and
what real labeling functions look like (`unipolar_table`); `sample_votes` draws from any table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from labelwright._errors import LabelMatrixError
from labelwright._types import ABSTAIN, FloatArray, IntArray, RandomState
from labelwright._validate import as_generator
from labelwright.core import LabelMatrix, LabelSpace

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


@dataclass(frozen=True, slots=True, eq=False)
class PlantedVotes:
    """Votes drawn from known parameters.

    Attributes
    ----------
    label_matrix : LabelMatrix
        (n, m) votes.
    gold : (n,) int64
        The classes that were drawn.
    class_balance : (k,) float64
        P(y).
    table : (m, k, k+1) float64
        P(LF j does l | y); abstaining last.
    """

    label_matrix: LabelMatrix
    gold: IntArray
    class_balance: FloatArray
    table: FloatArray

    @property
    def lf_accuracies(self) -> FloatArray:
        """(m,) float64: the planted P(vote right | LF votes); nan for an LF that never votes."""
        k = len(self.class_balance)
        joint = self.table[:, :, :k] * self.class_balance[:, None]
        with np.errstate(invalid="ignore"):
            right: FloatArray = np.einsum("jcc->j", joint) / joint.sum(axis=(1, 2))
        return right


def one_coin_table(accuracies: ArrayLike, *, k: int = 2, propensities: ArrayLike = 1.0) -> FloatArray:
    """Return the table of LFs that are right with one probability, whatever the class, when they vote.

    Parameters
    ----------
    accuracies : (m,) array
        P(vote right | LF votes); wrong votes spread equally over the other classes.
    k : int, default 2
        Classes.
    propensities : float or (m,) array, default 1.0
        P(LF votes).

    Returns
    -------
    (m, k, k+1) float64

    Examples
    --------
    >>> one_coin_table([0.8], propensities=0.5).round(2).tolist()
    [[[0.4, 0.1, 0.5], [0.1, 0.4, 0.5]]]
    """
    right = np.asarray(accuracies, dtype=np.float64)[:, None, None]
    confusion = np.where(np.eye(k, dtype=bool), right, (1.0 - right) / (k - 1))
    return confusion_table(confusion, propensities=propensities)


def confusion_table(confusion: ArrayLike, *, propensities: ArrayLike = 1.0) -> FloatArray:
    """Return the table of LFs with confusion matrices, that vote with a probability whatever the class.

    Parameters
    ----------
    confusion : (m, k, k) array
        P(vote l | y, LF votes), rows summing to 1.
    propensities : float or (m,) array, default 1.0
        P(LF votes).

    Returns
    -------
    (m, k, k+1) float64
    """
    matrices = np.asarray(confusion, dtype=np.float64)
    votes = np.broadcast_to(np.asarray(propensities, dtype=np.float64), matrices.shape[:1])[:, None, None]
    silent = np.broadcast_to(1.0 - votes, (*matrices.shape[:2], 1))
    return np.concatenate([matrices * votes, silent], axis=2)


def unipolar_table(
    classes: ArrayLike, *, precisions: ArrayLike, coverages: ArrayLike, class_balance: ArrayLike
) -> FloatArray:
    """Return the table of LFs that vote for one class or abstain, as most written LFs do.

    Parameters
    ----------
    classes : (m,) array of integers
        The class that each LF votes for.
    precisions, coverages : (m,) arrays
        P(vote right | LF votes) and P(LF votes); wrong votes fall on the other classes as often as those
        occur.
    class_balance : (k,) array
        P(y).

    Returns
    -------
    (m, k, k+1) float64

    Raises
    ------
    LabelMatrixError
        An LF would have to vote on more rows of a class than there are.

    Examples
    --------
    >>> unipolar_table([1], precisions=[0.8], coverages=[0.25], class_balance=[0.5, 0.5]).round(2).tolist()
    [[[0.0, 0.1, 0.9], [0.0, 0.4, 0.6]]]
    """
    vote = np.asarray(classes, dtype=np.int64)
    precision, coverage = np.asarray(precisions, dtype=np.float64), np.asarray(coverages, dtype=np.float64)
    balance = np.asarray(class_balance, dtype=np.float64)
    own = vote[:, None] == np.arange(len(balance))
    share = balance[vote]
    fires = np.where(
        own, (precision * coverage / share)[:, None], ((1 - precision) * coverage / (1 - share))[:, None]
    )
    if (fires > 1).any():
        j, y = np.argwhere(fires > 1)[0]
        raise LabelMatrixError(
            f"LF {j} would vote on {fires[j, y]:.2f} of the rows of class {y}; "
            "lower its coverage or precision"
        )
    return np.concatenate([fires[:, :, None] * own[:, None, :], 1.0 - fires[:, :, None]], axis=2)


def sample_votes(
    table: FloatArray,
    n: int,
    *,
    class_balance: ArrayLike | None = None,
    random_state: RandomState = None,
) -> PlantedVotes:
    """Draw n rows of votes that are independent given the class.

    Parameters
    ----------
    table : (m, k, k+1) float64
        P(LF j does l | y), abstaining last.
    n : int
        Rows.
    class_balance : (k,) array, optional
        P(y); equal shares without.
    random_state : int, numpy.random.Generator or None
        Seeds the draw.

    Returns
    -------
    PlantedVotes

    Notes
    -----
    Cost: O(n m k).

    Examples
    --------
    >>> planted = sample_votes(one_coin_table([0.9, 0.8, 0.7]), 1000, random_state=0)
    >>> planted.label_matrix.shape, planted.lf_accuracies.round(2).tolist()
    ((1000, 3), [0.9, 0.8, 0.7])
    """
    generator = as_generator(random_state)
    m, k = table.shape[:2]
    balance = np.full(k, 1.0 / k) if class_balance is None else np.asarray(class_balance, dtype=np.float64)
    gold = generator.choice(k, size=n, p=balance)
    votes = np.empty((n, m), dtype=np.int64)
    for j in range(m):
        cumulative = table[j].cumsum(axis=1)[gold]
        votes[:, j] = (generator.random((n, 1)) > cumulative[:, :-1]).sum(axis=1)
    votes[votes == k] = ABSTAIN
    return PlantedVotes(LabelMatrix(votes, space=LabelSpace.of_size(k)), gold, balance, table)


def exact_posterior(
    table: FloatArray, votes: ArrayLike, *, class_balance: ArrayLike | None = None
) -> FloatArray:
    """Return P(y | what every LF did): the best that any label model can say, for it knows the parameters.

    Parameters
    ----------
    table : (m, k, k+1) float64
        P(LF j does l | y), abstaining last.
    votes : (n, m) array of integers
        Votes that the LFs can cast; silence is evidence as any vote.
    class_balance : (k,) array, optional
        P(y); equal shares without.

    Returns
    -------
    (n, k) float64

    Notes
    -----
    Cost: O(n m k).

    Examples
    --------
    >>> exact_posterior(one_coin_table([0.9, 0.8]), [[0, 0], [0, 1]]).round(3).tolist()
    [[0.973, 0.027], [0.692, 0.308]]
    """
    k = table.shape[1]
    balance = np.full(k, 1.0 / k) if class_balance is None else np.asarray(class_balance, dtype=np.float64)
    done = np.asarray(votes)
    done = np.where(done == ABSTAIN, k, done)
    with np.errstate(divide="ignore"):
        scores = np.log(balance) + sum(np.log(table[j]).T[done[:, j]] for j in range(len(table)))
    likely = np.exp(scores - scores.max(axis=1, keepdims=True))
    posterior: FloatArray = likely / likely.sum(axis=1, keepdims=True)
    return posterior
