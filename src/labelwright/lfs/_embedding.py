"""Texts as unit vectors, from any encoder."""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from labelwright._errors import LabelingFunctionError
from labelwright._stops import is_stop
from labelwright.lfs._fingerprint.fingerprint import fingerprint_of

if TYPE_CHECKING:
    import polars as pl

METHODS = ("encode", "transform")  # sentence-transformers, model2vec; scikit-learn


@dataclass(frozen=True, slots=True, eq=False)
class Embedded:
    """The last texts that an encoder encoded, and their vectors."""

    fingerprint: str
    texts: pl.Series
    vectors: Any


_last: weakref.WeakKeyDictionary[Any, Embedded] = weakref.WeakKeyDictionary()


def embed(encoder: Any, texts: pl.Series, lf: str, *, remember: bool = True) -> Any:
    """Return one unit vector a text, (n, d): float32, or a sparse matrix where the encoder gives one.

    LFs with the same encoder over the same column share one run: an encoder's last vectors are remembered
    while it lives. A vector of zeros stays one.

    Parameters
    ----------
    encoder : object
        A function from a list of texts to vectors, or an object with ``encode`` or ``transform``.
    texts : polars.Series
        Texts without nulls.
    lf : str
        The LF, for messages.
    remember : bool, default True
        Whether other LFs are likely to ask for the same texts.

    Raises
    ------
    LabelingFunctionError
        The encoder fails, or gives something else than one vector of numbers a text.
    """
    if not remember or not _can_be_remembered(encoder):
        return _unit(_encoded(encoder, texts.to_list(), lf))
    fingerprint = fingerprint_of(encoder)
    last = _last.get(encoder)
    if last is not None and last.fingerprint == fingerprint and last.texts.equals(texts):
        return last.vectors
    vectors = _unit(_encoded(encoder, texts.to_list(), lf))
    _last[encoder] = Embedded(fingerprint, texts, vectors)
    return vectors


def check_encoder(encoder: Any, lf: str) -> None:
    """Raise where an encoder can encode nothing."""
    able = callable(encoder) or any(hasattr(encoder, one) for one in METHODS)
    if not able or isinstance(encoder, (type, str, bytes)):  # strings have encode() too
        raise LabelingFunctionError(
            f"LF {lf!r}: encoder={encoder!r:.80} encodes nothing; pass a function from a list of texts to "
            "vectors, or an object with encode() or transform()"
        )


def encoder_name(encoder: Any) -> str:
    """Return what a definition calls an encoder."""
    return str(getattr(encoder, "__name__", type(encoder).__name__))


def _can_be_remembered(encoder: Any) -> bool:
    try:
        weakref.ref(encoder)
        hash(encoder)
    except TypeError:
        return False
    return True


def _encoded(encoder: Any, texts: list[str], lf: str) -> Any:
    method = next((getattr(encoder, one) for one in METHODS if hasattr(encoder, one)), encoder)
    try:
        raw = method(texts)
        vectors = raw.tocsr() if hasattr(raw, "tocsr") else np.asarray(raw, dtype=np.float32)
    except BaseException as error:  # whatever a foreign model raises, the LF is to be named
        if is_stop(error):
            raise
        lines = str(error).strip().splitlines() or [""]
        raise LabelingFunctionError(
            f"LF {lf!r}: the encoder failed with {type(error).__name__}: {lines[0]}; check that it is fitted "
            "and takes a list of texts"
        ) from error
    if vectors.ndim != 2 or vectors.shape[0] != len(texts):
        raise LabelingFunctionError(
            f"LF {lf!r}: the encoder gave shape {vectors.shape} for {len(texts)} texts; it must give one "
            "vector each"
        )
    return vectors


def _unit(vectors: Any) -> Any:
    """Return vectors of length 1; zeros, and what is no number, become zeros."""
    if not isinstance(vectors, np.ndarray):
        from sklearn.preprocessing import normalize

        return normalize(vectors)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    known = np.isfinite(lengths) & (lengths > 0)
    return np.where(known, vectors / np.where(known, lengths, 1), 0).astype(np.float32)
