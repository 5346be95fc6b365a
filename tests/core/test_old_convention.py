"""Snorkel's old numbers, 0 to abstain, are noticed; and no others are taken for them."""

import warnings

import numpy as np
import pytest
from scipy.sparse import csr_matrix

import labelwright as lw
from labelwright.compat.snorkel.labeling import LFAnalysis
from labelwright.compat.snorkel.labeling.model import LabelModel as SnorkelLabelModel
from labelwright.core import LabelMatrix
from labelwright.core.votes.old_convention import looks_old
from labelwright.label_models import LabelModel, MajorityVote
from labelwright.testing.label_model_suite import planted_votes

SPACE = lw.LabelSpace(["HAM", "SPAM"])


def sparse_votes(seed, *, classes, lfs=6, n=400, coverage=0.15, accuracy=0.8, both=0):
    """Return (n, m) votes in new numbers: LFs for one class each, but for some that vote all."""
    generator = np.random.default_rng(seed)
    y = generator.integers(0, classes, n)
    votes = np.full((n, lfs), -1)
    for j in range(lfs):
        on = generator.random(n) < coverage * np.where(y == j % classes, 2 * accuracy, 2 - 2 * accuracy)
        votes[on, j] = j % classes
        if j < both:
            votes[:, j] = np.where(generator.random(n) < coverage, y, -1)
    return votes


def old_numbers(votes, *, signed):
    if signed:
        return np.select([votes == -1, votes == 0], [0, -1], 1)
    return votes + 1


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("both", [0, 2])
def test_old_numbers_are_noticed_and_converted(seed, both):
    two, four = sparse_votes(seed, classes=2, both=both), sparse_votes(seed, classes=4, lfs=8, both=both)
    for votes, signed in ((two, True), (two, False), (four, False)):
        old = old_numbers(votes, signed=signed)
        assert looks_old(old), "sparse votes of LFs for one class each"
        assert looks_old(votes) is None
        np.testing.assert_array_equal(LabelMatrix.from_old_snorkel(old).votes, votes)
        np.testing.assert_array_equal(LabelMatrix.from_old_snorkel(csr_matrix(old)).votes, votes)


def crowd(seed, *, zeros, missing, k):
    generator = np.random.default_rng(seed)
    y = np.where(generator.random(300) < zeros, 0, generator.integers(0, k, 300))
    votes = np.where(generator.random((300, 8)) < 0.85, y[:, None], generator.integers(0, k, (300, 8)))
    return np.where(generator.random((300, 8)) < missing, -1, votes)


@pytest.mark.parametrize("seed", range(10))
def test_no_other_votes_are_taken_for_old_ones(seed):
    generator = np.random.default_rng(seed)
    spam = np.where(generator.random((300, 5)) < 0.1, 1, -1)
    classifiers = np.where(generator.random((300, 3)) < 0.1, 1, 0)
    normal = [
        planted_votes(seed=seed),
        *(crowd(seed, zeros=z, missing=m, k=k) for z in (0.5, 0.9) for m in (0.0, 0.05, 0.7) for k in (2, 4)),
        spam,
        np.column_stack([spam, classifiers]),
        classifiers,
        np.where(generator.random((300, 5)) < 0.1, 0, -1),
        np.zeros((300, 5), dtype=int),
        np.full((300, 5), -1),
        generator.integers(-1, 2, (300, 5)),
        generator.integers(0, 3, (300, 5)),
    ]
    assert [looks_old(votes) for votes in normal] == [None] * len(normal)


def test_fits_and_analyses_warn_where_they_would_pass_silently():
    votes = sparse_votes(0, classes=2)
    old = old_numbers(votes, signed=True)
    with pytest.warns(lw.LabelModelWarning, match=r"as if 0 meant no vote: 0 is \d\d% .*from_old_snorkel"):
        LabelModel().fit(LabelMatrix(old, space=SPACE))
    with pytest.warns(lw.LabelModelWarning, match="from_old_snorkel"):
        SnorkelLabelModel(cardinality=2, verbose=False).fit(old, n_epochs=10)
    with pytest.warns(lw.LabelModelWarning, match="LFAnalysis: 0 is"):
        LFAnalysis(old)
    kinds = [one.kind for one in MajorityVote().fit(old).fit_report_.findings]
    assert kinds[0] == "old-convention"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        LFAnalysis(votes)
    assert "old-convention" not in [one.kind for one in MajorityVote().fit(votes).fit_report_.findings]


def test_errors_say_that_it_may_be_the_old_numbers():
    votes = old_numbers(sparse_votes(0, classes=2), signed=False)
    with pytest.raises(lw.LabelMatrixError, match=r"All votes lie in 0..2: .*from_old_snorkel"):
        LabelMatrix(votes, space=SPACE)
    with pytest.raises(lw.LabelMatrixError) as info:
        LabelMatrix([[0, -1], [2, 1]], space=SPACE)
    assert "from_old_snorkel" not in str(info.value)
    with pytest.raises(lw.LabelMatrixError, match=r"sparse matrix.*from_old_snorkel"):
        LabelMatrix(csr_matrix(votes), space=SPACE)
    lf = lw.labeling_function(SPACE, name="old")(lambda x: 2)
    with pytest.raises(lw.LabelingFunctionError, match="abstain=0, first_class=1"):
        lw.apply([lf], {"x": [1]}, progress=False)


@pytest.mark.parametrize("votes", [[[0.5, 1]], [["a"]], [[-1, 2]], [[-2, 1]], [0, 1]])
def test_what_neither_kind_has_is_not_converted(votes):
    with pytest.raises(lw.LabelMatrixError):
        LabelMatrix.from_old_snorkel(votes)


@pytest.mark.parametrize(("signed", "classes"), [(True, 2), (False, 2), (False, 4)])
def test_old_numbers_of_functions_that_vote_all_classes_are_noticed_by_agreement(signed, classes):
    generator = np.random.default_rng(0)
    y = generator.integers(0, classes, 600)
    votes = np.where(generator.random((600, 6)) < 0.85, y[:, None], generator.integers(0, classes, (600, 6)))
    votes = np.where(generator.random((600, 6)) < 0.35, votes, -1)
    assert looks_old(votes) is None
    assert "falls anywhere, while votes of" in looks_old(old_numbers(votes, signed=signed))


@pytest.mark.parametrize("seed", range(40))
def test_a_common_first_class_is_not_taken_for_abstaining(seed):
    generator = np.random.default_rng(seed)
    classes, n, m = 2 + seed % 3, 1500, 3 + seed % 8
    rare = np.full(classes - 1, 0.15 * generator.random() / (classes - 1))
    y = generator.choice(classes, n, p=[1 - rare.sum(), *rare])
    right = generator.random((n, m)) < generator.uniform(0.55, 0.98, m)
    votes = np.where(right, y[:, None], generator.choice(classes, (n, m), p=[1 - rare.sum(), *rare]))
    votes[generator.random((n, m)) > generator.uniform(0.7, 1.0, m)] = -1
    assert ((votes == 0).mean(axis=0) > 0.5).all()
    assert looks_old(votes) is None
