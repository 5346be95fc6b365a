import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import labelwright as lw

small_votes = hnp.arrays(
    np.int8, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=6), elements=st.integers(-1, 2)
)


def test_golden_summary():
    L = lw.LabelMatrix([[1, 1, -1], [0, 1, -1], [0, -1, -1], [-1, -1, -1]], lf_names=["a", "b", "never"])
    rows = L.summary(gold=[1, 1, -1, 0]).to_dicts()
    assert rows[0] == {
        "lf": "a", "j": 0, "polarity": [0, 1], "coverage": 0.75, "overlaps": 0.5, "conflicts": 0.25,
        "correct": 1, "incorrect": 1, "emp_acc": 0.5,
    }  # fmt: skip
    assert rows[1]["emp_acc"] == 1.0
    assert rows[2] == {
        "lf": "never", "j": 2, "polarity": [], "coverage": 0.0, "overlaps": 0.0, "conflicts": 0.0,
        "correct": 0, "incorrect": 0, "emp_acc": None,
    }  # fmt: skip


@given(small_votes)
def test_summary_equals_counting_by_hand(votes):
    n, m = votes.shape
    summary = lw.LabelMatrix(votes, space=["a", "b", "c"]).summary()
    for j in range(m):
        others = [[v for i, v in enumerate(row) if i != j and v != -1] for row in votes.tolist()]
        mine = votes[:, j].tolist()
        overlaps = sum(v != -1 and len(o) > 0 for v, o in zip(mine, others, strict=True))
        conflicts = sum(v != -1 and any(w != v for w in o) for v, o in zip(mine, others, strict=True))
        assert summary["coverage"][j] == sum(v != -1 for v in mine) / n
        assert summary["overlaps"][j] == overlaps / n
        assert summary["conflicts"][j] == conflicts / n


@pytest.mark.parametrize(
    ("gold", "says"),
    [
        ([1], r"shape \(1,\); expected \(2,\)"),
        ([0.5, 1.0], r"no class: 0.5 \(row \d\)"),
        ([0, 2], r"no class: 2 \(row \d\); expected one of classes 0..1"),
        ([0, -2], "no class: -2"),
    ],
)
def test_gold_that_does_not_fit(gold, says):
    with pytest.raises(lw.LabelMatrixError, match=says):
        lw.LabelMatrix([[0], [1]]).summary(gold=gold)
