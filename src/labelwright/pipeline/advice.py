"""Which modelling the votes of a project call for, with all that its hand labels tell of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from labelwright._types import BoolArray
from labelwright._version import __version__
from labelwright.analysis.evaluation import GoldRows
from labelwright.core.gold_sets import GoldSets
from labelwright.pipeline.labeling import make_label_model
from labelwright.pipeline.settings import SOURCES
from labelwright.store import content_key

if TYPE_CHECKING:
    from labelwright.advisor import ModellingAdvice
    from labelwright.advisor.modelling.hand_labels import GivenLabels
    from labelwright.pipeline.run import Run


def advice(run: Run, split: str) -> ModellingAdvice:
    """Return which modelling is worth it."""
    from labelwright.advisor import ModellingAdvice
    from labelwright.advisor.modelling._advise import advised
    from labelwright.advisor.modelling.to_do import rows_to_read

    votes, seed, role = run.votes(split), run.settings.seed, f"advice {split}"
    names = votes.matrix.lf_names
    key = content_key(
        role, votes.keys, names, run.task.name, list(run.task.space.names), seed, _gold_key(run), __version__
    )
    kept = run.kept.load(role, key, ModellingAdvice)
    if kept is not None:
        return kept
    rows = rows_to_read(votes.matrix.votes)
    given = _given_labels(run, split)
    made = advised(run.statistics(split), given=given, random_state=seed, rows=rows)
    run.kept.save(role, key, made)
    return made


def _gold_key(run: Run) -> object:
    """Return the key of all hand labels, of the votes on them, and of what they are for."""
    judged = [[split, run.votes(split).keys, run.gold.scoring_key(split)] for split in run.gold.judged]
    ours = run.settings.label_model
    return [judged, run.gold.teaching_key, ours.name, ours.settings, ours.gold] if judged else None


def _given_labels(run: Run, split: str) -> GivenLabels | None:
    """Return the hand labels for the advisor: those that score, and those that teach or could."""
    from labelwright.advisor.modelling.hand_labels import GivenLabels, LabeledVotes

    scoring, matrix = run.gold_rows(), run.votes(split).matrix
    if scoring is None:
        return None
    model = make_label_model(run.settings.label_model, seed=run.settings.seed)
    learner = model if model.learns_from_gold else None
    source = run.gold.source
    taught = run.gold.teaching(source) if run.gold.teaches else None
    if taught is not None:
        teaching = GoldRows.of({source: (run.votes(source).matrix, taught)})
        assert teaching is not None
        rows = np.flatnonzero(taught >= 0) if source == split else np.full(len(teaching), -1)
        return GivenLabels(scoring, LabeledVotes(matrix, teaching, rows), in_use=True, model=learner)
    places = [
        np.flatnonzero(_scores(run, one)) if one == split else np.full(n, -1)
        for one, n in scoring.splits.items()
    ]
    labeled = LabeledVotes(matrix, scoring, np.concatenate(places))
    how = _how_to_teach(scoring.splits, ours=model.learns_from_gold)
    return GivenLabels(scoring, labeled, model=learner, how_to_teach=how)


def _scores(run: Run, split: str) -> BoolArray:
    """Return (n,) whether a row of a split has hand labels that score."""
    gold = run.gold.measuring(split)
    known: BoolArray = gold.known if isinstance(gold, GoldSets) else np.asarray(gold) >= 0
    return known


def _how_to_teach(splits: Mapping[str, int], *, ours: bool) -> str:
    """Return the lines of the settings that let hand labels of some splits teach a label model.

    `ours` says whether the project's label model learns from any.
    """
    known = [split for split in SOURCES if split in splits]
    lines = "set" if ours else 'set name = "LabelModel" and'
    if not known:
        return (
            f'Label training rows, too, and {lines} gold = "train" in [label_model]: test labels only score.'
        )
    best = max(known, key=lambda split: splits[split])
    half = "" if len(splits) > 1 else "; half of them then teach, the others score"
    return f'S{lines[1:]} gold = "{best}" in [label_model]{half}.'
