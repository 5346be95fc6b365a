"""What arrays, tables and tensors are made of, to their last bit."""

from __future__ import annotations

import hashlib
import io
import pickle
import pickletools
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from labelwright._files import file_digest
from labelwright.lfs._fingerprint.modules import is_library
from labelwright.lfs._fingerprint.objects import own_state
from labelwright.lfs._fingerprint.parts import Opaque, Parts

if TYPE_CHECKING:
    import polars as pl


def plainer_data(value: Any) -> Parts | Opaque | None:
    """Return what an array or a table is made of, or None where the value is neither."""
    found = _data_parts(value)
    if found is None or is_library(type(value).__module__):
        return found
    return ("own data", type(value), _own_state(value), found)  # of a class that derives from it


def _own_state(value: Any) -> list[tuple[str, object]]:
    """Return the attributes of an array of a user's class; tables have inner ones with underscores."""
    state = own_state(value)
    if isinstance(value, (np.ndarray, np.generic)) or type(value).__base__.__module__.startswith("torch"):
        return state
    return [
        (name, {key: one for key, one in held.items() if not key.startswith("_")})
        for name, held in state
        if isinstance(held, dict)
    ]


def _data_parts(value: Any) -> Parts | Opaque | None:
    if isinstance(value, np.generic):
        return ("scalar", _array_parts(np.asarray(value)))
    if isinstance(value, np.ndarray) and "numpy.ma" in sys.modules and np.ma.isMaskedArray(value):
        return ("masked", np.ma.getdata(value), np.ma.getmaskarray(value), value.fill_value)
    if isinstance(value, np.ndarray):
        return _array_parts(np.ndarray.view(value, np.ndarray))
    for base in type(value).__mro__:
        reduce = _PACKAGES.get(base.__module__.partition(".")[0])
        found = None if reduce is None else reduce(value)
        if found is not None:
            return found
    return None


def _array_parts(array: np.ndarray[Any, Any]) -> Parts:
    if array.dtype.names is not None:  # field by field: the padding between fields holds anything
        return ("records", array.shape, [(name, array[name]) for name in array.dtype.names])
    if array.dtype.hasobject or array.dtype.kind == "T":
        return ("objects", str(array.dtype), array.shape, array.ravel().tolist())
    if array.dtype.kind in "fc" and array.dtype.itemsize > (8 if array.dtype.kind == "f" else 16):
        # Long doubles have padding, too; their text is exact.
        return ("array", array.dtype.str, array.shape, [repr(number) for number in array.ravel()])
    return ("array", array.dtype.str, array.shape, _buffer(array))


def _buffer(array: np.ndarray[Any, Any]) -> bytes:
    flat = np.ascontiguousarray(array).reshape(-1)
    return _content(flat.view(np.uint8).data if flat.size else b"")


def _content(data: Any) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest()


# --- polars


def _polars_parts(value: Any) -> Parts | Opaque | None:
    import polars as pl

    if isinstance(value, pl.DataFrame):
        return ("frame", value.height, [_series_parts(column) for column in value.get_columns()])
    if isinstance(value, pl.Series):
        return _series_parts(value)
    if isinstance(value, pl.Expr):
        return _plan_parts("expression", value.meta.serialize, str(value))
    if isinstance(value, pl.LazyFrame):
        return _plan_parts("plan", value.serialize, "a lazy frame")
    return None


def _plan_parts(tag: str, serialize: Any, text: str) -> Parts | Opaque:
    """Return what a plan says, the Python functions in it, and the content of the files that it scans."""
    try:
        plan: bytes = serialize()
    except Exception:  # it holds something that cannot be written down
        return Opaque("an expression with Python code or objects that cannot be read", (tag, text))
    return (tag, *_taken_apart(plan), *_scanned(plan))


def functions_in(expression: pl.Expr) -> list[Any]:
    """Return the Python functions in an expression; none where they cannot be read."""
    try:
        plan: bytes = expression.meta.serialize()
    except Exception:
        return []
    return [piece for piece in _taken_apart(plan) if callable(piece)]


def holds_functions(expression: pl.Expr) -> bool:
    """Say whether Python functions are part of an expression."""
    try:
        plan: bytes = expression.meta.serialize()
    except Exception:  # a function that cannot be written down is one all the same
        return True
    return bool(_FUNCTION.search(plan) or _ESCAPED.search(plan))


_FUNCTION = re.compile(rb"PLPY(FN|UDF)")
_ESCAPED = re.compile(rb"\xcc\x80[\x04\x05]\xcc\x95")
"""How a pickle begins that is written down as numbers: of `pl.fold`, `pl.reduce` or `rolling_map`."""


def _taken_apart(plan: bytes) -> Iterator[object]:
    """Give a plan in pieces, each Python function in it as itself and not as what pickle makes of it.

    Pickle writes a function of a module down by its name, and others with the numbers of their lines.
    """
    done = 0
    for header, start, stop in _binaries(plan) if _FUNCTION.search(plan) else ():
        if start < 0:
            yield Opaque("Python code in an expression that cannot be read")
        elif _FUNCTION.match(plan, start, stop):
            yield from _without_numbers(plan[done:header])
            yield from _function_in(plan[start:stop])
            done = stop
    yield from _without_numbers(plan[done:])


