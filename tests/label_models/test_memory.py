import numpy as np
import pytest

from labelwright import LabelMatrix, LabelSpace, _memory
from labelwright._errors import LabelModelError
from labelwright.label_models import EBCC, REGISTRY, DawidSkene, LabelModel, MajorityVote, MatrixCompletion

STRAY = np.array([[0, 1, 2], [2, 1, 0], [1, 1, 30_000]] * 3)


@pytest.fixture
def little(monkeypatch):
    monkeypatch.setattr(_memory, "available", lambda: 2e9)


@pytest.mark.parametrize("model", [DawidSkene(), LabelModel(), MatrixCompletion()], ids=repr)
def test_one_stray_large_class_is_named_before_it_costs_gigabytes(model):
    with pytest.raises(
        LabelModelError, match=r"takes about [\d.]+ GB for 30,001 classes.*class 30000 of LF 2"
    ):
        model.fit(STRAY)


def test_what_there_is_no_memory_for_is_refused_with_the_number_that_goes(little):
    votes = LabelMatrix(STRAY % 3000, space=LabelSpace([f"c{c}" for c in range(3000)]))
    with pytest.raises(LabelModelError, match=r"takes about 1\.0 GB|it can take") as refused:
        DawidSkene().fit(LabelMatrix(np.hstack([votes.votes] * 8), space=votes.space))
    told = str(refused.value)
    assert "and 2.0 GB are left" in told
    most = int(told.split("it can take ")[1].split()[0].replace(",", ""))
    assert 0.9 * 1.8e9 < 8 * DawidSkene()._numbers_needed(3, 24, most, 72) <= 1.8e9


def test_too_many_probabilities_are_refused_with_the_rows_that_go(little):
    model = MajorityVote(n_classes=30_000).fit(STRAY % 3)
    with pytest.raises(LabelModelError, match=r"predict at most 3,750 rows at a time"):
        model.predict_proba(np.zeros((100_000, 3), dtype=np.int64))


@pytest.mark.parametrize("name", [*REGISTRY])
def test_small_votes_never_ask_what_is_left(name, monkeypatch):
    monkeypatch.setattr(_memory, "available", lambda: pytest.fail("asked"))
    votes = np.array([[0, 0, 1], [1, 1, 1], [0, -1, 0]] * 5)
    REGISTRY[name](n_classes=2).fit(votes).predict_proba(votes)


def test_ebcc_refuses_what_would_take_hours_with_the_classes_that_go(monkeypatch):
    monkeypatch.setattr(_memory, "available", lambda: 1e12)
    votes = np.random.default_rng(0).integers(0, 5000, size=(2000, 10))
    with pytest.raises(LabelModelError, match=r"would take hours for 5,000 classes.*it can take \d+ classes"):
        EBCC().fit(votes)


@pytest.mark.parametrize(
    ("files", "left"),
    [
        ({"/proc/meminfo": "MemTotal: 9 kB\nMemAvailable: 4000 kB\n"}, 4_096_000),
        (
            {
                "/proc/meminfo": "MemAvailable: 4000 kB\n",
                "/sys/fs/cgroup/memory.max": "3000\n",
                "/sys/fs/cgroup/memory.current": "2500\n",
                "/sys/fs/cgroup/memory.stat": "anon 5\ninactive_file 400\n",
            },
            900,
        ),
        (
            {
                "/proc/meminfo": "MemAvailable: 4000 kB\n",
                "/sys/fs/cgroup/memory.max": "max\n",
                "/sys/fs/cgroup/memory/memory.limit_in_bytes": "2000",
                "/sys/fs/cgroup/memory/memory.usage_in_bytes": "2500",
            },
            0,
        ),
    ],
    ids=["machine", "container", "older container"],
)
def test_what_is_left_is_the_least_of_machine_and_container(files, left, monkeypatch):
    monkeypatch.setattr(_memory, "_read", lambda path: files.get(str(path), ""))
    monkeypatch.setattr(_memory.sys, "platform", "linux")
    assert _memory.available() == left
