"""Dependency graphs: what people may state, what the graph tells, and how it shows itself."""

import copy
import pickle

import numpy as np
import pytest

import labelwright as lw
from labelwright.core import Dependency

NAMES = ("url", "link", "www", "short", "long")


@pytest.fixture
def graph() -> lw.DependencyGraph:
    return lw.DependencyGraph.from_edges([("link", "url"), (2, 1, "exclusive")], names=NAMES)


def test_pairs_are_ascending_positions(graph):
    assert graph.pairs() == [(0, 1), (1, 2)]
    assert graph.named_pairs() == [("url", "link"), ("link", "www")]
    assert graph.neighbors("link") == (0, 2)


def test_groups_hold_every_lf_once(graph):
    assert graph.components() == ((0, 1, 2),)
    assert [group.tolist() for group in graph.groups()] == [[0, 1, 2], [3], [4]]
    assert all(group.dtype == np.int64 for group in graph.groups())


def test_matrices_are_symmetric_with_an_empty_diagonal(graph):
    adjacency = graph.adjacency()
    assert (adjacency == adjacency.T).all()
    assert not adjacency.diagonal().any()
    assert graph.strengths(stated=0.5)[1, 2] == 0.5


def test_a_star_has_cliques_of_two_and_a_group_one_of_all():
    star = lw.DependencyGraph.from_edges([("a", "b"), ("a", "c"), ("a", "d")])
    assert star.cliques() == ((0, 1), (0, 2), (0, 3))
    group = lw.DependencyGraph.from_groups([["a", "b", "c", "d"]])
    assert group.cliques() == ((0, 1, 2, 3),)
    assert len(group) == 6


def test_overlapping_groups_share_an_lf():
    graph = lw.DependencyGraph.from_groups([["a", "b", "c"], ["c", "d", "e"]])
    assert graph.cliques() == ((0, 1, 2), (2, 3, 4))
    assert graph.components() == ((0, 1, 2, 3, 4),)


def test_a_directed_kind_keeps_its_direction():
    graph = lw.DependencyGraph.from_edges([("narrow", "broad"), ("broad", "other", "fixing")], names=None)
    assert graph.edge("other", "broad").kind == "fixing"
    turned = lw.DependencyGraph(("a", "b"), (Dependency(1, 0, "fixing"),))
    assert (turned.edges[0].first, turned.edges[0].pair) == (1, (0, 1))
    assert "b -> a" in str(turned)


def test_people_override_what_was_learned(graph):
    learned = lw.DependencyGraph(NAMES, (Dependency(0, 1, "similar", 0.8, 0.9, "auto"), Dependency(3, 4)))
    corrected = learned.without_edge("short", "long").with_edge("url", "link", "exclusive")
    assert corrected.pairs() == [(0, 1)]
    assert corrected.edge(0, 1).origin == "stated"
    merged = learned.merge(graph)
    assert merged.pairs() == [(0, 1), (1, 2), (3, 4)]
    assert merged.edge(0, 1).strength is None
    assert learned.pairs() == [(0, 1), (3, 4)]


def test_above_keeps_strong_and_stated_edges():
    graph = lw.DependencyGraph(
        NAMES,
        (Dependency(0, 1, "exclusive", -0.8, 1.0), Dependency(1, 2, "similar", 0.1, 0.4), Dependency(3, 4)),
    )
    assert graph.above(strength=0.5).pairs() == [(0, 1), (3, 4)]
    assert graph.above(support=0.9).pairs() == [(0, 1), (3, 4)]


def test_over_places_the_edges_among_other_lfs():
    graph = lw.DependencyGraph.from_edges([("b", "a")])
    assert graph.over(["x", "a", "y", "b"]).pairs() == [(1, 3)]
    idle = lw.DependencyGraph(("a", "b", "gone")).with_edge("a", "b")
    assert idle.over(["a", "b"]).names == ("a", "b")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: lw.DependencyGraph.from_edges([("url", "lnk")], names=NAMES), "did you mean 'link'"),
        (lambda: lw.DependencyGraph.from_edges([("url", "zzz")], names=NAMES), "the LFs are url, link"),
        (lambda: lw.DependencyGraph.from_edges([("url", "url")], names=NAMES), "cannot depend on itself"),
        (lambda: lw.DependencyGraph.from_edges([(1, 1)], names=NAMES), "'link' cannot depend on itself"),
        (lambda: lw.DependencyGraph.from_edges([(0, 5)], names=NAMES), "position 0..4"),
        (lambda: lw.DependencyGraph.from_edges([(0, -1)], names=NAMES), "position 0..4"),
        (lambda: lw.DependencyGraph.from_edges([(0, 1.5)], names=NAMES), "is no LF"),
        (lambda: lw.DependencyGraph.from_edges(["ab"], names=["a", "b"]), "is no dependency"),
        (
            lambda: lw.DependencyGraph.from_edges([("url", "link", "www", "short")], names=NAMES),
            "from_groups",
        ),
        (lambda: lw.DependencyGraph.from_edges([("url", "link", "simlar")], names=NAMES), "'similar'"),
        (lambda: lw.DependencyGraph.from_edges([(0, 1), (1, 0)], names=NAMES), "two dependencies"),
        (lambda: lw.DependencyGraph(("a", "a")), "occur twice"),
        (lambda: lw.DependencyGraph.from_groups([["a"]]), "a group of 1 LFs"),
        (lambda: lw.DependencyGraph.from_groups(["abc"]), "is no group"),
        (lambda: lw.DependencyGraph.from_groups([[f"lf_{j}" for j in range(65)]]), "expected 2 to 64"),
        (lambda: lw.DependencyGraph(NAMES).without_edge("url", "link"), "no dependency to remove"),
        (lambda: lw.DependencyGraph.from_edges([("a", "b")]).over(["a", "c"]), "LF 'b', which is unknown"),
        (lambda: Dependency(0, 1, "similar", float("nan")), "expected a number from -1 to 1"),
    ],
)
def test_what_cannot_be_says_so_in_one_line(make, message):
    with pytest.raises(lw.DependencyError, match=message.replace("(", r"\(")) as caught:
        make()
    assert "\n" not in str(caught.value)


def test_a_graph_is_a_value(graph):
    assert graph == copy.deepcopy(graph) == pickle.loads(pickle.dumps(graph))
    assert len({graph, graph.with_edge("url", "link")}) == 1
    with pytest.raises(AttributeError):
        graph.edges = ()


def test_the_text_fits_80_columns():
    names = tuple(f"a_labeling_function_with_a_long_name_{j}" for j in range(60))
    edges = tuple(Dependency(j, j + 1, "reinforcing", 0.5, 0.99, "auto") for j in range(59))
    text = str(lw.DependencyGraph(names, edges))
    assert max(map(len, text.splitlines())) <= 80
    assert "... and 19 more" in text


def test_the_picture_shows_every_dependent_lf_and_escapes_its_name():
    graph = lw.DependencyGraph.from_edges([("<b>", "c"), ("c", "d")], names=["<b>", "c", "d", "alone"])
    html = graph._repr_html_()
    assert html.count("<circle") == 3
    assert html.count("<line") == 2
    assert "&lt;b&gt;" in html
    assert "<b>" not in html
    assert "<svg" not in lw.DependencyGraph(("a", "b"))._repr_html_()


def test_the_table_has_a_row_a_dependency(graph):
    frame = graph.to_polars()
    assert frame.columns == ["first", "second", "kind", "strength", "support", "origin"]
    assert frame["kind"].to_list() == ["similar", "exclusive"]
    assert lw.DependencyGraph(NAMES).to_polars().shape == (0, 6)
