"""Fingerprints of values: the same content has the same one, in every file and process.

A value is brought down, step by step, to tuples of plain values (`plainer_code` does so for functions
and classes, `plainer_data` for arrays and tables), and those are hashed. Sets count without their
order, dictionaries with it, because code that walks a dictionary can depend on its order.
"""

from __future__ import annotations

import copyreg
import hashlib
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from labelwright.lfs._fingerprint.code import plainer_code
from labelwright.lfs._fingerprint.data import plainer_data

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
        return (type(value).__name__, getattr(value, "space", None), *value._fingerprint_parts())
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
