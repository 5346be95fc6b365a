"""The loop of expectation maximization."""

import numpy as np

from labelwright.diagnostics.fitted import Search
from labelwright.label_models._em.dirichlet import divergence, expected_log
from labelwright.label_models._em.em import ConfusionTable, best_run, largest_change, run_em


def halve(x):
    return x / 2, -x


def gap(before, after):
    return abs(before - after)


def test_it_ends_where_nothing_moves_or_steps_run_out():
    found, search = run_em(halve, 1.0, change=gap, max_iter=100, tol=0.1)
    assert (found, search.converged, search.steps, search.starts) == (0.0625, True, 4, ())
    found, search = run_em(halve, 1.0, change=gap, max_iter=2, tol=0.1)
    assert (found, search.converged, search.objective.tolist()) == (0.25, False, [-1.0, -0.5])
    assert run_em(halve, 1.0, change=gap, max_iter=1, tol=9.0)[1].steps == 1


def test_a_first_state_that_nothing_is_known_of_is_never_at_rest():
    table = ConfusionTable(np.array([0.5, 0.5]), np.eye(2))
    tables = iter([table, table, table])
    found, search = run_em(
        lambda before: (next(tables), 0.0),
        ConfusionTable.unknown(),
        change=lambda before, after: after.distance(before),
        max_iter=9,
        tol=1e-3,
    )
    assert (found, search.steps, search.converged) == (table, 2, True)


def test_the_first_of_the_best_runs_is_kept_and_knows_how_the_others_ended():
    runs = [
        (name, Search(np.array([-9.0, end]), True, 2))
        for name, end in (("a", -2.0), ("b", -1.0), ("c", -1.0))
    ]
    found, search = best_run(runs)
    assert (found, search.starts, search.agreeing) == ("b", (-2.0, -1.0, -1.0), 2)
    assert best_run(runs[:1])[1].starts == ()


def test_the_largest_change_is_over_all_parameters_and_none_of_nothing():
    before, after = (
        (np.zeros(2), np.zeros((0, 3)), np.ones(1)),
        (np.ones(2) / 4, np.zeros((0, 3)), np.zeros(1)),
    )
    assert largest_change(before, after) == 1.0
    assert largest_change((np.zeros(0),), (np.zeros(0),)) == 0.0


def test_the_divergence_of_dirichlets_is_that_of_many_draws():
    after, before = np.array([[3.0, 1.0, 2.0], [5.0, 0.5, 1.0]]), np.array([1.0, 2.0, 0.5])
    generator = np.random.default_rng(0)
    total = 0.0
    for counts in after:
        draws = np.log(np.maximum(generator.dirichlet(counts, size=200_000), 1e-300))
        np.testing.assert_allclose(draws.mean(axis=0), expected_log(counts), atol=0.02)
        from scipy.special import gammaln

        def log_density(a, draws=draws):
            return gammaln(a.sum()) - gammaln(a).sum() + draws @ (a - 1.0)

        total += (log_density(counts) - log_density(before)).mean()
    assert abs(divergence(after, before) - total) < 0.05
