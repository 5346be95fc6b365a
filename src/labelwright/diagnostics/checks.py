"""The checks that every fit is put through: what each finds, and what to do about it.

`warn` puts a fit through those that may warn, and looks no further than it takes to know that they do not:
it is paid for at every fit. `findings` puts it through all of them, for whoever reads the report.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np

from labelwright._errors import LabelModelWarning, warn_user
from labelwright._text import count, named, percent
from labelwright._types import IntArray
from labelwright.core.finding import Finding, Urgency, most_pressing_first
from labelwright.diagnostics.examination import Examination

MIN_ROWS: Final = 20
"""Shares of fewer rows than this are noise."""

LITTLE_OVERLAP: Final = 0.1
"""Covered rows with two votes or more: accuracies are learned there and nowhere else."""

WIDE: Final = 0.9
"""An LF that gives one class to more rows than this hardly looks at them, unless most rows are of it."""

MANY_CLASSES: Final = 10

SIGNIFICANT: Final = 4.0
"""Standard errors below chance at which the others contradict an LF: of hundreds of LFs, none by chance."""

CLEARLY: Final = 0.03
"""Below chance by less, an LF is useless but does no harm."""

TRUSTED_MORE: Final = 0.2
"""An estimate so far above what the others say comes from an LF, or its copies, agreeing with itself."""

FOLLOWED: Final = 0.8
"""Below, a model hardly follows an LF."""

AT_A_GLANCE: Final = 0.06
"""How far a glance at some of the rows may be off: several times its standard error."""

LOST: Final = 0.1
"""A class that keeps less of its rows than this has collapsed."""

UNEQUAL: Final = 0.125
"""How far a class may be above an equal share of the votes: 62 to 38 for two."""

OVERTURNED: Final = 0.02
"""Unanimous rows with another label: some come from LFs that the others contradict."""

MANY_VOTES: Final = 30.0
"""So many votes a row multiply to certainty, whatever their errors have in common."""


def findings(seen: Examination) -> tuple[Finding, ...]:
    """Return what a fitted model's users should know, what the fit warns of first."""
    learned = [*_trust_in_lfs(seen), *_little_overlap(seen)] if seen.model.learns else []
    return most_pressing_first([*learned, *_of_votes(seen), *_silent(seen), *_search(seen), *_sample(seen)])


def warn(seen: Examination) -> None:
    """Warn whoever called labelwright of what speaks against a model that learns, once of each kind."""
    if not seen.model.learns:
        return
    told: dict[str, list[Finding]] = {}
    for found in (*_trust_in_lfs(seen, ask=_worth_asking(seen)), *_of_votes(seen)):
        if found.urgency != "note":
            told.setdefault(found.kind, []).append(found)
    for first, *more in told.values():
        rest = f" (and {len(more)} more like it, see fit_report_)" if more else ""
        warn_user(f"{seen.model_name}: {first.message}{rest}", LabelModelWarning)


def _trust_in_lfs(seen: Examination, *, ask: bool = True) -> Iterator[Finding]:
    """Find what may have been learned wrongly; what LFs say of each other is left out if nobody is to ask."""
    yield from _identifiability(seen)
    if ask:
        yield from _contradicted(seen)
    yield from _copies(seen)
    if ask:
        yield from _overtrusted(seen)
    yield from _labels(seen)
    yield from _balance(seen)


# --- what votes can tell and what not


def _identifiability(seen: Examination) -> Iterator[Finding]:
    voting = [seen.names[j] for j in seen.counts.voting]
    if _is_labeled(seen):
        return
    if len(voting) < 3:
        yield _few_lfs(voting)
    elif not seen.counts.several:
        yield Finding(
            kind="no-overlap",
            urgency="check",
            finding="no row has votes of two LFs, so nothing tells how accurate any of them is: labels are "
            "single votes and their probabilities are assumed",
            action="write LFs that meet on the same rows",
        )


def _is_labeled(seen: Examination) -> bool:
    """Whether there are hand labels enough to learn accuracies from."""
    return seen.hand_labels >= MIN_ROWS and len(seen.counts.voting) > 0


def _few_lfs(voting: list[str]) -> Finding:
    if not voting:
        return Finding(
            kind="no-votes",
            urgency="check",
            finding="no LF votes on any row, so nothing was learned and all labels are uncovered",
            action="check the columns and the spelling that the LFs look for",
        )
    if len(voting) == 1:
        return Finding(
            kind="one-lf",
            urgency="check",
            finding=f"only LF {voting[0]!r} votes, and nothing tells how accurate it is: the labels are its "
            "votes and their probabilities are assumed",
            action="write at least two more LFs, or check it on gold labels",
            lfs=tuple(voting),
        )
    return Finding(
        kind="two-lfs",
        urgency="check",
        finding=f"only LFs {named(voting)} vote: how often two agree fits many pairs of accuracies, so which "
        "of them is better is not identifiable and their accuracies are assumed",
        action="write at least one more LF that meets both",
        lfs=tuple(voting),
    )


