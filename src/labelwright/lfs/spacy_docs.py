"""A spaCy pipeline as a preprocessor that many labeling functions share."""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import importlib.util
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labelwright._errors import LabelingFunctionError, MissingExtraError
from labelwright.lfs._arguments import as_column
from labelwright.lfs.preprocessors import Preprocessor
from labelwright.lfs.row import as_row

DOC = "doc"
MODEL = "en_core_web_sm"
DOCS_AT_ONCE = 256


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class SpacyPreprocessor(Preprocessor):
    """Adds the spaCy ``Doc`` of a text; made by `spacy_doc`.

    Parameters
    ----------
    on : str
        The column of texts.
    model : str or spacy.Language
        The pipeline, or the name of its package or folder.
    disable : tuple of str
        Components of a named pipeline that are not loaded.
    """

    on: str
    model: Any
    disable: tuple[str, ...] = ()

    def outcomes(self, rows: Sequence[Any]) -> Sequence[Mapping[str, Any]]:
        """Return the documents of many rows: spaCy is two to five times as quick on batches."""
        texts = [as_row(row)[self.on] for row in rows]
        docs = iter(self.nlp.pipe([text for text in texts if text is not None], batch_size=DOCS_AT_ONCE))
        return [{DOC: None if text is None else _plain(next(docs))} for text in texts]

    def pack(self, fields: Mapping[str, Any]) -> bytes:
        """Return a document as bytes; none for a null text."""
        doc = fields[DOC]
        return b"" if doc is None else bytes(doc.to_bytes())

    def unpack(self, packed: bytes) -> Mapping[str, Any]:
        """Return the document that `pack` made bytes of."""
        from spacy.tokens import Doc

        return {DOC: Doc(self.nlp.vocab).from_bytes(packed) if packed else None}

    @property
    def nlp(self) -> Any:
        """The pipeline; one of a name is loaded once a process."""
        return loaded(self.model, self.disable) if isinstance(self.model, str) else self.model

    @property
    def model_name(self) -> str:
        """What people call the pipeline."""
        return self.model if isinstance(self.model, str) else f"{self.model.lang}_{self.model.meta['name']}"

    def _fingerprint_parts(self) -> tuple[object, ...]:
        return ("spacy", self.on, self.disable, _identity(self.model), _version("spacy"))


def spacy_doc(
    on: str, *, model: Any = MODEL, disable: Iterable[str] = (), name: str = "spacy"
) -> SpacyPreprocessor:
    """Make a preprocessor that parses a text with spaCy and adds the ``Doc`` as the field ``doc``.

    LFs whose preprocessors read the same column with the same pipeline share one run, `spacy_pattern` and
    `spacy_entities` among them; in a project, documents are kept on disk, so that a row is parsed once and
    not again in later runs. A null text has None for a document. Needs the extra ``text`` (spaCy).

    Parameters
    ----------
    on : str
        The column of texts.
    model : str or spacy.Language, default "en_core_web_sm"
        The name of an installed pipeline, the path of one, or a pipeline such as ``spacy.blank("en")``.
    disable : iterable of str, optional
        Components that are not loaded, such as "parser", where ``model`` is a name or path.
    name : str, default "spacy"
        Used in messages.

    Returns
    -------
    SpacyPreprocessor
        For ``labeling_function(pre=[...])``.

    Raises
    ------
    MissingExtraError
        spaCy is not installed.
    LabelingFunctionError
        No pipeline has this name, or ``disable`` is given for one that is loaded.

    Notes
    -----
    The tensors that small pipelines leave on documents are dropped, here and on disk, as they take more room
    than the rest; ``doc.vector`` and ``doc.similarity`` need a pipeline with word vectors.

    Examples
    --------
    >>> import spacy  # doctest: +SKIP
    >>> nouns = spacy_doc("text", model=spacy.blank("en"))  # doctest: +SKIP
    >>> len(nouns({"text": "Two words"}).doc)  # doctest: +SKIP
    2
    """
    who = f"preprocessor {name!r}"
    column, parts = as_column(on, who), (disable,) if isinstance(disable, str) else tuple(disable)
    _check_model(model, parts, who)
    return SpacyPreprocessor(
        name=name,
        f=functools.partial(_parse, column, model, parts),
        columns=(column,),
        fields=(DOC,),
        keep=True,
        on=column,
        model=model,
        disable=parts,
    )


def _parse(on: str, model: Any, disable: tuple[str, ...], row: Any) -> dict[str, Any]:
    nlp = loaded(model, disable) if isinstance(model, str) else model
    text = row[on]
    return {DOC: None if text is None else _plain(nlp(text))}


def _plain(doc: Any) -> Any:
    """Return a document without the tensor that its pipeline left, as it comes back from the disk."""
    doc.tensor = doc.tensor[:0]
    return doc


@functools.lru_cache(maxsize=4)
def loaded(model: str, disable: tuple[str, ...]) -> Any:
    """Return a pipeline by its name; loaded once a process however many LFs use it."""
    import spacy

    return spacy.load(model, disable=list(disable))


def _check_model(model: Any, disable: tuple[str, ...], who: str) -> None:
    """Raise where there is no such pipeline; nothing is imported, as kept votes need no spaCy."""
    if importlib.util.find_spec("spacy") is None:
        raise MissingExtraError("spacy", extra="text", purpose="lw.spacy_doc")
    if isinstance(model, str):
        if not (model.isidentifier() and importlib.util.find_spec(model)) and not Path(model).is_dir():
            raise LabelingFunctionError(
                f"{who}: no spaCy pipeline {model!r} is installed; run: python -m spacy download {model}, or "
                "pass one, such as spacy.blank('en')"
            )
        return
    if not hasattr(model, "pipe") or not hasattr(model, "vocab"):
        raise LabelingFunctionError(
            f"{who}: model={model!r:.80} is no spaCy pipeline; pass its name, or spacy.blank('en')"
        )
    if disable:
        raise LabelingFunctionError(
            f"{who}: disable= is for pipelines by name; call nlp.disable_pipe(...) on this one"
        )


def _identity(model: Any) -> tuple[object, ...]:
    """Return what the documents depend on: a package by its version, others by their content."""
    if not isinstance(model, str):
        content = hashlib.blake2b(model.to_bytes(exclude=["vocab"]), digest_size=16).hexdigest()
        return (content, tuple(model.pipe_names), model.vocab.vectors.shape)
    if Path(model).is_dir():
        return ("folder", (Path(model) / "meta.json").read_bytes(), _stamps(Path(model)))
    return (model, _version(model))


def _stamps(folder: Path) -> list[tuple[str, int, int]]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return [(str(path.relative_to(folder)), path.stat().st_size, path.stat().st_mtime_ns) for path in files]


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "unknown"
