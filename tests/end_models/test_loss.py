from __future__ import annotations

import sys

import numpy as np
import pytest

from labelwright import EndModelError, MissingExtraError
from labelwright.end_models import soft_cross_entropy

torch = pytest.importorskip("torch")


def in_numpy(z, P, w=None):
    z = z - z.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    return -(P * log_p * (1 if w is None else w)).sum(axis=1)


@pytest.fixture
def scored():
    rng = np.random.default_rng(0)
    return 5 * rng.normal(size=(20, 4)), rng.dirichlet(np.ones(4), size=20)


@pytest.mark.parametrize("weighted", [False, True])
def test_it_is_the_formula(scored, weighted):
    z, P = scored
    w = np.array([0.5, 1, 2, 0]) if weighted else None
    given = None if w is None else torch.tensor(w)
    expected = in_numpy(z, P, w)
    for reduction, reduced in (("none", expected), ("sum", expected.sum()), ("mean", expected.mean())):
        loss = soft_cross_entropy(torch.tensor(z), torch.tensor(P), class_weight=given, reduction=reduction)
        np.testing.assert_allclose(loss.numpy(), reduced, rtol=1e-12)


def test_its_gradient_is_softmax_minus_target(scored):
    z, P = scored
    logits = torch.tensor(z, requires_grad=True)
    soft_cross_entropy(logits, torch.tensor(P), reduction="sum").backward()
    np.testing.assert_allclose(logits.grad.numpy(), torch.softmax(torch.tensor(z), 1).numpy() - P, atol=1e-12)


def test_one_hot_targets_give_the_ordinary_cross_entropy(scored):
    z, P = scored
    y = torch.tensor(P.argmax(axis=1))
    soft = soft_cross_entropy(torch.tensor(z), torch.nn.functional.one_hot(y, 4))
    torch.testing.assert_close(soft, torch.nn.functional.cross_entropy(torch.tensor(z), y))


def test_an_impossible_class_without_weight_costs_nothing():
    logits = torch.tensor([[0.0, -torch.inf, 0.0]], requires_grad=True)
    loss = soft_cross_entropy(logits, torch.tensor([[1.0, 0.0, 0.0]]))
    loss.backward()
    assert loss.item() == pytest.approx(np.log(2))
    assert torch.isfinite(logits.grad).all()


def test_extreme_logits_stay_finite():
    loss = soft_cross_entropy(torch.tensor([[1e4, -1e4]]), torch.tensor([[0.5, 0.5]]))
    assert loss.item() == pytest.approx(1e4)


@pytest.mark.parametrize(
    ("shapes", "reduction", "message"),
    [
        (((3, 2), (3, 4)), "mean", r"logits have shape \(3, 2\) and targets \(3, 4\)"),
        (((3,), (3,)), "mean", "expected both"),
        (((3, 2), (3, 2)), "average", "reduction is 'average'; expected one of mean, sum, none"),
    ],
)
def test_what_does_not_fit_is_refused(shapes, reduction, message):
    with pytest.raises(EndModelError, match=message):
        soft_cross_entropy(torch.zeros(shapes[0]), torch.zeros(shapes[1]), reduction=reduction)


def test_without_torch_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtraError, match=r"soft_cross_entropy needs 'torch'.*labelwright\[torch\]"):
        soft_cross_entropy(None, None)
