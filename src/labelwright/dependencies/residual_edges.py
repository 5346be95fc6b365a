"""Dependencies from what the class leaves unexplained: the method that `auto` rests on."""

from __future__ import annotations

import numpy as np

from labelwright._types import FloatArray
from labelwright.core import Dependency
from labelwright.dependencies.direct_edges import direct
from labelwright.dependencies.same_rows import SameRows, same_rows
from labelwright.dependencies.screening import screen
from labelwright.dependencies.votes_seen import VotesSeen


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
