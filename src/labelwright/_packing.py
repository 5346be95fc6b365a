"""Values as JSON and arrays, and as bytes: what can be kept on disk and made again without running code."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, TypeAlias

import numpy as np

Arrays: TypeAlias = Mapping[str, "np.ndarray[Any, Any]"]

PLAIN = "biufcUS"  # kinds of numpy types that are bytes and nothing else: no objects, no records
GENERATORS = ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64")
DATES: dict[str, type[datetime] | type[date] | type[time]] = {
    "datetime": datetime,
    "date": date,
    "time": time,
}
MALFORMED = (ValueError, TypeError, KeyError, AttributeError, IndexError, RuntimeError, OverflowError)
"""What making something of values may raise that nobody has packed, nested too deeply among them."""
LENGTH = 8  # bytes that say how long the JSON is


class Packing:
    """Turns values into JSON and arrays, and says of others that they cannot be kept.

    It knows None, bool, int, float, str, bytes, list, tuple, set, frozenset, dict, date, time, datetime,
    timedelta, arrays and numbers of NumPy, and random generators: exactly these types, none derived from
    them, so that what comes back is what was there. {"is": kind, ...} stands for what JSON has not.

    Parameters
    ----------
    own : callable, optional
        Gets a value of any other type, where it was met, and this packing; returns the JSON object for it,
        with an "is" of its own, or None where it does not know the type either.
    within : Packing, optional
        One that this is a part of, whose arrays it adds to.

    Attributes
    ----------
    arrays : dict of str to array
        Those that were met; one that is met twice is kept once.

    Examples
    --------
    >>> packing = Packing()
    >>> packing.pack((1, np.arange(3)), "values")
    {'is': 'tuple', 'items': [1, {'is': 'array', 'name': 'a0', 'fixed': False}]}
    >>> list(packing.arrays)
    ['a0']
    """

    def __init__(
        self,
        own: Callable[[Any, str, Packing], dict[str, Any] | None] | None = None,
        *,
        within: Packing | None = None,
    ) -> None:
        self.arrays: dict[str, np.ndarray[Any, Any]] = {} if within is None else within.arrays
        self._names: dict[int, str] = {} if within is None else within._names
        self._own = own

    def pack(self, value: Any, where: str) -> Any:
        """Return a value as JSON.

        Raises
        ------
        TypeError
            A part of it is of no type that can be kept; the message starts with `where` that is.
        """
        kind = type(value)
        if value is None or kind in (bool, int, float, str):
            return value
        if kind is list:
            return [self.pack(item, where) for item in value]
        if kind in (tuple, set, frozenset):
            return {"is": kind.__name__, "items": [self.pack(item, where) for item in value]}
        if kind is dict:
            return {
                "is": "dict",
                "items": [[self.pack(part, where) for part in pair] for pair in value.items()],
            }
        if kind is np.ndarray:
            if value.dtype.kind not in PLAIN:
                raise TypeError(f"{where} is an array of {value.dtype}")
            return {"is": "array", "name": self.name(value), "fixed": not value.flags.writeable}
        if isinstance(value, np.generic) and value.dtype.kind in PLAIN:
            return {"is": "scalar", "name": self.name(np.asarray(value))}
        if kind is bytes:
            return {"is": "bytes", "name": self.name(np.frombuffer(value, dtype=np.uint8))}
        if kind in DATES.values() and (kind is date or value.tzinfo is None):
            return {"is": kind.__name__, "iso": value.isoformat()}
        if kind is timedelta:
            return {"is": "timedelta", "parts": [value.days, value.seconds, value.microseconds]}
        if kind is np.random.Generator:
            return {"is": "generator", "state": self.pack(dict(value.bit_generator.state), where)}
        packed = self._own(value, where, self) if self._own else None
        if packed is None:
            raise TypeError(f"{where} is a {type(value).__name__}")
        return packed

    def name(self, array: np.ndarray[Any, Any]) -> str:
        """Keep an array, and return the name that stands for it."""
        name = self._names.setdefault(id(array), f"a{len(self._names)}")
        self.arrays[name] = array
        return name


CONTAINERS: dict[str, Callable[..., Any]] = {"tuple": tuple, "set": set, "frozenset": frozenset}


class Unpacking:
    """Turns JSON and arrays into the values that a `Packing` had.

    Parameters
    ----------
    arrays : mapping of str to array
        Those beside the JSON.
    own : callable, optional
        Gets a JSON object whose "is" is no plain one, and this unpacking; returns the value, or raises
        ValueError.

    Examples
    --------
    >>> packing = Packing()
    >>> packed = packing.pack({"x": (1, np.arange(3))}, "values")
    >>> Unpacking(packing.arrays).unpack(packed)
    {'x': (1, array([0, 1, 2]))}
    """

    def __init__(self, arrays: Arrays, own: Callable[[dict[str, Any], Unpacking], Any] | None = None) -> None:
        self.arrays = arrays
        self._own = own

    def unpack(self, packed: Any) -> Any:
        """Return the value.

        Raises
        ------
        KeyError, TypeError, ValueError
            No packing has made this.
        """
        if isinstance(packed, list):
            return [self.unpack(item) for item in packed]
        if not isinstance(packed, dict):
            return packed
        kind = str(packed["is"])
        if kind in CONTAINERS:
            return CONTAINERS[kind](self.unpack(item) for item in packed["items"])
        if kind == "dict":
            return {self.unpack(key): self.unpack(value) for key, value in packed["items"]}
        if kind == "array":
            array = self.arrays[packed["name"]]
            array.flags.writeable = not packed["fixed"]
            return array
        if kind == "scalar":
            return self.arrays[packed["name"]][()]
        if kind == "bytes":
            return self.arrays[packed["name"]].tobytes()
        if kind in DATES:
            return DATES[kind].fromisoformat(packed["iso"])
        if kind == "timedelta":
            days, seconds, microseconds = packed["parts"]
            return timedelta(days, seconds, microseconds)
        if kind == "generator":
            return _generator(self.unpack(packed["state"]))
        if self._own is None:
            raise ValueError(f"it holds a {kind!s:.60}, which this labelwright does not know")
        return self._own(packed, self)


def _generator(state: Mapping[str, Any]) -> np.random.Generator:
    name = state["bit_generator"]
    if name not in GENERATORS:
        raise ValueError(f"it holds a generator of random numbers {name!s:.60}, which is unknown")
    bits = getattr(np.random, GENERATORS[GENERATORS.index(name)])()
    bits.state = state
    return np.random.Generator(bits)


# --- one value as bytes


def to_bytes(value: Any, where: str = "it") -> bytes:
    """Return a value as bytes: the length of the JSON, the JSON, and the bytes of its arrays.

    Raises
    ------
    TypeError
        A part of it is of no type that can be kept; see `Packing`.

    Examples
    --------
    >>> from_bytes(to_bytes({"lemma": ("go", "home"), "vector": np.array([0.5, 1.0])}))
    {'lemma': ('go', 'home'), 'vector': array([0.5, 1. ])}
    """
    packing = Packing()
    head: dict[str, Any] = {"value": packing.pack(value, where)}
    arrays = [np.ascontiguousarray(array) for array in packing.arrays.values()]
    if arrays:
        shapes = [array.shape for array in packing.arrays.values()]
        head["arrays"] = [[array.dtype.str, shape] for array, shape in zip(arrays, shapes, strict=True)]
    text = json.dumps(head).encode()
    return b"".join([len(text).to_bytes(LENGTH, "big"), text, *(array.tobytes() for array in arrays)])


def from_bytes(content: bytes) -> Any:
    """Return the value of `to_bytes`; nothing in the bytes is run, imported, or unpickled.

    Raises
    ------
    KeyError, TypeError, ValueError
        `to_bytes` did not make them.
    """
    start = LENGTH + int.from_bytes(content[:LENGTH], "big")
    head = json.loads(content[LENGTH:start])
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    for number, (name, shape) in enumerate(head.get("arrays", ())):
        dtype = np.dtype(str(name))
        if dtype.kind not in PLAIN:
            raise ValueError(f"an array of {dtype}, no plain numbers or text")
        stop = start + math.prod(shape) * dtype.itemsize
        arrays[f"a{number}"] = np.ndarray(tuple(shape), dtype, bytearray(content[start:stop]))
        start = stop
    if start != len(content):
        raise ValueError("more or fewer bytes than it says")
    return Unpacking(arrays).unpack(head["value"])
