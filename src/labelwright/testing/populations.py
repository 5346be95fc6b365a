"""Whole populations of votes: every pattern with its exact probability, and samples of any size from them.

What a consistent estimator finds in the population is the truth, to rounding; what it finds in samples of n
rows comes near it as n grows. Both are told from patterns, so n costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from labelwright._errors import LabelMatrixError
from labelwright._types import FloatArray, RandomState, VoteArray
from labelwright._validate import as_generator
from labelwright.core import VotePatterns

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

MAX_PATTERNS = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class VotePopulation:
    """Every possible vote pattern and how likely it is.

    Attributes
    ----------
    votes : (u, m) int8 or int16
        The patterns.
    shares : (u,) float64
        Their probabilities.
    """

    votes: VoteArray
    shares: FloatArray

    @classmethod
    def of(cls, table: FloatArray, *, class_balance: ArrayLike | None = None) -> VotePopulation:
        """Enumerate what LFs with an outcome table can do.

        Parameters
        ----------
        table : (m, k, k+1) float64
            P(LF j does l | y), abstaining last.
        class_balance : (k,) array, optional
            P(y); equal shares without.

        Raises
        ------
        LabelMatrixError
            More than 2**20 patterns.

        Notes
        -----
        Cost: O((k + 1)**m (m + k)).

        Examples
        --------
        >>> from labelwright.testing import one_coin_table
        >>> population = VotePopulation.of(one_coin_table([0.9, 0.8]))
        >>> population.votes.tolist(), population.shares.round(2).tolist()
        ([[0, 0], [0, 1], [1, 0], [1, 1]], [0.37, 0.13, 0.13, 0.37])
        """
        m, k = table.shape[:2]
        if (k + 1) ** m > MAX_PATTERNS:
            raise LabelMatrixError(
                f"{m} LFs over {k} classes have {k + 1}**{m} vote patterns; "
                f"at most {MAX_PATTERNS} are listed; take fewer LFs"
            )
        joint = (np.full(k, 1.0 / k) if class_balance is None else np.asarray(class_balance, float))[None]
        for outcomes in table:
            joint = (joint[:, None, :] * outcomes.T[None]).reshape(-1, k)
        shares = joint.sum(axis=1)
        votes = np.indices((k + 1,) * m).reshape(m, -1).T
        votes = np.where(votes == k, -1, votes).astype(np.int8 if k <= 127 else np.int16)
        possible = shares > 0
        return cls(votes[possible], shares[possible])

    def patterns(self, n: float) -> VotePatterns:
        """Return the patterns, each counted exactly as often as n rows hold it on average."""
        counts = np.rint(self.shares * n).astype(np.int64)
        return VotePatterns(votes=self.votes, counts=counts, inverse=np.arange(len(counts)))

    def sample(self, n: int, *, random_state: RandomState = None) -> VotePatterns:
        """Return the patterns of n rows drawn at random, those that occur.

        Examples
        --------
        >>> from labelwright.testing import one_coin_table
        >>> population = VotePopulation.of(one_coin_table([0.9, 0.8, 0.7]))
        >>> int(population.sample(10**9, random_state=0).counts.sum())
        1000000000
        """
        counts = as_generator(random_state).multinomial(n, self.shares / self.shares.sum())
        seen = counts > 0
        return VotePatterns(
            votes=self.votes[seen], counts=counts[seen].astype(np.int64), inverse=np.arange(seen.sum())
        )
