"""Loadings from products: d[a] d[b] is observed for pairs, d is wanted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from labelwright._types import BoolArray, FloatArray, IntArray
from labelwright.core.votes.hand_labels import LabeledVotes
from labelwright.label_models._moments.vote_moments import VoteMoments, lfs_apart

if TYPE_CHECKING:
    from scipy.sparse import csr_array

CONTRADICTED = -3.0  # standard errors below zero at which the others contradict a sign that was assumed
MIN_RATE = 0.01  # no class makes a vote more than a hundred times rarer than it is overall
MIN_HELD = 1e-12  # of what pairs weigh: less cannot be told from their rounding, and leaves nothing to solve


@dataclass(frozen=True, slots=True, eq=False)
class Products:
    """Observed products of loadings, one a pair of variables.

    Attributes
    ----------
    values : (b, b) float64
        Estimates of d[a] d[b]; what is on pairs that are not `apart` has no meaning.
    spread : (b, b) float64
        The mean square of what `values` are means of.
    apart : (b, b) bool
        Whether two variables are of different LFs.
    n : int
        Rows.
    """

    values: FloatArray
    spread: FloatArray
    apart: BoolArray
    n: int

    def weights(self, products: FloatArray) -> FloatArray:
        """Return (b, b) inverse variances of the logarithms, if the products are these."""
        known = self.apart & (self.spread > 0)
        return np.where(known, self.n * products**2 / np.where(known, self.spread, 1.0), 0.0)


def log_loadings(products: Products, prior: FloatArray, *, prior_weight: FloatArray | float) -> FloatArray:
    """Solve ``log |M_ab| = log |d_a| + log |d_b|`` by weighted least squares; return d with prior's signs.

    The first solution leaves out pairs whose sign contradicts those of the prior and weights the others by
    the inverse variances of their logarithms, ``n M² / E[(x_a x_b)²]``. The second takes weights from the
    first solution's products and, in place of the logarithm, its tangent there, so that a product that
    noise made small, or negative, counts for what it says and no more.

    Parameters
    ----------
    products : Products
        M.
    prior : (b,) float64
        Loadings, not 0, that are assumed where pairs say nothing; their signs are kept.
    prior_weight : float or (b,) float64
        Inverse variance of the logarithm that the prior is taken to have.

    Returns
    -------
    (b,) float64
    """
    signs = np.sign(prior)
    aligned = products.values * np.outer(signs, signs)
    start = np.log(np.abs(prior))
    usable = (aligned > 0) & products.apart
    logs = np.log(np.where(usable, aligned, 1.0))
    weights = np.where(usable, products.weights(aligned), 0.0)
    first = _solve(weights, logs, start, prior_weight)
    fitted = np.exp(first[:, None] + first[None, :])
    tangent = first[:, None] + first[None, :] + np.clip(aligned / fitted - 1.0, -1.0, 1.0)
    loadings: FloatArray = signs * np.exp(
        _solve(products.weights(fitted), tangent, first, prior_weight, start)
    )
    return loadings


def _solve(
    weights: FloatArray,
    logs: FloatArray,
    near: FloatArray,
    prior_weight: FloatArray | float,
    prior: FloatArray | None = None,
) -> FloatArray:
    """Minimise ``½ sum w (y_ab - x_a - x_b)² + prior_weight |x - prior|²``; nothing moves far from `near`."""
    towards = near if prior is None else prior
    of_pairs = weights.sum(axis=1)
    held = np.maximum(prior_weight, MIN_HELD * of_pairs)
    matrix = weights + np.diag(of_pairs + held)
    solution: FloatArray = np.linalg.solve(matrix, (weights * logs).sum(axis=1) + held * towards)
    return np.clip(solution, near - 5.0, near + 5.0)


def contradict(products: Products, prior: FloatArray) -> FloatArray:
    """Return the prior with the signs turned of variables that the others contradict, one after the other.

    A variable is contradicted where its products with the others, weighted by the others' assumed loadings,
    sum to more than 3 standard errors below zero.
    """
    turned = prior.copy()
    for _ in range(len(prior) // 2):
        values = np.where(products.apart, products.values, 0.0) @ turned * np.sign(turned)
        spread = np.where(products.apart, products.spread, 0.0) @ turned**2 / max(products.n, 1)
        z = values / np.sqrt(np.where(spread > 0, spread, np.inf))
        worst = int(z.argmin())
        if z[worst] >= CONTRADICTED:
            break
        turned[worst] = -turned[worst]
    return turned


@dataclass(frozen=True, slots=True, eq=False)
class OneVsRest:
    """Votes as seen by one class: for it, or for another.

    Attributes
    ----------
    together : (b, b) float64
        How often two of them are cast together; the diagonal is how often each is cast.
    lf : (b,) integers
        The LF of each.
    against : (b,) bool
        Whether it is for another class.
    place : (a,) integers
        Which of them each vote is.
    n : int
        Rows.
    k : int
        Classes.
    labeled : LabeledVotes
        How often each is cast on rows labeled c, and on those labeled otherwise.
    component : (m,) int64 or None
        The component of a dependency graph that each LF belongs to, -1 for none.
    merge : (b, a) sparse float64
        1 where a vote is one of them.
    """

    together: FloatArray
    lf: IntArray
    against: BoolArray
    place: IntArray
    n: int
    k: int
    labeled: LabeledVotes
    component: IntArray | None
    merge: csr_array

    @classmethod
    def of(cls, moments: VoteMoments, c: int) -> OneVsRest:
        """Merge all votes that one LF casts for classes other than c."""
        from scipy.sparse import csr_array

        keys, place = np.unique(2 * moments.lf + (moments.vote != c), return_inverse=True)
        a = len(place)
        merge = csr_array((np.ones(a), (place, np.arange(a))), shape=(len(keys), a))
        together = merge @ (merge @ moments.together).T
        labeled = moments.labeled.one_vs_rest(c, merge)
        return cls(
            together,
            keys // 2,
            keys % 2 == 1,
            place,
            moments.n,
            moments.k,
            labeled,
            moments.component,
            merge,
        )

    @property
    def rate(self) -> FloatArray:
        """(b,): how often each is cast."""
        return np.diagonal(self.together)

    @property
    def apart(self) -> BoolArray:
        """(b, b): whether they are of LFs independent of each other and, for k > 2, not both against class c.

        Votes for the other classes are far from independent given "the rest": two LFs for one of those
        classes meet on its rows, two LFs for different ones never should.
        """
        both_against = np.outer(self.against, self.against) & (self.k > 2)
        return lfs_apart(self.lf, self.component) & ~both_against

    def covariances(self, share: float) -> Products:
        """Return the products of ``d = P(cast | c) - P(cast | rest)``: covariances over the class' own."""
        rate, variance = self.rate, share * (1.0 - share)
        one, two = rate[:, None], rate[None, :]
        spread = self.together * (1 - 2 * one) * (1 - 2 * two)
        spread += one * (1 - 2 * one) * two**2 + two * (1 - 2 * two) * one**2 + (one * two) ** 2
        return Products(
            (self.together - one * two) / variance, np.maximum(spread, 0.0) / variance**2, self.apart, self.n
        )

    def likely(self, precision: float) -> FloatArray:
        """(b,): how many times likelier class c makes each than the rest, for votes right that often."""
        wrong = (1.0 - precision) / (self.k - 1)
        return np.where(self.against, (1.0 - precision) / (1.0 - wrong), precision / wrong)

    def with_labels(self, assumed: FloatArray, weight: float) -> tuple[FloatArray, FloatArray]:
        """Return (b,) differences as assumed and as hand labels show, and how sure their logarithms are.

        The two are averaged by inverse variance: `weight` is that of the assumed logarithm, hence about
        ``weight / assumed²`` that of the assumed difference itself.
        """
        shown, precision = self.labeled.differences()
        sure = weight / assumed**2
        mean = (sure * assumed + precision * shown) / (sure + precision)
        least = MIN_RATE * np.abs(assumed)
        believed = np.where(np.abs(mean) < least, np.copysign(least, mean), mean)
        return believed, believed**2 * (sure + precision)

    def silence(self, rates: FloatArray, *, m: int) -> FloatArray:
        """Return (m, 2) P(LF j abstains | c) and P(LF j abstains | rest), floored, from those of voting."""
        voting, often = np.zeros((m, 2)), np.zeros(m)
        np.add.at(voting, self.lf, rates)
        np.add.at(often, self.lf, self.rate)
        least = np.maximum(MIN_RATE * (1.0 - often), 1e-12)[:, None]
        silent: FloatArray = np.clip(1.0 - voting, least, 1.0)
        return silent

    def rates_given(self, differences: FloatArray, share: float) -> FloatArray:
        """Return (b, 2) P(cast | c) and P(cast | rest), floored, from their differences."""
        given = np.stack([self.rate + differences * (1 - share), self.rate - differences * share], axis=1)
        return np.clip(given, MIN_RATE * self.rate[:, None], 1.0)


