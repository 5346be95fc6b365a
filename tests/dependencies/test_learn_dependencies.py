"""Structure learning on votes whose dependencies were planted."""

import numpy as np
import pytest

import labelwright as lw
from labelwright.testing import (
    PlantedVotes,
    Structure,
    confusion_table,
    one_coin_table,
    sample_correlated_votes,
    unipolar_table,
)


def f1(graph: lw.DependencyGraph, structure: Structure) -> float:
    found, planted = set(graph.pairs()), set(structure.pairs())
    return 2 * len(found & planted) / (len(found) + len(planted)) if found or planted else 1.0


def bipolar(structure: Structure, m: int, n: int, seed: int, *, k: int = 2) -> PlantedVotes:
    generator = np.random.default_rng(seed)
    table = one_coin_table(generator.uniform(0.6, 0.85, m), k=k, propensities=0.7)
    return sample_correlated_votes(table, n, structure, random_state=generator)


def unipolar(
    structure: Structure, m: int, n: int, seed: int, *, coverage: tuple[float, float] = (0.03, 0.25)
) -> PlantedVotes:
    """LFs that vote one class each, the first half of them for class 0."""
    generator = np.random.default_rng(seed)
    table = unipolar_table(
        np.arange(m) * 2 // m,
        precisions=generator.uniform(0.6, 0.9, m),
        coverages=generator.uniform(*coverage, m),
        class_balance=[0.5, 0.5],
    )
    return sample_correlated_votes(table, n, structure, random_state=generator)


def copies_of_the_worst(seed: int) -> tuple[lw.LabelMatrix, Structure]:
    """Ten binary LFs: one is copied once, the worst of the first six twice, on 90% of the rows."""
    generator = np.random.default_rng(seed)
    accuracies = generator.uniform(0.6, 0.85, 10)
    worst = int(np.argmin(accuracies[:6]))
    structure = Structure(copies=((7, 6, 0.9), (8, worst, 0.9), (9, worst, 0.9)))
    table = one_coin_table(accuracies, propensities=0.7)
    return sample_correlated_votes(table, 5000, structure, random_state=generator).label_matrix, structure


def quick(votes: object, **settings: object) -> lw.DependencyGraph:
    return lw.learn_dependencies(votes, n_bootstraps=10, **settings)


# --- what must be found


def test_pairs_are_found_and_nothing_else():
    structure = Structure.pairs_of(10, count=3)
    graphs = [quick(bipolar(structure, 10, 10_000, seed).label_matrix) for seed in range(10)]
    assert np.mean([f1(graph, structure) for graph in graphs]) >= 0.95
    assert sum(bool(set(graph.pairs()) - set(structure.pairs())) for graph in graphs) == 0


@pytest.mark.slow
@pytest.mark.parametrize("structure", [Structure(), Structure.pairs_of(10, count=3)], ids=["none", "pairs"])
def test_no_false_edge_in_95_of_100_draws(structure):
    graphs = [quick(bipolar(structure, 10, 10_000, seed).label_matrix) for seed in range(100)]
    assert np.mean([f1(graph, structure) for graph in graphs]) >= 0.95
    assert sum(bool(set(graph.pairs()) - set(structure.pairs())) for graph in graphs) <= 5


@pytest.mark.slow
def test_ten_cliques_among_a_hundred_lfs_are_found():
    structure = Structure.cliques(100, size=3, count=10)
    votes = bipolar(structure, 100, 50_000, 0).label_matrix
    graph = lw.learn_dependencies(votes)
    assert f1(graph, structure) >= 0.9


def test_three_lfs_that_copy_one_make_a_star_and_no_clique():
    for seed in range(5):
        votes, structure = copies_of_the_worst(seed)
        assert quick(votes).pairs() == structure.pairs()


@pytest.mark.parametrize(
    "structure",
    [
        Structure.chains(20, size=4, count=2),
        Structure.stars(20, size=4, count=2),
        Structure.cliques(20, size=4, count=2),
        Structure.overlapping(20, size=3, count=2),
    ],
    ids=["chains", "stars", "cliques", "overlapping"],
)
def test_direct_edges_of_any_shape_are_found(structure):
    assert f1(quick(bipolar(structure, 20, 10_000, 1).label_matrix), structure) >= 0.95