def _little_overlap(seen: Examination) -> Iterator[Finding]:
    """Find where accuracies are learned from little, or assumed."""
    counts = seen.counts
    voting = [seen.names[j] for j in counts.voting]
    if 0 < counts.several < LITTLE_OVERLAP * counts.covered and len(voting) > 2 and not _is_labeled(seen):
        share = counts.several / counts.covered
        yield Finding(
            kind="little-overlap",
            urgency="note",
            finding=f"only {percent(share)} of the covered rows have two or more votes, and accuracies are "
            "learned nowhere else",
            action="write broader LFs that meet",
            evidence={"overlap": share},
        )
    yield from _alone(seen)
    one_class = [seen.names[j] for j in counts.voting if not seen.several[j]]
    if one_class:
        yield Finding(
            kind="one-class",
            urgency="note",
            finding=f"{_how_many(one_class, voting)} one class only: their agreement with others does not "
            "tell an accurate LF from a common class, so their accuracies rest on what the model assumes",
            lfs=tuple(one_class),
        )


def _how_many(some: list[str], everyone: list[str]) -> str:
    if len(some) == len(everyone):
        return f"all {len(some)} LFs vote"
    return f"{len(some)} of {len(everyone)} LFs {'votes' if len(some) == 1 else 'vote'}"


def _alone(seen: Examination) -> Iterator[Finding]:
    voting = seen.counts.voting
    sizes = np.bincount(seen.parts[voting])
    alone = [seen.names[j] for j in voting if sizes[seen.parts[j]] == 1]
    groups = int((sizes > 1).sum())
    if seen.counts.several and alone:
        yield Finding(
            kind="never-meets",
            urgency="note",
            finding=f"{count(len(alone), 'LF')} never {'meets' if len(alone) == 1 else 'meet'} another: "
            f"{named(alone)}; how accurate they are is assumed",
            lfs=tuple(alone),
        )
    if groups > 1:
        yield Finding(
            kind="separate-groups",
            urgency="note",
            finding=f"the LFs fall into {groups} groups that never meet, so accuracies in one are not "
            "comparable with those in another",
            evidence={"groups": groups},
        )


# --- what LFs say of each other


def _worth_asking(seen: Examination) -> bool:
    """Whether, by a glance, the others may contradict an LF or the model may trust one too much."""
    judged = seen.several if len(seen.counts.voting) > 2 else np.zeros_like(seen.several)
    if not judged.any():
        return False
    glance, estimates = seen.glance, seen.model.lf_accuracies_
    with np.errstate(invalid="ignore"):
        contradicted = glance.chance - glance.support > CLEARLY - AT_A_GLANCE - 2.0 * glance.chance_errors
        above = estimates - glance.accuracies > TRUSTED_MORE - AT_A_GLANCE - 2.0 * glance.errors
    seldom = (glance.met < MIN_ROWS) & (seen.counts.votes >= MIN_ROWS)
    return bool((judged & (seldom | contradicted | (above & (estimates > FOLLOWED)))).any())


def _contradicted_lfs(seen: Examination) -> IntArray:
    """Return the LFs, of those that vote several classes, that are worse than chance for the others.

    With fewer than three LFs nobody can say who is wrong.
    """
    if len(seen.counts.voting) < 3 or not seen.several.any():
        return np.zeros(0, dtype=np.int64)
    peers = seen.peers
    gap = peers.chance - peers.support
    worse = (gap > SIGNIFICANT * peers.chance_errors) & (gap > CLEARLY) & (peers.met >= MIN_ROWS)
    return np.flatnonzero(worse & seen.several)


def _contradicted(seen: Examination) -> Iterator[Finding]:
    worse = _contradicted_lfs(seen)
    if len(worse):
        peers, names = seen.peers, tuple(seen.names[j] for j in worse)
        most = worse[(peers.support - peers.chance)[worse].argmin()]
        yield Finding(
            kind="contradicted",
            urgency="check",
            finding=f"{count(len(worse), 'LF')} {'is' if len(worse) == 1 else 'are'} worse than chance "
            f"as the others see it: {named(names)} (the others give the votes of {seen.names[most]!r} "
            f"{percent(peers.support[most])}, votes at random {percent(peers.chance[most])})",
            action="read some of those rows and turn or delete the LF that is wrong",
            lfs=names,
            evidence={"support": float(peers.support[most]), "chance": float(peers.chance[most])},
        )


