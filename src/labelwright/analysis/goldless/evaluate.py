"""Compare label models where there are no gold labels, or too few to split."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

import numpy as np

from labelwright._errors import SchemaError
from labelwright._types import ABSTAIN, RandomState
from labelwright._validate import as_generator
from labelwright.analysis.goldless.evaluation import GoldlessEvaluation, ModelEvidence
from labelwright.analysis.goldless.held_out import Guesses, HeldOut, guesses
from labelwright.analysis.goldless.labels import CONFIDENCE, Labeled, pair_evidence
from labelwright.analysis.goldless.prediction_powered import powered_mean
from labelwright.analysis.intervals import Interval, normal_quantile, wilson_interval
from labelwright.core import LabelMatrix
from labelwright.core.gold_sets import as_right_classes
from labelwright.diagnostics.examination import near_duplicate_groups

if TYPE_CHECKING:
    from labelwright.label_models import BaseLabelModel

BASELINE: Final = "MajorityVote"


def evaluate_without_gold(
    models: Mapping[str, BaseLabelModel] | Iterable[BaseLabelModel],
    L: LabelMatrix,
    *,
    gold: object = None,
    folds: int = 5,
    margin: float = 0.01,
    random_state: RandomState = 0,
) -> GoldlessEvaluation:
    """Compare label models by what they make of votes they have not seen, and by a few gold labels.

    Three kinds of evidence, from weak to strong:

    - *Unseen votes.* The rows are cut into folds; each model is fitted on all folds but one and guesses each
      vote on the rows left, from the other votes there. What is scored is the log loss of the vote's class,
      beside majority vote's. Believe a bad score, and not a good one: LFs that share a mistake reward the
      model that shares it. On eight public sets all 9 models that were clearly worse than majority vote were
      no better in truth, and of 21 that were clearly better 13 were no worse in truth
      (``benchmarks/without_gold.py``).
    - *Agreement.* Of two models that label a row differently one is wrong, which bounds what both can
      reach, whatever is true.
    - *Gold labels*, if there are some, of rows drawn at random: prediction-powered estimates of each
      model's accuracy and of gaps between models, and how many more labels would settle a gap.

    Parameters
    ----------
    models : mapping of str to label model, or label models
        With their settings; they are cloned and fitted anew, so their own fits are neither used nor lost.
        Majority vote is added where it is not among them.
    L : LabelMatrix
        The votes.
    gold : (n,) labels, optional
        Hand labels by class name or index, None or -1 where unknown; at least two of covered rows, drawn at
        random.
    folds : int, default 5
        At least two.
    margin : float, default 0.01
        The gap in accuracy worth settling, as a share; a smaller one that was seen counts as this.
    random_state : int, numpy.random.Generator or None, default 0
        Deals the rows to the folds.

    Returns
    -------
    GoldlessEvaluation

    Raises
    ------
    SchemaError
        No label matrix, no model, a name given twice, settings that cannot be, or no row with two votes.
    LabelMatrixError
        Gold labels of another length, or that are no classes.

    Notes
    -----
    Intervals of the gain take a row's votes as one observation; they hold the fits as they are. Cost: each
    model is fitted ``folds + 1`` times and predicts 40,000 rows a fold at most.

    Examples
    --------
    >>> from labelwright.label_models import OneCoin
    >>> from labelwright.testing import one_coin_table, sample_votes
    >>> planted = sample_votes(one_coin_table([0.95, 0.9, 0.6, 0.55, 0.55]), 600, random_state=0)
    >>> found = evaluate_without_gold([OneCoin()], planted.label_matrix)
    >>> found.best
    'OneCoin'
    >>> found.pairs[0].more_chosen < found.pairs[0].more  # gold labels, to settle a gap of a point
    True
    """
    chosen = _named(models)
    matrix = _check(chosen, L, folds=folds, margin=margin)
    if gold is not None:  # read once, before models are fitted: it may be wrong
        as_right_classes(gold, matrix.space.names, n=matrix.n)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # each fit warns, and would again in every fold
        made = _guessed(chosen, matrix, folds, as_generator(random_state))
        labeled = {name: Labeled.by(model, matrix, gold) for name, model in chosen.items()}
    loss = {name: float(one.losses.mean()) for name, one in made.items()}
    order = sorted(chosen, key=lambda name: loss[name])
    return GoldlessEvaluation(
        models=tuple(_evidence(name, made, labeled[name], loss[name]) for name in order),
        pairs=tuple(pair_evidence(order[0], name, labeled, margin) for name in order[1:]),
        rows=matrix.n,
        covered=int(matrix.covered.sum()),
        gold=len(labeled[BASELINE].known),
        held_out=len(made[BASELINE].rows),
        votes_right=_votes_right(matrix),
        margin=margin,
    )


# --- input


def _named(models: Mapping[str, BaseLabelModel] | Iterable[BaseLabelModel]) -> dict[str, BaseLabelModel]:
    from sklearn.base import clone

    from labelwright.label_models import BaseLabelModel, MajorityVote

    given = models.items() if isinstance(models, Mapping) else [(type(one).__name__, one) for one in models]
    named: dict[str, BaseLabelModel] = {}
    for name, model in given:
        if not isinstance(model, BaseLabelModel):
            raise SchemaError(f"model {name!r} is a {type(model).__name__}; expected a label model")
        if name in named:
            raise SchemaError(f"two models are named {name!r}; pass a mapping of names to models")
        named[name] = clone(model)
    if not named:
        raise SchemaError("no label model was given; pass some, such as [LabelModel()]")
    return {**named, BASELINE: named.get(BASELINE, MajorityVote())}


def _check(models: Mapping[str, BaseLabelModel], L: object, *, folds: int, margin: float) -> LabelMatrix:
    if not isinstance(L, LabelMatrix):
        raise SchemaError(
            f"votes are a {type(L).__name__}; expected a LabelMatrix, such as LabelMatrix(votes)"
        )
    if folds < 2:
        raise SchemaError(f"folds={folds!r}; expected at least 2")
    if not 0 < margin < 1:
        raise SchemaError(f"margin={margin!r}; expected a share between 0 and 1, such as 0.01")
    if not ((L.votes != ABSTAIN).sum(axis=1) > 1).any():
        raise SchemaError("no row has two votes, so no vote can be told from another; write LFs that meet")
    for model in models.values():
        if model.n_classes is None:
            model.set_params(n_classes=L.k)
    return L


# --- unseen votes


def _guessed(
    models: Mapping[str, BaseLabelModel], L: LabelMatrix, folds: int, generator: np.random.Generator
) -> dict[str, Guesses]:
    fold = generator.permutation(L.n) % folds
    groups = near_duplicate_groups(L.patterns())
    made: dict[str, list[Guesses]] = {name: [] for name in models}
    for f in range(folds):
        inside, outside = np.flatnonzero(fold == f), np.flatnonzero(fold != f)
        if not len(inside) or not len(outside):
            continue
        tuning, scored = (
            HeldOut.of(L, rows, groups=groups, generator=generator) for rows in (outside, inside)
        )
        for name, model in models.items():
            made[name].append(guesses(model, L[outside], tuning, scored))
    return {name: _joined(parts) for name, parts in made.items()}


def _joined(parts: list[Guesses]) -> Guesses:
    return Guesses(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in ("rows", "losses", "hits"))
    )


def _gain(model: Guesses, baseline: Guesses) -> Interval:
    """Return the mean difference of losses; the votes of a row are one observation."""
    difference = baseline.losses - model.losses
    mean = float(difference.mean())
    by_row = np.bincount(model.rows, weights=difference - mean)
    half = normal_quantile(CONFIDENCE) * float(np.sqrt((by_row**2).sum())) / len(difference)
    return Interval(mean, mean - half, mean + half)


# --- labels and gold labels


def _evidence(name: str, made: Mapping[str, Guesses], labeled: Labeled, loss: float) -> ModelEvidence:
    right, guessed = labeled.right, labeled.guessed
    powered = gold_only = None
    if len(right) > 1:
        powered = _within(powered_mean(right, guessed[labeled.known], guessed, confidence=CONFIDENCE))
        low, high = wilson_interval(right.sum(), len(right), confidence=CONFIDENCE)
        gold_only = Interval(float(right.mean()), float(low), float(high))
    return ModelEvidence(
        name=name,
        log_loss=loss,
        gain=_gain(made[name], made[BASELINE]),
        hits=float(made[name].hits.mean()),
        confidence=float(guessed.mean()),
        accuracy=powered,
        gold_only=gold_only,
    )


def _within(interval: Interval) -> Interval:
    low, estimate, high = np.clip([interval.low, interval.estimate, interval.high], 0.0, 1.0).tolist()
    return Interval(estimate, low, high)


def _votes_right(L: LabelMatrix) -> float:
    """Return the largest share of the votes for one class that can be right."""
    patterns = L.patterns()
    most = np.zeros(len(patterns), dtype=np.int64)
    for c in range(L.k):
        most = np.maximum(most, (patterns.votes == c).sum(axis=1))
    cast = ((patterns.votes != ABSTAIN) & (patterns.votes < L.k)).sum(axis=1)
    return float(patterns.counts @ most / max(patterns.counts @ cast, 1))
