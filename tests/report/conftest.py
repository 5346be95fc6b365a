"""Reports of every size, made of planted accuracies and generated texts."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable

import numpy as np
import pytest

from labelwright import LabelModelWarning, advise
from labelwright.advisor import ModellingAdvice
from labelwright.core import LabelMatrix, LabelSpace, Task
from labelwright.label_models import FitReport, LabelModel
from labelwright.report import EvaluatedSplit, LFInfo, ReportData

CLASSES = ("business", "entertainment", "politics", "sports", "tech")
WORDS = {
    "business": "shares profit bank market growth firm prices oil deal merger investors",
    "entertainment": "film album actor band award festival singer director show comedy stage",
    "politics": "minister party election vote government labour policy parliament tax leader",
    "sports": "match goal coach injury season team player final cup striker victory",
    "tech": "software computer mobile internet users search virus phone games broadband",
}
COMMON = [
    "the",
    "a",
    "of",
    "in",
    "on",
    "with",
    "said",
    "after",
    "year",
    "new",
    "people",
    "which",
    "also",
    "had",
    "been",
    "more",
    "time",
    "last",
    "would",
    "could",
]


@functools.cache
def generate(
    *,
    n: int = 1600,
    n_test: int = 400,
    classes: tuple[str, ...] = CLASSES,
    m: int = 30,
    gold: bool = True,
    texts: bool = True,
    end_model: bool = True,
    fit_report: bool = True,
    seed: int = 0,
) -> ReportData:
    generator = np.random.default_rng(seed)
    space, k = LabelSpace(classes), len(classes)
    targets = np.arange(m) % k
    accuracy = generator.uniform(0.55, 0.97, size=m)
    recall = generator.uniform(0.04, 0.35, size=m)

    def split(rows: int):
        y = generator.choice(k, size=rows, p=np.linspace(1.6, 0.6, k) / np.linspace(1.6, 0.6, k).sum())
        firing = np.where(
            y[:, None] == targets[None, :], recall, recall * (1 - accuracy) / accuracy / max(k - 1, 1)
        )
        votes = np.where(generator.random((rows, m)) < firing, targets[None, :], -1)
        if m > 12:
            votes[:, 7] = -1  # never votes
            votes[:, 10] = np.where(generator.random(rows) < 0.97, votes[:, 5], -1)  # copies
        matrix = LabelMatrix(votes, space=space, lf_names=[_name(j, classes) for j in range(m)])
        counts = np.stack([(votes == c).sum(axis=1) for c in range(k)], axis=1).astype(float)
        majority = np.where(counts.sum(1, keepdims=True) > 0, counts, 1.0)
        majority /= majority.sum(axis=1, keepdims=True)
        weights = np.log(accuracy * (k - 1) / (1 - accuracy))
        scores = np.stack([((votes == c) * weights).sum(axis=1) for c in range(k)], axis=1)
        truth = np.eye(k)[y]
        return y, matrix, majority, _softmax(scores), _softmax(4.2 * truth + generator.gumbel(size=(rows, k)))

    y, matrix, majority, soft, end = split(n)
    judged = _judged(matrix, (n, classes, m, seed)) if fit_report else (None, None)
    y_test, test_matrix, test_majority, test_soft, test_end = split(n_test)
    test = EvaluatedSplit(
        texts=_texts([space.name(int(c)) for c in y_test], generator) if texts else None,
        gold=y_test,
        matrix=test_matrix,
        majority_vote=test_majority,
        label_model=test_soft,
        end_model=test_end if end_model else None,
    )
    return ReportData(
        title="News topics",
        task=Task("news", space, description="Which topic is the article about?"),
        created="2026-03-01T14:05:09+00:00",
        matrix=matrix,
        texts=_texts([space.name(int(c)) for c in y], generator) if texts else None,
        lfs=tuple(_info(j, classes) for j in range(m)),
        label_model_name="anchored label model",
        lf_accuracies=np.where(
            (matrix.votes >= 0).any(axis=0),
            np.clip(accuracy + generator.normal(0, 0.05, m), 0.3, 0.99),
            np.nan,
        ),
        soft_labels=soft,
        end_model_name="TF-IDF into logistic regression" if end_model else "",
        end_model_train=end if end_model else None,
        majority_vote=majority,
        fit_report=judged[0] if fit_report else None,
        modelling=judged[1] if fit_report else None,
        test=test if gold else None,
        data_description="News articles of one publisher, split by a hash of the text",
        settings={
            "label model": "LabelModel()",
            "end model": "text_classifier()",
            "python": "3.11.2",
            "numpy": "2.1.0",
        },
    )


def _judged(matrix: LabelMatrix, votes: tuple[object, ...]) -> tuple[FitReport, ModellingAdvice]:
    """Return what a fit and the advisor say of votes; `votes` is all that they were made of."""
    if votes not in _KNOWN:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", LabelModelWarning)
            _KNOWN[votes] = LabelModel().fit(matrix).fit_report_, advise(matrix)
    return _KNOWN[votes]


_KNOWN: dict[tuple[object, ...], tuple[FitReport, ModellingAdvice]] = {}


def _name(j: int, classes: tuple[str, ...]) -> str:
    return (
        f"{classes[j % len(classes)]}_{('words', 'names', 'headline', 'opening', 'quotes')[j // 5 % 5]}_{j}"
    )


def _info(j: int, classes: tuple[str, ...]) -> LFInfo:
    name = classes[j % len(classes)]
    words = WORDS.get(name, "urgent refund winner").split()[:4]
    if j % 6 == 5:
        return LFInfo(
            name=_name(j, classes),
            kind="python",
            description=f"runs the function {_name(j, classes)} on text",
            source=f"@lw.labeling_function(space)\ndef {_name(j, classes)}(x):\n    return int(x.text > 0)",
            seconds=1.34,
            faults=3 if j == 5 else 0,
        )
    return LFInfo(
        name=_name(j, classes),
        kind="keywords",
        description=f"votes {name} where text has any of the words {', '.join(words)}",
        source=f"keywords(on='text', phrases={words!r}, vote={name!r})",
        seconds=0.02,
        cached=j % 4 == 0,
    )


def _softmax(scores):
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)


def _texts(names, generator: np.random.Generator) -> list[str]:
    common = generator.choice(COMMON, size=(len(names), 90))
    places = generator.integers(0, 10, size=(len(names), 90))
    special = np.array([WORDS.get(name, WORDS["tech"]).split()[:10] for name in names])
    special = np.take_along_axis(special, places, axis=1)
    words = np.where(generator.random(common.shape) < 0.35, special, common)
    return [" ".join(row).capitalize() + "." for row in words.tolist()]


@pytest.fixture(scope="session")
def report_data() -> Callable[..., ReportData]:
    return generate