def _copies(seen: Examination) -> Iterator[Finding]:
    model = seen.model
    for group in seen.copies:
        names = tuple(seen.names[j] for j in group)
        told = "they weigh as one here" if model.discounts_duplicates else "this model counts each in full"
        if _joined(seen, group):
            told = "they depend on each other by the graph and are taken together"
        yield Finding(
            kind="near-duplicates",
            urgency="check",
            finding=f"LFs {named(names)} are near duplicates, equal on nearly all rows where they vote: "
            f"{told}",
            action="keep one of them",
            lfs=names,
            evidence={"lfs": len(group)},
        )


def _joined(seen: Examination, group: Iterable[int]) -> bool:
    """Whether the dependency graph of a model, if any, joins all LFs of a group."""
    graph = seen.model.dependencies_
    return graph is not None and any(set(group) <= set(lfs) for lfs in graph.components())


def _overtrusted(seen: Examination) -> Iterator[Finding]:
    """Find LFs that a model trusts more than the other LFs do."""
    if len(seen.counts.voting) < 3 or not seen.several.any():
        return
    peers, estimates = seen.peers, seen.model.lf_accuracies_
    with np.errstate(invalid="ignore"):
        above = estimates - peers.accuracies > TRUSTED_MORE + SIGNIFICANT * peers.errors
        above &= estimates > FOLLOWED
    found = np.flatnonzero(above & seen.several & (peers.met >= MIN_ROWS))
    if len(found):
        names = tuple(seen.names[j] for j in found)
        most = found[(estimates - peers.accuracies)[found].argmax()]
        yield Finding(
            kind="overtrusted",
            urgency="check",
            finding=f"{seen.model_name} trusts {named(names)} more than the other LFs do "
            f"({seen.names[most]!r}: {percent(estimates[most])} right, {percent(peers.accuracies[most])} as "
            "the others see it): it may follow an LF that agrees with itself",
            action="compare with LabelModel",
            lfs=names,
            evidence={"estimate": float(estimates[most]), "others": float(peers.accuracies[most])},
        )


# --- labels that votes do not support


def _labels(seen: Examination) -> Iterator[Finding]:
    made, rows = seen.labels, seen.counts.covered
    lost = np.flatnonzero(
        (made.majority * rows >= MIN_ROWS)
        & (made.predicted < LOST * made.majority)
        & (made.majority > 0.2 / len(seen.classes))
    )
    if len(lost):
        most = lost[made.majority[lost].argmax()]
        yield Finding(
            kind="collapse",
            urgency="check",
            finding=f"the model all but lost {count(len(lost), 'class', 'classes')}: majority vote gives "
            f"{seen.classes[most]!r} {percent(made.majority[most])} of the covered rows, "
            f"{seen.model_name} {percent(made.predicted[most])}",
            action="do not use these labels, take LabelModel or MajorityVote, or set class_balance",
            evidence={"majority": float(made.majority[most]), "predicted": float(made.predicted[most])},
        )
    elif made.moved > 0.5:
        yield Finding(
            kind="against-majority",
            urgency="check",
            finding=f"{percent(made.moved)} of the covered rows get a label that majority vote does not "
            "give: the model may have taken the classes for each other",
            action="check some rows, or take MajorityVote",
            evidence={"moved": made.moved},
        )
    if made.overturned > OVERTURNED and not len(lost) and not len(_contradicted_lfs(seen)):
        yield Finding(
            kind="overturned",
            urgency="check",
            finding=f"{percent(made.overturned)} of the rows on which several LFs vote, all alike, get "
            "another label: the model trusts none of them",
            action="check some of those rows with model.explain, or take MajorityVote",
            evidence={"overturned": made.overturned},
        )
    votes_a_row = float(seen.counts.votes.sum()) / max(rows, 1)
    if votes_a_row >= MANY_VOTES and made.certain > 0.5:
        yield Finding(
            kind="overconfident",
            urgency="check",
            finding=f"{percent(made.certain)} of the labels have a probability of 0.999 or more: that holds "
            f"if the {votes_a_row:.0f} votes on a row err independently, and LFs that share words or sources "
            "do not",
            action="trust the order of the probabilities more than their size, or check them on gold labels",
            evidence={"certain": made.certain, "votes a row": votes_a_row},
        )


