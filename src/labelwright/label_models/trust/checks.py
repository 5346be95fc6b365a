"""The checks that every fit is put through; each yields what it finds, and says what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import numpy as np

from labelwright.label_models.trust.assumptions import learns, takes_classes_as_equal
from labelwright.label_models.trust.examination import Examination
from labelwright.label_models.trust.finding import Finding, named, number, percent

if TYPE_CHECKING:
    from labelwright.label_models.base import BaseLabelModel

LITTLE_OVERLAP: Final = 0.1
"""Covered rows with two votes or more: accuracies are learned there and nowhere else."""

SIGNIFICANT: Final = 4.0
"""Standard errors below chance at which the others contradict an LF: of hundreds of LFs, none by chance."""

CLEARLY: Final = 0.03
"""Below chance by less, an LF is useless but does no harm."""

TRUSTED_MORE: Final = 0.2
"""An estimate so far above what the others say comes from an LF, or its copies, agreeing with itself."""

WIDE: Final = 0.9
"""An LF that gives one class to more rows than this hardly looks at them, unless most rows are of it."""

LOST: Final = 0.1
"""A class that keeps less of its rows than this has collapsed."""

FEWEST_ROWS: Final = 20
"""Shares of fewer rows than this are noise."""

UNEQUAL: Final = 0.125
"""How far a class may be above an equal share of the votes: 62 to 38 for two."""

OVERTURNED: Final = 0.02
"""Unanimous rows with another label: some come from LFs that the others contradict."""

MANY_VOTES: Final = 30.0
"""So many votes a row multiply to certainty, whatever their errors have in common."""

MANY_CLASSES: Final = 10


def findings(model: BaseLabelModel, seen: Examination) -> tuple[Finding, ...]:
    """Return what a fitted model's users should know, warnings first."""
    found: list[Finding] = []
    if learns(model):
        found += [
            *_identifiability(seen),
            *_disagreement(model, seen),
            *_overtrusted(model, seen),
            *_labels(model, seen),
        ]
    found += [*_votes(model, seen), *_search(model), *_rows(model, seen)]
    return tuple(sorted(found, key=lambda one: one.urgency == "note"))


# --- what the votes can tell


def _identifiability(seen: Examination) -> Iterator[Finding]:
    tally = seen.tally
    voting = [seen.names[j] for j in tally.voting]
    labeled = seen.hand_labels >= FEWEST_ROWS and bool(voting)  # then accuracies are learned from these
    if len(voting) < 3 and not labeled:
        yield _few_lfs(voting)
    elif not tally.several and not labeled:
        yield Finding(
            kind="no-overlap",
            urgency="warning",
            message="no row has votes of two LFs, so nothing tells how accurate any of them is: labels are "
            "single votes and their probabilities are assumed; write LFs that meet on the same rows",
        )
    elif tally.several < LITTLE_OVERLAP * tally.covered and not labeled:
        share = tally.several / tally.covered
        yield Finding(
            kind="little-overlap",
            urgency="note",
            message=f"only {percent(share)} of the covered rows have two or more votes, and accuracies are "
            "learned nowhere else; write broader LFs that meet",
            numbers={"overlap": share},
        )
    yield from _alone(seen)
    one_class = [seen.names[j] for j in tally.voting if not seen.several[j]]
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
    tally = seen.tally
    sizes = np.bincount(tally.parts[tally.voting])
    alone = [seen.names[j] for j in tally.voting if sizes[tally.parts[j]] == 1]
    groups = int((sizes > 1).sum())
    if tally.several and alone:
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


# --- what LFs say of each other


def _disagreement(model: BaseLabelModel, seen: Examination) -> Iterator[Finding]:
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
            "they share one voice here" if hasattr(model, "voices_") else "this model counts each in full"
        )
        if not learns(model):
            shared = "each has a vote here"
        yield Finding(
            kind="near-duplicates",
            urgency="warning",
            message=f"LFs {named(names)} are near duplicates, equal on nearly all rows where they vote: "
            f"{shared}; keep one of them",
            lfs=names,
            numbers={"lfs": len(group)},
        )


