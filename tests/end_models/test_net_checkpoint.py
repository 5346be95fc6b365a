"""A net's training that is interrupted goes on from its checkpoint, and ends as if nothing had happened."""

import pickle
import signal
import subprocess
import sys

import numpy as np
import pytest

import labelwright as lw
from labelwright import EndModelError, NoiseAwareNet
from labelwright.end_models._net import training as net_training

torch = pytest.importorskip("torch")

SETTINGS = {"epochs": 7, "batch_size": 32, "dropout": 0.3, "random_state": 5, "progress": False}


class StoppedError(Exception):
    """The run was killed here."""


def net(**settings):
    return NoiseAwareNet(**(SETTINGS | settings))


def factory(n_inputs, n_classes):
    return torch.nn.Sequential(
        torch.nn.Linear(n_inputs, 6),
        torch.nn.BatchNorm1d(6),
        torch.nn.Dropout(0.5),
        torch.nn.Linear(6, n_classes),
    )


@pytest.fixture
def interrupt(monkeypatch):
    """Return what trains a net until an epoch is over and written, then stops in the middle of the next."""
    whole_epoch = net_training._one_epoch

    def run(model, data, *, after):
        done = []

        def one_epoch(module, optimizer, examples, epoch_batches):
            if len(done) == after:
                whole_epoch(module, optimizer, examples, epoch_batches[:1])
                raise StoppedError
            done.append(1)
            return whole_epoch(module, optimizer, examples, epoch_batches)

        with monkeypatch.context() as patched:
            patched.setattr(net_training, "_one_epoch", one_epoch)
            with pytest.raises(StoppedError):
                model.fit(*data)
        return model

    return run


def assert_same_net(one, other, X):
    assert one.history_.equals(other.history_)
    assert one.best_epoch_ == other.best_epoch_
    weights, expected = one.module_.state_dict(), other.module_.state_dict()
    assert weights.keys() == expected.keys()
    assert all(torch.equal(weights[name], expected[name]) for name in weights)
    np.testing.assert_array_equal(one.predict_proba(X), other.predict_proba(X))


CASES = {
    "default": {},
    "batch norm and dropout": {"module": factory},
    "early stopping": {"epochs": 60, "lr": 0.05, "patience": 3},
    "nothing held out": {"validation_fraction": 0},
    "drawn targets": {"targets": "sampled", "class_weight": "balanced", "confidence_weighting": True},
}


@pytest.mark.parametrize("settings", CASES.values(), ids=CASES)
@pytest.mark.parametrize("after", [1, 4])
def test_a_resumed_run_is_the_uninterrupted_one_bit_by_bit(soft_data, tmp_path, interrupt, settings, after):
    path = tmp_path / "new" / "net.checkpoint"
    straight = net(**settings).fit(*soft_data)
    interrupt(net(checkpoint=path, **settings), soft_data, after=after)
    assert path.exists()
    resumed = net(checkpoint=str(path), **settings).fit(*soft_data)
    assert_same_net(resumed, straight, soft_data[0])
    assert not list(path.parent.iterdir())


def test_a_checkpoint_changes_nothing_in_a_run_without_interruption(soft_data, tmp_path):
    assert_same_net(net(checkpoint=tmp_path / "c").fit(*soft_data), net().fit(*soft_data), soft_data[0])


@pytest.mark.slow
def test_a_killed_process_leaves_a_checkpoint_that_another_goes_on_from(soft_data, tmp_path):
    X, P = soft_data
    path, data = tmp_path / "net.checkpoint", tmp_path / "data.pickle"
    data.write_bytes(pickle.dumps(soft_data))
    code = f"""
import os, pickle, signal
from labelwright import NoiseAwareNet
from labelwright.end_models._net import training as net_training
whole = net_training._one_epoch
def one_epoch(module, optimizer, examples, batches, done=[]):
    if len(done) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    done.append(1)
    return whole(module, optimizer, examples, batches)
net_training._one_epoch = one_epoch
NoiseAwareNet(checkpoint={str(path)!r}, **{SETTINGS!r}).fit(*pickle.load(open({str(data)!r}, "rb")))
"""
    killed = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert [file.name for file in tmp_path.glob("*checkpoint*")] == [path.name]
    assert_same_net(net(checkpoint=path).fit(X, P), net().fit(X, P), X)


@pytest.mark.slow
def test_a_run_can_be_interrupted_again_and_epochs_be_raised(soft_data, tmp_path, interrupt):
    path = tmp_path / "c"
    interrupt(net(checkpoint=path), soft_data, after=2)
    interrupt(net(checkpoint=path), soft_data, after=3)
    resumed = net(checkpoint=path, epochs=9).fit(*soft_data)
    assert_same_net(resumed, net(epochs=9).fit(*soft_data), soft_data[0])


@pytest.mark.slow
def test_a_run_killed_after_its_last_epoch_trains_no_further(soft_data, tmp_path, monkeypatch, interrupt):
    path = tmp_path / "c"
    interrupt(net(checkpoint=path, epochs=9), soft_data, after=7)
    monkeypatch.setattr(net_training, "_one_epoch", None)
    assert len(net(checkpoint=path).fit(*soft_data).history_) == 7


@pytest.mark.slow
def test_without_a_seed_the_interrupted_runs_chance_goes_on(soft_data, tmp_path, interrupt):
    path, first = tmp_path / "c", []
    interrupt(net(checkpoint=path, random_state=None), soft_data, after=3)
    kept = path.read_bytes()
    for _ in range(2):
        path.write_bytes(kept)
        first.append(net(checkpoint=path, random_state=None).fit(*soft_data))
    assert_same_net(*first, soft_data[0])


