"""From numbers to a choice, and the sentences that say why."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Final, Literal, TypeAlias

import numpy as np

from labelwright._text import count, listed, percent
from labelwright.advisor.modelling.examination import VoteExamination, has_sets
from labelwright.advisor.modelling.hand_labels import MeasuredGain, gained
from labelwright.core.finding import Finding

Choice: TypeAlias = Literal["majority vote", "label model"]
Evidence: TypeAlias = "Mapping[str, float | int | str]"

SURE: Final = 2.0
"""Standard errors by which luck may lift a gain: it is then less than said in 39 of 40 cases."""

MIN_INDEPENDENT: Final = 3
"""How often two LFs agree fits many pairs of accuracies: with three, agreement tells each."""

SKEWED: Final = 2.0
"""Times an equal share that a class gets of the votes of LFs that vote several classes."""

MANY_VOTES: Final = 8.0
"""So many votes a row carry a confusion matrix an LF; with fewer, one accuracy an LF is more certain."""

LITTLE_OVERLAP: Final = 0.1
"""Covered rows with two votes: accuracies are learned there and nowhere else."""


def choose(examined: VoteExamination, least_gain: float) -> Choice:
    """Return what to use.

    A label model where votes stand for sets of classes, which majority vote cannot count. Else majority vote
    where no LF can be told from another; where the trial fit changes fewer labels than `least_gain`; or where
    both the bound and the gain that it expects are below that, this one by two standard errors. Hand labels
    go before what is expected: where by them the trial fit surely loses, or surely gains enough.
    """
    trial = examined.trial
    if trial is not None and has_sets(examined.stats):
        return "label model"
    if trial is None or not learnable(examined) or trial.moved < least_gain:
        return "majority vote"
    if examined.measured is not None and surely_loses(examined.measured):
        return "majority vote"
    if examined.measured is not None and examined.measured.gain.low > 0:
        return "label model" if examined.measured.gain.estimate >= least_gain else "majority vote"
    luck = SURE * math.sqrt(trial.moved / examined.stats.n)  # a row that changes gains or loses one at most
    small = examined.advantage.bound < least_gain and trial.expected + luck < least_gain
    return "majority vote" if small else "label model"


def surely_loses(measured: MeasuredGain) -> bool:
    """Whether by hand labels majority vote is right more often, and no rare class is found for that."""
    return measured.gain.high < 0 and not measured.finds_more


def learnable(examined: VoteExamination) -> bool:
    """Whether agreement tells accuracies at all."""
    return examined.independent_lfs >= MIN_INDEPENDENT and examined.counts.several > 0


def reasons(examined: VoteExamination, choice: Choice, least_gain: float) -> tuple[Finding, ...]:
    """Return what speaks for the choice, the most important first."""
    if examined.trial is None:
        return (_reason("no-votes", "No labeling function votes on any row.", {"rows": examined.stats.n}),)
    return (
        *_sets(examined),
        *_stake(examined, least_gain),
        *_trial(examined),
        *_measured(examined),
        *_hand_labels(examined),
        *_density(examined),
        *_dependencies(examined, choice),
        *_identifiable(examined),
        *_polarity(examined),
        *_skew(examined),
        *_alternatives(examined, choice),
        *_time(examined),
    )


def _reason(kind: str, said: str, evidence: Evidence) -> Finding:
    """Return a sentence that speaks for a choice, and the numbers behind it."""
    return Finding(kind=kind, urgency="note", finding=said, evidence=evidence)


def _sets(examined: VoteExamination) -> Iterator[Finding]:
    if has_sets(examined.stats):
        patterns = examined.stats.patterns()
        share = float(
            patterns.counts @ (patterns.votes >= examined.stats.k).any(axis=1) / patterns.counts.sum()
        )
        yield _reason(
            "vote-sets",
            f"{percent(share)} of the rows have votes for sets of classes, which only PartialLabels reads; "
            "what follows counts the other votes.",
            {"rows with sets": share},
        )


def _stake(examined: VoteExamination, least_gain: float) -> Iterator[Finding]:
    found = examined.advantage
    lowest, mean, highest = found.accuracies
    yield _reason(
        "contested",
        f"{percent(found.contested)} of the rows have votes for several classes: as long as each vote speaks "
        "for its own class, no weights can change more.",
        {"contested rows": found.contested, "tied rows": found.tied},
    )
    against = "below" if found.bound < least_gain else "above"
    yield _reason(
        "bound",
        f"At most {points(found.bound)} of accuracy can be gained by weighing them, if labeling functions "
        f"are right {percent(lowest)} to {percent(highest)} of the time: {against} the {points(least_gain)} "
        "that are worth a model.",
        {"bound": found.bound, "least gain": least_gain, "mean accuracy": mean},
    )


def _trial(examined: VoteExamination) -> Iterator[Finding]:
    trial = examined.trial
    if trial is not None:
        part = "all rows" if trial.rows == examined.stats.n else f"{trial.rows:,} of the rows"
        yield _reason(
            "trial",
            f"{trial.model}, fitted to {part} on trial, changes {percent(trial.moved)} of majority vote's "
            f"labels and expects {points(trial.expected)} of it.",
            {"changed": trial.moved, "expected gain": trial.expected, "rows": trial.rows},
        )


def _measured(examined: VoteExamination) -> Iterator[Finding]:
    found = examined.measured
    if found is not None and examined.trial is not None:
        where = f" ({found.where})" if found.where else ""
        yield _reason(
            "measured",
            f"On {count(found.labels, 'hand label')}{where} {examined.trial.model} is right on "
            f"{percent(found.model, 1)} and majority vote on {percent(found.majority_vote, 1)}: "
            f"{gained(found.gain)}, {found.verdict}.",
            {
                "hand labels": found.labels,
                "gain": found.gain.estimate,
                "low": found.gain.low,
                "high": found.gain.high,
                "expected gain": found.expected,
            },
        )


def _hand_labels(examined: VoteExamination) -> Iterator[Finding]:
    found = examined.gold_gain
    if found is not None:
        yield _reason(
            "hand-labels",
            found.said,
            {
                "hand labels": found.labels,
                "taught": found.taught,
                "gain": found.gain.estimate,
                "low": found.gain.low,
                "high": found.gain.high,
            },
        )


def _density(examined: VoteExamination) -> Iterator[Finding]:
    found = examined.advantage
    several = examined.counts.several / max(examined.counts.covered, 1)
    where = "Votes seldom meet" if several < LITTLE_OVERLAP else "Votes meet"
    yield _reason(
        "density",
        f"{where}: {found.density:.1f} votes a row, and {percent(several)} of the covered rows have two or "
        "more.",
        {
            "votes a row": found.density,
            "rows with two votes": several,
            "low-density bound": found.low_density,
            "high-density bound": found.high_density,
        },
    )


def _dependencies(examined: VoteExamination, choice: Choice) -> Iterator[Finding]:
    graph, sweep = examined.graph, examined.sweep
    if examined.too_many:
        yield _reason("dependencies", f"Dependencies were not learned: {examined.too_many}.", {})
    elif graph:
        found = [f"{a} - {b}" for a, b in graph.named_pairs()]
        use = "let the model know" if choice == "label model" else "each group counts as one LF at most"
        yield _reason(
            "dependencies",
            f"{count(len(graph), 'pair')} of labeling functions {'depends' if len(graph) == 1 else 'depend'} "
            f"on each other beyond the class: {listed(found)}; {use}.",
            {"pairs": len(graph), "groups": len(graph.components()), **_elbow(examined)},
        )
    elif sweep is not None:
        yield _reason(
            "dependencies",
            "No labeling functions depend on each other beyond the class.",
            {"pairs": 0, **_elbow(examined)},
        )


def _elbow(examined: VoteExamination) -> dict[str, float | int | str]:
    sweep = examined.sweep
    return {} if sweep is None else {"elbow": sweep.elbow, "pairs at the elbow": sweep.counts[sweep.at]}


def _identifiable(examined: VoteExamination) -> Iterator[Finding]:
    numbers: dict[str, float | int | str] = {
        "labeling functions that vote": len(examined.voting),
        "independent labeling functions": examined.independent_lfs,
    }
    if examined.independent_lfs < MIN_INDEPENDENT:
        yield _reason(
            "identifiability",
            f"Only {count(examined.independent_lfs, 'independent labeling function')}: how often they agree "
            "does not tell which is right, so no model can do better than count.",
            numbers,
        )
    elif not examined.counts.several:
        yield _reason(
            "identifiability", "No row has two votes, so nothing tells how accurate any of them is.", numbers
        )


def _polarity(examined: VoteExamination) -> Iterator[Finding]:
    alone, voting = examined.one_class, examined.voting
    if len(alone):
        who = (
            "All labeling functions vote"
            if len(alone) == len(voting)
            else (
                f"{len(alone)} of {len(voting)} labeling functions {'votes' if len(alone) == 1 else 'vote'}"
            )
        )
        yield _reason(
            "one-class",
            f"{who} one class only: agreement does not tell a good one from a common class, so their "
            "accuracies rest on what a model assumes. LabelModel stays close to that; free ones drift.",
            {"one-class": len(alone), "voting": len(voting)},
        )


def _skew(examined: VoteExamination) -> Iterator[Finding]:
    several = np.setdiff1d(examined.voting, examined.one_class)
    cast = examined.counts.by_class[several].sum(axis=0)
    if len(several) and cast.sum():
        shares = cast / cast.sum()
        most = int(shares.argmax())
        if shares[most] * len(shares) >= min(SKEWED, 0.75 * len(shares)):
            yield _reason(
                "skew",
                f"{examined.classes[most].name} gets {percent(shares[most])} of the votes of those that vote "
                "several classes. If it is as common as that, tell the model (its setting class_balance).",
                {"share": float(shares[most]), "class": examined.classes[most].name},
            )


def _alternatives(examined: VoteExamination, choice: Choice) -> Iterator[Finding]:
    dense = examined.advantage.density >= MANY_VOTES and len(examined.one_class) < len(examined.voting) / 2
    if choice == "label model" and dense:
        yield _reason(
            "alternatives",
            f"{examined.advantage.density:.0f} votes a row, most by labeling functions for several classes, "
            "can also carry a confusion matrix each: compare with EBCC and DawidSkene.",
            {"votes a row": examined.advantage.density},
        )


def _time(examined: VoteExamination) -> Iterator[Finding]:
    trial = examined.trial
    if trial is not None:
        learned = (
            f"; learning dependencies took {examined.graph_seconds:.1f} s"
            if examined.sweep is not None
            else ""
        )
        yield _reason(
            "time",
            f"Fitting {trial.model} to all rows takes about {_seconds(trial.all_seconds)}{learned}.",
            {"fit seconds": trial.all_seconds, "dependencies seconds": examined.graph_seconds},
        )


def points(share: float) -> str:
    """Write a share of rows as points of accuracy.

    Examples
    --------
    >>> points(0.0312), points(0.0001), points(0.01)
    ('3.1 points', '0.01 points', '1.0 points')
    """
    return f"{100 * share:.{2 if abs(share) < 0.0005 else 1}f} points"


def _seconds(seconds: float) -> str:
    return (
        "a tenth of a second"
        if seconds < 0.1
        else f"{seconds:.1f} s"
        if seconds < 60
        else f"{seconds / 60:.0f} min"
    )
