"""What models give."""

import numpy as np
import pytest

from labelwright._errors import EndModelError
from labelwright.core import LabelSpace
from labelwright.store import SoftLabels, SoftLabelStore, check_distributions


@pytest.mark.parametrize(
    "row",
    [
        [0.6, 0.6],
        [np.nan, 1.0],
        [np.inf, -np.inf],
        [1.5, -0.5],
        [0.4, 0.4],
        [0.0, 0.0],
        ["a", "b"],
        [None, 1],
    ],
)
def test_what_is_no_distribution_is_refused_in_one_line(row):
    with pytest.raises(EndModelError, match="no probabilities: row") as refusal:
        check_distributions(np.array([row]), (1, 2), "it gives", error=EndModelError)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("P", [[[0.5, 0.5]], [[0.3333, 0.6666]], [[0, 1]], [[True, False]], [[1.0, -0.0]]])
def test_distributions_pass(P):
    check_distributions(np.array(P), (1, 2), "it gives", error=EndModelError)


def test_labels_of_fewer_digits_and_of_classes_in_another_order(tmp_path):
    told = []
    store, space = SoftLabelStore(tmp_path, damaged=told.append), LabelSpace(["HAM", "SPAM"])
    made = SoftLabels(np.array([[0.25, 0.75]], dtype=np.float32), np.array([True]), space, "key")
    store.save("train", made)
    assert store.load("train", key="key", space=space).probabilities.tolist() == [[0.25, 0.75]]
    assert told == []
    assert store.load("train", key="key", space=LabelSpace(["SPAM", "HAM"])) is None
    (tmp_path / "train.parquet").rename(tmp_path / "test.parquet")
    assert store.load("test", key="key", space=space) is None
    assert len(told) == 2


def test_classes_called_as_our_column_and_its_substitute(tmp_path):
    store, space = SoftLabelStore(tmp_path), LabelSpace(["covered", "lw_covered", "*", "^.*$"])
    P = np.array([[0.1, 0.2, 0.3, 0.4], [0.4, 0.3, 0.2, 0.1]])
    store.save("train", SoftLabels(P, np.array([True, False]), space, "key"))
    found = store.load("train", key="key", space=space)
    np.testing.assert_array_equal(found.probabilities, P)
    assert found.covered.tolist() == [True, False]