@pytest.mark.parametrize("fidelity", [0.6, 0.95])
def test_an_lf_copied_nine_times_is_told_from_ten_experts(fidelity):
    star = Structure.stars(16, size=10, count=1, fidelity=fidelity)
    graph = quick(bipolar(star, 16, 5000, 2).label_matrix)
    assert graph.components() == (tuple(range(10)),)
    assert set(star.pairs()) <= set(graph.pairs())


def test_experts_are_not_taken_for_copies():
    table = one_coin_table([0.96] * 6 + [0.6, 0.65, 0.7, 0.75], propensities=0.7)
    assert not quick(sample_correlated_votes(table, 5000, Structure(), random_state=3).label_matrix)


def test_confusion_matrices_and_a_rare_class_are_no_dependence():
    generator = np.random.default_rng(4)
    right = generator.uniform(0.5, 0.95, (12, 2))
    confusion = np.stack([[[a, 1 - a], [1 - b, b]] for a, b in right])
    table = confusion_table(confusion, propensities=0.7)
    planted = sample_correlated_votes(
        table, 10_000, Structure(), class_balance=[0.9, 0.1], random_state=generator
    )
    assert not quick(planted.label_matrix)


def test_four_classes():
    structure = Structure.stars(12, size=3, count=2)
    assert quick(bipolar(structure, 12, 10_000, 5, k=4).label_matrix).pairs() == structure.pairs()


@pytest.mark.parametrize("size", [2, 4])
def test_one_class_lfs_are_linked_by_the_rows_they_copy(size):
    structure = Structure.stars(24, size=size, count=2)
    graph = quick(unipolar(structure, 24, 5000, 6).label_matrix)
    assert graph.pairs() == structure.pairs()


def test_copies_of_broad_one_class_lfs_are_told_from_their_class():
    structure = Structure.pairs_of(12, count=2)
    broad = unipolar(structure, 12, 3000, 17, coverage=(0.25, 0.5)).label_matrix
    assert quick(broad).pairs() == structure.pairs()
    assert not quick(unipolar(Structure(), 12, 3000, 18, coverage=(0.25, 0.5)).label_matrix)


def test_one_class_lfs_that_meet_because_of_their_class_are_not_linked():
    assert not quick(unipolar(Structure(), 24, 5000, 7).label_matrix)


def test_voting_on_the_same_rows_is_no_dependence_of_lfs_that_vote_all_classes():
    generator = np.random.default_rng(8)
    votes = bipolar(Structure(), 8, 5000, 8).label_matrix.to_numpy()
    votes[generator.random(5000) < 0.5, :4] = -1
    assert not quick(votes)


def test_a_narrow_lf_inside_a_broad_one_is_directed():
    generator = np.random.default_rng(9)
    y = generator.integers(0, 2, 4000)
    broad = np.where(generator.random(4000) < 0.2, 0, -1)
    narrow = np.where((broad == 0) & (y == 1) & (generator.random(4000) < 0.6), 1, -1)
    same = np.where((broad == 0) & (y == 0) & (generator.random(4000) < 0.4), 0, -1)
    others = [np.where(generator.random(4000) < 0.7, y, 1 - y) for _ in range(4)]
    graph = quick(np.stack([broad, narrow, same, *others], axis=1))
    kinds = {(edge.first, edge.second): edge.kind for edge in graph}
    assert kinds == {(0, 1): "fixing", (0, 2): "reinforcing"}


def test_lfs_that_err_against_each_other_are_exclusive():
    planted = bipolar(Structure(), 10, 10_000, 10)
    votes = planted.label_matrix.to_numpy()
    both = (votes[:, 0] >= 0) & (votes[:, 1] >= 0) & (np.random.default_rng(0).random(10_000) < 0.5)
    votes[both, 1] = 1 - votes[both, 0]
    (edge,) = quick(votes).edges
    assert (edge.pair, edge.kind) == ((0, 1), "exclusive")
    assert edge.strength < -0.3


# --- the other methods


