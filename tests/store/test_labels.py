"""What models give."""

import numpy as np
import pytest

from labelwright._errors import EndModelError
from labelwright.store import check_distributions


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
