"""Learning which labeling functions depend on each other, from their votes and from their code."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

import numpy as np

from labelwright._errors import DependencyError
from labelwright._types import FloatArray, RandomState
from labelwright._validate import as_generator, did_you_mean, shorten
from labelwright.core import Dependency, DependencyGraph, LabelMatrix, VoteStatistics
from labelwright.dependencies.direct_edges import direct
from labelwright.dependencies.pseudolikelihood import pseudolikelihood_edges
from labelwright.dependencies.robust_pca import robust_pca_edges
from labelwright.dependencies.same_rows import SameRows, same_rows
from labelwright.dependencies.screening import screen
from labelwright.dependencies.things_read import Readers, overlap_of_readings, static_edges
from labelwright.dependencies.votes_seen import VotesSeen, blocks_of, seen, statistics_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Method: TypeAlias = Literal["auto", "pseudolikelihood", "robust_pca", "static"]
METHODS: tuple[str, ...] = get_args(Method)


def learn_dependencies(
    L: LabelMatrix | VoteStatistics | ArrayLike,
    *,
    method: Method = "auto",
    lfs: Readers | None = None,
    n_bootstraps: int = 100,
    min_support: float = 0.6,
    random_state: RandomState = 0,
) -> DependencyGraph:
    """Learn from votes, without labels, which LFs depend on each other beyond the class.

    An edge means that two LFs err together: where both vote, and given the class, their votes correlate, by
    0.15 or more. That both *vote* on the same rows is no dependence for LFs that vote several classes:
    keywords meet in long texts all the time, and a label model that counts votes alone is not misled by it.
    LFs that vote one class each have no other way to be alike; two of them have an edge where the one votes
    on half of the rows of the other, beyond what their class explains. Edges are direct: what passes through
    a third LF has none. Kinds, as `Dependency` has them: similar and exclusive for LFs that err together or
    against each other, reinforcing and fixing where a one-class LF follows a broader one with an equal or
    with another vote.

    Methods::

        auto              r[i, j] = a[i] a[j] + shared[i, j]        correlations where both vote; a: the class
                          pairs that one factor does not explain, found one by one with the others left out of
                          its fit; of these the direct ones, by the inverse of the correlations given the
                          class; one-class LFs by their rows; what LFs read as a prior; row bootstraps
        robust_pca        inverse(R) = sparse - low rank
        pseudolikelihood  each LF's vote predicted from the others', the class summed out, l1
        static            from what the LFs read alone, whatever they voted

    Parameters
    ----------
    L : LabelMatrix, VoteStatistics or (n, m) array of integers
        The votes; votes for sets of classes count as abstaining.
    method : {"auto", "pseudolikelihood", "robust_pca", "static"}, default "auto"
        How to learn. On no planted structure of ``benchmarks/structure.md`` is another method more exact than
        the default, and it alone links LFs that vote one class each.
    lfs : iterable of LabelingFunction, or mapping of LF name to things that it reads, optional
        What the LFs read. Needed for "static"; for "auto" a prior: LFs that read the same things for the most
        part need less evidence.
    n_bootstraps : int, default 100
        Row bootstraps for `Dependency.support`, 0 for none; "auto" and "robust_pca" alone draw them. Rows are
        dealt to 50 blocks at random, and blocks are drawn.
    min_support : float, default 0.6
        Share of the bootstraps in which an edge must be found again (stability selection, N. Meinshausen and
        P. Bühlmann, 2010).
    random_state : int, numpy.random.Generator or None, default 0
        Seeds bootstraps and samples of rows.

    Returns
    -------
    DependencyGraph
        Its strengths are correlations of votes given the class or, for one-class LFs, shares of common rows.

    Raises
    ------
    DependencyError
        An unknown method, settings that cannot be, "static" without `lfs`, LFs that the votes lack, or more
        LFs than whose pairs can be counted (about 1,300 of two classes).

    Notes
    -----
    What cannot be known from votes: which of two groups of LFs copies and which is right. LFs that correlate
    by 0.6 or more are presumed to copy unless the others show them accurate; with fewer than three groups
    the votes are taken at their word. Three LFs alone have no dependencies that show; four have pairs of
    which two explain the same; from five on, pairs are identified.

    One factor is exact for two classes, and for LFs with one accuracy for k. Where LFs vote far more often
    in one class than in the other, the common rows of a pair are not like those of another, and weak edges
    can be false. Where residuals scatter more than chance would have it, an edge has to stand out from them.

    Source: robust PCA of P. Varma et al., "Learning dependency structures for weak supervision models" (2019)
    for the idea of sparse plus low rank; the rest is labelwright's own. l1 alone is not in "auto": see
    ``benchmarks/structure.md``. Cost: O(u m² k) for u <= 65,536 patterns or sampled rows, then
    O(`n_bootstraps` m²) times some hundred, whatever the number of rows; memory at most 256 MiB beside.

    Examples
    --------
    >>> from labelwright.testing import Structure, one_coin_table, sample_correlated_votes
    >>> copying = Structure(copies=((5, 4, 0.9), (6, 4, 0.9)))
    >>> table = one_coin_table([0.8, 0.7, 0.75, 0.8, 0.65, 0.7, 0.7], propensities=0.8)
    >>> L = sample_correlated_votes(table, 3000, copying, random_state=0).label_matrix
    >>> print(learn_dependencies(L))
    DependencyGraph: 2 dependencies among 7 LFs, in 1 group
      lf_4 - lf_5   similar   +0.91   in 100%   auto
      lf_4 - lf_6   similar   +0.91   in 100%   auto
    """
    _check_settings(method, lfs, n_bootstraps, min_support)
    generator = as_generator(random_state)
    stats = statistics_of(L)
    expected = None if lfs is None else overlap_of_readings(lfs, stats.lf_names)
    if method == "static" and expected is not None:
        return DependencyGraph(stats.lf_names, tuple(static_edges(expected)))
    blocks = blocks_of(stats, generator)
    votes = seen(stats, blocks, expected)
    if method == "pseudolikelihood":
        return DependencyGraph(stats.lf_names, tuple(pseudolikelihood_edges(votes, generator)))
    find = residual_edges if method == "auto" else robust_pca_edges
    edges = find(votes)
    if edges and n_bootstraps:
        samples = (votes.redrawn(blocks, generator) for _ in range(n_bootstraps))
        again = Counter(edge.pair for sample in samples for edge in find(sample))
        edges = _supported(edges, again, n_bootstraps, min_support)
    return DependencyGraph(stats.lf_names, tuple(edges))


def _supported(
    edges: list[Dependency], again: Counter[tuple[int, int]], samples: int, least: float
) -> list[Dependency]:
    """Return the edges with the share of samples in which each was found again, where that is enough."""
    shares = [again[edge.pair] / samples for edge in edges]
    return [replace(edge, support=share) for edge, share in zip(edges, shares, strict=True) if share >= least]


def _check_settings(method: object, lfs: object, n_bootstraps: int, min_support: float) -> None:
    if method not in METHODS:
        raise DependencyError(
            f"method={method!r}{did_you_mean(method, METHODS)}; expected one of {shorten(METHODS)}"
        )
    if method == "static" and lfs is None:
        raise DependencyError("method='static' reads the LFs' code; pass lfs=, the labeling functions")
    if not n_bootstraps >= 0:
        raise DependencyError(f"n_bootstraps={n_bootstraps!r}; expected 0 or more")
    if not 0 <= min_support <= 1:
        raise DependencyError(f"min_support={min_support!r}; expected a share from 0 to 1")


# --- dependencies from what the class leaves unexplained: the method that `auto` rests on


def residual_edges(votes: VotesSeen, *, origin: str = "auto") -> list[Dependency]:
    """Find LFs that err together where both vote, and one-class LFs that vote on the same rows.

    Cost: O(m²) a round of `screen`, O(c³) for a component of c LFs.
    """
    r, rows = votes.counts.correlations()
    erring = screen(r, rows, expected=votes.expected)
    same = same_rows(votes.counts, votes.reach)
    same_pairs = same.pairs & ~erring.pairs & (rows == 0)
    shared = np.where(rows > 0, erring.residuals.shared, np.where(same_pairs, same.correlation, 0.0))
    evidence = np.where(rows > 0, rows, same.voted)
    pairs = direct(erring.pairs | same_pairs, shared, evidence)
    return [
        _voting_edge(i, j, same, origin) if same_pairs[i, j] else _erring_edge(i, j, shared, origin)
        for i, j in np.argwhere(np.triu(pairs, 1)).tolist()
    ]


def _erring_edge(i: int, j: int, shared: FloatArray, origin: str) -> Dependency:
    strength = float(shared[i, j])
    return Dependency(i, j, "similar" if strength > 0 else "exclusive", strength, origin=origin)


def _voting_edge(i: int, j: int, same: SameRows, origin: str) -> Dependency:
    share = float(same.share[i, j])
    if same.twins[i, j]:
        kind = "exclusive" if same.against[i, j] else "similar"
        return Dependency(i, j, kind, share if kind == "similar" else -share, origin=origin)
    broad, narrow = (i, j) if same.size[i] >= same.size[j] else (j, i)
    kind = "fixing" if same.against[i, j] else "reinforcing"
    return Dependency(broad, narrow, kind, share, origin=origin)
