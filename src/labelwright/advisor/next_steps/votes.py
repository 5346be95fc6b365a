"""What the votes alone tell: coverage, silent and noisy LFs, copies, quarrels, classes nobody votes for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np

from labelwright._text import count, listed, percent
from labelwright.advisor.next_steps.accuracies import LFAccuracy
from labelwright.analysis.vote_counts import NamedVoteCounts
from labelwright.core.finding import Finding

LOW_COVERAGE: Final = 0.6
"""Below this the end model learns from little more than half of the data, and from its easier half."""

VERY_LOW_COVERAGE: Final = 0.3
"""Below this most classes have holes that no end model bridges."""

MIN_OVERLAP_SHARE: Final = 0.1
"""Accuracies are learned where LFs meet; on fewer rows than this the label model has little to go on."""

NEARLY_ALL: Final = 0.9
"""An LF that gives one class to more rows than this hardly looks at them, unless one class fills the data."""

SCARCE_CLASS: Final = 0.2
"""A class voted on fewer rows than this part of an equal share (1/k) gives the end model few examples."""

DUPLICATE_AGREEMENT: Final = 0.98
"""Two LFs written apart rarely agree this often; two spellings of one idea do."""

DUPLICATE_SIMILARITY: Final = 0.8
"""LFs for the same class agree wherever they meet, so copies must also vote on nearly the same rows."""

MIN_PAIR_ROWS: Final = 20
"""On fewer common rows than this, perfect agreement or conflict is easily chance."""

MANY_CONFLICTS: Final = 0.5
"""A pair that disagrees on more than half of its common rows cannot both be right more than half the time."""

MIN_TRUST_GAP: Final = 0.01
"""Estimates closer than a point say nothing about which LF is better."""

MIN_LFS: Final = 3
"""With two LFs, their agreement fixes no accuracy: three are the fewest from which one can be learned."""


def coverage_findings(counts: NamedVoteCounts) -> Iterator[Finding]:
    """Find too few covered rows, and too few rows with several votes."""
    coverage = counts.coverage
    if coverage < LOW_COVERAGE:
        missed = counts.n - counts.covered
        yield Finding(
            kind="low-coverage",
            urgency="fix" if coverage < VERY_LOW_COVERAGE else "check",
            finding=f"No labeling function votes on {count(missed, 'row')} ({percent(1 - coverage)}).",
            action="Read some uncovered rows and write labeling functions for the words they share.",
            evidence={"coverage": coverage, "uncovered rows": missed},
            weight=1 - coverage,
        )
    several = counts.several / max(counts.n, 1)
    if counts.m >= MIN_LFS and several < MIN_OVERLAP_SHARE:
        yield Finding(
            kind="little-overlap",
            urgency="check",
            finding=f"Only {percent(several)} of the rows have two or more votes.",
            action="The label model learns by comparing votes: write broader labeling functions that meet.",
            evidence={"rows with two or more votes": several},
            weight=1 - several,
        )


def size_findings(counts: NamedVoteCounts) -> Iterator[Finding]:
    """Find too few LFs to learn from."""
    if counts.m < MIN_LFS:
        yield Finding(
            kind="few-lfs",
            urgency="fix",
            finding=f"There {'is' if counts.m == 1 else 'are'} only {count(counts.m, 'labeling function')}.",
            action="Write at least three that look at different things: fewer teach no accuracies.",
            evidence={"labeling functions": counts.m},
            weight=1.0,
        )


def silence_findings(counts: NamedVoteCounts) -> Iterator[Finding]:
    """Find LFs that never vote."""
    silent = counts.named(counts.votes == 0)
    if silent:
        yield Finding(
            kind="never-votes",
            urgency="fix",
            finding=f"{listed(silent)} {'votes' if len(silent) == 1 else 'vote'} on none of the "
            f"{count(counts.n, 'row')}.",
            action="Check spelling, upper case and the column it reads, or delete it."
            if len(silent) == 1
            else "Check spelling, upper case and the columns they read, or delete them.",
            evidence={"labeling functions": len(silent)},
            lfs=silent,
            weight=len(silent) / counts.m,
        )


def noise_findings(counts: NamedVoteCounts) -> Iterator[Finding]:
    """Find LFs that give one class to nearly every row."""
    shares = counts.shares
    for j in np.flatnonzero(shares.max(axis=1) > NEARLY_ALL):
        share, name = float(shares[j].max()), counts.lf_names[j]
        class_name = counts.space.name(int(shares[j].argmax()))
        yield Finding(
            kind="votes-for-nearly-everything",
            urgency="check",
            finding=f"{name} votes {class_name} on {percent(share)} of all rows.",
            action="Narrow it, so that its vote says something about the row.",
            evidence={"share of rows": share, "class": class_name},
            lfs=(name,),
            weight=share,
        )


def class_findings(counts: NamedVoteCounts) -> Iterator[Finding]:
    """Find classes that no LF votes for, or few rows get a vote for."""
    rows = counts.class_rows / max(counts.n, 1)
    nobody = [counts.space.name(int(c)) for c in np.flatnonzero(rows == 0)]
    if nobody:
        yield Finding(
            kind="class-without-votes",
            urgency="fix",
            finding=f"No labeling function ever votes for {listed(nobody)}.",
            action="Write some: a class without votes gets no examples, and no model can learn it.",
            evidence={"classes": len(nobody)},
            weight=len(nobody) / counts.k,
        )
    for c in np.flatnonzero((rows > 0) & (rows < SCARCE_CLASS / counts.k)):
        name, share = counts.space.name(int(c)), float(rows[c])
        yield Finding(
            kind="scarce-class",
            urgency="check",
            finding=f"Only {percent(share)} of the rows get a vote for {name}.",
            action="If the class is commoner than that, write more labeling functions for it.",
            evidence={"share of rows": share, "class": name},
            weight=1 / counts.k,
        )


def duplicate_findings(counts: NamedVoteCounts) -> Iterator[Finding]:
    """Find LFs that are nearly copies of each other."""
    pairs = counts.pairs
    alike = (
        (pairs.overlaps >= MIN_PAIR_ROWS)
        & (np.nan_to_num(pairs.agreement) > DUPLICATE_AGREEMENT)
        & (pairs.similarity >= DUPLICATE_SIMILARITY)
    )
    found = sorted(np.argwhere(np.triu(alike, 1)).tolist(), key=lambda ij: -int(pairs.overlaps[ij[0], ij[1]]))
    if not found:
        return
    i, j = found[0]
    names = [f"{counts.lf_names[a]} and {counts.lf_names[b]}" for a, b in found]
    said = names[0] if len(found) == 1 else f"{listed([f'({name})' for name in names], most=3)}"
    yield Finding(
        kind="near-duplicates",
        urgency="check",
        finding=f"{said} vote alike on nearly the same rows"
        + (f" ({count(int(pairs.overlaps[i, j]), 'common row')})." if len(found) == 1 else "."),
        action="Merge each such pair: one opinion said twice counts double.",
        evidence={
            "pairs": len(found),
            "common rows": int(pairs.overlaps[i, j]),
            "agreement": float(pairs.agreement[i, j]),
        },
        lfs=tuple(dict.fromkeys(counts.lf_names[a] for pair in found for a in pair)),
        weight=float(pairs.overlaps[i, j]) / counts.n,
    )


def conflict_findings(counts: NamedVoteCounts, known: Sequence[LFAccuracy]) -> Iterator[Finding]:
    """Find the pair of LFs that contradict each other on most rows, and say which is right more often."""
    pairs = counts.pairs
    conflicts = np.triu(pairs.overlaps - pairs.agreements, 1)
    quarrel = (pairs.overlaps >= MIN_PAIR_ROWS) & (conflicts > MANY_CONFLICTS * pairs.overlaps)
    if not quarrel.any():
        return
    i, j = np.unravel_index(np.where(quarrel, conflicts, -1).argmax(), conflicts.shape)
    against, both = int(conflicts[i, j]), int(pairs.overlaps[i, j])
    a, b = counts.lf_names[int(i)], counts.lf_names[int(j)]
    yield Finding(
        kind="most-conflicting-pair",
        urgency="check",
        finding=f"{a} and {b} contradict each other on {against:,} of the {both:,} rows where both vote."
        + _trust(known[int(i)], known[int(j)]),
        action="Read a few of those rows and narrow the one that is wrong.",
        evidence={"conflicts": against, "common rows": both},
        lfs=(a, b),
        weight=against / counts.n,
    )


def fault_findings(faults: Mapping[str, int], *, n: int) -> Iterator[Finding]:
    """Find LFs that raised."""
    raised = {name: rows for name, rows in faults.items() if rows > 0}
    if raised:
        said = [
            f"{name} ({count(rows, 'row')})" for name, rows in sorted(raised.items(), key=lambda x: -x[1])
        ]
        yield Finding(
            kind="faults",
            urgency="fix",
            finding=f"{listed(said)} stopped with an error and could not vote there.",
            action="Make the code cope with those rows; the errors are kept with the run.",
            evidence=dict(raised),
            lfs=tuple(raised),
            weight=max(raised.values()) / max(n, 1),
        )


def _trust(a: LFAccuracy, b: LFAccuracy) -> str:
    """Say which of two is right more often by hand labels if these tell, else whom the label model trusts."""
    if a.judged and b.judged and (a.low > b.high or b.low > a.high):
        better, worse = (a, b) if a.low > b.high else (b, a)
        return f" {better.name} ({better.measured}) is right more often than {worse.name} ({worse.measured})."
    if np.isnan(a.estimated) or np.isnan(b.estimated):
        return ""
    better, worse = (a, b) if a.estimated >= b.estimated else (b, a)
    if better.estimated - worse.estimated < MIN_TRUST_GAP:
        return ""
    said = [f"{one.name} ({percent(one.estimated)})" for one in (better, worse)]
    return f" The label model trusts {said[0]} more than {said[1]}."
