"""What to write next: which LFs to merge, fix or drop, and which classes and rows lack votes."""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import Final

import numpy as np

from labelwright._text import listed, percent
from labelwright.advisor.modelling.examination import ClassVotes, VoteExamination
from labelwright.advisor.next_steps.accuracies import accuracy_findings
from labelwright.advisor.next_steps.votes import (
    class_findings,
    conflict_findings,
    coverage_findings,
    duplicate_findings,
    noise_findings,
    silence_findings,
    size_findings,
)
from labelwright.core.finding import Finding, most_pressing_first

OFTEN_CONTESTED: Final = 0.3
"""A class that shares so many of its rows with another is not told apart from it."""

ENOUGH_ROWS: Final = 0.01
"""Of all rows: a class with fewer is not worth a sentence."""

ONE_VOTE: Final = 0.5
"""Covered rows with one vote, from which on most labels rest on one LF alone."""


def next_steps(examined: VoteExamination) -> tuple[Finding, ...]:
    """Return what to write, merge, fix and drop, the most pressing first."""
    if not examined.stats.n:
        return ()
    counts = examined.counts
    chance = 1 / examined.stats.k
    cleared = {one.name for one in examined.known if one.judged and one.low > chance}
    found = [
        *_idle_labels(examined),
        *accuracy_findings(examined.known, k=examined.stats.k),
        *size_findings(counts),
        *silence_findings(counts),
        *_contradicted(examined, cleared),
        *class_findings(counts),
        *coverage_findings(counts),
        *_lonely(examined),
        *noise_findings(counts),
        *_copies(examined),
        *conflict_findings(counts, examined.known),
        *_confused(examined.classes),
    ]
    return most_pressing_first(found)


def _idle_labels(examined: VoteExamination) -> Iterator[Finding]:
    """Find hand labels that would help the label model and do not teach it."""
    found = examined.gold_gain
    if found is not None and not found.in_use and found.gain.low > 0:
        yield Finding(
            kind="hand-labels",
            urgency="check",
            finding=f"Hand labels would help the label model: {found.said}",
            action=examined.how_to_teach,
            evidence={"gain": found.gain.estimate, "low": found.gain.low, "high": found.gain.high},
            weight=found.gain.estimate,
        )


def _contradicted(examined: VoteExamination, cleared: Container[str]) -> Iterator[Finding]:
    """Find LFs that the others contradict, but for those that hand labels find better than chance."""
    lfs = () if examined.trial is None else examined.trial.contradicted
    lfs = tuple(name for name in lfs if name not in cleared)
    if lfs:
        coverage = (
            max(examined.counts.votes[examined.counts.lf_names.index(name)] for name in lfs)
            / examined.stats.n
        )
        yield Finding(
            kind="contradicted",
            urgency="fix",
            finding=f"The others contradict {listed(lfs)} more often than votes at random.",
            action="Read some of those rows, and turn or drop the one that is wrong.",
            evidence={"labeling functions": len(lfs), "coverage": float(coverage)},
            lfs=tuple(lfs),
            weight=float(coverage),
        )


def _lonely(examined: VoteExamination) -> Iterator[Finding]:
    alone = (examined.counts.covered - examined.counts.several) / max(examined.counts.covered, 1)
    if alone > ONE_VOTE and examined.counts.m > 1:
        yield Finding(
            kind="single-votes",
            urgency="note",
            finding=f"{percent(alone)} of the covered rows have one vote, which nothing confirms.",
            action="Labeling functions for these rows help more than further ones for rows with many.",
            evidence={"covered rows with one vote": alone},
            weight=alone,
        )


def _copies(examined: VoteExamination) -> Iterator[Finding]:
    """Find near duplicates, and other groups of LFs that err together."""
    twins = list(duplicate_findings(examined.counts))
    yield from twins
    told = {name for one in twins for name in one.lfs}
    for group in examined.graph.components():
        names = [examined.graph.names[j] for j in group]
        alike = [e for e in examined.graph if e.pair[0] in group and e.kind == "similar"]
        if alike and not set(names) <= told:
            strongest = max(abs(e.strength or 1.0) for e in alike)
            yield Finding(
                kind="dependent",
                urgency="note",
                finding=f"{listed(names)} err together (up to {strongest:+.2f} beyond the class).",
                action="Merge those that say one thing; the next labeling function should look at another.",
                evidence={"labeling functions": len(names), "strength": strongest},
                lfs=tuple(names),
                weight=float(examined.counts.votes[list(group)].max()) / examined.stats.n,
            )


def _confused(classes: tuple[ClassVotes, ...]) -> Iterator[Finding]:
    often = [c for c in classes if c.contested >= OFTEN_CONTESTED and c.reached >= ENOUGH_ROWS]
    if often:
        most = max(often, key=lambda c: c.contested * c.reached)
        yield Finding(
            kind="confused-classes",
            urgency="note",
            finding=f"{percent(most.contested)} of the rows with a vote for {most.name} have one for another "
            f"class too, most often {most.rival}.",
            action=f"Write labeling functions that tell {most.name} and {most.rival} apart.",
            evidence={"contested": most.contested, "class": most.name, "rival": most.rival},
            weight=most.contested * most.reached,
        )


def rows_to_read(
    votes: np.ndarray[tuple[int, int], np.dtype[np.int8]], most: int = 10
) -> dict[str, tuple[int, ...]]:
    """Return numbers of rows without a vote, with votes for several classes, and with one vote.

    Examples
    --------
    >>> rows_to_read(np.array([[-1, -1], [0, 1], [0, -1], [1, 1]], dtype=np.int8))
    {'uncovered': (0,), 'contested': (1,), 'one vote': (2,)}
    """
    number = (votes >= 0).sum(axis=1)
    lowest = np.where(votes >= 0, votes, np.iinfo(votes.dtype).max).min(
        axis=1, initial=np.iinfo(votes.dtype).max
    )
    contested = (number > 1) & (lowest != votes.max(axis=1, initial=-1))
    groups = {"uncovered": number == 0, "contested": contested, "one vote": number == 1}
    return {name: _spread(np.flatnonzero(mask), most) for name, mask in groups.items()}


def _spread(rows: np.ndarray[tuple[int], np.dtype[np.int64]], most: int) -> tuple[int, ...]:
    if len(rows) <= most:
        return tuple(rows.tolist())
    return tuple(rows[np.linspace(0, len(rows) - 1, most).astype(int)].tolist())
