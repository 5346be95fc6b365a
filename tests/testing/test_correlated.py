"""Votes of LFs that copy: the copying is as planted."""

import numpy as np
import pytest

import labelwright as lw
from labelwright.testing import Structure, one_coin_table, sample_correlated_votes

TABLE = one_coin_table([0.8, 0.7, 0.6, 0.65, 0.75, 0.7], propensities=0.6)


def test_a_copier_does_what_its_source_does_on_that_share_of_the_rows():
    votes = sample_correlated_votes(
        TABLE, 20_000, Structure(copies=((1, 0, 0.9),)), random_state=0
    ).label_matrix.votes
    equal = (votes[:, 0] == votes[:, 1]).mean()
    by_chance = 0.4**2 + 0.36 * (0.8 * 0.7 + 0.2 * 0.3)
    assert equal == pytest.approx(0.9 + 0.1 * by_chance, abs=0.01)


def test_the_lfs_of_a_group_follow_a_source_that_is_not_among_them():
    group = Structure(groups=(((0, 1, 2), 0.8),))
    votes = sample_correlated_votes(TABLE, 20_000, group, random_state=0).label_matrix.votes
    silent = (votes == -1).astype(float)
    assert np.corrcoef(silent.T)[0, 1] == pytest.approx(0.64, abs=0.03)
    assert abs(np.corrcoef(silent.T)[0, 3]) < 0.03


def test_an_lf_of_two_groups_follows_either_half_as_often():
    planted = sample_correlated_votes(
        TABLE, 20_000, Structure.overlapping(6, size=3, count=1, fidelity=0.8), random_state=0
    )
    silent = np.corrcoef((planted.label_matrix.votes == -1).T)
    assert silent[0, 2] == pytest.approx(0.32, abs=0.03)
    assert silent[2, 3] == pytest.approx(0.32, abs=0.03)
    assert silent[0, 3] == pytest.approx(0.0, abs=0.03)


@pytest.mark.parametrize(
    ("structure", "pairs"),
    [
        (Structure.pairs_of(5, count=2), [(0, 1), (2, 3)]),
        (Structure.stars(4, size=3, count=1), [(0, 1), (0, 2)]),
        (Structure.chains(4, size=3, count=1), [(0, 1), (1, 2)]),
        (Structure.cliques(4, size=3, count=1), [(0, 1), (0, 2), (1, 2)]),
        (Structure.overlapping(5, size=2, count=1), [(0, 1), (1, 2)]),
    ],
)
def test_shapes_have_their_edges(structure, pairs):
    assert structure.pairs() == pairs
    assert structure.graph(f"lf_{j}" for j in range(5)).pairs() == pairs


def test_structures_that_do_not_fit_say_so():
    with pytest.raises(lw.DependencyError, match="4 LFs in all"):
        Structure.stars(4, size=3, count=2)
    with pytest.raises(lw.DependencyError, match="LF 9"):
        sample_correlated_votes(TABLE, 10, Structure(copies=((9, 0, 0.5),)))
