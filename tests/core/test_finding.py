"""One thing that was found, whatever was judged."""

import json
from dataclasses import FrozenInstanceError

import pytest

from labelwright.core import Finding
from labelwright.core.finding import most_pressing_first


def found(urgency, weight=0.0, **more):
    return Finding(kind="x", urgency=urgency, finding="It is wide.", weight=weight, **more)


def test_the_message_is_one_line_of_finding_and_action():
    assert found("note").message == "It is wide."
    assert found("fix", action="Narrow it.").message == "It is wide. Narrow it."
    clause = Finding(kind="x", urgency="check", finding="it is wide", action="narrow it")
    assert str(clause) == "[check] it is wide; narrow it"


def test_the_most_pressing_come_first_and_then_those_of_most_rows():
    order = [("note", 0.9), ("fix", 0.1), ("check", 0.5), ("fix", 0.2)]
    ranked = most_pressing_first(found(*one) for one in order)
    assert [(one.urgency, one.weight) for one in ranked] == [
        ("fix", 0.2),
        ("fix", 0.1),
        ("check", 0.5),
        ("note", 0.9),
    ]


def test_it_is_a_value_that_json_holds():
    one = found("note", lfs=("a", "b"), evidence={"rows": 3})
    assert json.loads(json.dumps(one.to_dict()))["labeling_functions"] == ["a", "b"]
    with pytest.raises(FrozenInstanceError):
        one.kind = "y"
