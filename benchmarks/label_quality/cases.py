"""What is measured: votes to fit on, votes to score on, and gold labels that no model sees."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

import labelwright as lw
from labelwright._types import FloatArray, IntArray

Block = Literal["test split", "transductive", "crowds", "planted votes"]
Measure = Literal["accuracy", "F1"]
BLOCKS: dict[Block, str] = {
    "test split": "Fitted on the training votes without gold labels, scored on all rows of the test split.",
    "transductive": "Fitted and scored on the covered rows of all splits together, without gold labels.",
    "crowds": "One LF a worker; fitted and scored on the same tasks, without gold labels.",
    "planted votes": "Votes drawn from known parameters; fitted on one draw, scored on all rows of another.",
}
SKEWED = ("census", "sms", "sms_fixed", "cdr_text_lfs")
"""Sets whose rare class 1 is the point: F1 of class 1 says more than accuracy."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Case:
    """One set under one protocol.

    Attributes
    ----------
    block : str
        The protocol: a key of `BLOCKS`.
    name : str
        The set.
    fit, score : LabelMatrix
        Votes of the same LFs; the same object where a model is scored on what it was fitted on.
    gold : (n,) integers
        Hand labels of the rows of `score`, -1 where unknown.
    measure : {"accuracy", "F1"}
        The measure that models are compared by.
    oracle : (n, k) float64, optional
        The posterior by the parameters that the votes were drawn from, where those are known.
    """

    block: Block
    name: str
    fit: lw.LabelMatrix
    score: lw.LabelMatrix
    gold: IntArray
    measure: Measure = "accuracy"
    oracle: FloatArray | None = None


def find_sets(folder: Path) -> list[str]:
    """Return the names of the subfolders that may hold a set, sorted."""
    markers = ("votes.csv", "train.json", "train.json.gz")
    return sorted(f.name for f in folder.iterdir() if any((f / name).is_file() for name in markers))


def read_cases(
    folder: Path, names: Iterable[str], *, skewed: Iterable[str] = SKEWED, say: Callable[[str], None]
) -> Iterator[Case]:
    """Read sets one after the other; one that cannot be read is left out, with a word.

    Parameters
    ----------
    folder : Path
        Holds a subfolder a set: a WRENCH folder, or one with ``votes.csv`` and ``gold.csv``.
    names : iterable of str
        The subfolders.
    skewed : iterable of str
        Sets with two classes that are measured by F1 of class 1.
    say : callable
        Takes the reason why a set is left out.
    """
    by_f1 = frozenset(skewed)
    for name in names:
        measure: Measure = "F1" if name in by_f1 else "accuracy"
        crowd = (folder / name / "votes.csv").is_file()
        try:
            yield from (
                crowd_cases(folder / name, measure) if crowd else wrench_cases(folder / name, measure)
            )
        except lw.LabelwrightError as error:
            say(f"{name} left out: {error}")


def crowd_cases(folder: Path, measure: Measure) -> Iterator[Case]:
    """Give the one case of a folder of crowd votes."""
    crowd = lw.read_crowd(folder)
    matrix = crowd.label_matrix
    yield Case(block="crowds", name=folder.name, fit=matrix, score=matrix, gold=crowd.gold, measure=measure)


def wrench_cases(folder: Path, measure: Measure) -> Iterator[Case]:
    """Give the cases of a WRENCH folder, one a protocol."""
    found = lw.read_wrench(folder)
    train, test = found.train.label_matrix, found.test.label_matrix
    name = folder.name
    yield Case(block="test split", name=name, fit=train, score=test, gold=found.test.gold, measure=measure)
    splits = list(found.splits.values())
    votes = np.concatenate([split.label_matrix.votes for split in splits])
    gold = np.concatenate([split.gold for split in splits])
    every = lw.LabelMatrix(votes, space=found.space, lf_names=train.lf_names)
    union = lw.LabelMatrix(votes[every.covered], space=found.space, lf_names=train.lf_names)
    yield Case(
        block="transductive", name=name, fit=union, score=union, gold=gold[every.covered], measure=measure
    )
