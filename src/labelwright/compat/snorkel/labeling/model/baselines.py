"""Label models that learn nothing from votes."""

from __future__ import annotations

from typing import Any

import numpy as np

from labelwright._errors import LabelModelError, NotFittedError
from labelwright._types import FloatArray, RandomState
from labelwright._validate import as_generator
from labelwright.compat.snorkel.labeling.model.base_labeler import BaseLabeler
from labelwright.core import LabelMatrix, LabelSpace
from labelwright.core.votes.ties import largest
from labelwright.core.votes.vote_shares import vote_counts


class MajorityLabelVoter(BaseLabeler):
    """Gives the classes with most votes equal shares, the others none.

    Unlike `labelwright.label_models.MajorityVote`, whose probabilities are the shares of votes. Rows without
    a vote have equal shares.

    Examples
    --------
    >>> MajorityLabelVoter().predict_proba(np.array([[0, 0, 1], [-1, 0, 1], [-1, -1, -1]])).tolist()
    [[1.0, 0.0], [0.5, 0.5], [0.5, 0.5]]
    """

    def predict_proba(self, L: Any) -> FloatArray:
        """Return (n, k) probabilities of (n, m) votes."""
        counts = vote_counts(self._votes(L), self.cardinality)
        return _equal_shares(largest(counts) if len(counts) else counts)

    def _votes(self, L: Any) -> Any:
        return LabelMatrix(L, space=LabelSpace.of_size(self.cardinality)).votes


class MajorityClassVoter(BaseLabeler):
    """Gives every row the most common class."""

    def fit(self, balance: Any, *args: Any, **kwargs: Any) -> None:
        """Learn the class balance.

        Parameters
        ----------
        balance : (k,) floats
            How common each class is.

        Raises
        ------
        LabelModelError
            Not one number a class.
        """
        shares = np.asarray(balance, dtype=np.float64)
        if shares.shape != (self.cardinality,):
            raise LabelModelError(f"balance has shape {shares.shape}; expected ({self.cardinality},)")
        self.balance = shares

    def predict_proba(self, L: Any) -> FloatArray:
        """Return (n, k) probabilities; classes that are equally common share them."""
        if not hasattr(self, "balance"):
            raise NotFittedError(
                "this MajorityClassVoter is not fitted yet; call fit with a class balance first"
            )
        row = _equal_shares(self.balance[None, :] == self.balance.max())
        return np.repeat(row, len(np.asarray(L)), axis=0)


class RandomVoter(BaseLabeler):
    """Gives every row random probabilities.

    Parameters
    ----------
    cardinality : int, default 2
        The number of classes.
    random_state : int, numpy.random.Generator or None
        Seeds them. (Snorkel draws from numpy's global state.)
    """

    def __init__(self, cardinality: int = 2, random_state: RandomState = None, **kwargs: Any) -> None:
        super().__init__(cardinality)
        self.random_state = random_state

    def predict_proba(self, L: Any) -> FloatArray:
        """Return (n, k) random probabilities."""
        drawn = as_generator(self.random_state).random((len(np.asarray(L)), self.cardinality))
        shares: FloatArray = drawn / drawn.sum(axis=1, keepdims=True)
        return shares


def _equal_shares(chosen: Any) -> FloatArray:
    shares: FloatArray = chosen / np.maximum(np.sum(chosen, axis=1, keepdims=True), 1)
    return shares
