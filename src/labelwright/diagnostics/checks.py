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
from labelwright.core.votes.old_convention import CURE, looks_old
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


def findings(fit: Examination) -> tuple[Finding, ...]:
    """Return what a fitted model's users should know, what the fit warns of first."""
    learned = [*_trust_in_lfs(fit), *_little_overlap(fit)] if fit.model.learns else []
    return most_pressing_first(
        [*learned, *_old_convention(fit), *_of_votes(fit), *_silent(fit), *_search(fit), *_sample(fit)]
    )


def warn(fit: Examination) -> None:
    """Warn whoever called labelwright of what speaks against a model that learns, once of each kind."""
    if not fit.model.learns:
        return
    told: dict[str, list[Finding]] = {}
    learned = _trust_in_lfs(fit, ask=_worth_asking(fit))
    for found in (*_old_convention(fit), *learned, *_of_votes(fit)):
        if found.urgency != "note":
            told.setdefault(found.kind, []).append(found)
    for first, *more in told.values():
        rest = f" (and {len(more)} more like it, see fit_report_)" if more else ""
        warn_user(f"{fit.model_name}: {first.message}{rest}", LabelModelWarning)


def _trust_in_lfs(fit: Examination, *, ask: bool = True) -> Iterator[Finding]:
    """Find what may have been learned wrongly; what LFs say of each other is left out if nobody is to ask."""
    yield from _identifiability(fit)
    if ask:
        yield from _contradicted(fit)
    yield from _copies(fit)
    if ask:
        yield from _overtrusted(fit)
    yield from _labels(fit)
    yield from _overconfident(fit)
    yield from _balance(fit)


# --- what votes can tell and what not


def _identifiability(fit: Examination) -> Iterator[Finding]:
    voting = [fit.names[j] for j in fit.counts.voting]
    if _is_labeled(fit):
        return
    if len(voting) < 3:
        yield _few_lfs(voting)
    elif not fit.counts.several:
        yield Finding(
            kind="no-overlap",
            urgency="check",
            finding="no row has votes of two LFs, so nothing tells how accurate any of them is: labels are "
            "single votes and their probabilities are assumed",
            action="write LFs that meet on the same rows",
        )


def _is_labeled(fit: Examination) -> bool:
    """Whether there are hand labels enough to learn accuracies from."""
    return fit.hand_labels >= MIN_ROWS and len(fit.counts.voting) > 0


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


def _little_overlap(fit: Examination) -> Iterator[Finding]:
    """Find where accuracies are learned from little, or assumed."""
    counts = fit.counts
    voting = [fit.names[j] for j in counts.voting]
    if 0 < counts.several < LITTLE_OVERLAP * counts.covered and len(voting) > 2 and not _is_labeled(fit):
        share = counts.several / counts.covered
        yield Finding(
            kind="little-overlap",
            urgency="note",
            finding=f"only {percent(share)} of the covered rows have two or more votes, and accuracies are "
            "learned nowhere else",
            action="write broader LFs that meet",
            evidence={"overlap": share},
        )
    yield from _alone(fit)
    one_class = [
        fit.names[j] for j in counts.voting if not (fit.votes_several_classes[j] or fit.judged.told[j])
    ]
    if one_class:
        yield Finding(
            kind="one-class",
            urgency="note",
            finding=f"{_how_many(one_class, voting)} one class only{_on_few_labels(fit)}: their agreement "
            "with others does not tell an accurate LF from a common class, so their accuracies rest on what "
            "the model assumes",
            lfs=tuple(one_class),
        )


def _on_few_labels(fit: Examination) -> str:
    """Say that hand labels are too few to tell, where there are some."""
    return f" and on fewer than {MIN_ROWS} rows with a hand label" if fit.hand_labels else ""


def _how_many(some: list[str], everyone: list[str]) -> str:
    if len(some) == len(everyone):
        return f"all {len(some)} LFs vote"
    return f"{len(some)} of {len(everyone)} LFs {'votes' if len(some) == 1 else 'vote'}"


def _alone(fit: Examination) -> Iterator[Finding]:
    voting = fit.counts.voting
    sizes = np.bincount(fit.parts[voting])
    alone = [fit.names[j] for j in voting if sizes[fit.parts[j]] == 1 and not fit.judged.told[j]]
    groups = int((sizes > 1).sum())
    if fit.counts.several and alone:
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