def _function_in(written: bytes) -> Iterator[object]:
    """Give a function that polars wrote down, and what it says of it.

    Not of data: how these are written down, polars decides, and never so that they begin like a function.
    """
    start = _PICKLE.search(written)
    stream = io.BytesIO(written[start.start() :] if start else b"")
    try:
        function = pickle.load(stream)  # what this process has just written
    except Exception:
        yield Opaque("Python code in an expression that cannot be read", (written,))
        return
    head = written[: start.start() if start else 0]
    yield head.removesuffix(_VERSION), stream.read()  # without the version of Python that wrote it
    yield function


_HEADER = re.compile(rb"DSL_VERSION.{4}[0-9a-f]{64}", re.DOTALL)
_SIZES = {0xCA: 5, 0xCB: 9, 0xCC: 2, 0xCD: 3, 0xCE: 5, 0xCF: 9, 0xD0: 2, 0xD1: 3, 0xD2: 5, 0xD3: 9}
_SIZES |= {0xD4: 3, 0xD5: 4, 0xD6: 6, 0xD7: 10, 0xD8: 18, 0xDC: 3, 0xDD: 5, 0xDE: 3, 0xDF: 5}
_SIZES |= dict.fromkeys((0xC0, 0xC2, 0xC3), 1)


def _binaries(plan: bytes) -> Iterator[tuple[int, int, int]]:
    """Give where each run of bytes in a plan has its header, begins and ends; -1s where that is not known.

    A plan is MessagePack. It is read from its start, as data in it may hold what looks like a function.
    """
    header = _HEADER.match(plan)
    place = header.end() if header else 0
    while place < len(plan):
        kind = plan[place]
        if kind < 0xA0 or kind >= 0xE0:  # a number, or the beginning of a map or a list
            place += 1
        elif kind < 0xC0:
            place += 1 + (kind & 0x1F)
        elif kind in _SIZES:
            place += _SIZES[kind]
        elif kind == 0xC1:
            break
        else:  # bytes, extensions and texts, after as many bytes as say how long they are
            first = 0xC4 if kind < 0xC7 else 0xC7 if kind < 0xCA else 0xD9
            start = place + 1 + (1 << (kind - first))
            stop = start + int.from_bytes(plan[place + 1 : start], "big") + (first == 0xC7)
            if first == 0xC4:
                yield place, start, stop
            place = stop
    if place != len(plan):
        yield -1, -1, -1


def _unescaped(plan: bytes, start: int) -> tuple[bytes, int]:
    """Return the pickle that is written as numbers from a place on, and where it ends; empty without one."""
    content, places, place = bytearray(), [], start
    while place < len(plan):
        place += plan[place] == 0xCC  # stands before numbers from 128 on
        content += plan[place : place + 1]
        place += 1
        places.append(place)
    try:
        end = max(at for _, _, at in pickletools.genops(bytes(content)) if at is not None)
    except ValueError:
        return b"", start
    return bytes(content[: end + 1]), places[end]


def _named_in(content: bytes) -> Iterator[object]:
    """Give what a pickle holds and the values that it names; none of it is run, as data may look like one."""
    memo, pushed, written = list[object](), list[object](), list[object]()
    last: object = None
    for step, argument, _ in pickletools.genops(content):
        if step.name in ("PROTO", "FRAME"):
            continue
        if step.name == "MEMOIZE":
            memo.append(last)
            continue
        last = argument if isinstance(argument, str) else None
        if step.name.endswith("BINGET") and isinstance(argument, int) and argument < len(memo):
            last = memo[argument]
        if step.name == "STACK_GLOBAL":
            yield _found(*pushed[-2:])
        pushed.append(last)
        if not (isinstance(argument, str) and argument in sys.modules):  # named after where a project lies
            written.append((step.name, argument))
    yield written


def _found(*where: object) -> object:
    """Return what stands under a name in a module that is loaded."""
    module, name = where if len(where) == 2 else ("", "")
    value: object = sys.modules.get(str(module))
    for part in str(name).split("."):
        value = getattr(value, part, None)
    return value


def _without_numbers(piece: bytes) -> Iterator[object]:
    """Give a piece of a plan without what is written as numbers in it, and what that holds."""
    done = 0
    for start in _ESCAPED.finditer(piece):
        content, stop = _unescaped(piece, start.start())
        if start.start() >= done and content:
            yield piece[done : start.start()]
            yield from _named_in(content)
            done = stop
    yield piece[done:]


_PICKLE = re.compile(rb"\x80[\x04\x05]\x95")
_VERSION = bytes(sys.version_info[1:3])


_PATH = re.compile(
    rb"(?:file://)?((?:/|[A-Za-z]:\\)[^\x00-\x1f\x80-\xff]{1,4096}?)(?=[\x80-\xff\x00-\x1f]|$)"
)


def _scanned(plan: bytes) -> Iterator[object]:
    if b"Scan" not in plan and b"FfiPlugin" not in plan:
        return
    for text in sorted({found.group(1) for found in _PATH.finditer(plan)}):
        path = Path(text.decode(errors="replace"))
        if (digest := file_digest(path)) is not None:
            yield path.name, digest


