from __future__ import annotations

import pickle
import random
import subprocess
import sys

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
from scipy.optimize import minimize
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

import labelwright as lw
from labelwright import EndModelError, MissingExtraError, NoiseAwareNet

torch = pytest.importorskip("torch")


def quick(module=None, **settings):
    return NoiseAwareNet(module, **{"epochs": 5, "random_state": 0, "progress": False} | settings)


def small_factory(n_inputs, n_classes):
    return torch.nn.Sequential(torch.nn.Linear(n_inputs, 5), torch.nn.Tanh(), torch.nn.Linear(5, n_classes))


class TokenNet(torch.nn.Module):
    def __init__(self, n_inputs=None, n_classes=2):
        super().__init__()
        self.embedding = torch.nn.Embedding(10, 4)
        self.out = torch.nn.Linear(4, n_classes)

    def forward(self, ids):
        return self.out(self.embedding(ids).mean(dim=1))


class Odd(torch.nn.Module):
    """Returns what it is told to, whatever comes in."""

    def __init__(self, returned):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))
        self.returned = returned

    def forward(self, inputs):
        return self.returned(inputs, self.weight)


@pytest.mark.slow
def test_a_linear_net_reaches_the_minimum_of_the_expected_loss(soft_data):
    X, P = soft_data
    net = quick(hidden=(), epochs=400, lr=0.05, weight_decay=0, validation_fraction=0, batch_size=300).fit(
        X, P
    )

    def loss(flat):
        z = X @ flat[:12].reshape(4, 3) + flat[12:]
        z -= z.max(axis=1, keepdims=True)
        return -(P * (z - np.log(np.exp(z).sum(axis=1, keepdims=True)))).sum(axis=1).mean()

    lowest = minimize(loss, np.zeros(15)).fun
    reached = -(P * np.log(net.predict_proba(X))).sum(axis=1).mean()
    assert lowest - 1e-6 < reached < lowest + 1e-4


@pytest.mark.slow
def test_soft_labels_beat_hard_ones_where_they_are_calibrated(graded_data):
    X, P, X_test, P_test = graded_data

    def error(targets):
        net = quick(hidden=(), epochs=150, lr=0.05, patience=20, targets=targets, dropout=0.0).fit(X, P)
        return np.abs(net.predict_proba(X_test) - P_test).mean()

    assert error("soft") < 0.03
    assert error("hard") > 0.08


def test_a_fixed_seed_gives_the_same_net_and_touches_no_global_state(soft_data):
    X, P = soft_data
    before = torch.get_rng_state(), np.random.get_state()[1].copy(), random.getstate()  # noqa: NPY002
    first, second = quick(epochs=3).fit(X, P), quick(epochs=3).fit(X, P)
    assert torch.equal(torch.get_rng_state(), before[0])
    np.testing.assert_array_equal(np.random.get_state()[1], before[1])  # noqa: NPY002
    assert random.getstate() == before[2]
    torch.rand(3)  # the global state does not leak in
    third = quick(epochs=3).fit(X, P)
    for other in (second, third):
        np.testing.assert_array_equal(first.predict_proba(X), other.predict_proba(X))
        assert first.history_.equals(other.history_)
    assert (quick(epochs=3, random_state=1).fit(X, P).predict_proba(X) != first.predict_proba(X)).any()
    torch.manual_seed(int(torch.randint(2**31, (1,))))


def test_early_stopping_keeps_the_best_weights():
    rng = np.random.default_rng(0)
    X, P = rng.normal(size=(60, 30)), rng.dirichlet(np.ones(2), size=60)  # nothing to learn: it overfits
    settings = {"lr": 0.01, "dropout": 0.0, "validation_fraction": 0.3, "patience": 4}
    net = quick(epochs=200, **settings).fit(X, P)
    curve = net.history_
    losses = curve["validation_loss"].to_numpy()
    assert len(curve) == net.best_epoch_ + 4 < 200
    assert curve["epoch"].to_list() == list(range(1, len(curve) + 1))
    assert losses.argmin() + 1 == net.best_epoch_
    assert losses[-1] > losses.min()
    assert curve["train_loss"][-1] < curve["train_loss"][0]
    stopped_there = quick(epochs=net.best_epoch_, **settings).fit(X, P)
    np.testing.assert_array_equal(net.predict_proba(X), stopped_there.predict_proba(X))


def test_without_held_out_rows_every_epoch_runs(soft_data):
    X, P = soft_data
    for net in (quick(validation_fraction=0).fit(X, P), quick().fit(X[:9], P[:9])):
        assert len(net.history_) == net.best_epoch_ == 5
        assert net.history_["validation_loss"].null_count() == 5
        assert not net.module_.training


def test_uncovered_rows_change_nothing(soft_data):
    X, P = soft_data
    more_X, more_P = np.vstack([X, np.full((50, 4), 9.0)]), np.vstack([P, np.full((50, 3), 1 / 3)])
    alone = quick().fit(X, P)
    for covered in (None, np.arange(350) < 300):
        net = quick().fit(more_X, more_P, covered=covered)
        assert net.n_training_rows_ == 300
        np.testing.assert_array_equal(net.predict_proba(X), alone.predict_proba(X))


