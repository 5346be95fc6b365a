import numpy as np
import pytest

from labelwright.core.votes.log_space import log_sum_exp, posteriors, softmax


@pytest.mark.parametrize("k", [2, 3, 12])
def test_posteriors_are_softmax_and_log_sum_exp_in_one(k):
    joint = 50.0 * np.random.default_rng(0).normal(size=(200, k))
    joint[::7, 0] = -np.inf
    P, evidence = posteriors(joint)
    np.testing.assert_array_equal(P, softmax(joint))
    np.testing.assert_allclose(evidence, log_sum_exp(joint), rtol=1e-13)
    np.testing.assert_allclose(P * np.exp(evidence)[:, None], np.exp(joint), rtol=1e-10, atol=1e-300)


def test_rows_that_no_class_explains_are_impossible_and_get_equal_shares():
    P, evidence = posteriors(np.array([[-np.inf, -np.inf], [0.0, -np.inf]]))
    np.testing.assert_array_equal(P, [[0.5, 0.5], [1.0, 0.0]])
    np.testing.assert_array_equal(evidence, [-np.inf, 0.0])


def test_no_rows_have_no_posteriors():
    P, evidence = posteriors(np.zeros((0, 3)))
    assert (P.shape, evidence.shape) == ((0, 3), (0,))