def _balance(seen: Examination) -> Iterator[Finding]:
    """Votes of LFs that vote several classes show a skew even if they are often wrong."""
    cast = seen.counts.by_class[seen.several]
    shares = cast.sum(axis=0) / max(cast.sum(), 1)
    above = float(shares.max()) - 1.0 / len(shares)
    if len(cast) > 2 and cast.sum() > 100 and above > UNEQUAL and seen.model._takes_classes_as_equal():
        most = int(shares.argmax())
        yield Finding(
            kind="unequal-classes",
            urgency="check",
            finding=f"{percent(shares[most])} of the votes of LFs that vote several classes are for "
            f"{seen.classes[most]!r}, and wrong votes make shares look more equal than they are; no class "
            f"balance was given; {seen.model_name} finds {percent(seen.labels.predicted[most])}",
            action="set class_balance if you know it",
            evidence={"share": float(shares[most])},
        )


# --- what votes there are, whatever the model made of them


def _of_votes(seen: Examination) -> Iterator[Finding]:
    """Find classes with too few votes, and wide LFs."""
    counts, k = seen.counts, len(seen.classes)
    learns = seen.model.learns
    nobody = [seen.classes[c] for c in np.flatnonzero(counts.by_class.sum(axis=0) == 0)]
    if nobody and len(counts.voting) and not counts.sets.any():
        yield Finding(
            kind="class-without-votes",
            urgency=_if(learns and len(counts.voting) > 2),
            finding=f"no LF votes for {named(nobody)}, so no row is labeled so for a reason",
            action=f"write LFs for {'it' if len(nobody) == 1 else 'them'}",
            evidence={"classes": len(nobody)},
        )
    cells = counts.by_class[seen.several]
    typical = float(np.median(cells[cells > 0])) if (cells > 0).any() else 0.0
    if learns and k >= MANY_CLASSES and 0 < typical < k:
        yield Finding(
            kind="many-classes",
            urgency="check",
            finding=f"an LF that votes several of the {k} classes votes each {typical:.0f} times in the "
            "median: too few to learn which classes it takes for which, so trust in it hardly differs by "
            "class",
            action="more rows, or fewer classes at a time, would tell",
            evidence={"votes": typical},
        )
    one = counts.by_class.max(axis=1) / max(counts.n, 1)
    for j in np.flatnonzero((one > WIDE) & (counts.n > MIN_ROWS)):
        common = counts.by_class[j].argmax()
        if seen.labels.majority[common] < WIDE:
            yield Finding(
                kind="wide",
                urgency=_if(learns),
                finding=f"LF {seen.names[j]!r} votes {seen.classes[common]!r} on {percent(one[j])} of all "
                "rows: such a vote says next to nothing, and label models take it for agreement",
                action="narrow it",
                lfs=(seen.names[j],),
                evidence={"share": float(one[j])},
            )


def _if(matters: bool) -> Urgency:
    return "check" if matters else "note"


def _silent(seen: Examination) -> Iterator[Finding]:
    silent = tuple(seen.names[j] for j in np.flatnonzero(seen.counts.votes == 0))
    if silent:
        yield Finding(
            kind="never-votes",
            urgency="note",
            finding=f"{named(silent)} never {'votes' if len(silent) == 1 else 'vote'}: nothing was learned "
            f"of {'it' if len(silent) == 1 else 'them'}",
            lfs=silent,
        )


# --- how the model was found


def _search(seen: Examination) -> Iterator[Finding]:
    """Find searches that stopped early, and starts that disagree."""
    search = seen.model.search_
    if search is None:
        return
    if not search.converged:
        yield Finding(
            kind="not-converged",
            urgency="note",  # the model itself warns where it matters
            finding=f"the search stopped after {search.steps} steps before it had come to rest",
            action="raise max_iter",
        )
    if search.starts_agree is False:
        yield Finding(
            kind="starts-disagree",
            urgency="note",
            finding=f"{search.agreeing} of {len(search.starts)} starts ended at the best objective, the "
            "others elsewhere: the answer hangs on the start",
            action="raise the number of starts and compare labels",
            evidence={"agreeing": search.agreeing, "starts": len(search.starts)},
        )


def _sample(seen: Examination) -> Iterator[Finding]:
    """Find whether a part of the rows was learned from."""
    stats, rows = seen.model.statistics_, seen.counts.n
    if not stats.exact:
        yield Finding(
            kind="sample",
            urgency="note",
            finding=f"learned from a fixed random sample of {rows:,} of {stats.n:,} rows, because they hold "
            f"more than {stats.max_patterns:,} different patterns of votes; a share of rows is off by at "
            f"most {100 * np.sqrt(0.25 / max(rows, 1)):.1f} points (one standard error)",
            evidence={"rows": rows},
        )
