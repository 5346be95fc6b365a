"""A run makes everything once, and a run with nothing changed makes nothing."""

from __future__ import annotations

from collections import Counter
from functools import wraps

import pytest

from labelwright.core import VoteStatistics
from labelwright.end_models import NoiseAwareClassifier
from labelwright.label_models import MajorityVote, WeightedMajorityVote
from labelwright.pipeline import rows as rows_module
from labelwright.store import ModelStore, SoftLabelStore, VoteStore


@pytest.fixture
def counted(monkeypatch) -> Counter:
    """Count what costs something, by name and what it is about."""
    calls: Counter = Counter()

    def count(owner, name, about=lambda *args: None):
        function = getattr(owner, name)

        @wraps(function)
        def call(*args, **more):
            calls[name, about(*args)] += 1
            return function(*args, **more)

        monkeypatch.setattr(owner, name, call)

    statistics = VoteStatistics.of

    def counting(cls, L, *args, **more):
        calls["statistics", len(L)] += 1
        return statistics(L, *args, **more)

    monkeypatch.setattr(VoteStatistics, "of", classmethod(counting))
    count(SoftLabelStore, "load", lambda store, split, *rest: (store.folder.name, split))
    count(WeightedMajorityVote, "predict_proba", lambda model, L: len(L))
    count(WeightedMajorityVote, "_fit_patterns")
    count(MajorityVote, "_fit_patterns")
    count(NoiseAwareClassifier, "fit")
    count(NoiseAwareClassifier, "predict_proba", lambda model, X: len(X))
    count(ModelStore, "load_label_model")
    count(ModelStore, "read_end_model")
    count(rows_module, "frame_fingerprint", lambda frame: frame.height)
    count(VoteStore, "save_matrix", lambda store, split, matrix: split)
    return calls


def test_a_run_loads_each_label_file_once_and_counts_each_split_once(place, counted):
    place.open().run()
    assert counted["load", ("labels", "train")] == 1
    assert counted["load", ("labels", "test")] == 1
    assert counted["statistics", 45] == 1
    assert counted["statistics", 18] <= 1
    assert counted["frame_fingerprint", 45] == counted["frame_fingerprint", 18] == 1
    assert counted["predict_proba", 45] == 2  # the label model and the end model, once each
    assert counted["fit", None] == 1


def test_a_run_with_nothing_changed_makes_nothing(place, counted):
    first = place.open().run()
    report = first.report.stat()
    counted.clear()
    place.calls()
    again = place.open().run()
    assert place.calls() == {}
    assert again.fitted.cached
    assert again.trained.cached
    assert again.scores == first.scores
    made = {name: n for (name, _), n in counted.items() if name not in ("load", "load_label_model")}
    assert made == {}
    assert counted["load", ("labels", "train")] == counted["load", ("labels", "test")] == 1
    assert counted["load", ("predictions", "train")] == counted["load", ("predictions", "test")] == 0
    kept = again.report.stat()
    assert (kept.st_mtime_ns, kept.st_ino) == (report.st_mtime_ns, report.st_ino)
