"""What a label model must say of itself to the frame: its settings, its assumptions, its search."""

from __future__ import annotations

import numpy as np
from sklearn.base import clone

from labelwright._errors import LabelModelError
from labelwright.diagnostics.fitted import Search
from labelwright.label_models import BaseLabelModel
from labelwright.label_models._settings import constraints
from labelwright.testing.hand_label_checks import K, planted_rows


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