def _series_parts(series: pl.Series) -> Parts:
    import polars as pl

    dtype = str(series.dtype)
    if series.dtype == pl.Object or (series.dtype.is_nested() and ("Categor" in dtype or "Enum" in dtype)):
        return ("series", series.name, dtype, series.to_list())
    texts = series.cast(pl.String) if series.dtype in (pl.Categorical, pl.Enum) else series
    # What lies behind a null is not content, so nulls are counted by their places and left out.
    places = _buffer(texts.is_null().to_numpy())
    return ("series", series.name, dtype, places, _ipc(texts.drop_nulls()))


def _ipc(series: pl.Series) -> bytes:
    import polars as pl

    buffer = io.BytesIO()
    frame = series.rename("").rechunk().to_frame()
    frame.write_ipc(buffer, compression="uncompressed", compat_level=pl.CompatLevel.oldest())
    return _content(buffer.getbuffer())


# --- others


def _pandas_parts(value: Any) -> Parts | None:
    import pandas as pd

    if isinstance(value, pd.DataFrame):
        columns = [_column_parts(value.iloc[:, place]) for place in range(value.shape[1])]
        names = [_column_parts(axis) for axis in (value.index, value.columns)]
        return ("pandas", names, columns, value.attrs)
    if isinstance(value, pd.Series):
        return ("pandas", _column_parts(value.index), _column_parts(value), value.attrs)
    return ("pandas", _column_parts(value)) if isinstance(value, pd.Index) else None


def _column_parts(column: Any) -> Parts:
    import pandas as pd

    names, dtype = list(getattr(column, "names", [column.name])), str(column.dtype)
    if isinstance(column.dtype, pd.CategoricalDtype):
        kind = (column.dtype.categories.to_numpy(), column.dtype.ordered)
        return (names, dtype, kind, np.asarray(column.array.codes))
    return (names, dtype, column.to_numpy())


def _arrow_parts(value: Any) -> Parts | None:
    import polars as pl
    import pyarrow as pa

    if isinstance(value, (pa.Table, pa.RecordBatch)):
        types = [(field.name, str(field.type), field.metadata) for field in value.schema]
        return ("arrow", types, value.schema.metadata, pl.from_arrow(value))
    if isinstance(value, (pa.Array, pa.ChunkedArray)):
        return ("arrow", str(value.type), pl.from_arrow(value))
    return None


def _scipy_parts(value: Any) -> Parts | None:
    from scipy import sparse

    if not sparse.issparse(value):
        return None
    matrix = value.tocsr(copy=True)  # the order of entries and the flags about it are no content
    matrix.sum_duplicates()
    indices, starts = matrix.indices.astype(np.int64), matrix.indptr.astype(np.int64)
    return ("sparse", type(value).__name__, matrix.shape, matrix.data, indices, starts)


def _sklearn_parts(value: Any) -> Parts | None:
    if hasattr(value, "get_arrays") and hasattr(value, "get_tree_stats"):  # search trees count their calls
        return (type(value).__name__, *map(np.asarray, value.get_arrays()))
    return None


def _torch_parts(value: Any) -> Parts | Opaque | None:
    import torch

    if not isinstance(value, torch.Tensor):
        return None
    about = (str(value.dtype), str(value.layout), tuple(value.shape), dict(vars(value)))
    try:
        with torch.no_grad():
            return ("tensor", *about, _tensor_content(value.detach()))
    except Exception:  # of a kind whose numbers cannot be read
        return Opaque("a tensor that cannot be read", about)


def _tensor_content(tensor: Any) -> object:
    import torch

    if tensor.is_meta:
        return "no numbers"
    if tensor.is_nested:
        return list(tensor.unbind())
    if tensor.is_quantized:
        return (tensor.int_repr(), str(tensor.qscheme()), _scale(tensor))
    if tensor.layout is torch.sparse_coo:
        tensor = tensor.coalesce()
        return (tensor.indices(), tensor.values())
    if tensor.layout is not torch.strided:
        by_row = tensor.layout in (torch.sparse_csr, torch.sparse_bsr)
        names = ("crow_indices", "col_indices") if by_row else ("ccol_indices", "row_indices")
        return [getattr(tensor, name)() for name in (*names, "values")]
    flat = tensor.resolve_conj().resolve_neg().cpu().contiguous().reshape(-1)
    return _content(flat.view(torch.uint8).numpy().data if flat.numel() else b"")


def _scale(tensor: Any) -> object:
    if "per_channel" in str(tensor.qscheme()):
        places = (tensor.q_per_channel_scales(), tensor.q_per_channel_zero_points())
        return (*places, tensor.q_per_channel_axis())
    return (tensor.q_scale(), tensor.q_zero_point())


_PACKAGES = {
    "polars": _polars_parts,
    "pandas": _pandas_parts,
    "pyarrow": _arrow_parts,
    "scipy": _scipy_parts,
    "sklearn": _sklearn_parts,
    "torch": _torch_parts,
}
