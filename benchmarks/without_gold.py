"""Does `evaluate_without_gold` pick label models that gold labels would pick? Measured on real sets.

    LABELWRIGHT_DATA=FOLDER python benchmarks/without_gold.py

For each set the label models are ranked by unseen votes alone; the gold labels of the same rows then say
whether a model whose score is clearly better or worse than majority vote's is so in truth, within half a
point of accuracy on covered rows.
"""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import numpy as np

from labelwright.analysis import GoldlessEvaluation, evaluate_without_gold, expected_accuracy
from labelwright.core import LabelMatrix
from labelwright.io import read_crowd, read_wrench
from labelwright.label_models import DawidSkene, LabelModel, MajorityVote, MatrixCompletion, OneCoin, Triplet

SETS = ("youtube", "trec", "semeval", "sms_fixed", "chemprot", "cdr_text_lfs")
CROWDS = ("crowd_rte", "crowd_weather_snorkel")
MODELS = (LabelModel(), OneCoin(), DawidSkene(), MatrixCompletion(), Triplet(), MajorityVote())
CLOSE = 0.005


def main() -> None:
    warnings.simplefilter("ignore")
    verdicts = np.zeros((2, 2), dtype=int)
    print("| set | best without gold | its accuracy | majority vote | best in truth |\n|---|---|---|---|---|")
    for name in (*SETS, *CROWDS):
        votes, gold = read(Path(os.environ["LABELWRIGHT_DATA"]) / name)
        found = evaluate_without_gold(MODELS, votes)
        truth = accuracies(votes, gold)
        best, top = found.models[0].name, max(truth, key=lambda model: truth[model])
        print(
            f"| {name} | {best} | {100 * truth[best]:.1f} | {100 * truth['MajorityVote']:.1f} "
            f"| {top}, {100 * truth[top]:.1f} |"
        )
        verdicts += judged(found, truth)
    for word, (times, right) in zip(("better", "worse"), verdicts, strict=True):
        print(f"clearly {word} than majority vote: {times} times, of these {right} not the reverse by gold")


def read(folder: Path) -> tuple[LabelMatrix, np.ndarray]:
    """Return votes and gold labels of the rows to learn from."""
    if folder.name in CROWDS:
        crowd = read_crowd(folder)
        return crowd.label_matrix, crowd.gold
    train = read_wrench(folder).train
    return train.label_matrix, train.gold


def accuracies(votes: LabelMatrix, gold: np.ndarray) -> dict[str, float]:
    """Return each model's accuracy on covered rows, expected over ties."""
    known = votes.covered & (gold >= 0)
    return {
        type(model).__name__: expected_accuracy(model.fit(votes).predict_proba(votes)[known], gold[known])
        for model in MODELS
    }


def judged(found: GoldlessEvaluation, truth: dict[str, float]) -> np.ndarray:
    """Count models clearly better and clearly worse by unseen votes, and those of them not the reverse."""
    ahead = {model.name: truth[model.name] - truth["MajorityVote"] for model in found.models}
    better = [ahead[model.name] for model in found.models if model.gain.low > 0]
    worse = [ahead[model.name] for model in found.models if model.gain.high < 0]
    return np.array([
        [len(better), sum(gap >= -CLOSE for gap in better)],
        [len(worse), sum(gap <= CLOSE for gap in worse)],
    ])  # fmt: skip


if __name__ == "__main__":
    main()
