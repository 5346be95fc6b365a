"""A run tells what it does as typed events and as lines, and stops where somebody asks it to."""

from __future__ import annotations

import json

import pytest

import labelwright as lw
from labelwright._apply import block
from labelwright.pipeline import Cancel, Event, Project
from labelwright.store import Ledger

SLOW_LF = """
import time

@lw.labeling_function(columns=["text"])
def slow(x):
    called("slow")
    time.sleep(0.002)
    return "SPAM" if "http" in x.text else None

"""


@pytest.fixture
def many_blocks(place, monkeypatch):
    """Give the project a Python LF whose votes on 45 rows come in several blocks."""
    monkeypatch.setattr(block, "BLOCK_SECONDS", 0.01)
    place.write_lfs("ads", "love", tail=SLOW_LF)
    return place


def of_step(events: list[Event], step: str) -> list[str]:
    return [event.state for event in events if event.step == step]


def test_a_first_run_and_one_with_nothing_changed(place):
    events: list[Event] = []
    place.open(on_event=events.append).run()
    assert [(event.state, event.split) for event in events if event.step == "votes"] == [
        ("started", "train"),
        ("done", "train"),
        ("started", "test"),
        ("done", "test"),
    ]
    assert of_step(events, "label model") == of_step(events, "end model") == ["started", "done"]
    assert of_step(events, "report") == ["started", "done"]
    assert of_step(events, "labels") == ["done", "done"]
    cast = next(event.numbers for event in events if (event.step, event.state) == ("votes", "done"))
    assert (cast["rows"], cast["ran"], cast["kept"]) == (45, 5, 0)
    assert 0 < cast["coverage"] < 1

    events.clear()
    place.open(on_event=events.append).run()
    assert {event.state for event in events} == {"started", "kept"}
    assert of_step(events, "report") == ["kept"]
    json.dumps([event.to_dict() for event in events])

    lines: list[str] = []
    place.open(notify=lines.append).train()
    assert [line.partition(":")[0] for line in lines][-2:] == ["label model", "end model"]


def test_lines_are_those_of_the_events_that_have_one(place):
    events: list[Event] = []
    lines: list[str] = []
    place.open(on_event=events.append, notify=lines.append).run()
    assert lines == [event.message for event in events if event.message]
    assert lines[0].startswith("running lfs.py of")
    assert [line.split(":")[0] for line in lines[1:]] == [
        "votes on train",
        "votes on test",
        "label model",
        "end model",
    ]


def test_blocks_of_rows_are_told_as_they_are_done(many_blocks):
    events: list[Event] = []
    many_blocks.open(on_event=events.append).apply()
    told = [event.numbers for event in events if event.state == "progress" and event.split == "train"]
    assert told
    done = [numbers["done"] for numbers in told]
    assert done == sorted(set(done))
    assert done[-1] < told[0]["of"] == 45


def test_a_cancelled_run_stops_after_a_block_and_the_next_goes_on_there(many_blocks):
    place, cancel = many_blocks, Cancel()

    def stop_at_first_block(event: Event) -> None:
        if event.state == "progress":
            cancel.cancel()

    with pytest.raises(lw.CancelledError, match="finished work is kept"):
        place.open(on_event=stop_at_first_block, cancel=cancel).run()
    before = place.calls()
    assert 0 < before["slow"] < 45
    with Ledger(place.folder / ".labelwright" / "ledger.sqlite") as ledger:
        (run,) = ledger.runs()
    assert (run.status, run.error) == ("interrupted", "cancelled")

    done = place.open().run()
    after = place.calls()
    assert before["slow"] + after["slow"] == 45 + 18
    undisturbed = place.folder.parent / "undisturbed"
    undisturbed.mkdir()
    for name in ("labelwright.toml", "lfs.py", "train.parquet", "test.parquet"):
        (undisturbed / name).write_bytes((place.folder / name).read_bytes())
    matrix = Project.open(undisturbed, progress=False).apply().matrices["train"]
    assert done.applied.matrices["train"] == matrix


@pytest.mark.parametrize("step", ["votes", "label model", "end model", "report"])
def test_a_run_is_cancelled_between_steps_and_keeps_what_was_done(place, step):
    seen: list[str] = []

    def cancel() -> bool:
        return step in seen

    with pytest.raises(lw.CancelledError):
        place.open(on_event=lambda event: seen.append(event.step), cancel=cancel).run()
    place.calls()
    again = place.open().run()
    assert again.report.exists()
    if step != "votes":
        assert place.calls() == {}
    if step == "end model":
        assert again.fitted.cached
    if step == "report":
        assert again.trained.cached


def test_without_a_listener_nothing_is_told(place):
    assert place.open().run().scores["test"]["end model"].n == 18
