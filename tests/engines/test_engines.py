"""Engines give the votes of `lw.apply`, wherever blocks run."""

import functools
import os

import pytest

import labelwright as lw
from labelwright import _plugins
from labelwright.engines import Engine, LocalEngine, as_engine, protocol
from labelwright.testing import check_engine, engine_checks

SPACE = lw.LabelSpace(["HAM", "SPAM"])


class Backwards:
    """Gives results in the opposite order."""

    def map(self, function, blocks):
        yield from reversed([function(block) for block in [*blocks][:64]])

    def reduce(self, function, blocks):
        return functools.reduce(lambda one, other: other + one, map(function, blocks))


@pytest.mark.parametrize("check", engine_checks(), ids=lambda check: check.__name__)
def test_this_process(check):
    check(LocalEngine())


def test_two_processes_give_the_same_votes():
    url = lw.regex("url", "http", on="text", vote=1)
    texts = {"text": ["http", "mine"] * 40_000}  # two blocks
    there = lw.apply([url], texts, engine=LocalEngine(processes=2), progress=False)
    assert there == lw.apply([url], texts, progress=False)


@pytest.mark.slow  # each check starts processes anew
def test_several_processes():
    check_engine(LocalEngine(processes=2))


def test_results_may_come_in_any_order():
    for check in engine_checks():
        if check.__name__ != "check_blocks_are_taken_when_needed":
            check(Backwards())


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda made: made[:-1], "the votes differ|blocks .* came for"),
        (lambda made: [*made, made[0]], "the votes differ|blocks .* came for"),
    ],
)
def test_the_suite_finds_lost_and_repeated_blocks(spoil, message):
    class Careless(Backwards):
        def map(self, function, blocks):
            return iter(spoil([function(block) for block in blocks]))

    with pytest.raises(AssertionError, match=message):
        check_engine(Careless())


def test_the_suite_finds_an_engine_that_reads_everything_first():
    class Greedy(LocalEngine):
        def map(self, function, blocks):
            return map(function, list(blocks))

    with pytest.raises(AssertionError, match="were taken before the first result"):
        check_engine(Greedy())


def test_engines_are_found_by_their_names(monkeypatch):
    class Entry:
        name = "backwards"

        def load(self):
            return Backwards

    monkeypatch.setattr(_plugins, "entry_points", lambda group: [Entry()] if group == protocol.GROUP else [])
    assert isinstance(as_engine("backwards"), Backwards)
    assert isinstance(as_engine("backwards"), Engine)
    url = lw.regex("url", "http", on="text", vote=1)
    assert lw.apply([url], {"text": ["http"]}, engine="backwards").votes.tolist() == [[1]]
    with pytest.raises(ValueError, match="did you mean 'backwards'"):
        as_engine("backward")
    with pytest.raises(ValueError, match="engine is 7"):
        as_engine(7)


def test_what_cannot_be_sent_to_another_process_is_said_in_one_line():
    local = lw.labeling_function(lambda x: 1)
    with pytest.raises(ValueError, match="cannot be sent to another process"):
        lw.apply([local], {"text": ["a"]}, engine=LocalEngine(processes=1))


@lw.labeling_function(SPACE)
def quits_its_process(x):
    os._exit(3)


@pytest.mark.slow
def test_what_cannot_be_sent_and_processes_that_end_are_one_clear_line():
    engine, data = LocalEngine(processes=1), {"text": ["a", "b"]}
    nameless = lw.labeling_function(SPACE, name="nameless")(lambda x: 1 if x.text else None)
    with pytest.raises(lw.EngineError, match=r"cannot be sent to another process: .*; define LFs"):
        lw.apply([nameless], data, progress=False, engine=engine)
    with pytest.raises(lw.EngineError, match="a process ended before its work was done"):
        lw.apply([quits_its_process], data, progress=False, engine=engine)


@pytest.mark.parametrize("processes", [0, -1, "2", 1.5, True])
def test_processes_are_a_count(processes):
    with pytest.raises(lw.EngineError, match="expected an integer of at least 1, or None"):
        LocalEngine(processes=processes)


def test_a_class_of_engines_is_no_engine():
    with pytest.raises(lw.EngineError, match="engine is <class"):
        as_engine(LocalEngine)
