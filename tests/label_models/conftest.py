"""What tests of several label models use: fitting on patterns, errors to expect, scores on real votes."""

import numpy as np
import pytest

from labelwright.io import read_crowd, read_wrench

F1_SETS = {"sms", "sms_fixed", "census", "cdr_text_lfs"}


@pytest.fixture(scope="session")
def fit_patterns():
    """Fit a model on patterns with counts, whatever number of rows they stand for."""

    def fit(model, patterns, k=2):
        model._check_settings()
        model.n_classes_, model.classes_ = k, np.arange(k)
        model._fit_patterns(patterns, None)
        model._describe(patterns, None)
        return model

    return fit


@pytest.fixture(scope="session")
def standard_errors():
    """Standard errors at the maximum of a log likelihood, from its curvature there."""

    def errors(log_likelihood, at, h=1e-3):
        steps = h * np.eye(len(at))
        curvature = np.array([
            [
                log_likelihood(at + a + b) - log_likelihood(at + a - b)
                - log_likelihood(at - a + b) + log_likelihood(at - a - b)
                for a in steps
            ]
            for b in steps
        ]) / (4 * h * h)  # fmt: skip
        return np.sqrt(np.diagonal(np.linalg.inv(-curvature)))

    return errors


@pytest.fixture(scope="session")
def rate(fit_patterns):
    """The slope of log error over log n, n = 1e3..1e6, for an estimate of planted numbers."""

    def slope(make, estimate, truth, population, *, k=2, repeats=6):
        sizes = [10**3, 10**4, 10**5, 10**6]
        generator = np.random.default_rng(0)
        errors = [
            np.sqrt(np.mean([
                (estimate(fit_patterns(make(), population.sample(n, random_state=generator), k)) - truth) ** 2
                for _ in range(repeats)
            ]))
            for n in sizes
        ]  # fmt: skip
        return np.polyfit(np.log(sizes), np.log(errors), 1)[0]

    return slope


@pytest.fixture(scope="session")
def dataset(real_data):
    """Read a folder of real votes, each once."""
    read = {}

    def get(name):
        if name not in read:
            reader = read_crowd if name.startswith("crowd") else read_wrench
            read[name] = reader(real_data / name)
        return read[name]

    return get


@pytest.fixture(scope="session")
def real_score(dataset):
    """Percent right (F1 where marked) of a model on a real set, expected over ties; crowds transductively."""

    def score(model, name):
        data = dataset(name)
        if name.startswith("crowd"):
            known = data.gold >= 0
            P, gold = model.fit(data.label_matrix).predict_proba(data.label_matrix)[known], data.gold[known]
        else:
            P = model.fit(data.train.label_matrix).predict_proba(data.test.label_matrix)
            gold = data.test.gold
        tied = P.max(axis=1, keepdims=True) - P < 1e-5
        shares = tied / tied.sum(axis=1, keepdims=True)
        if name in F1_SETS:
            return 100 * 2 * shares[gold == 1, 1].sum() / (shares[:, 1].sum() + (gold == 1).sum())
        return 100 * shares[np.arange(len(gold)), gold].mean()

    return score
