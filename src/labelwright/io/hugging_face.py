"""Folders of Hugging Face `datasets`: Parquet with typed class labels, written without that library."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from labelwright._errors import DataError, LabelwrightError, SchemaError
from labelwright._exact import without
from labelwright._files import write_atomically
from labelwright._types import ABSTAIN, FloatArray, IntArray
from labelwright._validate import shorten
from labelwright.core import LabelSpace, Task
from labelwright.core.class_values import ClassReader, Mapped
from labelwright.core.task import space_of
from labelwright.io.fingerprint import HASH_ROWS
from labelwright.io.json_files import load
from labelwright.io.labeled_rows import LabeledRows, beside, labeled_rows
from labelwright.io.source import DatasetSource
from labelwright.io.table_files import reason
from labelwright.io.tables import is_dataset, splits_of

KEY = "huggingface"
OWN = ("label", "probabilities", "gold")
SHARD = re.compile(r"(?P<split>.+?)-\d{5}-of-\d{5}$")


def write_hugging_face(
    data: object,
    folder: str | os.PathLike[str],
    *,
    space: LabelSpace | Task | Iterable[str],
    probabilities: object = None,
    gold: object = None,
    split: str = "train",
) -> None:
    """Write rows as one split of a folder that ``datasets.load_dataset(folder)`` reads.

    Beside the data there are ``label``, the most probable class, -1 where several are (``ClassLabel``);
    ``probabilities``, a list of k numbers; and ``gold``, hand labels (``ClassLabel``). Where the data have a
    column of one of these names, it stays, and ours is called ``lw_label`` and so on. The folder holds
    ``data/SPLIT-00000-of-00001.parquet`` and ``README.md``, the data set card with the types. Call again
    with another ``split`` to add it.

    Parameters
    ----------
    data : table
        Whatever `read_table` takes.
    folder : path
        Made where it is missing.
    space : LabelSpace or iterable of str
        The classes.
    probabilities : (n, k) floats, optional
        Probabilistic labels.
    gold : (n,) integers, optional
        Hand labels, -1 where unknown. Without probabilities they are ``label`` too.
    split : str, default "train"
        "train", "validation", "test", or another word.

    Raises
    ------
    SchemaError
        Labels do not fit the rows, a column has a type that `datasets` has not, or the other splits in the
        folder have other columns.
    DataError
        A split's name that is no word.
    StoreError
        The files cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.mkdtemp()
    >>> P = [[0.1, 0.9]]
    >>> write_hugging_face({"text": ["free prizes"]}, folder, space=["HAM", "SPAM"], probabilities=P)
    >>> rows = read_hugging_face(folder)["train"]
    >>> rows.data["text"].to_list(), rows.labels.tolist(), rows.space.names
    (['free prizes'], [1], ('HAM', 'SPAM'))
    """
    if not re.fullmatch(r"\w+(\.\w+)*", split):
        raise DataError(f"split={split!r} is no name for a split; use a word such as 'train' or 'test'")
    rows = labeled_rows(data, space=space, probabilities=probabilities, gold=gold)
    names = beside(OWN, rows.data.columns)
    frame = _with_labels(rows, names)
    features = features_of(frame, rows.space, classes=(names["label"], names["gold"]))
    target = shard(Path(folder), split)
    _check_others(target, features)
    metadata = {KEY: json.dumps({"info": {"features": features}})}
    write_atomically(target, lambda partial: frame.write_parquet(partial, metadata=metadata))
    text = card(features, names)
    write_atomically(Path(folder) / "README.md", lambda partial: partial.write_text(text, encoding="utf-8"))


def shard(folder: Path, split: str) -> Path:
    """Return the file of a split in such a folder."""
    return folder / "data" / f"{split}-00000-of-00001.parquet"


def is_own_card(path: Path) -> bool:
    """Say whether a data set card is one of `write_hugging_face`, which may be made anew for each split."""
    try:
        return path.is_file() and WORDS.partition("`")[0] in path.read_text("utf-8", "replace")
    except OSError:
        return False


def _with_labels(rows: LabeledRows, names: Mapping[str, str]) -> pl.DataFrame:
    columns = [pl.Series(names["label"], rows.labels, dtype=pl.Int64)]
    if rows.probabilities is not None:
        shares = pl.Array(pl.Float64, len(rows.space))
        columns.append(pl.Series(names["probabilities"], rows.probabilities, dtype=shares))
    if rows.gold is not None:
        columns.append(pl.Series(names["gold"], rows.gold, dtype=pl.Int64))
    texts = rows.data.with_columns(pl.col(pl.Categorical, pl.Enum).cast(pl.String))
    return texts.with_columns(columns)


def _check_others(target: Path, features: Mapping[str, Any]) -> None:
    for other in sorted(target.parent.glob("*.parquet")):
        if other != target and (theirs := _features_in(other)) not in (None, features):
            raise SchemaError(
                f"this split has columns {shorten(list(features))}, and {str(other)!r} has "
                f"{shorten(list(theirs or ()))}, or types or classes differ; give splits the same"
            )


def _features_in(path: Path) -> dict[str, Any] | None:
    try:
        raw = pl.read_parquet_metadata(path).get(KEY)
        return None if raw is None else dict(json.loads(raw)["info"]["features"])
    except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise DataError(f"cannot read {str(path)!r}: {reason(error)}") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise DataError(
            f"cannot read {str(path)!r}: what it says of its features is damaged; write it again"
        ) from error


def read_hugging_face(
    data: str | os.PathLike[str] | object,
    *,
    space: LabelSpace | Task | Iterable[str] | None = None,
    label: str = "label",
    mapping: Mapped | None = None,
) -> dict[str, LabeledRows]:
    """Read a data set of Hugging Face `datasets`, from its folder or as it is in memory.

    Parameters
    ----------
    data : path, Dataset or DatasetDict
        What `write_hugging_face`, ``Dataset.save_to_disk`` or ``DatasetDict.save_to_disk`` wrote, or a
        folder of Parquet files such as a data set repository; or the set itself.
    space : LabelSpace or iterable of str, optional
        The classes; by default the names of the ``ClassLabel``. A ``ClassLabel`` with the same classes in
        another order is matched by name.
    label : str, default "label"
        The column of class indices or, given a space, of class names; where `write_hugging_face` wrote
        ``lw_label`` beside a column of the data, that one. -1 is no label.
    mapping : mapping, optional
        With a space: what labels mean, a class or None for no label.

    Returns
    -------
    dict of str to LabeledRows
        By split: ``.data`` without the columns of labels, ``.labels``, ``.probabilities`` and ``.gold``
        where the folder has them.

    Raises
    ------
    DataError
        The folder is missing, holds no data set, or names no classes and no space is given.
    SchemaError
        A split has no column of labels, or one that holds no classes, or several a row.

    Notes
    -----
    The library itself is not needed. Names of classes are read from Parquet files that `datasets` or
    labelwright wrote and from ``dataset_info.json``, not from a data set card.
    """
    found = _in_memory(data) if not isinstance(data, (str, os.PathLike)) else _in_folder(Path(data))
    return {
        split: _labeled(frame, features, space, label, split, mapping)
        for split, (frame, features) in found.items()
    }


_Found = dict[str, tuple[pl.DataFrame, dict[str, Any]]]


def _in_folder(path: Path) -> _Found:
    if not path.is_dir():
        raise DataError(f"{str(path)!r} is no folder; pass a folder of a Hugging Face data set")
    if found := _saved_to_disk(path) or _parquet(path):
        return found
    raise DataError(f"folder {str(path)!r} holds neither Parquet files nor what save_to_disk writes")


def _in_memory(data: Any) -> _Found:
    sets = splits_of(data) or (
        {str(getattr(data, "split", None) or "train"): data} if is_dataset(data) else {}
    )
    if not sets:
        raise DataError(
            f"got a {type(data).__name__}; pass a folder of a Hugging Face data set, a Dataset or a "
            "DatasetDict"
        )
    return {split: _rows_and_features(one) for split, one in sets.items()}


def _rows_and_features(dataset: Any) -> tuple[pl.DataFrame, dict[str, Any]]:
    features = dataset.features.to_dict() if hasattr(dataset.features, "to_dict") else dict(dataset.features)
    blocks = [block.frame for block in DatasetSource(dataset).blocks(HASH_ROWS)]
    return pl.concat(blocks) if blocks else pl.DataFrame(schema=list(features)), features


def _parquet(folder: Path) -> _Found:
    files = sorted(folder.glob("*.parquet")) or sorted(folder.glob("data/*.parquet"))
    files = files or sorted(folder.glob("*/*.parquet"))
    by_split: dict[str, list[Path]] = {}
    for file in files:
        named = SHARD.fullmatch(file.stem)
        by_split.setdefault(named["split"] if named else file.stem, []).append(file)
    return {
        split: (_read(parts, pl.read_parquet), _features_in(parts[0]) or {})
        for split, parts in by_split.items()
    }


def _saved_to_disk(folder: Path) -> _Found:
    splits = {
        info.parent: ("train" if info.parent == folder else info.parent.name)
        for info in (*folder.glob("dataset_info.json"), *sorted(folder.glob("*/dataset_info.json")))
    }
    return {split: _saved_split(place) for place, split in splits.items()}


def _saved_split(folder: Path) -> tuple[pl.DataFrame, dict[str, Any]]:
    path = folder / "dataset_info.json"
    info = load(path)
    if not isinstance(info, dict) or not isinstance(features := info.get("features"), dict | None):
        raise DataError(f"cannot read {str(path)!r}: it names no features; save the data set again")
    return _read(sorted(folder.glob("*.arrow")), pl.read_ipc_stream), dict(features or {})


def _read(files: list[Path], reader: Callable[[Path], pl.DataFrame]) -> pl.DataFrame:
    if not files:
        raise DataError("the data set has no files of rows beside its dataset_info.json; save it again")
    frames: list[pl.DataFrame] = []
    for file in files:
        try:
            frames.append(reader(file))
        except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
            raise DataError(f"cannot read {str(file)!r}: {reason(error)}") from error
    try:
        return pl.concat(frames)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        other = next(at for at, frame in enumerate(frames) if frame.schema != frames[0].schema)
        raise DataError(
            f"{str(files[other])!r} has other columns or types than {str(files[0])!r}; write shards alike"
        ) from error


def _labeled(
    frame: pl.DataFrame,
    features: Mapping[str, Any],
    space: LabelSpace | Task | Iterable[str] | None,
    label: str,
    split: str,
    mapping: Mapped | None,
) -> LabeledRows:
    if label == "label":
        classes = [name for name in frame.columns if _is_class(features.get(name))]
        label = _ours(label, classes) or label
    if label not in frame.columns:
        raise SchemaError(
            f"split {split!r} has no column {label!r}; pass label=, one of {shorten(frame.columns)}"
        )
    known = _space(features.get(label), space, label)
    shares = _ours("probabilities", frame.columns)
    gold = _ours("gold", [name for name in frame.columns if not features or _is_class(features.get(name))])
    others = [name for name in (shares, gold) if name is not None and name != label]
    reader = ClassReader(known.names, mapping)
    names = _class_names(features.get(label))
    return LabeledRows(
        without(frame, [label, *others]),
        known,
        _classes(frame[label], names, reader, split),
        _probabilities(frame[shares], names or known.names, reader, split) if shares in others else None,
        _classes(frame[gold], _class_names(features.get(gold)), reader, split) if gold in others else None,
    )


def _ours(name: str, columns: Iterable[str]) -> str | None:
    """Return the column that `write_hugging_face` wrote under a name, or under a longer one beside it."""
    return max((one for one in columns if re.fullmatch(f"(lw_)*{name}", one)), key=len, default=None)


def _is_class(feature: Any) -> bool:
    return isinstance(feature, dict) and feature.get("_type") == "ClassLabel"


def _class_names(feature: Any) -> tuple[str, ...] | None:
    """Return the names of a ``ClassLabel``; None where a feature is none, or has none."""
    names = feature.get("names") if isinstance(feature, dict) else None
    return tuple(str(name) for name in names) if isinstance(names, list) and names else None


def _space(feature: Any, space: LabelSpace | Task | Iterable[str] | None, label: str) -> LabelSpace:
    names = _class_names(feature)
    try:
        if space is not None:
            return space_of(space)
        if names is not None:
            return LabelSpace(names)
    except LabelwrightError as error:
        raise DataError(f"classes of column {label!r}: {error}") from error
    raise DataError(f"column {label!r} is no ClassLabel with names; pass space=, the names of its classes")


def _classes(column: pl.Series, names: tuple[str, ...] | None, reader: ClassReader, split: str) -> IntArray:
    """Return classes by the names that a ``ClassLabel`` gives its numbers, else as a column of a table."""
    what = f"split {split!r}: labels in column {column.name!r}"
    if column.dtype.is_nested():
        raise SchemaError(f"{what} are {column.dtype}, several a row; expected one class a row")
    if names is not None and column.dtype.is_integer() and names != reader.names:
        wrong = column.filter((column < ABSTAIN) | (column >= len(names)))
        if len(wrong):
            raise SchemaError(f"{what}: {wrong[0]} is no class of the ClassLabel 0..{len(names) - 1}")
        column = column.replace_strict({ABSTAIN: None} | dict(enumerate(names)), return_dtype=pl.String)
    elif names is not None and column.dtype.is_integer():
        column = pl.Series(column.name, column.to_list(), dtype=pl.Int64)
        return ClassReader(reader.names).encode(
            column.fill_null(ABSTAIN).to_numpy(), what=what, error=SchemaError, cure=CURE
        )
    return reader.encode(column, what=what, column=True, error=SchemaError, cure=CURE)


CURE = "pass space=, or mapping={label: class, or None for no label}"


def _probabilities(column: pl.Series, names: tuple[str, ...], reader: ClassReader, split: str) -> FloatArray:
    """Return probabilities in the order of the classes; they are in that of ``names``."""
    try:
        P = np.array(column.to_list(), dtype=np.float64)
    except (TypeError, ValueError):
        P = np.zeros(0)
    if P.shape != (len(column), len(names)):
        raise SchemaError(f"split {split!r}: column {column.name!r} does not hold {len(names)} numbers a row")
    what = f"split {split!r}: classes of column {column.name!r}"
    places = reader.encode(list(names), what=what, column=True, error=SchemaError, cure=CURE)
    ordered = np.zeros((len(P), len(reader.names)))
    for place, shares in zip(places, P.T, strict=True):
        if place != ABSTAIN:
            ordered[:, place] += shares
    return ordered


# --- how Hugging Face `datasets` names the types of columns, in files and in the data set card

_PLAIN: dict[Any, str] = {
    pl.String: "string",
    pl.Boolean: "bool",
    pl.Int8: "int8",
    pl.Int16: "int16",
    pl.Int32: "int32",
    pl.Int64: "int64",
    pl.UInt8: "uint8",
    pl.UInt16: "uint16",
    pl.UInt32: "uint32",
    pl.UInt64: "uint64",
    pl.Float32: "float32",
    pl.Float64: "float64",
    pl.Date: "date32",
    pl.Binary: "binary",
    pl.Null: "null",
}

WORDS = """Labels made with labelwright: `{label}` is the most probable class, -1 where several are;
`{probabilities}` holds one number a class, in the order of the class names; `{gold}` are hand labels, -1
where unknown."""


def features_of(frame: pl.DataFrame, space: LabelSpace, *, classes: Iterable[str]) -> dict[str, Any]:
    """Return the features of a frame as `datasets` writes them; the columns `classes` are class labels.

    Raises
    ------
    SchemaError
        A column whose type `datasets` has not, or not as a plain one.

    Examples
    --------
    >>> frame = pl.DataFrame({"text": ["a"], "label": [0]})
    >>> features_of(frame, LabelSpace(["HAM", "SPAM"]), classes=["label"])["label"]
    {'names': ['HAM', 'SPAM'], '_type': 'ClassLabel'}
    """
    label = {"names": list(space.names), "_type": "ClassLabel"}
    labels = set(classes)
    return {name: label if name in labels else _feature(name, dtype) for name, dtype in frame.schema.items()}


def _feature(name: str, dtype: pl.DataType) -> dict[str, Any]:
    if isinstance(dtype, pl.Array):
        if dtype.shape == (dtype.size,):
            return {"feature": _value(name, dtype.inner), "length": dtype.size, "_type": "Sequence"}
    elif isinstance(dtype, pl.List):
        return {"feature": _value(name, dtype.inner), "_type": "Sequence"}
    return _value(name, dtype)


def _value(name: str, dtype: Any) -> dict[str, Any]:
    if isinstance(dtype, pl.Datetime):
        zone = f", tz={dtype.time_zone}" if dtype.time_zone else ""
        return {"dtype": f"timestamp[{dtype.time_unit}{zone}]", "_type": "Value"}
    if dtype not in _PLAIN:
        raise SchemaError(
            f"column {name!r} has type {dtype}, which a Hugging Face data set has not; cast it, unnest it or "
            "leave it out"
        )
    return {"dtype": _PLAIN[dtype], "_type": "Value"}


def card(features: Mapping[str, Any], names: Mapping[str, str] | None = None) -> str:
    """Return the data set card: the types of the columns, which `datasets` reads from its head.

    Parameters
    ----------
    features : mapping
        As `features_of` returns them.
    names : mapping of str to str, optional
        How the columns `OWN` are called there.

    Examples
    --------
    >>> print(card({"text": {"dtype": "string", "_type": "Value"}}))
    ---
    dataset_info:
      features:
      - name: "text"
        dtype: "string"
    ---
    <BLANKLINE>
    Labels made with labelwright: `label` is the most probable class, -1 where several are;
    `probabilities` holds one number a class, in the order of the class names; `gold` are hand labels, -1
    where unknown.
    <BLANKLINE>
    """
    lines = [line for name, feature in features.items() for line in _card_lines(name, feature)]
    words = WORDS.format_map(names or {name: name for name in OWN})
    return "\n".join(["---", "dataset_info:", "  features:", *lines, "---", "", words, ""])


def _card_lines(name: str, feature: Mapping[str, Any]) -> list[str]:
    head = f"  - name: {json.dumps(name, ensure_ascii=False)}"  # a JSON text is a YAML text
    if feature["_type"] == "ClassLabel":
        classes = [
            f"          '{index}': {json.dumps(label, ensure_ascii=False)}"
            for index, label in enumerate(feature["names"])
        ]
        return [head, "    dtype:", "      class_label:", "        names:", *classes]
    if feature["_type"] == "Sequence":
        length = [f"    length: {feature['length']}"] if "length" in feature else []
        return [head, f"    sequence: {json.dumps(feature['feature']['dtype'])}", *length]
    return [head, f"    dtype: {json.dumps(feature['dtype'])}"]
