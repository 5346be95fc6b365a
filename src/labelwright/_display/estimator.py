"""Estimators as notebooks show them: their settings, and in words what they learned."""

from __future__ import annotations

from collections.abc import Sequence
from inspect import signature
from typing import Any

from labelwright._display.notebook import Facts, Heading, Part, notebook
from labelwright._text import one_line

MAX_SETTING = 200


class ShownEstimator:
    """The HTML of an estimator in place of scikit-learn's, in the one style of all notebook objects.

    It goes before `BaseEstimator` among the bases. As text estimators stay as scikit-learn writes them, and
    ``sklearn.set_config(display="text")`` turns the HTML off, as everywhere.
    """

    def _learned_parts(self) -> tuple[str, list[Part]]:
        """Return what to say behind the name, and what was learned."""
        return "", []

    def _display_parts(self) -> Sequence[Part]:
        said, learned = self._learned_parts()
        name = type(self).__name__
        return [Heading(f"{name}: {said}" if said else name), Facts(settings_of(self)), *learned]

    def _repr_html_(self) -> str:
        return notebook(*self._display_parts())

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, str]:
        from sklearn import get_config

        shown = {"text/plain": repr(self)}
        return {**shown, "text/html": self._repr_html_()} if get_config()["display"] == "diagram" else shown


def settings_of(estimator: Any) -> list[tuple[str, str]]:
    """Return the settings of an estimator: those that somebody chose, then those left as they are."""
    found = estimator.get_params(deep=False)
    default = {name: one.default for name, one in signature(type(estimator)).parameters.items()}
    chosen = {name: value for name, value in found.items() if not _same(value, default.get(name))}
    left = {name: value for name, value in found.items() if name not in chosen}
    said = {"settings": chosen, "by default": left}
    return [(word, _settings(values)) for word, values in said.items() if values]


def _settings(values: dict[str, Any]) -> str:
    return ", ".join(f"{name}={one_line(repr(value), MAX_SETTING)}" for name, value in values.items())


def _same(value: Any, default: Any) -> bool:
    try:
        return value is default or bool(value == default)
    except (TypeError, ValueError):  # arrays
        return False
