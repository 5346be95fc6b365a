"""What arrays and tables are made of, for their fingerprints."""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import polars as pl

Parts = tuple[object, ...]


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
