"""A project's net that was interrupted goes on, and is the net of an uninterrupted run."""

import signal

import numpy as np
import polars as pl
import pytest

pytest.importorskip("torch")

from labelwright.end_models._net import training as net_training


@pytest.fixture
def with_net(place):
    for split in ("train", "test"):
        path = place.folder / f"{split}.parquet"
        frame = pl.read_parquet(path)
        lengths = frame["text"].str.len_chars().cast(pl.Float64)
        frame.with_columns(a=lengths, b=frame["text"].str.contains("http").cast(pl.Float64)).write_parquet(
            path
        )
    toml = (place.folder / "labelwright.toml").read_text()
    settings = "[end_model.settings]\nepochs = 6\nprogress = false\n"
    net = f'[end_model]\nname = "net"\nfeatures = ["a", "b"]\n{settings}'
    (place.folder / "labelwright.toml").write_text(toml + net)
    return place


@pytest.mark.slow
def test_it_goes_on_after_the_last_epoch_and_leaves_nothing(with_net, monkeypatch):
    epochs, whole, stop = [], net_training._one_epoch, [4]

    def one_epoch(*given):
        if len(epochs) == stop[0]:
            signal.raise_signal(signal.SIGINT)
        epochs.append(1)
        return whole(*given)

    monkeypatch.setattr(net_training, "_one_epoch", one_epoch)
    with pytest.raises(KeyboardInterrupt):
        with_net.open().train()
    models = with_net.folder / ".labelwright" / "models"
    (left,) = models.glob("*.checkpoint")
    left.with_stem("end_model-of-other-labels").write_bytes(b"")
    epochs.clear()
    resumed = with_net.open().train()
    assert len(epochs) == 2
    assert not list(models.glob("*.checkpoint"))
    after = with_net.open().predict(pl.read_parquet(with_net.folder / "test.parquet")).probabilities
    resumed.path.unlink()
    stop[0] = -1
    straight = with_net.open().train()
    assert straight.path == resumed.path
    again = with_net.open().predict(pl.read_parquet(with_net.folder / "test.parquet")).probabilities
    np.testing.assert_array_equal(after, again)


@pytest.mark.slow
def test_one_whose_file_was_damaged_begins_anew_and_says_so(with_net, monkeypatch):
    whole = net_training._one_epoch
    straight = with_net.open().train()
    expected = with_net.open().predict(pl.read_parquet(with_net.folder / "test.parquet")).probabilities
    straight.path.unlink()

    def one_epoch(*given):
        whole(*given)
        signal.raise_signal(signal.SIGINT)

    with monkeypatch.context() as patched:
        patched.setattr(net_training, "_one_epoch", one_epoch)
        with pytest.raises(KeyboardInterrupt):
            with_net.open().train()
    (left,) = (with_net.folder / ".labelwright" / "models").glob("*.checkpoint")
    content = bytearray(left.read_bytes())
    content[len(content) // 2] ^= 1
    left.write_bytes(content)
    told = []
    with_net.open(notify=told.append).train()
    assert (
        len([line for line in told if line.startswith("end model: made anew; ") and left.name in line]) == 1
    )
    again = with_net.open().predict(pl.read_parquet(with_net.folder / "test.parquet")).probabilities
    np.testing.assert_array_equal(again, expected)
