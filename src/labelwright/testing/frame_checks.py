"""What a label model must tell of itself: settings, assumptions, search, fit report, explanations."""

from __future__ import annotations

import json

import numpy as np
from sklearn.base import clone

from labelwright._errors import LabelModelError
from labelwright._types import ABSTAIN
from labelwright.diagnostics.fitted import Search
from labelwright.label_models import BaseLabelModel
from labelwright.label_models._settings import constraints
from labelwright.testing.hand_label_checks import K, planted_rows

WIDTH = 80


def check_declared_settings(model: BaseLabelModel) -> None:
    """All settings are declared in `_constraints`; the model's own pass, others are refused in one line."""
    declared, settings = constraints(type(model)), model.get_params(deep=False)
    name = type(model).__name__
    missing, unknown = sorted(set(settings) - set(declared)), sorted(set(declared) - set(settings))
    assert not missing, f"{name}._constraints do not say what {', '.join(missing)} may be"
    assert not unknown, f"{name}._constraints tell of {', '.join(unknown)}, which are no settings"
    votes, _ = planted_rows(50)
    for setting, constraint in declared.items():
        constraint.check(setting, settings[setting])
        if not constraint.allows(object()):
            _refuses(clone(model).set_params(**{setting: object()}), votes, setting)


def _refuses(model: BaseLabelModel, votes: object, setting: str) -> None:
    try:
        model.fit(votes)  # type: ignore[arg-type]
    except LabelModelError as error:
        message = str(error)
    else:
        raise AssertionError(f"{type(model).__name__} takes anything for {setting}")
    assert message.startswith(f"{setting}="), f"a bad {setting} is refused with: {message}"
    assert "\n" not in message, f"the message has several lines: {message}"


def check_statements(model: BaseLabelModel) -> None:
    """Models say in words what they assume, which reports repeat, and whether they learn anything of LFs."""
    kind = type(model)
    assert isinstance(kind.assumes, str), f"{kind.__name__}.assumes is no text"
    assert isinstance(kind.learns, bool), f"{kind.__name__}.learns is neither True nor False"
    fitted = clone(model).set_params(n_classes=K).fit(planted_rows()[0])
    assert fitted.fit_report_.assumes == fitted._assumption()


def check_search(model: BaseLabelModel) -> None:
    """Models that search leave a record of it, which says what `n_iter_` and `converged_` say."""
    fitted = clone(model).set_params(n_classes=K).fit(planted_rows()[0])
    search = fitted.search_
    if search is None:
        assert not hasattr(fitted, "n_iter_"), f"{type(model).__name__} takes steps and leaves no search_"
        return
    assert isinstance(search, Search), f"search_ is a {type(search).__name__}"
    assert (search.steps, search.converged) == (fitted.n_iter_, fitted.converged_), (
        "search_ tells another story"
    )
    assert search.objective.ndim == 1
    assert np.isfinite(search.objective).all(), "search_.objective holds inf or nan"
    assert len(search.starts) != 1, "search_.starts is empty where there was one start"


def check_fit_report(model: BaseLabelModel) -> None:
    """Fit reports read as text, as plain values and as HTML, and tell what was predicted."""
    votes, _ = planted_rows()
    fitted = clone(model).set_params(n_classes=K).fit(votes)
    report = fitted.fit_report_
    assert (report.rows, report.lfs, len(report.classes)) == (len(votes), votes.shape[1], K)
    assert max(map(len, str(report).splitlines())) <= WIDTH, "the report is wider than 80 columns"
    json.dumps(report.to_dict(), allow_nan=False)
    assert report._repr_html_().startswith("<div")
    covered = (votes != ABSTAIN).any(axis=1)
    sure = fitted.predict_proba(votes)[covered].max(axis=1).mean()
    np.testing.assert_allclose(report.confidence, sure, atol=1e-6, err_msg="fit_report_.confidence")


def check_explanation(model: BaseLabelModel) -> None:
    """Votes, prior and rest sum to the score of the label over the runner-up's."""
    votes, _ = planted_rows()
    told = clone(model).set_params(n_classes=K).fit(votes).explain(votes, rows=range(20))
    added = np.zeros(20)
    np.add.at(added, told.votes["row"].to_numpy(), told.votes["adds"].to_numpy())
    summed = told.rows["prior"].to_numpy() + told.rows["rest"].to_numpy() + added
    np.testing.assert_allclose(summed, told.rows["score"].to_numpy(), atol=1e-8, err_msg="explain")
    assert told.votes.height == (votes[:20] != ABSTAIN).sum(), "explain leaves votes out"
    assert max(map(len, str(told).splitlines())) <= WIDTH, "the explanation is wider than 80 columns"
