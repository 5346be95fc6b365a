"""How Hugging Face `datasets` names the types of columns, in files and in the data set card."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from labelwright._errors import SchemaError
from labelwright.core import LabelSpace

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

WORDS = """Labels made with labelwright: `label` is the most probable class, -1 where several are;
`probabilities` holds one number a class, in the order of the class names; `gold` are hand labels, -1
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


def card(features: Mapping[str, Any]) -> str:
    """Return the data set card: the types of the columns, which `datasets` reads from its head.

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
    return "\n".join(["---", "dataset_info:", "  features:", *lines, "---", "", WORDS, ""])


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