def _overtrusted(model: BaseLabelModel, seen: Examination) -> Iterator[Finding]:
    peers, estimates = seen.peers, model.lf_accuracies_
    with np.errstate(invalid="ignore"):
        above = estimates - peers.accuracies > TRUSTED_MORE + SIGNIFICANT * peers.errors
    found = np.flatnonzero(above & seen.several & (peers.met >= FEWEST_ROWS) & (len(seen.tally.voting) > 2))
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


def contradicted_lfs(seen: Examination) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the LFs, of those that vote several classes, that are worse than chance for the others.

    With fewer than three LFs nobody can say who is wrong.
    """
    peers = seen.peers
    gap = peers.chance - peers.support
    worse = (gap > SIGNIFICANT * peers.chance_errors) & (gap > CLEARLY) & (peers.met >= FEWEST_ROWS)
    return np.flatnonzero(worse & seen.several & (len(seen.tally.voting) > 2))


# --- what the model made of them


def _labels(model: BaseLabelModel, seen: Examination) -> Iterator[Finding]:
    made, rows = seen.outcome, seen.tally.covered
    lost = np.flatnonzero(
        (made.majority * rows >= FEWEST_ROWS)
        & (made.predicted < LOST * made.majority)
        & (made.majority > 0.2 / len(seen.classes))
    )
    if len(lost):
        most = lost[made.majority[lost].argmax()]
        yield Finding(
            kind="collapse",
            urgency="warning",
            message=f"the model all but lost {number(len(lost), 'class', 'classes')}: majority vote gives "
            f"{seen.classes[most]!r} {percent(made.majority[most])} of the covered rows, "
            f"{type(model).__name__} {percent(made.predicted[most])}; do not use these labels, take "
            "LabelModel or MajorityVote, or set class_balance",
            numbers={"majority": float(made.majority[most]), "predicted": float(made.predicted[most])},
        )
    if made.moved > 0.5 and not len(lost):
        yield Finding(
            kind="against-majority",
            urgency="warning",
            message=f"{percent(made.moved)} of the covered rows get a label that majority vote does not "
            "give: the model may have taken the classes for each other; check some rows, or take "
            "MajorityVote",
            numbers={"moved": made.moved},
        )
    if made.overturned > OVERTURNED and not len(lost) and not len(contradicted_lfs(seen)):
        yield Finding(
            kind="overturned",
            urgency="warning",
            message=f"{percent(made.overturned)} of the rows on which several LFs vote, all alike, get "
            "another label: the model trusts none of them; check some of those rows with model.explain, or "
            "take MajorityVote",
            numbers={"overturned": made.overturned},
        )
    yield from _confidence(seen)
    yield from _balance(model, seen)


def _confidence(seen: Examination) -> Iterator[Finding]:
    made = seen.outcome
    mean = float(seen.tally.votes.sum()) / max(seen.tally.covered, 1)
    if mean >= MANY_VOTES and made.certain > 0.5:
        yield Finding(
            kind="overconfident",
            urgency="warning",
            message=f"{percent(made.certain)} of the labels have a probability of 0.999 or more: that holds "
            f"if the {mean:.0f} votes on a row err independently, and LFs that share words or sources do "
            "not; trust the order of the probabilities more than their size, or check them on gold labels",
            numbers={"certain": made.certain, "votes a row": mean},
        )


def _balance(model: BaseLabelModel, seen: Examination) -> Iterator[Finding]:
    """Votes of LFs that vote several classes show a skew even if they are often wrong."""
    cast = seen.tally.cast[seen.several]
    shares = cast.sum(axis=0) / max(cast.sum(), 1.0)
    above = float(shares.max()) - 1.0 / len(shares)
    if takes_classes_as_equal(model) and len(cast) > 2 and cast.sum() > 100 and above > UNEQUAL:
        most = int(shares.argmax())
        yield Finding(
            kind="unequal-classes",
            urgency="warning",
            message=f"{percent(shares[most])} of the votes of LFs that vote several classes are for "
            f"{seen.classes[most]!r}, while {type(model).__name__} takes classes as equally common, and "
            "wrong votes only make shares look more equal than they are; set class_balance if you know it",
            numbers={"share": float(shares[most])},
        )


# --- what holds of the votes whatever the model


def _votes(model: BaseLabelModel, seen: Examination) -> Iterator[Finding]:
    tally = seen.tally
    silent = tuple(seen.names[j] for j in np.flatnonzero(tally.votes == 0))
    if silent:
        yield Finding(
            kind="never-votes",
            urgency="note",
            message=f"{named(silent)} never {'votes' if len(silent) == 1 else 'vote'}: nothing was learned "
            f"of {'it' if len(silent) == 1 else 'them'}",
            lfs=silent,
        )
    yield from _classes(model, seen)
    one = tally.cast.max(axis=1) / max(tally.n, 1)
    common = seen.outcome.majority[tally.cast.argmax(axis=1)]
    for j in np.flatnonzero((one > WIDE) & (common < WIDE) & (tally.n > FEWEST_ROWS)):
        yield Finding(
            kind="wide",
            urgency="warning" if learns(model) else "note",
            message=f"LF {seen.names[j]!r} votes {seen.classes[tally.cast[j].argmax()]!r} on "
            f"{percent(one[j])} of all rows: such a vote says next to nothing, and label models take it for "
            "agreement; narrow it",
            lfs=(seen.names[j],),
            numbers={"share": float(one[j])},
        )


def _classes(model: BaseLabelModel, seen: Examination) -> Iterator[Finding]:
    tally, k = seen.tally, len(seen.classes)
    nobody = [seen.classes[c] for c in np.flatnonzero(tally.cast.sum(axis=0) == 0)]
    if nobody and len(tally.voting) and not tally.sets.any():
        yield Finding(
            kind="class-without-votes",
            urgency="warning" if learns(model) and len(tally.voting) > 2 else "note",
            message=f"no LF votes for {named(nobody)}, so no row is labeled so for a reason; write LFs for "
            f"{'it' if len(nobody) == 1 else 'them'}",
            numbers={"classes": len(nobody)},
        )
    cells = tally.cast[seen.several]
    typical = float(np.median(cells[cells > 0])) if (cells > 0).any() else 0.0
    if learns(model) and k >= MANY_CLASSES and 0 < typical < k:
        yield Finding(
            kind="many-classes",
            urgency="warning",
            message=f"an LF that votes several of the {k} classes votes each {typical:.0f} times in the "
            "median: too few to learn which classes it takes for which, so trust in it hardly differs by "
            "class; more rows, or fewer classes at a time, would tell",
            numbers={"votes": typical},
        )


# --- how it was found


def _search(model: BaseLabelModel) -> Iterator[Finding]:
    if getattr(model, "converged_", True) is False:
        steps = getattr(model, "n_iter_", None)
        yield Finding(
            kind="not-converged",
            urgency="note",  # the model itself warns where it matters
            message=f"the search stopped after {steps} steps before it had come to rest; raise max_iter",
        )
    ends = search_ends(model)
    if len(ends) > 1:
        agreeing = int(same_end(ends).sum())
        if agreeing < len(ends):
            yield Finding(
                kind="starts-disagree",
                urgency="note",
                message=f"{agreeing} of {len(ends)} starts ended at the best objective, the others "
                "elsewhere: the answer hangs on the start; raise the number of starts and compare labels",
                numbers={"agreeing": agreeing, "starts": len(ends)},
            )


def search_ends(model: BaseLabelModel) -> tuple[float, ...]:
    """Return the objective that each start ended at, the larger the better; empty without several starts."""
    losses = getattr(model, "start_losses_", None)
    gains = getattr(model, "elbos_", getattr(model, "start_objectives_", None))
    ends = -np.asarray(losses) if losses is not None else np.asarray(gains if gains is not None else ())
    return tuple(float(end) for end in ends)


def same_end(ends: tuple[float, ...]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return which starts ended as well as the best one, but for a thousandth of the spread of a search."""
    best = max(ends)
    return np.asarray(ends) >= best - 1e-4 * max(abs(best), 1e-12)


def _rows(model: BaseLabelModel, seen: Examination) -> Iterator[Finding]:
    stats = model.statistics_
    if not stats.exact:
        rows = seen.tally.n
        yield Finding(
            kind="sample",
            urgency="note",
            message=f"learned from a fixed random sample of {rows:,} of {stats.n:,} rows, because they hold "
            f"more than {stats.max_patterns:,} different patterns of votes; a share of rows is off by at "
            f"most {100 * np.sqrt(0.25 / max(rows, 1)):.1f} points (one standard error)",
            numbers={"rows": rows},
        )
