"""The label speed benchmark: its votes, its yardsticks, its table and its verdict. No time is asserted."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from labelwright.core import pair_moments

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

from label_speed import draws, memory, processes, tables, worker, yardsticks  # noqa: E402

SMALL = draws.Size(n=400, m=6, k=3, abstain=0.4)


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """The script itself; the package of its parts has the same name, and goes first."""
    spec = importlib.util.spec_from_file_location("label_speed_script", BENCHMARKS / "label_speed.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def a_plan(**settings) -> processes.Plan:
    plain = {"models": ["LabelModel"], "peers_python": None, "peers": [], "rounds": 1, "turns": 2}
    return processes.Plan(**(plain | {"limit": 60, "most_bytes": 8 * 10**9} | settings))


def measured(ours: float, *, peer: float = 10.0, memory: int = 100) -> processes.Measured:
    return processes.Measured(
        size=SMALL,
        turns={
            "read": [{"work": 0.01}],
            "BLAS": [{"work": 0.3}, {"work": 0.2}],
            "statistics": [{"count": 0.25, "fit from statistics": 0.5}],
            "LabelModel": [{"fit": ours, "predict": 0.5}, {"fit": 9.0, "predict": 0.1}],
            "snorkel": [{"fit": peer - 1.0, "predict": 1.0}],
        },
        accuracies={"LabelModel": 0.9},
        memory={"fit": memory, "all": 2 * memory, "matrix": 100, "probabilities": 10},
    )


def test_sizes_are_read_and_nonsense_is_refused():
    assert draws.Size.parse("1e6x50x2", abstain=0.7) == draws.Size(n=10**6, m=50, k=2, abstain=0.7)
    for text in ("1e6x50", "manyx50x2", "0x50x2", "10x5x1"):
        with pytest.raises(SystemExit, match="size"):
            draws.Size.parse(text, abstain=0.7)


@pytest.mark.parametrize("k", [2, 5])
def test_drawn_votes_abstain_and_are_right_as_often_as_planted(k, monkeypatch):
    monkeypatch.setattr(draws, "BLOCK_ROWS", 3000)  # several blocks
    votes, gold = draws.draw(draws.Size(n=20_000, m=11, k=k, abstain=0.7))
    cast = votes >= 0
    right = (votes == gold[:, None]).sum(axis=0) / cast.sum(axis=0)
    assert cast.mean() == pytest.approx(0.3, abs=0.01)
    assert np.sort(right) == pytest.approx(np.linspace(*draws.ACCURACIES, 11), abs=0.03)
    assert np.bincount(gold, minlength=k) / 20_000 == pytest.approx(np.full(k, 1 / k), abs=0.02)
    wrong = votes[cast & (votes != gold[:, None])]
    assert np.bincount(wrong) / len(wrong) == pytest.approx(np.full(k, 1 / k), abs=0.03)


def test_co_occurrence_counts_every_pair():
    votes, _ = draws.draw(draws.Size(n=5000, m=6, k=3, abstain=0.4))
    counts = pair_moments(votes, 3).counts
    got = yardsticks.co_occurrence(votes, 3).reshape(3, 6, 3, 6).transpose(1, 0, 3, 2)
    np.testing.assert_array_equal(got, counts)


@pytest.mark.slow
def test_worker_times_every_step_and_leaves_out_what_fails(tmp_path):
    votes, gold = draws.draw(SMALL)
    np.save(tmp_path / "votes.npy", votes)
    np.save(tmp_path / "gold.npy", gold)
    job = {"votes": tmp_path / "votes.npy", "gold": tmp_path / "gold.npy", "k": 3, "turns": 2, "limit": 60}
    told = worker.run(job | {"models": ["LabelModel", "MajorityVote"]})
    assert {side: len(turns) for side, turns in told["turns"].items()} == dict.fromkeys(
        ("read", "BLAS", "statistics", "LabelModel", "MajorityVote"), 2
    )
    assert set(told["turns"]["LabelModel"][0]) == {"fit", "predict"}
    assert told["accuracies"]["LabelModel"] > 0.6
    assert not told["failures"]


def test_bars_compare_fastest_turns():
    kept = list(tables.bars(measured(0.5), "LabelModel"))
    assert [bar.figure for bar in kept] == pytest.approx([5.0, 10.0, 0.5, 2.0])
    assert all(bar.kept for bar in kept)
    broken = list(tables.bars(measured(1.5, peer=9.9, memory=151), "LabelModel"))
    assert [bar.kept for bar in broken] == [False, False, True, False]
    assert "BROKEN" in str(broken[0])
    assert not list(tables.bars(processes.Measured(size=SMALL), "LabelModel"))


def test_page_has_ratios_and_judges_the_first_size_only():
    second = measured(0.5)
    second.failures["crowdkit_wawa"] = "left out: needs about 20.0 GB, more than 8.0 GB"
    page = tables.markdown([measured(0.5), second], a_plan(), command="python it", machine="Machine: one.")
    row = next(line for line in page.splitlines() if line.startswith("| LabelModel"))
    # fit, predict, together, median of together; times reading once, times BLAS; accuracy
    cells = [cell.strip() for cell in row.split("|")[2:-1]]
    assert cells == ["0.50", "0.10", "1.00", "5.05", "100.00", "5.00", "–", "90.0"]
    assert page.count("kept") == 4
    assert "- crowdkit_wawa: left out: needs about 20.0 GB" in page


def test_what_needs_too_much_memory_is_left_out_with_a_word():
    said = []
    found = processes.measure(draws.Size.parse("1e9x50x2", abstain=0.7), a_plan(), said.append)
    assert not found.turns
    assert "needs about" in found.failures["all"]
    assert "left out" in tables.markdown([found], a_plan(), command="c", machine="m")
    votes, gold = draws.draw(SMALL)
    few = a_plan(peers_python=Path(sys.executable), peers=["snorkel"], most_bytes=1000)
    large = processes.Measured(size=SMALL)
    processes._peers(large, votes, gold, few, said.append)
    assert "needs about" in large.failures["snorkel"]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_growth_of_memory_is_seen():
    before = memory.largest()
    held = np.ones(before // 8 + 10_000_000)  # larger than all so far, so it cannot hide in freed room
    assert memory.largest() - before > 0.5 * held.nbytes


def test_options_that_cannot_be_are_refused(script):
    for argv in (["--models", "NoModel"], ["--abstain", "1"], ["--peers-python", "/nowhere/python"]):
        with pytest.raises(SystemExit):
            script.plan_of(script.arguments(argv))
    command = script.command_line(script.arguments(["--sizes", "10x5x2", "--peers-python", sys.executable]))
    assert "--sizes 10x5x2" in command
    assert sys.executable not in command


@pytest.mark.slow
def test_script_writes_its_page_and_returns_the_verdict(script, tmp_path, capsys):
    out = tmp_path / "speed.md"
    options = ["--sizes", "500x5x2", "--models", "LabelModel", "--rounds", "1", "--turns", "1"]
    # Half a millisecond of BLAS: the bar in multiples of it cannot hold.
    assert script.main([*options, "--out", str(out)]) == 1
    assert "## 500 x 5 x 2, 70% abstain" in out.read_text()
    assert "BROKEN" in capsys.readouterr().out


def test_jobs_are_plain_values(tmp_path, monkeypatch):
    ran = []
    monkeypatch.setattr(processes.subprocess, "run", lambda command, **kw: ran.append((command, kw)))
    (tmp_path / "result.json").write_text(json.dumps({"matrix": 1}))
    assert processes._process("label_speed.memory", tmp_path, SMALL, a_plan()) == {"matrix": 1}
    command, settings = ran[0]
    assert command[1:3] == ["-m", "label_speed.memory"]
    assert {settings["env"][name] for name in processes.ONE_THREAD} == {"1"}
    assert json.loads((tmp_path / "job.json").read_text())["models"] == ["LabelModel"]