FORMS = {
    "list": lambda X: X.tolist(),
    "csr": sp.csr_array,
    "coo": sp.coo_matrix,
    "polars": pl.DataFrame,
    "pandas": pd.DataFrame,
    "float32": lambda X: X.astype(np.float32),
    "tensor": lambda X: torch.tensor(X, dtype=torch.float32),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_the_same_data_gives_the_same_net(soft_data, form):
    X, P = soft_data
    given = FORMS[form](X)
    net = quick().fit(given, P)
    np.testing.assert_allclose(net.predict_proba(given), quick().fit(X, P).predict_proba(X), atol=1e-6)
    assert net.n_features_in_ == 4


def test_a_factory_is_told_the_sizes_and_an_instance_is_copied(soft_data):
    X, P = soft_data
    net = quick(small_factory).fit(X, P)
    assert [type(layer).__name__ for layer in net.module_] == ["Linear", "Tanh", "Linear"]
    assert net.predict_proba(X).shape == (300, 3)
    start = torch.nn.Linear(4, 3)
    kept = start.weight.detach().clone()
    tuned = quick(start).fit(X, P)
    assert torch.equal(start.weight, kept)
    assert not torch.equal(tuned.module_.weight, kept)


def test_integer_tensors_reach_an_embedding():
    ids = torch.tensor(np.random.default_rng(0).integers(0, 5, (200, 6))) + torch.arange(200)[:, None] % 2 * 5
    P = np.where((np.arange(200) % 2 == 1)[:, None], [0.1, 0.9], [0.9, 0.1])
    net = quick(TokenNet, lr=0.05, epochs=20).fit(ids, P)
    assert net.score(ids, np.arange(200) % 2) == 1


def test_images_go_through_a_convolution():
    sizes = []

    def factory(n_inputs, n_classes):
        sizes.append(n_inputs)
        flat = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2), torch.nn.Flatten())
        return torch.nn.Sequential(flat, torch.nn.Linear(2 * 3 * 3, n_classes))

    X = np.random.default_rng(0).normal(size=(65, 1, 5, 5))
    P = np.where(X.mean(axis=(1, 2, 3))[:, None] > 0, [0.2, 0.8], [0.8, 0.2])
    net = quick(factory, validation_fraction=0).fit(X, P)  # 65 rows: a batch of 64 would leave one row over
    assert sizes == [(1, 5, 5)]
    assert net.predict_proba(X).shape == (65, 2)
    assert not hasattr(net, "n_features_in_")


def test_a_class_without_weight_becomes_improbable(soft_data):
    X, P = soft_data
    wide = np.column_stack([P[:, :1], np.zeros(300), P[:, 1:]])
    net = quick(epochs=60, lr=0.01).fit(X, wide)
    assert net.classes_.tolist() == [0, 1, 2, 3]
    assert net.predict_proba(X)[:, 1].max() < 0.1


@pytest.mark.parametrize("through", ["pickle", "joblib"])
def test_it_comes_back_from_disk_the_same(soft_data, tmp_path, through):
    X, P = soft_data
    net = quick(small_factory).fit(X, P)
    if through == "pickle":
        back = pickle.loads(pickle.dumps(net))
    else:
        joblib.dump(net, tmp_path / "net.joblib")
        back = joblib.load(tmp_path / "net.joblib")
    np.testing.assert_array_equal(back.predict_proba(X), net.predict_proba(X))
    assert back.history_.equals(net.history_)


def test_it_clones_and_stands_at_the_end_of_a_pipeline(soft_data):
    X, P = soft_data
    net = clone(quick(small_factory, lr=0.01)).fit(X, P)
    assert (net.lr, net.module) == (0.01, small_factory)
    pipeline = make_pipeline(StandardScaler(), quick())
    pipeline.fit(X, P, noiseawarenet__covered=np.arange(300) < 200)
    assert pipeline[-1].n_training_rows_ == 200


def test_no_rows_to_predict_give_no_rows(soft_data):
    assert quick().fit(*soft_data).predict_proba(np.empty((0, 4))).shape == (0, 3)


def test_the_progress_bar_shows_on_standard_error_when_asked(soft_data, capsys):
    quick(epochs=2, progress=True).fit(*soft_data)
    shown = capsys.readouterr()
    assert "2/2" in shown.err
    assert "training" in shown.err
    assert shown.out == ""
    quick(epochs=2, progress=False).fit(*soft_data)
    quick(epochs=2, progress=None).fit(*soft_data)
    assert capsys.readouterr() == ("", "")


X2, P2 = np.random.default_rng(0).normal(size=(40, 3)), np.tile([[0.7, 0.3], [0.2, 0.8]], (20, 1))


