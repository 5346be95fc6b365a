"""Fingerprints of values: the same content has the same one, in every file and process.

A value is brought down, step by step, to tuples of plain values (`plainer_code` does so for functions
and classes, `plainer_data` for arrays and tables), and those are hashed. Sets count without their
order, dictionaries with it, because code that walks a dictionary can depend on its order.
"""

from __future__ import annotations

import copyreg
import hashlib
import io
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from labelwright.lfs._fingerprint.code import plainer_code

if TYPE_CHECKING:
    import polars as pl

Parts = tuple[object, ...]

# repr() of these, and of lists of these, is exact and the same everywhere.
_PLAIN = frozenset((type(None), bool, int, float, complex, str, type(...), type(NotImplemented)))
# scikit-learn's vectorizers remember the address of their stop words, which differs in every process.
_ADDRESSES = frozenset(("_stop_words_id",))


def fingerprint_of(*parts: object) -> str:
    """Return 32 hex digits that stand for the content of ``parts``.

    Functions count by their code, defaults, closure and the globals that they use, objects by their class
    and state. An object that cannot be taken apart (an open connection, a lock) counts by its class only.
    """
    return _Digest().of(parts).hex()


class _Digest:
    """One walk over a value, which may hold itself."""

    def __init__(self) -> None:
        self._seen: dict[int, bytes] = {}
        self._kept: list[object] = []  # an id is only good while its object lives

    def of(self, value: Any) -> bytes:
        if type(value) in _PLAIN:
            return _hash(type(value).__name__, repr(value).encode())
        if isinstance(value, (bytes, bytearray)):
            return _hash("bytes", bytes(value))
        if id(value) not in self._seen:
            self._kept.append(value)
            self._seen[id(value)] = _hash("within", str(len(self._kept)).encode())
            self._seen[id(value)] = self._of_compound(value)
        return self._seen[id(value)]

    def _of_compound(self, value: Any) -> bytes:
        kind = type(value)
        if kind in (list, tuple):
            return self._of_sequence(kind.__name__, value)
        if kind in (set, frozenset):
            return self._of_set(value)
        if kind in (dict, MappingProxyType):
            return self._of_sequence("dict", [part for item in value.items() for part in item])
        return self._of_sequence("made of", _plainer(value))

    def _of_sequence(self, tag: str, values: Iterable[Any]) -> bytes:
        items = list(values)
        if set(map(type, items)) <= _PLAIN:
            return _hash(tag, b"plain", repr(items).encode())
        return _hash(tag, *map(self.of, items))

    def _of_set(self, values: Iterable[Any]) -> bytes:
        items = list(values)
        if set(map(type, items)) <= _PLAIN:
            return _hash("set", b"plain", repr(sorted(map(repr, items))).encode())
        return _hash("set", *sorted(map(self.of, items)))


def _hash(tag: str, *parts: bytes) -> bytes:
    digest = hashlib.blake2b(tag.encode(), digest_size=16)
    for part in parts:
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(part)
    return digest.digest()


def _plainer(value: Any) -> tuple[object, ...]:
    """Return what a value is made of, one step closer to plain values."""
    if hasattr(
        type(value), "_fingerprint_parts"
    ):  # labeling functions and preprocessors: never by their names
        version = getattr(value, "version", None)
        declared = () if version is None else (("version", version),)
        return (type(value).__name__, getattr(value, "space", None), *value._fingerprint_parts(), *declared)
    found = plainer_code(value)
    if found is None:
        found = plainer_data(value)
    return _reduced(value) if found is None else found


def _reduced(value: Any) -> tuple[object, ...]:
    """Return what pickle would take an object apart into."""
    try:
        reducer = copyreg.dispatch_table.get(type(value))
        parts = reducer(value) if reducer else value.__reduce_ex__(4)
    except Exception:  # whatever an object raises that refuses to be taken apart
        return ("opaque", type(value))
    if isinstance(parts, str):
        return ("global", type(value), parts)
    make, arguments, *rest = parts
    state, items, pairs = (*rest, None, None, None)[:3]
    return ("object", make, arguments, _without_addresses(state), list(items or ()), list(pairs or ()))


def _without_addresses(state: object) -> object:
    if not isinstance(state, Mapping):
        return state
    return {name: value for name, value in state.items() if name not in _ADDRESSES}