def centred_rates(
    view: OneVsRest, share: float, *, precision: float, prior_weight: float
) -> tuple[FloatArray, BoolArray]:
    """Return (b, 2) P(cast | c), P(cast | rest) from covariances of votes, and which are contradicted."""
    likely = view.likely(precision)
    assumed = (likely - 1.0) * view.rate / (share * likely + 1.0 - share)
    products = view.covariances(share)
    believed, precision_of_log = view.with_labels(assumed, prior_weight)
    prior = contradict(products, believed)
    differences = log_loadings(products, prior, prior_weight=precision_of_log)
    return view.rates_given(differences, share), np.sign(prior) != np.sign(assumed)


def raw_rates(
    view: OneVsRest, share: float, *, precision: float, prior_weight: float
) -> tuple[FloatArray, BoolArray]:
    """Return (b, 2) P(cast | c), P(cast | rest) as FlyingSquid has them, and that none is contradicted.

    LFs vote 1, -1 or 0; ``E[vote_i vote_j] = a_i a_j`` with ``a_i = E[vote_i Y]``, and voting at all does
    not depend on the class.
    """
    lfs, place = np.unique(view.lf, return_inverse=True)
    signs = np.where(view.against, -1.0, 1.0)
    split = (place[None, :] == np.arange(len(lfs))[:, None]).astype(np.float64)
    signed = split * signs
    voted = split @ view.rate
    products = Products(
        signed @ view.together @ signed.T,
        split @ view.together @ split.T,
        lfs_apart(lfs, view.component),
        view.n,
    )
    wrong = (1.0 - precision) / (view.k - 1)
    prior = voted * (precision - wrong) / (precision + wrong)
    agreement = np.minimum(log_loadings(products, prior, prior_weight=prior_weight), voted)
    positive = (split * ~view.against) @ view.rate
    both = 0.5 * (positive + share * voted - voted + 0.5 * (voted + agreement))
    return _cells(view, place, both, positive, voted, agreement, share), np.zeros(len(view.lf), dtype=bool)


def _cells(
    view: OneVsRest,
    place: IntArray,
    both: FloatArray,
    positive: FloatArray,
    voted: FloatArray,
    agreement: FloatArray,
    share: float,
) -> FloatArray:
    """Return (b, 2) rates from the cells of vote and class, of which `both` is P(vote for c, class c)."""
    for_c = np.stack([both, positive - both], axis=1)
    for_rest = np.stack([share * voted - both, 0.5 * (voted + agreement) - both], axis=1)
    cells = np.where(view.against[:, None], for_rest[place], for_c[place])
    return np.clip(cells / [share, 1.0 - share], MIN_RATE * view.rate[:, None], 1.0)