@pytest.mark.parametrize("method", ["pseudolikelihood", "robust_pca"])
def test_other_methods_find_pairs_and_link_no_accurate_lfs(method):
    structure = Structure.pairs_of(10, count=2)
    planted = bipolar(structure, 10, 5000, 11).label_matrix
    assert quick(planted, method=method).pairs() == structure.pairs()
    accurate = sample_correlated_votes(one_coin_table([0.9] * 6), 3000, Structure(), random_state=12)
    assert not quick(accurate.label_matrix, method=method)


def test_what_lfs_read_lowers_the_bar_for_their_pair():
    weak = Structure.pairs_of(12, count=1, fidelity=0.11)
    planted = bipolar(weak, 12, 10_000, 13).label_matrix
    reads = {f"lf_{j}": {"text", "kb"} if j < 2 else {"text"} for j in range(12)}
    hinted = lw.learn_dependencies(planted, lfs=reads, n_bootstraps=0)
    assert hinted.pairs() == [(0, 1)]
    elsewhere = {f"lf_{j}": {"text", "kb"} if j in (4, 5) else {"text"} for j in range(12)}
    assert not lw.learn_dependencies(planted, lfs=elsewhere, n_bootstraps=0)


def test_static_alone_looks_at_no_votes():
    reads = {"a": ["text", "kb"], "b": ["text", "kb"], "c": ["text", "url"]}
    L = lw.LabelMatrix([[0, 0, 1]], lf_names=["a", "b", "c"])
    graph = lw.learn_dependencies(L, method="static", lfs=reads)
    assert graph.pairs() == [(0, 1)]


# --- invariances and edges of the input


def test_the_order_of_lfs_and_classes_does_not_matter():
    votes = bipolar(Structure.stars(10, size=3, count=2), 10, 5000, 14).label_matrix.votes
    order = np.random.default_rng(0).permutation(10)
    pairs = quick(votes).pairs()
    shuffled = {tuple(sorted(order[[i, j]].tolist())) for i, j in quick(votes[:, order]).pairs()}
    assert shuffled == set(pairs)
    assert quick(np.where(votes < 0, -1, 1 - votes)).pairs() == pairs


def test_statistics_give_the_graph_of_their_rows():
    votes = bipolar(Structure.pairs_of(8, count=2), 8, 3000, 15).label_matrix
    assert quick(lw.VoteStatistics.of(votes)) == quick(votes)


def test_the_same_seed_gives_the_same_graph():
    votes = bipolar(Structure.pairs_of(8, count=2, fidelity=0.3), 8, 2000, 16).label_matrix
    assert quick(votes, random_state=5) == quick(votes, random_state=5)


@pytest.mark.parametrize(
    "votes",
    [np.full((5, 3), -1), np.zeros((0, 4), dtype=int), [[1]], np.ones((100, 4), dtype=int), [[0, 1], [1, 0]]],
    ids=["silent", "no rows", "one LF", "constant", "two LFs"],
)
def test_votes_that_tell_nothing_give_no_edges(votes):
    for method in ("auto", "pseudolikelihood", "robust_pca"):
        assert quick(votes, method=method).m == np.shape(votes)[1]


def test_votes_for_sets_count_as_abstaining():
    L = lw.LabelMatrix.from_sets([[{"a", "b"}, "a"], ["c", "a"]] * 50, space=["a", "b", "c"])
    assert not quick(L)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"method": "atuo"}, "did you mean 'auto'"),
        ({"method": "static"}, "pass lfs="),
        ({"n_bootstraps": -1}, "expected 0 or more"),
        ({"min_support": 2}, "a share from 0 to 1"),
        ({"lfs": {"lf_00": ["x"]}}, "did you mean 'lf_0"),
        ({"lfs": [object()]}, "does not say what it reads"),
        ({"lfs": 3}, "expected labeling functions"),
    ],
)
def test_bad_input_says_so_in_one_line(settings, message):
    with pytest.raises(lw.DependencyError, match=message) as caught:
        lw.learn_dependencies([[0, 1, 1]], **settings)
    assert "\n" not in str(caught.value)


def test_too_many_lfs_are_refused_before_memory_runs_out():
    with pytest.raises(lw.DependencyError, match="too many pairs"):
        lw.learn_dependencies(np.zeros((2, 3000), dtype=np.int8))