def test_a_generator_goes_on_where_the_same_one_began(soft_data, tmp_path, interrupt):
    def seeded(**settings):
        return net(random_state=np.random.Generator(np.random.MT19937(3)), **settings)

    interrupt(seeded(checkpoint=tmp_path / "c"), soft_data, after=2)
    with pytest.raises(EndModelError, match="random_state"):
        net(checkpoint=tmp_path / "c", random_state=np.random.default_rng(4)).fit(*soft_data)
    assert_same_net(seeded(checkpoint=tmp_path / "c").fit(*soft_data), seeded().fit(*soft_data), soft_data[0])


CHANGED = {
    "features": ({}, lambda X, P: (X + 1, P), "different: X. Go back"),
    "labels": ({}, lambda X, P: (X, P[:, ::-1]), "different: soft labels. Go back"),
    "rows": ({}, lambda X, P: (X[:-1], P[:-1]), "different: X, soft labels, covered rows"),
    "setting": ({"lr": 0.5}, None, r"different: lr \(0.001 there, 0.5 here\)"),
    "seed": ({"random_state": 6}, None, r"random_state \(5 there, 6 here\)"),
    "widths": ({"hidden": (3,)}, None, r"hidden \(\(128,\) there, \(3,\) here\)"),
    "module": ({"module": factory}, None, "different: module. Go back"),
    "fewer epochs": ({"epochs": 1}, None, "has 2 epochs, but epochs is 1; set epochs to at least 2"),
}


@pytest.mark.parametrize(("settings", "change", "message"), CHANGED.values(), ids=CHANGED)
def test_a_checkpoint_of_another_training_is_refused(
    soft_data, tmp_path, interrupt, settings, change, message
):
    path = tmp_path / "c"
    interrupt(net(checkpoint=path), soft_data, after=2)
    kept = path.read_bytes()
    with pytest.raises(EndModelError, match=message) as caught:
        net(checkpoint=path, **settings).fit(*(change(*soft_data) if change else soft_data))
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == kept


def test_other_first_weights_are_another_module(soft_data, tmp_path, interrupt):
    first, second = torch.nn.Linear(4, 3), torch.nn.Linear(4, 3)
    interrupt(net(module=first, checkpoint=tmp_path / "c"), soft_data, after=1)
    with pytest.raises(EndModelError, match="different: module"):
        net(module=second, checkpoint=tmp_path / "c").fit(*soft_data)


@pytest.mark.parametrize("content", [b"", b"no checkpoint", pickle.dumps({"format": 1}, protocol=2)])
def test_a_file_that_is_no_checkpoint_is_refused_and_stays(soft_data, tmp_path, content):
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    with pytest.raises(EndModelError, match=r"is no checkpoint of a net: .*; name another file") as caught:
        net(checkpoint=path).fit(*soft_data)
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == content


def test_another_file_of_torch_is_refused_and_not_run(soft_data, tmp_path, payload):
    for content in ({"weights": torch.zeros(2)}, payload):
        torch.save(content, tmp_path / "c")
        with pytest.raises(EndModelError, match=r"is no checkpoint of a net: .*labelwright did not write it"):
            net(checkpoint=tmp_path / "c").fit(*soft_data)
    assert not payload.ran


def test_another_kind_of_file_of_ours_is_refused(soft_data, tmp_path):
    from labelwright.end_models import save

    save(net(epochs=1).fit(*soft_data), tmp_path / "c")
    with pytest.raises(EndModelError, match="it holds labelwright end model, no labelwright net checkpoint"):
        net(checkpoint=tmp_path / "c").fit(*soft_data)


def test_a_state_of_another_net_is_refused(soft_data, tmp_path, interrupt):
    from labelwright._archive import read_archive, write_archive
    from labelwright.end_models._net.checkpoint import FORMAT, VERSION

    path = tmp_path / "c"
    interrupt(net(checkpoint=path), soft_data, after=2)
    kept = read_archive(path, FORMAT, VERSION)
    arrays = {name: array[:-1] if array.size > 20 else array for name, array in kept.arrays.items()}
    write_archive(path, FORMAT, VERSION, header=kept.header, arrays=arrays)
    with pytest.raises(EndModelError, match="is no checkpoint of a net: it cannot be read"):
        net(checkpoint=path).fit(*soft_data)


@pytest.mark.parametrize("wrong", [True, 7, "folder"])
def test_a_checkpoint_is_the_path_of_a_file(soft_data, tmp_path, wrong):
    given = tmp_path if wrong == "folder" else wrong
    with pytest.raises(EndModelError, match=r"checkpoint is .*; expected None or the path of a file"):
        net(checkpoint=given).fit(*soft_data)


def test_a_training_that_cannot_go_on_leaves_no_checkpoint(soft_data, tmp_path):
    with pytest.raises(EndModelError, match="lower lr"):
        net(checkpoint=tmp_path / "c", lr=1e30).fit(*soft_data)
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_is_a_store_error_before_any_epoch(soft_data, tmp_path, monkeypatch):
    monkeypatch.setattr(net_training, "_one_epoch", None)
    (tmp_path / "file").touch()
    with pytest.raises(lw.StoreError, match="cannot write"):
        net(checkpoint=tmp_path / "file" / "c").fit(*soft_data)


@pytest.mark.slow
def test_every_form_of_features_has_a_fingerprint_of_its_own_values(soft_data, tmp_path, interrupt):
    import scipy.sparse as sp

    X, P = soft_data
    for kind in (sp.csr_array, lambda X: torch.tensor(X, dtype=torch.float32)):
        path = tmp_path / "c"
        interrupt(net(checkpoint=path), (kind(X), P), after=1)
        with pytest.raises(EndModelError, match="different: X"):
            net(checkpoint=path).fit(kind(X * 2), P)
        assert_same_net(net(checkpoint=path).fit(kind(X), P), net().fit(kind(X), P), kind(X))
