"""The half of a label model over classes that predicts: labels, and what there is to know of them."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, overload

import numpy as np

from labelwright._errors import LabelModelError
from labelwright._types import ABSTAIN, BoolArray, FloatArray, IntArray, RandomState, TiePolicy, VoteArray
from labelwright._validate import as_generator
from labelwright.core import (
    DependencyGraph,
    LabelMatrix,
    LabelSpace,
    VoteStatistics,
    rows_repeat,
    vote_patterns,
)
from labelwright.core.class_values import ObjectArray, decode, highest_index, index_names
from labelwright.core.gold_sets import as_labels_judging, as_right_shares, has_several
from labelwright.core.votes.ties import break_ties
from labelwright.diagnostics.examination import Examination
from labelwright.diagnostics.fitted import Search
from labelwright.label_models._memory import check_predict

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from labelwright.diagnostics.explanation import Explanation
    from labelwright.diagnostics.fit_report import FitReport

PATTERN_BLOCK = 1 << 14  # patterns at a time, so that the memory of a posterior is bounded


class ClassPredictor:
    """Predicts classes from votes, once a pattern, and says how far to trust that and why.

    A model gives the probabilities of patterns in `_posterior`; the policies for uncovered rows and for ties
    are applied here. What diagnostics ask of a model (`FittedModel`) has its defaults here.

    Attributes
    ----------
    discounts_duplicates : bool
        Whether LFs that vote alike share one vote; False unless a class says otherwise.
    """

    class_balance: ArrayLike | None
    uncovered: Literal["uniform", "prior", "model"]
    random_state: RandomState

    n_classes_: int
    class_balance_: FloatArray
    lf_accuracies_: FloatArray
    lf_names_: tuple[str, ...] | None
    space_: LabelSpace | None
    statistics_: VoteStatistics
    search_: Search | None
    assumes: ClassVar[str]
    learns: ClassVar[bool]
    dependencies_: DependencyGraph | None = None
    vote_sets_: BoolArray | None = None
    _fit_report: FitReport | None = None
    discounts_duplicates: ClassVar[bool] = False
    _reads_scores: Any = False
    """Whether scores of votes are read, or the votes alone."""
    _sums_votes: ClassVar[bool] = False
    """Whether `_posterior` only adds up votes, which takes less time than finding rows that repeat."""
    _score_unit: ClassVar[str] = "log odds"
    """What `_scores` are differences of."""
    _balance_settings: ClassVar[tuple[str, ...] | None] = None
    """Settings of a model that takes classes as equally common unless one of them is set; None where it does
    not."""

    @abstractmethod
    def _posterior(self, votes: VoteArray) -> FloatArray:
        """Return (u, k) finite probabilities of (u, m) vote patterns, seen in training or not."""

    if TYPE_CHECKING:  # scikit-learn's, which has no types

        def get_params(self, deep: bool = True) -> dict[str, Any]: ...

    @abstractmethod
    def _check_is_fitted(self) -> None:
        """Raise NotFittedError where there is nothing to predict with."""

    @abstractmethod
    def _checked_votes(self, L: object) -> VoteArray:
        """Return votes to predict from."""

    def predict_proba(self, L: LabelMatrix | ArrayLike) -> FloatArray:
        """Return the probabilistic labels P(y | votes).

        Parameters
        ----------
        L : LabelMatrix or (n, m) array of integers
            Votes of the same LFs in the same order; no rows are allowed.

        Returns
        -------
        (n, k) float64
            Finite rows that sum to 1, whatever the votes.

        Raises
        ------
        NotFittedError
            The model has not been fitted.
        LabelModelError
            Another number of LFs, other LF names or classes than in `fit`, votes outside -1..k-1, or more
            probabilities than there is memory for.
        """
        votes = self._checked_votes(L)
        check_predict(type(self).__name__, len(votes), self.n_classes_)
        if self._sums_votes or not rows_repeat(votes):
            return self._pattern_proba(votes)
        patterns = vote_patterns(votes)
        probabilities: FloatArray = self._pattern_proba(patterns.votes)[patterns.inverse]
        return probabilities

    @property
    def fit_report_(self) -> FitReport:
        """Whether to trust the fit: data, and text and HTML to read; see `FitReport`."""
        self._check_is_fitted()
        if self._fit_report is None:
            from labelwright.diagnostics.fit_report import FitReport

            self._fit_report = FitReport.of(Examination(self, self.statistics_.training_patterns()))
        return self._fit_report

    @overload
    def predict(
        self, L: LabelMatrix | ArrayLike, ties: TiePolicy = "abstain", *, names: Literal[False] = False
    ) -> IntArray: ...

    @overload
    def predict(
        self, L: LabelMatrix | ArrayLike, ties: TiePolicy = "abstain", *, names: bool
    ) -> IntArray | ObjectArray: ...

    def predict(
        self, L: LabelMatrix | ArrayLike, ties: TiePolicy = "abstain", *, names: bool = False
    ) -> IntArray | ObjectArray:
        """Return the most probable class of each row.

        Parameters
        ----------
        L : LabelMatrix or (n, m) array of integers
            As for `predict_proba`.
        ties : {"abstain", "random", "first", "wrench"}, default "abstain"
            Where several classes are most probable (within 1e-5), as on uncovered rows: -1; one at random,
            seeded by `random_state`; the lowest index; or the WRENCH benchmark's hash of the row number.
        names : bool, default False
            Whether to return class names, None in the place of -1.

        Returns
        -------
        (n,) int64
            Classes, or -1 under ``"abstain"``; with ``names=True`` (n,) object of str and None.

        Examples
        --------
        >>> from labelwright.label_models import MajorityVote
        >>> L = LabelMatrix([["SPAM", "SPAM"], ["HAM", None], ["HAM", "SPAM"]], space=["HAM", "SPAM"])
        >>> model = MajorityVote().fit(L)
        >>> model.predict(L).tolist(), model.predict(L, names=True).tolist()
        ([1, 0, -1], ['SPAM', 'HAM', None])
        """
        classes = break_ties(self.predict_proba(L), ties, as_generator(self.random_state))
        return decode(classes, self._class_names) if names else classes

    def score(self, L: LabelMatrix | ArrayLike, y: object = None, sample_weight: object = None) -> float:
        """Return the accuracy against gold labels, rows whose classes tie shared among these.

        It is ``lw.analysis.score(model.predict_proba(L), y).accuracy``, so that ``cross_val_score`` and
        ``GridSearchCV`` choose by what reports tell; `fit` never sees ``y``.

        Parameters
        ----------
        L : LabelMatrix or (n, m) array of integers
            As for `predict_proba`.
        y : (n,) labels
            Gold labels by class name or index; rows with None or -1 are left out.
        sample_weight : (n,) array of floats, optional
            Weights of the rows.

        Raises
        ------
        LabelModelError
            There are no gold labels, or weights that are no numbers above 0.
        LabelMatrixError
            Gold labels of another length, or that are no classes.

        Examples
        --------
        >>> from labelwright.label_models import MajorityVote
        >>> L = LabelMatrix([["SPAM", "SPAM"], ["HAM", None], ["HAM", "SPAM"]], space=["HAM", "SPAM"])
        >>> MajorityVote().fit(L).score(L, ["SPAM", None, "HAM"])
        0.75
        """
        if y is None:
            raise LabelModelError(
                f"score of {type(self).__name__} needs gold labels: score(L, y); without any, "
                "lw.analysis.evaluate_without_gold compares label models"
            )
        P, names = self.predict_proba(L), self._class_names
        if self.space_ is None and not has_several(y):
            # Nobody said which classes there are: one that no LF votes for is missed, and no mistake.
            names = max(names, index_names(highest_index(y) + 1), key=len)
            P = np.pad(P, ((0, 0), (0, len(names) - P.shape[1])))
        gold = as_labels_judging(P, y, names)
        known = np.flatnonzero(gold != ABSTAIN)
        if not len(known):
            raise LabelModelError(f"none of the {len(P)} rows has a gold label; a score needs at least one")
        right = as_right_shares(P, y, names)[known]
        if sample_weight is None:
            return float(right.mean())
        weights = np.asarray(sample_weight, dtype=np.float64)
        if weights.shape != (len(P),) or not (weights[known] >= 0).all() or not weights[known].any():
            raise LabelModelError(
                f"sample_weight has shape {weights.shape}; expected ({len(P)},) of at least 0, not all 0"
            )
        return float(np.average(right, weights=weights[known]))

    @property
    def _class_names(self) -> tuple[str, ...]:
        """The names of all classes; their indices where they have none."""
        known = () if self.space_ is None else self.space_.names
        return (*known, *index_names(self.n_classes_)[len(known) :])

    def explain(self, L: LabelMatrix | ArrayLike, rows: object = None) -> Explanation:
        """Say why rows get their labels: what each vote adds, and what would flip them.

        Parameters
        ----------
        L : LabelMatrix or (n, m) array of integers
            As for `predict_proba`.
        rows : int, sequence of int, range, or (n,) array of bool, optional
            Which rows, at most 1,000; all of them without.

        Returns
        -------
        Explanation
            Two tables, `rows` and `votes`; text when printed, HTML in a notebook.

        Raises
        ------
        LabelModelError
            As `predict_proba` does; rows that are not there; more than 1,000 rows.

        Notes
        -----
        A vote adds ``s(votes) - s(votes without it)``, where s is the log odds of the label against the
        runner-up: a naive Bayes model's terms, exactly. That these and the prior sum to s(votes) is checked
        row by row, and where it does not hold the explanation says so. Cost: a few predictions a vote of each
        distinct row.

        Examples
        --------
        >>> from labelwright.label_models import OneCoin
        >>> votes = [[0, 0, 1]] * 40 + [[1, 1, 1]] * 30 + [[0, 0, 0]] * 20 + [[1, 0, 0]] * 30
        >>> print(OneCoin().fit(votes).explain(votes, rows=0))
        row 0: 0, 95%; next 1, 5%
            +2.50  lf_1 votes 0
            +1.17  lf_0 votes 0
            -0.74  lf_2 votes 1
          = +2.94 log odds of 0 against 1; the votes add up
          flips to 1 or a tie without 'lf_1' and 'lf_0', or with 'lf_1' voting 1
        """
        from labelwright.diagnostics.explanation import explained

        self._check_is_fitted()
        return explained(self, L, rows)

    # --- what diagnostics ask

    def _scores(self, votes: VoteArray) -> FloatArray:
        """Return (u, k) what the votes of each row add up to by class, for `explain`; log P(y | votes)."""
        scores: FloatArray = np.log(np.maximum(self._posterior(votes), np.finfo(np.float64).tiny))
        return scores

    def _assumption(self) -> str:
        """Return what this fit takes for granted, in words."""
        return self.assumes

    def _takes_classes_as_equal(self) -> bool:
        """Whether nobody told how common the classes are, and the model did not set out to learn it."""
        if (
            self._balance_settings is None
            or self.class_balance is not None
            or self.statistics_.gold_counts.any()
        ):
            return False
        return not any(getattr(self, name) for name in self._balance_settings)

    def _reading(self, L: object) -> Self:
        """Return the model as it reads the sets of classes that are voted for in a label matrix."""
        return self

    def _pattern_proba(self, votes: VoteArray) -> FloatArray:
        P = np.empty((len(votes), self.n_classes_))
        for start in range(0, len(votes), PATTERN_BLOCK):
            block = slice(start, start + PATTERN_BLOCK)
            P[block] = self._posterior(votes[block])
            if self.uncovered != "model":
                self._fill_uncovered(P[block], votes[block])
        return P

    def _fill_uncovered(self, P: FloatArray, votes: VoteArray) -> None:
        empty = (votes == ABSTAIN).all(axis=1)
        P[empty] = 1.0 / self.n_classes_ if self.uncovered == "uniform" else self.class_balance_
