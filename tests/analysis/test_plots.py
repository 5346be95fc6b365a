import sys

import numpy as np
import pytest

from labelwright import MissingExtraError, SchemaError
from labelwright.analysis import plots
from labelwright.analysis.plots.bars import vote_counts
from labelwright.analysis.plots.pair_squares import _squares
from labelwright.core import LabelMatrix

L = LabelMatrix(
    [[0, 0, -1], [0, 1, -1], [-1, 1, 1], [-1, -1, -1]], space=["HAM", "SPAM"], lf_names=["a", "b", "c"]
)
P = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.5, 0.5]])
GOLD = np.array([0, 1, 1, -1])
PLOTS = {
    "pairs": lambda: plots.pairs(L),
    "conflicts": lambda: plots.pairs(L, show="conflicts"),
    "votes": lambda: plots.votes_per_row(L),
    "confidence": lambda: plots.confidence(P, covered=L.covered),
    "confidence of two": lambda: plots.confidence({"one": P, "other": P}),
    "calibration": lambda: plots.calibration({"one": P, "other": P}, GOLD),
    "coverage": lambda: plots.coverage_by_class(L, GOLD),
    "no rows": lambda: plots.votes_per_row(L[:0]),
    "one LF": lambda: plots.pairs(L[:, ["a"]]),
}


@pytest.mark.parametrize("name", PLOTS)
def test_every_plot_is_a_valid_chart_with_its_data_inside(name):
    pytest.importorskip("altair")
    spec = PLOTS[name]().to_dict()
    assert spec["$schema"].startswith("https://vega.github.io/schema/vega-lite/")
    assert "url" not in str(spec.get("data", ""))


@pytest.mark.parametrize("name", PLOTS)
def test_without_altair_the_extra_is_named(name, monkeypatch):
    monkeypatch.setitem(sys.modules, "altair", None)
    with pytest.raises(MissingExtraError, match="pip install altair "):
        PLOTS[name]()


def test_pairs_have_nothing_else_to_show():
    with pytest.raises(SchemaError, match="did you mean 'conflicts'"):
        plots.pairs(L, show="conflict")


def test_squares_are_both_halves_of_the_pairs_that_meet():
    frame, names = _squares(L, 40)
    assert names == ["a", "b", "c"]
    shown = {(row["a"], row["b"]): (row["rows"], row["agreement"]) for row in frame.iter_rows(named=True)}
    assert shown == {("a", "b"): (2, 0.5), ("b", "a"): (2, 0.5), ("b", "c"): (1, 1.0), ("c", "b"): (1, 1.0)}


def test_only_the_lfs_that_meet_others_most_are_shown():
    assert _squares(L, 2)[1] == ["a", "b"]


def test_rows_by_number_of_votes_and_kind():
    found = vote_counts(L, ["none", "agree", "against"])
    assert found.select("votes", "kind", "rows").rows() == [
        (0, "none", 1),
        (2, "agree", 2),
        (2, "against", 1),
    ]
