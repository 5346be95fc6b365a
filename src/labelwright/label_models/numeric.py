"""The label model for numbers: noise and biases of LFs from how far they are apart."""

from __future__ import annotations

import math
from collections.abc import Mapping
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
from sklearn.utils.metaestimators import available_if

from labelwright._errors import LabelModelError
from labelwright._types import BoolArray, FloatArray
from labelwright.label_models._input import as_numbers, check_columns, check_gold_numbers
from labelwright.label_models._numeric.differences import DifferenceMoments
from labelwright.label_models._numeric.gaussian_em import GaussianEM, Weighted
from labelwright.label_models._numeric.noise import (
    Anchor,
    Noise,
    PairVariances,
    biases,
    mean_of_truth,
    middle,
    noise,
    spread_of_truth,
)
from labelwright.label_models._numeric.outliers import Spread, warn_of_outliers
from labelwright.label_models._numeric.repeats import warn_of_what_is_not_told
from labelwright.label_models._settings import (
    Constraint,
    at_least,
    flag,
    integer,
    is_integer,
    one_of,
    or_none,
    positive,
)
from labelwright.label_models.base import Rows, VoteModel

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

ANCHORS = ("median", "mean")
BLOCK_CELLS = 1 << 16


def _keeps_no_rows(model: NumericLabelModel) -> bool:
    if model.method == "em":
        raise AttributeError("partial_fit keeps no rows, which method='em' needs; use method='differences'")
    return True