# --- what arrays and tables are made of


def plainer_data(value: Any) -> Parts | None:
    """Return what an array or a table is made of, or None where the value is neither."""
    if isinstance(value, np.generic):
        return _array_parts(np.asarray(value))
    if isinstance(value, np.ndarray):
        return _array_parts(value)
    package = type(value).__module__.partition(".")[0]
    reduce = _PACKAGES.get(package)
    return None if reduce is None else reduce(value)


def _array_parts(array: np.ndarray[Any, Any]) -> Parts:
    if array.dtype.names:  # field by field: the padding between fields holds anything
        return ("records", array.shape, [(name, array[name]) for name in array.dtype.names])
    if array.dtype.hasobject:
        return ("objects", array.shape, array.ravel().tolist())
    return ("array", array.dtype.str, array.shape, _buffer(array))


def _buffer(array: np.ndarray[Any, Any]) -> bytes:
    flat = np.ascontiguousarray(array).reshape(-1)
    return _content(flat.view(np.uint8).data if flat.size else b"")


def _content(data: Any) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest()


def _polars_parts(value: Any) -> Parts | None:
    import polars as pl

    if isinstance(value, pl.DataFrame):
        return ("frame", value.height, [_series_parts(column) for column in value.get_columns()])
    if isinstance(value, pl.Series):
        return _series_parts(value)
    if isinstance(value, pl.Expr):
        return ("expression", value.meta.serialize())
    if isinstance(value, pl.LazyFrame):
        return ("plan", value.serialize())
    return None


def _series_parts(series: pl.Series) -> Parts:
    import polars as pl

    if series.dtype == pl.Object:
        return ("series", series.name, "Object", series.to_list())
    texts = series.cast(pl.String) if series.dtype in (pl.Categorical, pl.Enum) else series
    # What lies behind a null is not content, so nulls are counted by their places and left out.
    places = _buffer(texts.is_null().to_numpy())
    return ("series", series.name, str(series.dtype), places, _ipc(texts.drop_nulls()))


def _ipc(series: pl.Series) -> bytes:
    import polars as pl

    buffer = io.BytesIO()
    frame = series.rename("").rechunk().to_frame()
    frame.write_ipc(buffer, compression="uncompressed", compat_level=pl.CompatLevel.oldest())
    return _content(buffer.getbuffer())


def _pandas_parts(value: Any) -> Parts | None:
    import pandas as pd

    if isinstance(value, pd.DataFrame):
        columns = [(name, value[name].to_numpy()) for name in value.columns]
        return ("pandas", value.index.to_numpy(), columns)
    if isinstance(value, (pd.Series, pd.Index)):
        return (
            "pandas",
            value.name,
            value.index.to_numpy() if hasattr(value, "index") else None,
            value.to_numpy(),
        )
    return None


def _arrow_parts(value: Any) -> Parts | None:
    import polars as pl
    import pyarrow as pa

    if isinstance(value, (pa.Table, pa.RecordBatch)):
        return ("arrow", pl.from_arrow(value))
    return None


def _scipy_parts(value: Any) -> Parts | None:
    from scipy import sparse

    if not sparse.issparse(value):
        return None
    matrix = value.tocsr(copy=True)  # the order of entries and the flags about it are no content
    matrix.sum_duplicates()
    return (
        "sparse",
        matrix.shape,
        matrix.data,
        matrix.indices.astype(np.int64),
        matrix.indptr.astype(np.int64),
    )


def _sklearn_parts(value: Any) -> Parts | None:
    if hasattr(value, "get_arrays") and hasattr(value, "get_tree_stats"):  # search trees count their calls
        return (type(value).__name__, *map(np.asarray, value.get_arrays()))
    return None


def _torch_parts(value: Any) -> Parts | None:
    import torch

    if isinstance(value, torch.Tensor):
        return ("tensor", str(value.dtype), value.detach().cpu().float().numpy())
    return None


_PACKAGES = {
    "polars": _polars_parts,
    "pandas": _pandas_parts,
    "pyarrow": _arrow_parts,
    "scipy": _scipy_parts,
    "sklearn": _sklearn_parts,
    "torch": _torch_parts,
}
