"""What the votes can tell and what not, whatever the model made of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import numpy as np

from labelwright.diagnostics.examination import MIN_ROWS, Examination
from labelwright.diagnostics.finding import Finding, named, number, percent

if TYPE_CHECKING:
    from labelwright.label_models.base import BaseLabelModel

LITTLE_OVERLAP: Final = 0.1
"""Covered rows with two votes or more: accuracies are learned there and nowhere else."""

WIDE: Final = 0.9
"""An LF that gives one class to more rows than this hardly looks at them, unless most rows are of it."""

MANY_CLASSES: Final = 10


def identifiability(seen: Examination) -> Iterator[Finding]:
    """Find what votes leave open, and why."""
    counts = seen.counts
    voting = [seen.names[j] for j in counts.voting]
    labeled = seen.hand_labels >= MIN_ROWS and bool(voting)  # then accuracies are learned from these
    if len(voting) < 3 and not labeled:
        yield _few_lfs(voting)
    elif not counts.several and not labeled:
        yield Finding(
            kind="no-overlap",
            urgency="warning",
            message="no row has votes of two LFs, so nothing tells how accurate any of them is: labels are "
            "single votes and their probabilities are assumed; write LFs that meet on the same rows",
        )
    elif counts.several < LITTLE_OVERLAP * counts.covered and not labeled:
        share = counts.several / counts.covered
        yield Finding(
            kind="little-overlap",
            urgency="note",
            message=f"only {percent(share)} of the covered rows have two or more votes, and accuracies are "
            "learned nowhere else; write broader LFs that meet",
            numbers={"overlap": share},
        )
    yield from _alone(seen)
    one_class = [seen.names[j] for j in counts.voting if not seen.several[j]]
    if one_class:
        yield Finding(
            kind="one-class",
            urgency="note",
            message=f"{_how_many(one_class, voting)} one class only: their agreement with others does not "
            "tell an accurate LF from a common class, so their accuracies rest on what the model assumes",
            lfs=tuple(one_class),
        )


def _how_many(some: list[str], everyone: list[str]) -> str:
    if len(some) == len(everyone):
        return f"all {len(some)} LFs vote"
    return f"{len(some)} of {len(everyone)} LFs {'votes' if len(some) == 1 else 'vote'}"


def _few_lfs(voting: list[str]) -> Finding:
    if not voting:
        return Finding(
            kind="no-votes",
            urgency="warning",
            message="no LF votes on any row, so nothing was learned and all labels are uncovered; check the "
            "columns and the spelling that the LFs look for",
        )
    if len(voting) == 1:
        return Finding(
            kind="one-lf",
            urgency="warning",
            message=f"only LF {voting[0]!r} votes, and nothing tells how accurate it is: the labels are its "
            "votes and their probabilities are assumed; write at least two more LFs, or check it on gold "
            "labels",
            lfs=tuple(voting),
        )
    return Finding(
        kind="two-lfs",
        urgency="warning",
        message=f"only LFs {named(voting)} vote: how often two agree fits many pairs of accuracies, so which "
        "of them is better is not identifiable and their accuracies are assumed; write at least one more LF "
        "that meets both",
        lfs=tuple(voting),
    )


def _alone(seen: Examination) -> Iterator[Finding]:
    counts = seen.counts
    sizes = np.bincount(seen.parts[counts.voting])
    alone = [seen.names[j] for j in counts.voting if sizes[seen.parts[j]] == 1]
    groups = int((sizes > 1).sum())
    if counts.several and alone:
        yield Finding(
            kind="never-meets",
            urgency="note",
            message=f"{number(len(alone), 'LF')} never {'meets' if len(alone) == 1 else 'meet'} another: "
            f"{named(alone)}; how accurate they are is assumed",
            lfs=tuple(alone),
        )
    if groups > 1:
        yield Finding(
            kind="separate-groups",
            urgency="note",
            message=f"the LFs fall into {groups} groups that never meet, so accuracies in one are not "
            "comparable with those in another",
            numbers={"groups": groups},
        )


def vote_findings(model: BaseLabelModel, seen: Examination) -> Iterator[Finding]:
    """Find silent and wide LFs, and classes with too few votes."""
    counts = seen.counts
    silent = tuple(seen.names[j] for j in np.flatnonzero(counts.votes == 0))
    if silent:
        yield Finding(
            kind="never-votes",
            urgency="note",
            message=f"{named(silent)} never {'votes' if len(silent) == 1 else 'vote'}: nothing was learned "
            f"of {'it' if len(silent) == 1 else 'them'}",
            lfs=silent,
        )
    yield from _classes(model, seen)
    one = counts.by_class.max(axis=1) / max(counts.n, 1)
    common = seen.outcome.majority[counts.by_class.argmax(axis=1)]
    for j in np.flatnonzero((one > WIDE) & (common < WIDE) & (counts.n > MIN_ROWS)):
        yield Finding(
            kind="wide",
            urgency="warning" if model.learns else "note",
            message=f"LF {seen.names[j]!r} votes {seen.classes[counts.by_class[j].argmax()]!r} on "
            f"{percent(one[j])} of all rows: such a vote says next to nothing, and label models take it for "
            "agreement; narrow it",
            lfs=(seen.names[j],),
            numbers={"share": float(one[j])},
        )


def _classes(model: BaseLabelModel, seen: Examination) -> Iterator[Finding]:
    counts, k = seen.counts, len(seen.classes)
    nobody = [seen.classes[c] for c in np.flatnonzero(counts.by_class.sum(axis=0) == 0)]
    if nobody and len(counts.voting) and not counts.sets.any():
        yield Finding(
            kind="class-without-votes",
            urgency="warning" if model.learns and len(counts.voting) > 2 else "note",
            message=f"no LF votes for {named(nobody)}, so no row is labeled so for a reason; write LFs for "
            f"{'it' if len(nobody) == 1 else 'them'}",
            numbers={"classes": len(nobody)},
        )
    cells = counts.by_class[seen.several]
    typical = float(np.median(cells[cells > 0])) if (cells > 0).any() else 0.0
    if model.learns and k >= MANY_CLASSES and 0 < typical < k:
        yield Finding(
            kind="many-classes",
            urgency="warning",
            message=f"an LF that votes several of the {k} classes votes each {typical:.0f} times in the "
            "median: too few to learn which classes it takes for which, so trust in it hardly differs by "
            "class; more rows, or fewer classes at a time, would tell",
            numbers={"votes": typical},
        )
