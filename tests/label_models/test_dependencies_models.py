"""Label models that are given dependencies, or learn them: votes with planted copies, and bad input."""

import pickle

import numpy as np
import pytest

import labelwright as lw
from labelwright.label_models import DawidSkene, MajorityVote, MatrixCompletion, Triplet
from labelwright.testing import Structure, one_coin_table, sample_correlated_votes

MODELS = [
    lw.LabelModel,
    lambda **settings: lw.LabelModel(method="anchored", **settings),
    MatrixCompletion,
    lambda **settings: MatrixCompletion(abstain="outcome", **settings),
    Triplet,
    lambda **settings: Triplet(moments="raw", **settings),
]
NAMES = ["default", "anchored", "MatrixCompletion", "MatrixCompletion outcome", "Triplet", "Triplet raw"]


def accuracy(model, planted):
    """Share of rows labeled right, ties shared."""
    P = model.fit(planted.label_matrix).predict_proba(planted.label_matrix)
    best = P.max(axis=1, keepdims=True) - P <= 1e-6
    return (best / best.sum(axis=1, keepdims=True))[np.arange(len(P)), planted.gold].mean()


def planted(structure, m, *, n=5000, seed=0, low=0.6, high=0.85, k=2, share=0.7):
    generator = np.random.default_rng(seed)
    table = one_coin_table(generator.uniform(low, high, m), k=k, propensities=share)
    return sample_correlated_votes(table, n, structure, random_state=generator)


def copies_of_the_worst(seed):
    """LF 7 copies LF 6, LFs 8 and 9 the worst of the first six, each on 90% of the rows."""
    generator = np.random.default_rng(seed)
    accuracies = generator.uniform(0.6, 0.85, 10)
    worst = int(accuracies[:6].argmin())
    structure = Structure(copies=((7, 6, 0.9), (8, worst, 0.9), (9, worst, 0.9)))
    table = one_coin_table(accuracies, propensities=0.7)
    return structure, sample_correlated_votes(table, 5000, structure, random_state=generator)


@pytest.mark.parametrize("draws", [range(2), pytest.param(range(2, 10), marks=pytest.mark.slow)])
def test_the_default_with_learned_dependencies_is_as_good_as_with_true_ones(draws):
    gains, lags = [], []
    for seed in draws:
        structure, drawn = copies_of_the_worst(seed)
        learned = accuracy(lw.LabelModel(dependencies="auto"), drawn)
        true = accuracy(lw.LabelModel(dependencies=structure.graph(drawn.label_matrix.lf_names)), drawn)
        gains.append(learned - accuracy(MajorityVote(), drawn))
        lags.append(true - learned)
    assert max(lags) <= 0.01
    assert min(gains) >= 0.04


def test_copies_make_blind_models_worse_than_majority_vote_and_the_graph_makes_them_better():
    structure, drawn = copies_of_the_worst(0)
    graph = structure.graph(drawn.label_matrix.lf_names)
    vote = accuracy(MajorityVote(), drawn)
    assert accuracy(DawidSkene(), drawn) < vote - 0.1
    for make in (lw.LabelModel, MatrixCompletion, Triplet):
        assert accuracy(make(), drawn) < vote
        assert accuracy(make(dependencies=graph), drawn) > vote + 0.04


def test_nine_copies_do_no_harm():
    accuracies = np.concatenate([np.linspace(0.7, 0.85, 6), np.full(10, 0.62)])
    structure = Structure(copies=tuple((j, 6, 0.95) for j in range(7, 16)))
    drawn = sample_correlated_votes(
        one_coin_table(accuracies, propensities=0.7), 5000, structure, random_state=1
    )
    without = lw.LabelModel().fit(drawn.label_matrix.votes[:, :7])
    bar = (without.predict(drawn.label_matrix.votes[:, :7], ties="first") == drawn.gold).mean()
    assert accuracy(lw.LabelModel(dependencies="auto"), drawn) >= bar - 0.01
    assert accuracy(lw.LabelModel(), drawn) < bar - 0.1


@pytest.mark.parametrize("make", MODELS, ids=NAMES)
@pytest.mark.parametrize(
    "structure",
    [Structure.cliques(12, size=4, count=2), Structure.overlapping(12, size=3, count=1)],
    ids=["cliques of four", "overlapping cliques"],
)
def test_the_true_graph_helps_every_model(make, structure):
    drawn = planted(structure, 12, n=4000)
    graph = structure.graph(drawn.label_matrix.lf_names)
    assert (
        accuracy(make(dependencies=graph), drawn)
        > max(accuracy(make(), drawn), accuracy(MajorityVote(), drawn)) + 0.02
    )


