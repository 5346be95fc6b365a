"""The names that Snorkel's annotations use."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, TypeAlias

DataPoint: TypeAlias = Any
DataPoints: TypeAlias = Sequence[DataPoint]
Field: TypeAlias = Any
FieldMap: TypeAlias = Mapping[str, Field]
HashingFunction: TypeAlias = Callable[[Any], Hashable]
