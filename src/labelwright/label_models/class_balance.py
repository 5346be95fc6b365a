"""How common each class is, from the votes of three LFs at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from labelwright._display.shown import Shown
from labelwright._types import ABSTAIN, FloatArray, IntArray, RandomState, VoteArray
from labelwright._validate import as_generator
from labelwright.core import LabelMatrix, VotePatterns, VoteStatistics, vote_patterns
from labelwright.core.votes.log_space import log_sum_exp, safe_log, softmax
from labelwright.label_models._em.em import ConfusionTable
from labelwright.label_models._input import as_integers, as_votes, learn_k, pull_to_equal
from labelwright.label_models._moments.triple_tables import TripleTables, choose_triples
from labelwright.label_models._settings import at_least

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


PRECISION = 0.7  # what votes are assumed to be right with at the start
PSEUDO_COUNT = 0.01  # rows a triple; keeps outcomes that a class never shows from being impossible
MAX_CELLS = 2_000_000  # outcomes of all triples, times classes: bounds time and memory of a step
ENOUGH = 1e-3  # a step that raises the log likelihood of all rows by less is the last one
ENOUGH_FOR_A_DRAW = 1e-2


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ClassBalance(Shown):
    """An estimated class balance, and how far it can be trusted.

    Attributes
    ----------
    shares : (k,) float64
        The estimate to use: `raw` drawn towards equal shares.
    raw : (k,) float64
        What the third moments say.
    standard_errors : (k,) float64
        Standard deviations of `raw` over bootstrap draws; nan where none were taken.
    shrinkage : float
        How far `shares` are drawn: 0 leaves `raw`, 1 gives equal shares.
    n_triples : int
        Triples of LFs used; 0 where there are fewer than three LFs that vote.
    identified : bool
        Whether there are as many rows, and numbers in the tables of the triples, as parameters; where not,
        `shares` are equal.
    converged : bool
        Whether the search stood still.
    """

    shares: FloatArray
    raw: FloatArray
    standard_errors: FloatArray
    shrinkage: float
    n_triples: int
    identified: bool
    converged: bool

    def interval(self, *, errors: float = 1.96) -> FloatArray:
        """Return (k, 2) bounds `errors` standard errors around `raw`, kept within 0..1."""
        away = errors * self.standard_errors
        return np.clip(np.stack([self.raw - away, self.raw + away], axis=1), 0.0, 1.0)


def estimate_class_balance(
    L: LabelMatrix | VoteStatistics | VotePatterns | ArrayLike,
    *,
    n_classes: int | None = None,
    n_triples: int = 200,
    n_bootstrap: int = 20,
    max_iter: int = 1000,
    random_state: RandomState = 0,
) -> ClassBalance:
    """Estimate P(y) from third moments of the votes, without labels.

    For LFs that are independent given the class, the table of what three of them do is
    ``P(a, b, c) = sum_y P(y) mu_1[a, y] mu_2[b, y] mu_3[c, y]``, and three are enough to tell P(y) and mu
    apart. Abstaining is one of the outcomes: LFs that vote for one class only tell nothing without it. The
    tables of many triples share P(y) and mu, which maximise the sum of their log likelihoods.

    Parameters
    ----------
    L : LabelMatrix, (n, m) array of integers, VoteStatistics or VotePatterns
        The votes, or distinct votes with counts.
    n_classes : int, optional
        The number of classes; from the data without.
    n_triples : int, default 200
        Most triples of LFs; beyond that they are drawn, LFs by how often they vote. Fewer are taken where
        their outcomes times classes could exceed 2 million.
    n_bootstrap : int, default 20
        Bootstrap draws of the rows, for the standard errors; 0 for none, and then no shrinkage.
    max_iter : int, default 1000
        Most steps of a search.
    random_state : int, numpy.random.Generator or None
        Seeds the draws.

    Returns
    -------
    ClassBalance
        ``shares`` are ``(1 - w) raw + w / k`` with ``w = sum se² / sum (raw - 1/k)²``, at most 1: what does
        not stand out of its own noise counts as equal shares. Fewer than three LFs give equal shares, and
        so do fewer rows, or fewer numbers in the tables, than there are parameters: with many classes and
        LFs that vote for one each, take more triples.

    Raises
    ------
    LabelModelError
        Votes that are no votes, or settings that cannot be.

    Notes
    -----
    Source: the class balance of MeTaL (``metal/label_model/class_balance.py``), third moments fitted by
    L-BFGS over triples, abstaining included. Deviations: likelihood of the tables instead of squared
    differences, so that frequent and rare outcomes count by their noise; parameters that are probabilities
    by construction; the same search started at votes that are right 7 times in 10, which orders the
    classes; a bounded number of triples; the bootstrap and the shrinkage.

    The standard errors are those of sampling. LFs that copy each other bias the estimate by more than that
    and no error bar shows it: on written labeling functions compare it with what is known of the data.

    Cost: O(triples * patterns * draws) once, then O(outcomes that occur * k) a step.

    Examples
    --------
    >>> from labelwright.testing import one_coin_table, sample_votes
    >>> table = one_coin_table([0.9, 0.8, 0.7, 0.8])
    >>> planted = sample_votes(table, 4000, class_balance=[0.8, 0.2], random_state=0)
    >>> found = estimate_class_balance(planted.label_matrix)
    >>> bool(abs(found.shares[0] - 0.8) < 0.03), found.n_triples
    (True, 4)
    """
    at_least(1).check("n_triples", n_triples)
    at_least(0).check("n_bootstrap", n_bootstrap)
    at_least(1).check("max_iter", max_iter)
    votes, counts, k = _patterns_of(L, n_classes)
    generator = as_generator(random_state)
    lfs = np.flatnonzero((votes != ABSTAIN).any(axis=0))
    if len(lfs) < 3:
        equal = np.full(k, 1.0 / k)
        return ClassBalance(equal, equal, np.full(k, np.nan), 1.0, 0, False, True)
    most = min(n_triples, max(1, MAX_CELLS // (k * min(len(votes), (k + 1) ** 3))))
    triples = choose_triples(votes[:, lfs], counts, most, generator)
    used, places = np.unique(triples, return_inverse=True)
    weights = _bootstrap(counts, n_bootstrap, generator)
    tables = TripleTables.of(votes[:, lfs[used]], weights, places.reshape(triples.shape), k)
    return _estimate(tables, len(triples), max_iter)


def balance_from_votes(patterns: VotePatterns, k: int, *, estimate: bool) -> FloatArray:
    """Return the (k,) balance of a model that was given none: estimated, or equal shares."""
    if not estimate:
        return np.full(k, 1.0 / k)
    return estimate_class_balance(patterns, n_classes=k, n_bootstrap=10).shares


def _patterns_of(
    L: LabelMatrix | VoteStatistics | VotePatterns | ArrayLike, n_classes: int | None
) -> tuple[VoteArray, IntArray, int]:
    """Return distinct votes, their counts, and the number of classes."""
    if isinstance(L, LabelMatrix | VoteStatistics):
        n_classes = L.k if n_classes is None else n_classes
        L = L.patterns()
    array = as_integers(L.votes if isinstance(L, VotePatterns) else L)
    k = learn_k(L, array, n_classes)
    patterns = vote_patterns(as_votes(L, array, k))
    if not isinstance(L, VotePatterns):
        return patterns.votes, patterns.counts, k
    # Patterns may come unmerged; in one order, the draws do not depend on how they came.
    counts = np.bincount(patterns.inverse, weights=L.counts, minlength=len(patterns))
    return patterns.votes, counts.astype(np.int64), k


def _bootstrap(counts: IntArray, draws: int, generator: np.random.Generator) -> FloatArray:
    """Return (u, 1 + draws): the counts, and counts of as many rows drawn from them."""
    n = int(counts.sum())
    drawn = generator.multinomial(n, counts / max(n, 1), size=draws).T
    return np.column_stack([counts, drawn]).astype(np.float64)


def _estimate(tables: TripleTables, n_triples: int, max_iter: int) -> ClassBalance:
    """Fit the data and every bootstrap draw, and shrink by what the draws say."""
    start, rows = _start(tables), tables.counts[:, 0].sum() / n_triples
    fitted, converged = _maximise(tables, tables.counts[:, 0], start, max_iter, gain=ENOUGH / rows)
    order = _class_order(fitted)
    raw = fitted.balance[order]
    near = [
        _maximise(tables, counts, fitted, max_iter, gain=ENOUGH_FOR_A_DRAW / rows)[0]
        for counts in tables.counts[:, 1:].T
    ]
    draws, k = [found.balance[order] for found in near], len(raw)
    errors = np.std(draws, axis=0, ddof=1) if len(draws) > 1 else np.full(k, np.nan)
    identified = tables.enough()
    shrinkage = pull_to_equal(raw, errors) if identified else 1.0
    shares = (1.0 - shrinkage) * raw + shrinkage / k
    return ClassBalance(shares, raw, errors, shrinkage, n_triples, identified, converged)


def _start(tables: TripleTables) -> ConfusionTable:
    """Return equal shares, and LFs that do what they do overall but are right with `PRECISION`."""
    v = tables.v
    k = v - 1
    overall = (tables.indicators.T @ tables.counts[:, 0]).reshape(-1, v)
    overall /= overall.sum(axis=1, keepdims=True)
    likely = np.where(np.eye(k, dtype=bool), PRECISION, (1.0 - PRECISION) / (k - 1)) * k
    confusion = np.empty((len(overall), v, k))
    confusion[:, :k] = overall[:, :k, None] * likely
    confusion[:, k] = np.maximum(1.0 - confusion[:, :k].sum(axis=1), 0.1 * overall[:, k:])
    confusion += 1e-6
    confusion /= confusion.sum(axis=1, keepdims=True)
    return ConfusionTable(np.full(k, 1.0 / k), confusion.reshape(-1, k))


def _maximise(
    tables: TripleTables, counts: FloatArray, start: ConfusionTable, max_iter: int, *, gain: float
) -> tuple[ConfusionTable, bool]:
    """Return the parameters of the largest likelihood near the start, and whether they stood still.

    Parameters are softmaxes of what is searched for. By Fisher's identity the gradient is that of the
    expected complete likelihood: expected counts minus probabilities times their totals.
    """
    from scipy.optimize import minimize

    v, k = tables.v, tables.v - 1
    total = counts.sum()
    prior = PSEUDO_COUNT

    def parameters(flat: FloatArray) -> ConfusionTable:
        return ConfusionTable(
            softmax(flat[None, :k])[0],
            _columns_softmax(flat[k:].reshape(-1, v, k)).reshape(-1, k),
        )

    def objective(flat: FloatArray) -> tuple[float, FloatArray]:
        now = parameters(flat)
        joint = safe_log(now.balance) + tables.indicators @ safe_log(now.confusion)
        weighted = softmax(joint) * counts[:, None]
        shares = weighted.sum(axis=0)
        expected = (tables.indicators.T @ weighted).reshape(-1, v, k) + prior
        confusion = now.confusion.reshape(-1, v, k)
        likelihood = counts @ log_sum_exp(joint) + prior * np.log(np.maximum(confusion, 1e-300)).sum()
        slope = expected - confusion * expected.sum(axis=1, keepdims=True)
        gradient = np.concatenate([shares - now.balance * total, slope.ravel()])
        return -float(likelihood) / total, -gradient / total

    flat = np.concatenate([np.log(start.balance), np.log(np.maximum(start.confusion, 1e-9)).ravel()])
    found = minimize(
        objective,
        flat,
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": max_iter, "maxfun": 2 * max_iter, "gtol": 1e-10, "ftol": gain, "maxcor": 20},
    )
    return parameters(found.x), bool(found.nit < max_iter)


def _columns_softmax(logits: FloatArray) -> FloatArray:
    """Return (m, v, k) probabilities that sum to 1 over the outcomes."""
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities: FloatArray = shifted / shifted.sum(axis=1, keepdims=True)
    return probabilities


def _class_order(fitted: ConfusionTable) -> IntArray:
    """Return which found class is which: the matching under which votes are right most often."""
    from scipy.optimize import linear_sum_assignment

    k = len(fitted.balance)
    votes = fitted.confusion.reshape(-1, k + 1, k)[:, :k].sum(axis=0) * fitted.balance
    order: IntArray = linear_sum_assignment(votes, maximize=True)[1]
    return order