@pytest.mark.parametrize("make", MODELS, ids=NAMES)
def test_a_clique_too_large_for_tables_shares_its_weight(make):
    structure = Structure.cliques(20, size=12, count=1, fidelity=0.8)
    drawn = planted(structure, 20, n=2000, high=0.8)
    model = make(dependencies=structure.graph(drawn.label_matrix.lf_names))
    assert accuracy(model, drawn) > accuracy(MajorityVote(), drawn) + 0.04


@pytest.mark.parametrize("make", MODELS, ids=NAMES)
def test_two_hundred_lfs_in_overlapping_cliques(make):
    structure = Structure.overlapping(200, size=4, count=20)
    drawn = planted(structure, 200, n=3000, high=0.7, share=0.1)
    graph = structure.graph(drawn.label_matrix.lf_names)
    assert accuracy(make(dependencies=graph), drawn) > accuracy(make(), drawn) + 0.02


@pytest.mark.parametrize("make", MODELS, ids=NAMES)
def test_a_graph_without_edges_changes_nothing(make):
    drawn = planted(Structure(), 6, n=500)
    plain = make().fit(drawn.label_matrix)
    given = make(dependencies=[]).fit(drawn.label_matrix)
    votes = drawn.label_matrix.votes
    assert np.array_equal(given.predict_proba(votes), plain.predict_proba(votes))
    assert given.dependencies_.pairs() == []
    assert plain.dependencies_ is None


@pytest.mark.parametrize("make", MODELS, ids=NAMES)
def test_the_order_of_lfs_does_not_matter(make):
    structure = Structure(copies=((1, 0, 0.9), (2, 0, 0.9), (3, 2, 0.8)))
    drawn = planted(structure, 9, n=1500)
    votes, order = drawn.label_matrix.votes, np.random.default_rng(0).permutation(9)
    place = np.argsort(order)
    turned = [(int(place[i]), int(place[j])) for i, j in structure.pairs()]
    P = make(dependencies=structure.pairs()).fit(votes).predict_proba(votes)
    Q = make(dependencies=turned).fit(votes[:, order]).predict_proba(votes[:, order])
    np.testing.assert_allclose(P, Q, atol=2e-4)


@pytest.mark.parametrize("make", MODELS, ids=NAMES)
def test_the_names_of_classes_do_not_matter(make):
    drawn = planted(Structure.stars(9, size=3, count=2), 9, n=1500, k=3, low=0.55)
    votes = drawn.label_matrix.votes
    turned = np.where(votes >= 0, 2 - votes, -1)
    pairs = Structure.stars(9, size=3, count=2).pairs()
    P = make(dependencies=pairs).fit(votes).predict_proba(votes)
    Q = make(dependencies=pairs).fit(turned).predict_proba(turned)
    np.testing.assert_allclose(P, Q[:, ::-1], atol=2e-3)


def test_an_exception_wins_over_its_rule_but_not_where_others_contradict_it():
    generator = np.random.default_rng(0)
    gold = generator.integers(0, 2, 3000)
    votes = np.full((3000, 6), -1, dtype=np.int8)
    for j in range(3):
        voted = generator.random(3000) < 0.3
        votes[voted, j] = np.where(generator.random(3000) < 0.8, gold, 1 - gold)[voted]
    votes[:, 3] = np.where(generator.random(3000) < 0.6, 0, -1)  # a rule: votes 0 on most rows
    votes[:, 4] = np.where((votes[:, 3] == 0) & (gold == 1) & (generator.random(3000) < 0.2), 1, -1)
    votes[:, 5] = np.where((votes[:, 3] == 0) & (gold == 0) & (generator.random(3000) < 0.2), 1, -1)
    right, wrong = (
        lw.core.Dependency(3, 4, "fixing", 1.0, 1.0, "auto"),
        lw.core.Dependency(3, 5, "fixing", 1.0, 1.0, "auto"),
    )
    graph = lw.DependencyGraph(tuple(f"lf_{j}" for j in range(6)), (right, wrong))
    model = lw.LabelModel(dependencies=graph, method="anchored").fit(votes)
    row = np.full((2, 6), -1, dtype=np.int8)
    row[:, 3] = 0
    row[0, 4], row[1, 5] = 1, 1
    assert model.contradicted_[4:, 1].tolist() == [False, True]
    alone = np.full((1, 6), -1, dtype=np.int8)
    alone[0, 4] = 1
    np.testing.assert_allclose(model.predict_proba(row[:1]), model.predict_proba(alone))
    assert model.predict(row).tolist() == [1, 0]


def test_explanations_say_that_votes_of_dependent_lfs_do_not_add_up():
    structure = Structure(copies=((1, 0, 0.9), (2, 0, 0.9)))
    drawn = planted(structure, 8, n=2000)
    model = lw.LabelModel(dependencies=structure.pairs()).fit(drawn.label_matrix)
    votes = np.array([[1, 1, 1, 0, -1, -1, 1, 0], [-1, -1, -1, 0, 1, 0, 1, 0]])
    rows = model.explain(votes).rows
    assert rows["exact"].to_list() == [False, True]
    assert "without a dependency" in str(
        MatrixCompletion(dependencies=[(0, 1)]).fit(drawn.label_matrix).fit_report_
    )