class NumericLabelModel(VoteModel):
    """Votes that are numbers: every LF adds a bias and noise of its own to the truth.

    ::

        vote_ij  =  y_i + b_j + e_ij ,    e_ij ~ N(0, s_j²) ,    y_i ~ N(mu, tau²)
        V_jk     =  Var(vote_j - vote_k)  =  s_j² + s_k² ,       E[vote_j - vote_k] = b_j - b_k
        y | votes  ~  N(mean, 1/P) ,   P = 1/tau² + sum_j 1/s_j² ,
                      mean = (mu/tau² + sum_j (vote_j - b_j)/s_j²) / P     over the LFs that vote

    Differences of two votes on a row do not depend on the truth: what it is distributed like, and where LFs
    abstain because of it, do not matter to the noise and the biases. Three LFs that meet in pairs tell all
    three variances (``s_1² = (V_12 + V_13 - V_23)/2``); with more, all pairs together are solved.

    Only differences of biases are told without gold: the level is set by `anchor`. With gold values, which
    are as an LF without bias and noise, all biases are told. LFs that repeat each other (they disagree less
    than a tenth of what their noise against all others predicts) share one vote. An LF that is far off, or
    wild, gets its bias taken away, or little weight. Single wild votes - a slip of the decimal point, a
    price in another currency - are set aside: those more than 8 standard deviations from most of the other
    votes on their row and the middle of the truth, which quantiles tell beforehand. A tenth of the votes can
    be wild. A row where none would be left keeps all.

    Parameters
    ----------
    method : {"differences", "em"}, default "differences"
        ``"differences"``: pairwise composite likelihood of the differences; needs the moments of pairs only.
        ``"em"``: maximum likelihood of the whole model from there; more precise where y is Gaussian and LFs
        abstain independently of it, and it passes over all rows once a step.
    learn_biases : bool, default True
        Whether LFs have biases. Without, a bias counts as noise.
    anchor : "median", "mean" or int, default "median"
        Without gold, what has bias 0: the median LF, which a minority of LFs that are far off does not move;
        the mean weighted by precision; or the LF of this index, which you trust.
    outliers : {"set_aside", "keep"}, default "set_aside"
        What becomes of single wild votes, in `fit` and in prediction. `partial_fit` tells them by the rows
        that it gets.
    prior_weight : float, default 0.25
        Inverse variance of ``log s²`` around that of a typical LF (half the median LF's median V); above 0.
        0.25 takes an LF's noise to be typical within a factor e; it fades as rows are added.
    prior_mean : float, optional
        mu. Without: estimated.
    prior_variance : float, optional
        tau², above 0; ``inf`` for the precision-weighted mean without a pull to mu. Without: estimated from
        the covariances of pairs; inf where there are none.
    uncovered : {"nan", "prior"}, default "nan"
        The value of a row without a vote: nan, nothing is made up; or mu, with standard deviation tau.
    max_iter : int, default 500
        Most rounds of three EM steps.
    tol : float, default 1e-4
        The change, in units of the typical noise, that counts as standing still in EM.

    Attributes
    ----------
    lf_scales_ : (m,) float64
        s_j, in units of the votes; nan for an LF that never votes, and where no two LFs meet.
    lf_biases_ : (m,) float64
        b_j; nan for an LF that never votes.
    identified_ : (m,) bool
        Whether the data tell s_j: LF j is in a triangle (or odd circle) of LFs that meet, or meets gold.
        Where not, the prior or an equal split decides.
    repeats_ : (m, m) bool
        LFs that share a vote.
    outliers_ : (t, 2) int64
        Row and LF of each vote that the last `fit` or `partial_fit` set aside.
    prior_mean_, prior_variance_ : float
        mu and tau²; inf where there is no pull.
    n_features_in_ : int
        m.
    n_iter_, converged_ : int, bool
        EM rounds (0 for ``"differences"``), and whether they came to rest.
    statistics_ : DifferenceMoments
        What was learned from.

    Raises
    ------
    LabelModelError
        Settings that cannot be.

    Notes
    -----
    Source: C. Shin, W. Li, H. Vishwakarma, N. Roberts, F. Sala, "Universalizing Weak Supervision" (ICLR
    2022), the regression case: triplets of expected squared distances (section 3), inverse-variance weights.
    Deviations: all pairs in one likelihood instead of one triplet an LF; differences instead of raw
    products, so that neither the variance of y nor its mean must be known; biases; abstentions; repeats;
    gold; intervals; wild votes. EM as for one-factor analysis with loadings of 1 (D. Rubin, D. Thayer, 1982)
    and missing values, accelerated by SQUAREM (R. Varadhan, C. Roland, 2008).

    Noise that all LFs share is no disagreement and cannot be seen; an interval does not hold it.

    Cost: the moments once, O(n m²) in matrix products over blocks of rows; then O(m³) a step whatever n;
    ``"em"`` adds O(n m) a step. Prediction is O(n m). The fit is deterministic.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> y = rng.normal(20, 5, size=2000)
    >>> L = y[:, None] + [0.0, 3.0, 0.0] + rng.normal(size=(2000, 3)) * [0.5, 1.0, 2.0]
    >>> L[::4, 0] = np.nan
    >>> model = NumericLabelModel().fit(L)
    >>> model.lf_scales_.round(1).tolist(), bool(2.9 < model.lf_biases_[1] - model.lf_biases_[0] < 3.1)
    ([0.5, 1.0, 2.0], True)
    >>> bool(np.std(model.predict(L) - y) < np.std(np.nanmean(L, axis=1) - y) / 1.5)
    True
    """

    assumes = "each LF adds a bias and normal noise of its own to the truth, independently of the other LFs"
    _told, _input = "lf_scales_", "numeric votes"
    _of_lfs: ClassVar[Mapping[str, str]] = {"lf_scales_": "noise (standard deviation)", "lf_biases_": "bias"}
    _saved_types = (DifferenceMoments, Noise)
    _constraints: ClassVar = {
        "method": one_of("differences", "em"),
        "learn_biases": flag(),
        "anchor": Constraint(
            lambda anchor: anchor in ANCHORS if isinstance(anchor, str) else is_integer(anchor),
            "'median', 'mean' or the index of an LF",
            names=ANCHORS,
        ),
        "outliers": one_of("set_aside", "keep"),
        "prior_weight": positive(),
        "prior_mean": or_none(Constraint(math.isfinite, "a finite number")),
        "prior_variance": or_none(positive(infinite=True)),
        "uncovered": one_of("nan", "prior"),
        "max_iter": integer(1),
        "tol": at_least(0, infinite=True),
    }

    def __init__(
        self,
        *,
        method: Literal["differences", "em"] = "differences",
        learn_biases: bool = True,
        anchor: Anchor = "median",
        outliers: Literal["set_aside", "keep"] = "set_aside",
        prior_weight: float = 0.25,
        prior_mean: float | None = None,
        prior_variance: float | None = None,
        uncovered: Literal["nan", "prior"] = "nan",
        max_iter: int = 500,
        tol: float = 1e-4,
    ) -> None:
        self.method = method
        self.learn_biases = learn_biases
        self.anchor = anchor
        self.outliers = outliers
        self.prior_weight = prior_weight
        self.prior_mean = prior_mean
        self.prior_variance = prior_variance
        self.uncovered = uncovered
        self.max_iter = max_iter
        self.tol = tol

    # --- what users call

    def fit(self, L: ArrayLike, y: object = None, *, gold: object = None) -> Self:
        """Learn noise and biases from votes, without the truth or with some of it.

        Parameters
        ----------
        L : (n, m) array of floats
            The votes, nan to abstain; at least one row. A data frame of numbers will do.
        y : ignored
            Present for scikit-learn's pipelines: the truth cannot leak in through it.
        gold : (n,) array of floats, optional
            True values, nan where unknown.

        Returns
        -------
        self

        Raises
        ------
        LabelModelError
            Votes or gold that are no finite numbers or nan, of a wrong shape, no rows, or settings that
            cannot be.

        Warns
        -----
        UserWarning
            The votes do not tell the noise of some LFs; `identified_` says which.
        """
        return super().fit(L, gold=gold)

    @available_if(_keeps_no_rows)  # type: ignore[untyped-decorator]
    def partial_fit(self, L: ArrayLike, y: object = None, *, gold: object = None) -> Self:
        """Learn from these votes and all before: leaves what one `fit` on all rows leaves, up to rounding.

        Raises
        ------
        LabelModelError
            As `fit` does.
        AttributeError
            ``method="em"``, which needs all rows at once.
        """
        return super().partial_fit(L, gold=gold)

    def predict(self, L: ArrayLike) -> FloatArray:
        """Return (n,) posterior means of y; rows without a vote by the policy `uncovered`.

        Parameters
        ----------
        L : (n, m) array of floats
            Votes of the same LFs in the same order; no rows are allowed.

        Raises
        ------
        NotFittedError
            The model has not been fitted.
        LabelModelError
            Another number of LFs than in `fit`, or votes that are no finite numbers or nan.
        """
        return self._posterior(L)[0]

    def predict_std(self, L: ArrayLike) -> FloatArray:
        """Return (n,) posterior standard deviations of y; nan where `predict` is, or no noise is told."""
        return np.sqrt(self._posterior(L)[1])

    def predict_interval(self, L: ArrayLike, *, level: float = 0.95) -> FloatArray:
        """Return (n, 2) bounds that hold y with probability `level`, under the model.

        Raises
        ------
        LabelModelError
            A level that is no probability between 0 and 1, or votes as in `predict`.

        Examples
        --------
        >>> votes = np.array([[1.0, 1.5, 0.5], [4.0, 4.0, 5.0], [2.0, 3.0, 2.5], [7.0, 6.0, 6.5]])
        >>> model = NumericLabelModel().fit(votes)
        >>> low, high = model.predict_interval(votes[:1], level=0.9)[0]
        >>> bool(low < model.predict(votes[:1])[0] < high)
        True
        """
        if not 0 < level < 1:
            raise LabelModelError(f"level={level!r}; expected a probability between 0 and 1, such as 0.95")
        mean, variance = self._posterior(L)
        away = NormalDist().inv_cdf(0.5 + level / 2.0) * np.sqrt(variance)
        return np.stack([mean - away, mean + away], axis=1)

    # --- how it goes together

    def _read(self, L: object, *, reset: bool) -> FloatArray:
        votes = as_numbers(L)
        check_columns(self, L, reset=reset)
        if not isinstance(self.anchor, str) and not 0 <= self.anchor < votes.shape[1]:
            raise LabelModelError(
                f"anchor={self.anchor!r}; expected an LF 0..{votes.shape[1] - 1}, 'median' or 'mean'"
            )
        return votes

    def _read_gold(self, gold: object, *, n: int) -> FloatArray | None:
        return check_gold_numbers(gold, n=n)

    def _count(self, rows: Rows, *, after: DifferenceMoments | None = None) -> DifferenceMoments:
        wild = self._wild(rows)
        self.outliers_ = np.argwhere(wild)
        warn_of_outliers(rows.votes, self.outliers_)
        return DifferenceMoments.of(np.where(wild, np.nan, rows.votes), rows.gold)

    def _wild(self, rows: Rows) -> BoolArray:
        spread = None
        if self.outliers == "set_aside" and len(rows.votes):
            spread = Spread.of(
                rows.votes, rows.gold, prior_weight=self.prior_weight, learn_biases=self.learn_biases
            )
        return (
            np.zeros(rows.votes.shape, dtype=bool) if spread is None else spread.wild(rows.votes, rows.gold)
        )

    def _learn(self, stats: DifferenceMoments, rows: Rows | None) -> None:
        self._learn_from_moments(stats)
        if self.method == "em" and rows is not None and self._noise.typical > 0:
            votes = rows.votes.copy()
            votes[tuple(self.outliers_.T)] = np.nan
            self._maximise(votes, np.full(len(votes), np.nan) if rows.gold is None else rows.gold)
        warn_of_what_is_not_told(self._voted, self.identified_, quality="noisy")

    def _learn_from_moments(self, moments: DifferenceMoments) -> None:
        m = self.n_features_in_
        self.statistics_ = moments
        self._noise = noise(
            PairVariances.of(moments, biases=self.learn_biases), prior_weight=self.prior_weight
        )
        found = biases(moments, self._noise, anchor=self.anchor) if self.learn_biases else np.zeros(m)
        self.repeats_, self.identified_ = self._noise.repeats, self._noise.identified & self._voted
        self._describe_truth(found)
        self.search_, self.n_iter_, self.converged_ = None, 0, True
        self._describe(self._noise.variances, found)

    def _describe(self, variances: FloatArray, found: FloatArray) -> None:
        self._variances = np.where(self._voted, variances, np.nan)
        self.lf_biases_ = np.where(self._voted, found, np.nan)
        self.lf_scales_ = np.sqrt(self._variances)
        if not self._noise.typical > 0:  # 0 where LFs always agree, nan where they never meet
            self.lf_scales_ = np.where(self._voted, self._noise.typical, np.nan)

    def _describe_truth(self, found: FloatArray) -> None:
        spread, mean = self.prior_variance, self.prior_mean
        spread = spread_of_truth(self.statistics_, self._noise) if spread is None else float(spread)
        if mean is None:
            mean = mean_of_truth(self.statistics_, self._noise, found, spread)
        self.prior_mean_, self.prior_variance_ = float(mean), spread

    @property
    def _voted(self) -> BoolArray:
        voted: BoolArray = np.diagonal(self.statistics_.together)[:-1] > 0
        return voted

    def _maximise(self, votes: FloatArray, gold: FloatArray) -> None:
        """Go on to the maximum of the likelihood, if y has a spread to speak of."""
        if np.isinf(self.prior_variance_):
            return
        unit = np.sqrt(self._noise.typical)
        start = (
            np.log(self._noise.variances / unit**2),
            np.nan_to_num(self.lf_biases_) / unit,
            np.array([self.prior_mean_ / unit, np.log(self.prior_variance_ / unit**2)]),
        )
        found, search = self._em(votes, gold).run(start, max_iter=self.max_iter, tol=self.tol)
        logs, shifted, (mean, log_spread) = found
        self.objective_ = search.objective
        self._keep_search(search)
        self._settle(unit**2 * np.exp(logs), unit * shifted, unit * float(mean))
        self.prior_variance_ = float(unit**2 * np.exp(log_spread))
        self._warn_not_converged()

    def _em(self, votes: FloatArray, gold: FloatArray) -> GaussianEM:
        fixed = tuple(float("nan") if v is None else float(v) for v in (self.prior_mean, self.prior_variance))
        return GaussianEM(
            votes,
            gold,
            self.repeats_,
            self.prior_weight,
            self._noise.typical,
            (fixed[0], fixed[1]),
            self.learn_biases,
        )

    def _settle(self, variances: FloatArray, found: FloatArray, mean: float) -> None:
        """Move the level that EM leaves open, that of biases against mu, to the anchor."""
        free = self.learn_biases and self.prior_mean is None and not self.statistics_.together[-1].any()
        voted = np.flatnonzero(self._voted)
        now = Noise(variances, self.repeats_, self.identified_, self._noise.typical)
        shift = middle(found, voted, now, self.anchor) if free else 0.0
        self._describe(variances, found - shift)
        self.prior_mean_ = mean + shift

    def _posterior(self, L: ArrayLike) -> tuple[FloatArray, FloatArray]:
        votes = self._checked_votes(L)
        step = max(BLOCK_CELLS // votes.shape[1], 1)
        blocks = [self._block(votes[s : s + step]) for s in range(0, max(len(votes), 1), step)]
        return np.concatenate([b[0] for b in blocks]), np.concatenate([b[1] for b in blocks])

    def _block(self, votes: FloatArray) -> tuple[FloatArray, FloatArray]:
        off = np.nan_to_num(self.lf_biases_)
        if self.outliers == "set_aside" and self._noise.typical > 0:
            wild = Spread(off, self._variances, self.prior_mean_, self.prior_variance_).wild(votes)
            wild &= (~np.isnan(votes) & ~wild).any(
                axis=1, keepdims=True
            )  # where none would be left, all stay
            votes = np.where(wild, np.nan, votes)
        weighted = Weighted.of(votes, off, self._variances, self.repeats_)
        mean, variance = weighted.posterior(self.prior_mean_, self.prior_variance_)
        covered = (weighted.precisions > 0).any(axis=1)
        if not self._noise.typical > 0:
            variance = np.where(covered, self._noise.typical, variance)
        if self.uncovered == "nan":
            mean, variance = (np.where(covered, values, np.nan) for values in (mean, variance))
        return mean, variance

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags
