"""The preprocessor that parses text with spaCy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from labelwright._errors import MissingExtraError
from labelwright.compat.snorkel.map.core import Key
from labelwright.compat.snorkel.preprocess.core import BasePreprocessor, Preprocessor

EN_CORE_WEB_SM = "en_core_web_sm"


class SpacyPreprocessor(Preprocessor):
    """Adds the spaCy document of a text field; needs the extra ``text``.

    Parameters
    ----------
    text_field : str
        The field that holds the text.
    doc_field : str
        The field that gets the document.
    language : str, default "en_core_web_sm"
        The spaCy pipeline, as for ``spacy.load``; it must be installed.
    disable : sequence of str, optional
        Components of the pipeline to leave out.
    pre, memoize, memoize_key
        As in `labelwright.compat.snorkel.map.BaseMapper`.
    gpu : bool, default False
        Ask spaCy to use a GPU where there is one.

    Raises
    ------
    MissingExtraError
        spaCy is not installed.
    OSError
        spaCy does not find the pipeline; its message says how to install it.
    """

    def __init__(
        self,
        text_field: str,
        doc_field: str,
        language: str = EN_CORE_WEB_SM,
        disable: Sequence[str] | None = None,
        pre: Sequence[BasePreprocessor] | None = None,
        memoize: bool = False,
        memoize_key: Key | None = None,
        gpu: bool = False,
    ) -> None:
        super().__init__(
            type(self).__name__,
            field_names={"text": text_field},
            mapped_field_names={"doc": doc_field},
            pre=pre,
            memoize=memoize,
            memoize_key=memoize_key,
        )
        self._settings = (language, tuple(disable or ()), text_field, doc_field)
        self.gpu = gpu
        self._nlp = _load(language, list(disable or ()), gpu=gpu)

    def run(self, text: str) -> dict[str, Any]:  # type: ignore[override]  # subclasses name their fields
        """Return the document of a text."""
        return {"doc": self._nlp(text)}

    def _fingerprint_parts(self) -> tuple[object, ...]:
        return (self._settings, self._pre)


def _load(language: str, disable: list[str], *, gpu: bool) -> Any:
    try:
        import spacy
    except ImportError:
        raise MissingExtraError("spacy", extra="text", purpose="SpacyPreprocessor") from None
    if gpu:
        spacy.prefer_gpu()  # type: ignore[attr-defined, unused-ignore]
    return spacy.load(language, disable=disable)