def _worth_asking(fit: Examination) -> bool:
    """Whether, by a glance, the others may contradict an LF or the model may trust one too much."""
    judged = fit.votes_several_classes
    if len(fit.counts.voting) < 3 or not judged.any():
        return False
    glance, estimates = fit.glance, fit.model.lf_accuracies_
    with np.errstate(invalid="ignore"):
        contradicted = glance.chance - glance.support > CLEARLY - AT_A_GLANCE - 2.0 * glance.chance_errors
        above = estimates - glance.accuracies > TRUSTED_MORE - AT_A_GLANCE - 2.0 * glance.errors
    seldom = (glance.met < MIN_ROWS) & (fit.counts.votes >= MIN_ROWS)
    return bool((judged & (seldom | contradicted | (above & (estimates > FOLLOWED)))).any())


def _contradicted_lfs(fit: Examination) -> IntArray:
    """Return the LFs, of those that vote several classes, that are worse than chance for the others.

    Those that hand labels find better than chance are none of them.

    With fewer than three LFs nobody can say who is wrong.
    """
    if len(fit.counts.voting) < 3 or not fit.votes_several_classes.any():
        return np.zeros(0, dtype=np.int64)
    peers = fit.peers
    gap = peers.chance - peers.support
    worse = (gap > SIGNIFICANT * peers.chance_errors) & (gap > CLEARLY) & (peers.met >= MIN_ROWS)
    return np.flatnonzero(worse & fit.votes_several_classes & ~fit.judged.surely_right)


def _contradicted(fit: Examination) -> Iterator[Finding]:
    worse = _contradicted_lfs(fit)
    if len(worse):
        peers, names = fit.peers, tuple(fit.names[j] for j in worse)
        most = worse[(peers.support - peers.chance)[worse].argmin()]
        yield Finding(
            kind="contradicted",
            urgency="check",
            finding=f"{count(len(worse), 'LF')} {'is' if len(worse) == 1 else 'are'} worse than chance "
            f"as the others see it: {named(names)} (the others give the votes of {fit.names[most]!r} "
            f"{percent(peers.support[most])}, votes at random {percent(peers.chance[most])})",
            action="read some of those rows and turn or delete the LF that is wrong",
            lfs=names,
            evidence={"support": float(peers.support[most]), "chance": float(peers.chance[most])},
        )


def _copies(fit: Examination) -> Iterator[Finding]:
    model = fit.model
    for group in fit.copies:
        names = tuple(fit.names[j] for j in group)
        told = "they weigh as one here" if model.discounts_duplicates else "this model counts each in full"
        if _joined(fit, group):
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


def _joined(fit: Examination, group: Iterable[int]) -> bool:
    """Whether the dependency graph of a model, if any, joins all LFs of a group."""
    graph = fit.model.dependencies_
    return graph is not None and any(set(group) <= set(lfs) for lfs in graph.components())


def _overtrusted(fit: Examination) -> Iterator[Finding]:
    """Find LFs that a model trusts more than the other LFs do."""
    if len(fit.counts.voting) < 3 or not fit.votes_several_classes.any():
        return
    peers, estimates = fit.peers, fit.model.lf_accuracies_
    with np.errstate(invalid="ignore"):
        above = estimates - peers.accuracies > TRUSTED_MORE + SIGNIFICANT * peers.errors
        above &= estimates > FOLLOWED
    backed = fit.judged.told & (np.nan_to_num(fit.judged.accuracies) > estimates - TRUSTED_MORE)
    found = np.flatnonzero(above & fit.votes_several_classes & (peers.met >= MIN_ROWS) & ~backed)
    if len(found):
        names = tuple(fit.names[j] for j in found)
        most = found[(estimates - peers.accuracies)[found].argmax()]
        yield Finding(
            kind="overtrusted",
            urgency="check",
            finding=f"{fit.model_name} trusts {named(names)} more than the other LFs do "
            f"({fit.names[most]!r}: {percent(estimates[most])} right, {percent(peers.accuracies[most])} as "
            "the others see it): it may follow an LF that agrees with itself",
            action="compare with LabelModel",
            lfs=names,
            evidence={"estimate": float(estimates[most]), "others": float(peers.accuracies[most])},
        )


# --- labels that votes do not support