def test_hand_labels_statistics_parts_and_pickles_go_with_dependencies():
    structure, drawn = copies_of_the_worst(3)
    L, pairs = drawn.label_matrix, structure.pairs()
    whole = lw.LabelModel(dependencies=pairs).fit(L)
    P = whole.predict_proba(L)
    parts = lw.LabelModel(dependencies=pairs).partial_fit(L.votes[:2000]).partial_fit(L.votes[2000:])
    np.testing.assert_allclose(parts.predict_proba(L.votes), P)
    assert np.array_equal(pickle.loads(pickle.dumps(whole)).predict_proba(L), P)
    gold = np.where(np.arange(5000) < 500, drawn.gold, -1)
    labeled = lw.LabelModel(dependencies=pairs).fit(L, gold=gold)
    assert (labeled.predict(L, ties="first") == drawn.gold).mean() > 0.8


@pytest.mark.parametrize("make", MODELS, ids=NAMES)
@pytest.mark.parametrize(
    ("dependencies", "error", "words"),
    [
        ("aut", lw.LabelModelError, "did you mean 'auto'"),
        (
            5,
            lw.LabelModelError,
            r"dependencies=5 \(int\); expected None, 'auto', a DependencyGraph, or pairs",
        ),
        ([("a", "a")], lw.DependencyError, "'a' cannot depend on itself"),
        ([("a", "zz")], lw.DependencyError, "names LF 'zz', which is unknown"),
        ([("a", "b"), ("b", "a")], lw.DependencyError, "have two dependencies"),
        ([(0, 9)], lw.DependencyError, r"names LF 9; expected a name, or a position 0\.\.3"),
        (lw.DependencyGraph.from_edges([("x", "y")]), lw.DependencyError, "names LF 'x', which is unknown"),
    ],
)
def test_bad_graphs_are_refused_in_one_line(make, dependencies, error, words):
    votes = np.random.default_rng(0).integers(-1, 2, size=(50, 4))
    with pytest.raises(error, match=words) as caught:
        make(dependencies=dependencies).fit(lw.LabelMatrix(votes, lf_names=["a", "b", "c", "d"]))
    assert "\n" not in str(caught.value)


def test_an_unknown_way_of_masking_is_refused():
    with pytest.raises(lw.LabelModelError, match="masked='invers' is unknown"):
        MatrixCompletion(masked="invers").fit([[0, 1], [1, 1]])


@pytest.mark.slow
@pytest.mark.parametrize("name", ["cdr_text_lfs", "census", "semeval", "trec"])
def test_learned_dependencies_do_no_harm_on_real_votes(name, real_data):
    data = lw.read_wrench(real_data / name)
    train, test = data.train.label_matrix, data.test.label_matrix

    def score(model):
        labels = model.fit(train).predict(test, ties="first")
        if name in ("cdr_text_lfs", "census"):
            both, either = ((labels == 1) & (data.test.gold == 1)).sum(), (labels == 1).sum()
            return 2 * both / (either + (data.test.gold == 1).sum())
        return (labels == data.test.gold).mean()

    learned = lw.LabelModel(dependencies="auto")
    assert score(learned) >= score(lw.LabelModel()) - 0.005
    assert len(learned.dependencies_) > 0


@pytest.mark.slow
def test_the_masked_inverse_needs_many_rows_and_then_finds_the_rates():
    structure = Structure.cliques(12, size=3, count=2)
    drawn = planted(structure, 12, n=100_000)
    model = MatrixCompletion(dependencies=structure.pairs(), masked="inverse")
    assert accuracy(model, drawn) > accuracy(MajorityVote(), drawn) + 0.03


def test_a_rare_pair_without_tables_does_not_decide_for_all():
    drawn = planted(Structure.pairs_of(8, count=2), 8, n=3000)
    rare = np.where(np.arange(3000)[:, None] < 40, drawn.gold[:, None], -1) * np.ones((1, 2), dtype=int)
    votes = np.concatenate([drawn.label_matrix.votes, rare, np.full((3000, 2), -1)], axis=1)
    pairs = [*Structure.pairs_of(8, count=2).pairs(), (8, 9), (10, 11)]
    model = lw.LabelModel(dependencies=pairs).fit(votes)
    assert model.method_ == "independent"
    np.testing.assert_allclose(model.duplicate_weights_[8:], [0.5, 0.5, 0.5, 0.5])
    assert np.isfinite(model.predict_proba(votes)).all()
