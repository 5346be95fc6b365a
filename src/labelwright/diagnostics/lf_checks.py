"""What LFs say of each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

import numpy as np

from labelwright._types import IntArray
from labelwright.diagnostics.examination import MIN_ROWS, Examination
from labelwright.diagnostics.finding import Finding, named, number, percent

if TYPE_CHECKING:
    from labelwright.label_models.base import BaseLabelModel

SIGNIFICANT: Final = 4.0
"""Standard errors below chance at which the others contradict an LF: of hundreds of LFs, none by chance."""

CLEARLY: Final = 0.03
"""Below chance by less, an LF is useless but does no harm."""

TRUSTED_MORE: Final = 0.2
"""An estimate so far above what the others say comes from an LF, or its copies, agreeing with itself."""

FOLLOWED: Final = 0.8
"""Below, a model hardly follows an LF."""


def disagreement(model: BaseLabelModel, seen: Examination) -> Iterator[Finding]:
    """Find LFs that the others contradict, and near duplicates."""
    worse = contradicted_lfs(seen)
    if len(worse):
        names = tuple(seen.names[j] for j in worse)
        most = worse[(seen.peers.support - seen.peers.chance)[worse].argmin()]
        yield Finding(
            kind="contradicted",
            urgency="warning",
            message=f"{number(len(worse), 'LF')} {'is' if len(worse) == 1 else 'are'} worse than chance "
            f"as the others see it: {named(names)} (the others give the votes of {seen.names[most]!r} "
            f"{percent(seen.peers.support[most])}, votes at random {percent(seen.peers.chance[most])}); read "
            "some of those rows and turn or delete the LF that is wrong",
            lfs=names,
        )
    for group in seen.copies:
        names = tuple(seen.names[j] for j in group)
        shared = (
            "they share one voice here" if model.discounts_duplicates else "this model counts each in full"
        )
        if _joined(model, group):
            shared = "they depend on each other by the graph and are taken together"
        if not model.learns:
            shared = "each has a vote here"
        yield Finding(
            kind="near-duplicates",
            urgency="warning",
            message=f"LFs {named(names)} are near duplicates, equal on nearly all rows where they vote: "
            f"{shared}; keep one of them",
            lfs=names,
            numbers={"lfs": len(group)},
        )


def overtrusted(model: BaseLabelModel, seen: Examination) -> Iterator[Finding]:
    """Find LFs that a model trusts more than the other LFs do."""
    peers, estimates = seen.peers, model.lf_accuracies_
    with np.errstate(invalid="ignore"):
        above = estimates - peers.accuracies > TRUSTED_MORE + SIGNIFICANT * peers.errors
        above &= estimates > FOLLOWED
    found = np.flatnonzero(above & seen.several & (peers.met >= MIN_ROWS) & (len(seen.counts.voting) > 2))
    if len(found):
        names = tuple(seen.names[j] for j in found)
        most = found[(estimates - peers.accuracies)[found].argmax()]
        yield Finding(
            kind="overtrusted",
            urgency="warning",
            message=f"{type(model).__name__} trusts {named(names)} more than the other LFs do "
            f"({seen.names[most]!r}: {percent(estimates[most])} right, {percent(peers.accuracies[most])} as "
            "the others see it): it may follow an LF that agrees with itself; compare with LabelModel",
            lfs=names,
        )


def _joined(model: BaseLabelModel, group: Iterable[int]) -> bool:
    """Whether the dependency graph of a model, if any, joins all LFs of a group."""
    graph = model.dependencies_
    return graph is not None and any(set(group) <= set(lfs) for lfs in graph.components())


def contradicted_lfs(seen: Examination) -> IntArray:
    """Return the LFs, of those that vote several classes, that are worse than chance for the others.

    With fewer than three LFs nobody can say who is wrong.
    """
    peers = seen.peers
    gap = peers.chance - peers.support
    worse = (gap > SIGNIFICANT * peers.chance_errors) & (gap > CLEARLY) & (peers.met >= MIN_ROWS)
    return np.flatnonzero(worse & seen.several & (len(seen.counts.voting) > 2))