def _labels(fit: Examination) -> Iterator[Finding]:
    made, rows = fit.labels, fit.counts.covered
    lost = np.flatnonzero(
        (made.majority * rows >= MIN_ROWS)
        & (made.predicted < LOST * made.majority)
        & (made.majority > 0.2 / len(fit.classes))
    )
    if len(lost):
        most = lost[made.majority[lost].argmax()]
        yield Finding(
            kind="collapse",
            urgency="check",
            finding=f"the model all but lost {count(len(lost), 'class', 'classes')}: majority vote gives "
            f"{fit.classes[most]!r} {percent(made.majority[most])} of the covered rows, "
            f"{fit.model_name} {percent(made.predicted[most])}",
            action="do not use these labels; take LabelModel or MajorityVote, or say how common the "
            "classes are (class_balance)",
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
    if made.overturned > OVERTURNED and not len(lost) and not len(_contradicted_lfs(fit)):
        yield Finding(
            kind="overturned",
            urgency="check",
            finding=f"{percent(made.overturned)} of the rows on which several LFs vote, all alike, get "
            "another label: the model trusts none of them",
            action="read some of those rows, or take MajorityVote",
            evidence={"overturned": made.overturned},
        )


def _overconfident(fit: Examination) -> Iterator[Finding]:
    made, votes_a_row = fit.labels, float(fit.counts.votes.sum()) / max(fit.counts.covered, 1)
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


def _balance(fit: Examination) -> Iterator[Finding]:
    """Votes of LFs that vote several classes show a skew even if they are often wrong."""
    cast = fit.counts.by_class[fit.votes_several_classes]
    shares = cast.sum(axis=0) / max(cast.sum(), 1)
    above = float(shares.max()) - 1.0 / len(shares)
    if len(cast) > 2 and cast.sum() > 100 and above > UNEQUAL and fit.model._takes_classes_as_equal():
        most = int(shares.argmax())
        yield Finding(
            kind="unequal-classes",
            urgency="check",
            finding=f"{percent(shares[most])} of the votes of LFs that vote several classes are for "
            f"{fit.classes[most]!r}, and wrong votes make shares look more equal than they are; no class "
            f"balance was given; {fit.model_name} finds {percent(fit.labels.predicted[most])}",
            action="say how common the classes are if you know it (class_balance)",
            evidence={"share": float(shares[most])},
        )


# --- what votes there are, whatever the model made of them


def _old_convention(fit: Examination) -> Iterator[Finding]:
    """Find votes in which 0 seems to mean no vote."""
    if fit.counts.sets.any():
        return
    said = looks_old(fit.patterns.votes, fit.patterns.counts)
    if said is not None:
        yield Finding(
            kind="old-convention",
            urgency="fix",
            finding=f"votes look as if 0 meant no vote: {said}",
            action=CURE,
            evidence={},
            weight=1.0,
        )


def _of_votes(fit: Examination) -> Iterator[Finding]:
    """Find classes with too few votes, and wide LFs."""
    counts, k = fit.counts, len(fit.classes)
    learns = fit.model.learns
    nobody = [fit.classes[c] for c in np.flatnonzero(counts.by_class.sum(axis=0) == 0)]
    if nobody and len(counts.voting) and not counts.sets.any():
        yield Finding(
            kind="class-without-votes",
            urgency=_if(learns and len(counts.voting) > 2),
            finding=f"no LF votes for {named(nobody)}, so no row is labeled so for a reason",
            action=f"write LFs for {'it' if len(nobody) == 1 else 'them'}",
            evidence={"classes": len(nobody)},
        )
    cells = counts.by_class[fit.votes_several_classes]
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
        if fit.labels.majority[common] < WIDE:
            yield Finding(
                kind="wide",
                urgency=_if(learns),
                finding=f"LF {fit.names[j]!r} votes {fit.classes[common]!r} on {percent(one[j])} of all "
                "rows: such a vote says next to nothing, and label models take it for agreement",
                action="narrow it",
                lfs=(fit.names[j],),
                evidence={"share": float(one[j])},
            )


def _if(matters: bool) -> Urgency:
    return "check" if matters else "note"


def _silent(fit: Examination) -> Iterator[Finding]:
    silent = tuple(fit.names[j] for j in np.flatnonzero(fit.counts.votes == 0))
    if silent:
        yield Finding(
            kind="never-votes",
            urgency="note",
            finding=f"{named(silent)} never {'votes' if len(silent) == 1 else 'vote'}: nothing was learned "
            f"of {'it' if len(silent) == 1 else 'them'}",
            lfs=silent,
        )


# --- how the model was found


def _search(fit: Examination) -> Iterator[Finding]:
    """Find searches that stopped early, and starts that disagree."""
    search = fit.model.search_
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


def _sample(fit: Examination) -> Iterator[Finding]:
    """Find whether a part of the rows was learned from."""
    stats, rows = fit.model.statistics_, fit.counts.n
    if not stats.exact:
        yield Finding(
            kind="sample",
            urgency="note",
            finding=f"learned from a fixed random sample of {rows:,} of {stats.n:,} rows, because they hold "
            f"more than {stats.max_patterns:,} different patterns of votes; a share of rows is off by at "
            f"most {100 * np.sqrt(0.25 / max(rows, 1)):.1f} points (one standard error)",
            evidence={"rows": rows},
        )