@pytest.mark.parametrize(
    ("settings", "X", "message"),
    [
        ({"epochs": 0}, X2, "NoiseAwareNet's epochs is 0; expected an integer of at least 1"),
        ({"batch_size": 2.5}, X2, "batch_size is 2.5"),
        ({"patience": True}, X2, "patience is True"),
        ({"lr": -1}, X2, "lr is -1; expected a number above 0"),
        ({"weight_decay": float("nan")}, X2, "weight_decay is nan"),
        ({"dropout": 1.0}, X2, "dropout is 1.0; expected 0 to below 1"),
        ({"validation_fraction": -0.1}, X2, "validation_fraction is -0.1"),
        ({"hidden": 64}, X2, "hidden is 64; expected a tuple of widths"),
        ({"hidden": (0,)}, X2, r"hidden is \(0,\)"),
        ({"device": "cud"}, X2, "device 'cud' cannot be used"),
        ({"device": "cuda:99"}, X2, "device 'cuda:99' cannot be used"),
        ({"targets": "sotf"}, X2, "did you mean 'soft'"),
        ({"module": "mlp"}, X2, "module gave a str; expected a torch.nn.Module, or a function"),
        ({"module": lambda a, b: None}, X2, "module gave a NoneType"),
        ({"module": torch.nn.Linear(7, 2)}, X2, r"Linear cannot take inputs of shape \(36, 3\)"),
        ({"module": torch.nn.Linear(3, 1)}, X2, r"returned shape \(36, 1\) for 36 rows; expected \(36, 2\)"),
        ({"module": Odd(lambda x, w: None)}, X2, "Odd returned NoneType"),
        (
            {"module": Odd(lambda x, w: x[:, :2] * w * torch.nan)},
            X2,
            "training loss became nan in epoch 1; lower lr",
        ),
        ({}, X2.tolist()[:5], "X has 5 rows but the labels have 40"),
        ({}, X2[:, 0], r"X has shape \(40,\); expected \(n, features\)"),
        ({}, np.empty((40, 0)), "0 feature"),
        ({}, sp.csr_array((40, 0)), "0 feature"),
        ({}, np.where(np.arange(40)[:, None] == 7, np.nan, X2), "X is not finite .* at row 7"),
        ({}, sp.csr_array(np.where(np.arange(40)[:, None] == 7, np.inf, X2)), "X is not finite .* at row 7"),
        ({}, torch.tensor(np.where(np.arange(40)[:, None] == 7, np.inf, X2)), "X is not finite .* at row 7"),
        ({}, X2 * 1e300, "too large for float32"),
        ({}, ["some", "texts"] * 20, "X holds entries that are no real numbers"),
        ({}, X2 + 1j, "Complex data not supported"),
        ({}, "text", "X is a single str"),
        ({}, np.zeros((40, 2, 2)), r"rows of X have shape \(2, 2\); pass a module"),
    ],
)
def test_bad_input_gets_one_line(settings, X, message):
    with pytest.raises(EndModelError, match=message) as caught:
        quick(**settings).fit(X, P2)
    assert "\n" not in str(caught.value)


def test_divergence_names_the_learning_rate(soft_data):
    X, P = soft_data
    with pytest.raises(EndModelError, match=r"loss became (nan|inf) in epoch \d+; lower lr \(now 1e\+30\)"):
        quick(lr=1e30).fit(X, P)


def test_one_class_and_no_covered_row_are_refused():
    with pytest.raises(EndModelError, match=r"only one class \(0\)"):
        quick().fit(X2, np.zeros(40, dtype=int))
    with pytest.raises(EndModelError, match="none of the 40 rows is covered"):
        quick().fit(X2, P2, covered=np.zeros(40, dtype=bool))


def test_rows_of_another_shape_are_refused_at_predict(soft_data):
    net = quick().fit(*soft_data)
    with pytest.raises(EndModelError, match="X has 2 features, but NoiseAwareNet is expecting 4"):
        net.predict(np.zeros((3, 2)))
    with pytest.raises(
        EndModelError, match=r"rows of X have shape \(2, 2\); this net was trained on rows of \(4,\)"
    ):
        net.predict(np.zeros((3, 2, 2)))


def test_before_fit_it_says_so():
    with pytest.raises(lw.NotFittedError, match="this NoiseAwareNet is not fitted yet"):
        quick().predict(X2)


def test_without_torch_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtraError, match=r"NoiseAwareNet needs 'torch'.*labelwright\[torch\]"):
        quick().fit(X2, P2)


def test_naming_the_end_models_imports_no_torch():
    names = "lw.NoiseAwareClassifier, lw.NoiseAwareNet()"
    code = f"import sys, labelwright as lw; {names}; print('torch' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "False"


EXPECTED_FAILURES = {
    "check_fit_score_takes_y": "the second argument of fit is named P: soft labels",
    "check_classifiers_classes": "-1 is no class but says that a label is unknown",
    "check_classifiers_train": "three epochs are too few for the accuracy that this check asks for",
    "check_class_weight_classifiers": "three epochs are too few for the extreme weights of this check",
}


def test_scikit_learns_own_checks_pass():
    results = check_estimator(
        quick(epochs=3), expected_failed_checks=EXPECTED_FAILURES, on_fail=None, on_skip=None
    )
    failed = {r["check_name"]: str(r["exception"]) for r in results if r["status"] == "failed"}
    assert failed == {}
    assert sum(r["status"] == "passed" for r in results) > 40
