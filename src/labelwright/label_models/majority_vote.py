"""Majority vote."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from labelwright._types import FloatArray, RandomState, VoteArray
from labelwright.core import VotePatterns
from labelwright.core.votes.vote_shares import class_shares, vote_counts, vote_shares
from labelwright.label_models.base import BaseLabelModel

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


class MajorityVote(BaseLabelModel):
    """Each class gets the share of the votes cast for it.

    ::

        P(y = c | votes) = #{j : vote_j = c} / #{j : LF j votes}

    Nothing is learned, so it is the yardstick for everything that is. Deviation from WRENCH and Snorkel:
    they give a row's most frequent classes equal probability and the others none; the shares here have the
    same largest classes and keep how close the vote was.

    Parameters
    ----------
    n_classes : int, optional
        The number of classes; from the data without.
    class_balance : (k,) array of positive shares, optional
        Used on uncovered rows where ``uncovered="prior"``; without, the mean of the shares.
    uncovered : {"uniform", "prior", "model"}, default "uniform"
        Rows without a vote: equal shares (so does "model"), or the class balance.
    random_state : int, numpy.random.Generator or None
        Seeds ``predict(ties="random")``.

    Notes
    -----
    `lf_accuracies_` are the LFs' mean shares of agreement, their own vote included, hence optimistic. Gold
    labels count in them where rows have one, and otherwise give the class balance only.
    Cost: O(patterns * m * k).

    Examples
    --------
    >>> votes = [[0, 0, 1], [1, -1, -1], [-1, -1, -1]]
    >>> MajorityVote().fit(votes).predict_proba(votes).round(2).tolist()
    [[0.67, 0.33], [0.0, 1.0], [0.5, 0.5]]
    """

    assumes = "all votes are equally good; nothing is learned"
    learns = False
    learns_from_gold = False  # but for the balance that `uncovered` may ask for
    _sums_votes = True
    _score_unit = "votes"

    def __init__(
        self,
        *,
        n_classes: int | None = None,
        class_balance: ArrayLike | None = None,
        uncovered: Literal["uniform", "prior", "model"] = "uniform",
        random_state: RandomState = None,
    ) -> None:
        self.n_classes = n_classes
        self.class_balance = class_balance
        self.uncovered = uncovered
        self.random_state = random_state

    def _fit_patterns(self, patterns: VotePatterns, balance: FloatArray | None) -> None:
        """Learn nothing."""

    def _scores(self, votes: VoteArray) -> FloatArray:
        return vote_counts(votes, self.n_classes_)

    def _posterior(self, votes: VoteArray) -> FloatArray:
        return vote_shares(vote_counts(votes, self.n_classes_))


# --- majority vote with votes weighted by the balance of the class they are for


class WeightedMajorityVote(BaseLabelModel):
    """A vote for a class counts as much as the class is frequent.

    ::

        P(y = c | votes)  ∝  balance_c * #{j : vote_j = c}

    The weights belong to classes, not to LFs: this is WRENCH's weighted majority vote, where the balance
    comes from the labels of a validation split.

    Parameters
    ----------
    n_classes : int, optional
        The number of classes; from the data without.
    class_balance : (k,) array of positive shares, optional
        The balance. WRENCH's is ``(count + 1) / n`` of its validation labels; of the `gold` of `fit` it is
        the same, pulled to equal shares where labels are few. Without either: the mean majority vote of the
        training rows that have votes, with one row of equal shares added so that no class weighs nothing.
    uncovered : {"uniform", "prior", "model"}, default "uniform"
        Rows without a vote: equal shares (so does "model"), or the class balance.
    random_state : int, numpy.random.Generator or None
        Seeds ``predict(ties="random")``.

    Notes
    -----
    Source: J. Zhang et al., "WRENCH: A Comprehensive Benchmark for Weak Supervision" (2021). Deviation: a
    balance without labels. Cost: O(patterns * m * k).

    Examples
    --------
    >>> votes = [[0, 1, -1], [1, -1, -1]]
    >>> WeightedMajorityVote(class_balance=[0.2, 0.8]).fit(votes).predict_proba(votes).tolist()
    [[0.2, 0.8], [0.0, 1.0]]
    """

    assumes = "a class counts for less the more often it is voted; nothing is learned of LFs"
    learns = False
    _sums_votes = True
    _score_unit = "weighted votes"

    def __init__(
        self,
        *,
        n_classes: int | None = None,
        class_balance: ArrayLike | None = None,
        uncovered: Literal["uniform", "prior", "model"] = "uniform",
        random_state: RandomState = None,
    ) -> None:
        self.n_classes = n_classes
        self.class_balance = class_balance
        self.uncovered = uncovered
        self.random_state = random_state

    def _settings_of_repeats(self, times: int) -> dict[str, Any] | None:
        return None  # one row of equal shares is added, whatever the number of rows

    def _fit_patterns(self, patterns: VotePatterns, balance: FloatArray | None) -> None:
        self.weights_ = self._mean_vote(patterns) if balance is None else balance

    def _mean_vote(self, patterns: VotePatterns) -> FloatArray:
        counts = vote_counts(patterns.votes, self.n_classes_)
        rows = patterns.counts * (counts.sum(axis=1) > 0)
        mean = class_shares(vote_shares(counts), rows)
        shares: FloatArray = (mean * rows.sum() + 1.0 / self.n_classes_) / (rows.sum() + 1.0)
        return shares

    def _scores(self, votes: VoteArray) -> FloatArray:
        scores: FloatArray = vote_counts(votes, self.n_classes_) * self.weights_
        return scores

    def _posterior(self, votes: VoteArray) -> FloatArray:
        return vote_shares(vote_counts(votes, self.n_classes_) * self.weights_)

    def _learned_balance(self) -> FloatArray | None:
        return self.weights_
