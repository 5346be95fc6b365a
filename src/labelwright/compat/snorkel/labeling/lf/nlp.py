"""Labeling functions over spaCy documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from labelwright.compat.snorkel.labeling.lf.core import LabelingFunction, labeling_function
from labelwright.compat.snorkel.map.core import Key
from labelwright.compat.snorkel.preprocess import BasePreprocessor
from labelwright.compat.snorkel.preprocess.nlp import EN_CORE_WEB_SM, SpacyPreprocessor


class NLPLabelingFunction(LabelingFunction):
    """A labeling function that finds the spaCy document of a text in a field; needs the extra ``text``.

    LFs with equal settings share one spaCy pipeline and its memory of documents. Different settings side by
    side are no error, as they are in Snorkel.

    Parameters
    ----------
    name, f, resources
        As in `LabelingFunction`.
    pre : sequence of preprocessors, optional
        Run before spaCy.
    text_field, doc_field, language, disable, memoize, memoize_key, gpu
        As in `labelwright.compat.snorkel.preprocess.nlp.SpacyPreprocessor`; ``memoize`` is True by default.
    """

    def __init__(
        self,
        name: str,
        f: Callable[..., Any],
        resources: Mapping[str, Any] | None = None,
        pre: Sequence[BasePreprocessor] | None = None,
        text_field: str = "text",
        doc_field: str = "doc",
        language: str = EN_CORE_WEB_SM,
        disable: Sequence[str] | None = None,
        memoize: bool = True,
        memoize_key: Key | None = None,
        gpu: bool = False,
    ) -> None:
        settings = (text_field, doc_field, language, tuple(disable or ()), tuple(pre or ()))
        nlp = _shared(*settings, memoize, memoize_key, gpu)
        super().__init__(name, f, resources=resources, pre=[nlp])


_pipelines: dict[tuple[object, ...], SpacyPreprocessor] = {}


def _shared(*settings: Any) -> SpacyPreprocessor:
    """Return the one preprocessor that has these settings."""
    if settings not in _pipelines:
        _pipelines[settings] = SpacyPreprocessor(*settings)
    return _pipelines[settings]


class nlp_labeling_function(labeling_function):  # noqa: N801 - the name is Snorkel's
    """Make an `NLPLabelingFunction` of a function; a decorator that needs its parentheses.

    Parameters
    ----------
    name, resources, pre, text_field, doc_field, language, disable, memoize, memoize_key, gpu
        As in `NLPLabelingFunction`.
    """

    def __init__(
        self,
        name: str | None = None,
        resources: Mapping[str, Any] | None = None,
        pre: Sequence[BasePreprocessor] | None = None,
        text_field: str = "text",
        doc_field: str = "doc",
        language: str = EN_CORE_WEB_SM,
        disable: Sequence[str] | None = None,
        memoize: bool = True,
        memoize_key: Key | None = None,
        gpu: bool = False,
    ) -> None:
        super().__init__(name, resources, pre)
        self._settings = {
            "pre": pre,
            "text_field": text_field,
            "doc_field": doc_field,
            "language": language,
            "disable": disable,
            "memoize": memoize,
            "memoize_key": memoize_key,
            "gpu": gpu,
        }

    def __call__(self, f: Callable[..., Any]) -> NLPLabelingFunction:
        """Return the labeling function of a function."""
        made: dict[str, Any] = self._settings
        return NLPLabelingFunction(self._name_of(f), f, resources=self.resources, **made)
