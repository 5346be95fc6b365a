"""Fingerprints of values: the same content has the same one, in every file and process.

A value is brought down, step by step, to tuples of plain values (`plainer_code` does so for functions
and classes, `plainer_data` for arrays and tables, `object_parts` for all else), and those are hashed. Sets
count without their order, dictionaries with it, because code that walks a dictionary can depend on its order.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import CodeType, FunctionType, MappingProxyType
from typing import Any

from labelwright.lfs._fingerprint.code import plainer_code, setup_parts
from labelwright.lfs._fingerprint.data import plainer_data
from labelwright.lfs._fingerprint.modules import is_library, namespace_parts
from labelwright.lfs._fingerprint.objects import object_parts, own_state
from labelwright.lfs._fingerprint.parts import Named, Opaque, Package, Parts, Setup

# repr() of these, and of lists of these, is exact and the same everywhere; but for nan and huge integers.
_PLAIN = frozenset((type(None), bool, int, float, complex, str, type(...), type(NotImplemented)))
_SCALARS = frozenset((type(None), bool, int, float))
_SMALL = 64


@dataclass(frozen=True, slots=True)
class Examined:
    """What a walk over a value met.

    Attributes
    ----------
    fingerprint : str
        32 hex digits that stand for all of its content.
    parts : mapping of str to str
        The parts that people know by a name: the code of each function, each global, default and resource,
        each package; with a digest, or what it is where that is short.
    opaque : tuple of str
        What has content that no fingerprint holds, such as ``"source: an open file"``.
    codes : frozenset of CodeType
        The code of the user's functions.
    """

    fingerprint: str
    parts: Mapping[str, str]
    opaque: tuple[str, ...]
    codes: frozenset[CodeType]


def examined(*parts: object) -> Examined:
    """Return the fingerprint of ``parts`` with all that people may want to know of it."""
    walk = _Walk()
    fingerprint = walk.of(parts).hex()
    named = dict(sorted(walk.named.items()))
    return Examined(fingerprint, named, tuple(walk.opaque), frozenset(walk.codes))


def fingerprint_of(*parts: object) -> str:
    """Return 32 hex digits that stand for the content of ``parts``.

    Functions count by their code, defaults, closure and the globals that they use, objects by their class
    and state. An object that cannot be taken apart (an open connection) counts by its class only, and
    `opaque_parts` tells of it.
    """
    return _Walk().of(parts).hex()


def opaque_parts(*parts: object) -> list[str]:
    """Return what ``parts`` hold that has content which no fingerprint knows, each in a few words.

    Examples
    --------
    >>> opaque_parts(number for number in range(3))
    ['a generator']
    >>> opaque_parts([1, 2, 3])
    []
    """
    return list(examined(*parts).opaque)


def named_parts(*parts: object) -> dict[str, str]:
    """Return a digest, or the number itself, for each part that people know by a name.

    Examples
    --------
    >>> import math
    >>> list(named_parts(math.sqrt))
    ['package python']
    """
    return dict(examined(*parts).parts)


class _Open:
    """A value whose parts are being hashed."""

    __slots__ = ("digests", "kept", "key", "name", "place", "rest", "tag", "unordered", "whole")

    def __init__(self, tag: str, parts: Iterable[Any], *, unordered: bool = False, name: str = "") -> None:
        self.tag = tag
        self.whole = list(parts)
        self.rest: Iterator[Any] = iter(self.whole)
        self.digests: list[bytes] = []
        self.unordered = unordered
        self.name = name
        self.key = 0  # the id of the value, where its digest is to be remembered
        self.kept = 0  # how many were remembered before
        self.place = 0

    def digest(self) -> bytes:
        return _hash(self.tag, *(sorted(self.digests) if self.unordered else self.digests))


class _Walk:
    """One walk over a value, which may hold itself; without recursion, so however deep it is."""

    def __init__(self) -> None:
        self.named: dict[str, str] = {}
        self.opaque: dict[str, None] = {}
        self.codes: set[CodeType] = set()
        self._digests: dict[int, bytes] = {}
        self._kept: list[object] = []  # an id is only good while its object lives
        self._stack: list[_Open] = []
        self._setups: dict[int, Setup] = {}

    def of(self, value: Any) -> bytes:
        found = self._entered(value)
        if isinstance(found, bytes):
            return found
        stack = self._stack = [found]
        while True:
            top = stack[-1]
            for part in top.rest:
                top.place += 1
                found = self._entered(part)
                if isinstance(found, _Open):
                    stack.append(found)
                    break
                top.digests.append(found)
            else:
                digest = self._left(stack.pop())
                if not stack:
                    return digest
                if stack[-1].unordered:
                    self._forget(stack[-1].kept)
                stack[-1].digests.append(digest)

    def _entered(self, value: Any) -> bytes | _Open:
        """Return the digest of a value, or what it takes to find that."""
        kind = type(value)
        if kind in _PLAIN:
            return _hash(kind.__name__, _plain(value))
        if kind is bytes:
            return _hash("bytes", value)
        if kind is bytearray:
            return _hash("bytearray", bytes(value))
        if kind is Named:
            return _Open("named", (value.value,), name=value.name)
        if kind is Package:
            self.named.setdefault(f"package {value.name}", value.version)
            return _hash("package", value.name.encode(), value.version.encode())
        if kind is Setup:  # one a module, which may be imported in a circle
            value = self._setups.setdefault(id(value.namespace), value)
        number = id(value)
        known = self._digests.get(number)
        if known is not None:
            return known
        opened = self._opened(value, kind)
        if isinstance(opened, _Open):
            # Within itself, a value stands for how far up it is: that does not depend on the order of sets.
            opened.key = number
            self._remember(number, value, _hash("within", str(len(self._stack)).encode()))
        elif kind not in (tuple, list, set, frozenset, dict) or len(value) > _SMALL:
            self._remember(number, value, opened)
        return opened

    def _opened(self, value: Any, kind: type) -> bytes | _Open:
        if kind in (list, tuple):
            return _flat(kind.__name__, value) or _Open(kind.__name__, value)
        if kind in (set, frozenset):
            if (flat := _flat_set(value)) is not None:
                return flat
            opened = _Open("set", value, unordered=True)
            opened.kept = len(self._kept) + 1
            return opened
        if kind is dict or kind is MappingProxyType:
            if "__builtins__" in value:
                return _Open("made of", namespace_parts(value))
            items = [part for item in value.items() for part in item]
            return _flat("dict", items) or _Open("dict", items)
        if kind is Setup:
            return _Open("made of", setup_parts(value.namespace))
        return _Open("made of", self._parts_of(value, kind))

    def _parts_of(self, value: Any, kind: type) -> Parts:
        if kind is FunctionType and not is_library(value.__globals__.get("__name__")):
            self.codes.add(value.__code__)
        found = value if kind is Opaque else _plainer(value, kind)
        if isinstance(found, Opaque):
            where = self._where()
            self.opaque.setdefault(f"{where}: {found.what}" if where else found.what)
            return ("opaque", found.what, *found.parts)
        return found

    def _where(self) -> str:
        """Return the name of the innermost part that has one, or the key under which it lies."""
        for opened in reversed(self._stack):
            if opened.name:
                return opened.name
            if opened.tag == "dict" and opened.place % 2 == 0:
                key = opened.whole[opened.place - 1 - 1]
                if isinstance(key, str):
                    return key
        return ""

    def _left(self, opened: _Open) -> bytes:
        digest = opened.digest()
        if opened.name:
            value = opened.whole[0]
            said = _plain(value).decode() if type(value) in _SCALARS else digest.hex()
            self.named.setdefault(opened.name, said)
        if opened.key:
            self._digests[opened.key] = digest
        return digest

    def _remember(self, number: int, value: object, digest: bytes) -> None:
        self._kept.append(value)
        self._digests[number] = digest

    def _forget(self, kept: int) -> None:
        """Forget what an element of a set held: others of the set must not depend on which came first."""
        while len(self._kept) > kept:
            self._digests.pop(id(self._kept.pop()), None)


def _plainer(value: Any, kind: type) -> Parts | Opaque:
    """Return what a value is made of, one step closer to plain values."""
    if any("_fingerprint_parts" in vars(base) for base in kind.__mro__):
        return _declared(value, kind)  # labeling functions and preprocessors: never by their names
    found = plainer_code(value) or plainer_data(value)
    return object_parts(value) if found is None else found


_NO_CONTENT = frozenset(
    ("name", "task", "should", "should_not", "description", "deterministic", "version", "timeout")
)


def _declared(value: Any, kind: type) -> Parts:
    """Return what a labeling function or preprocessor says that it is made of."""
    version = getattr(value, "version", None)
    declared = () if version is None else (Named("version", version),)
    parts = (kind.__name__, getattr(value, "space", None), *value._fingerprint_parts(), *declared)
    if is_library(kind.__module__):
        return parts
    state = [(name, held) for name, held in own_state(value) if name not in _NO_CONTENT]
    return (*parts, kind, state)


# --- plain values


def _plain(value: Any) -> bytes:
    if value != value:  # nan, of which there are many
        return struct.pack("<dd", value.real, value.imag).hex().encode()
    try:
        return repr(value).encode()
    except ValueError:  # more digits than Python writes down
        return hex(value).encode()


def _flat(tag: str, items: Iterable[Any]) -> bytes | None:
    """Return the digest of a sequence of plain values alone, at once; None for any other."""
    kinds = set(map(type, items))
    if not kinds <= _PLAIN or _is_odd(items, kinds):
        return None
    return _hash(tag, b"plain", repr(items if type(items) is list else list(items)).encode())


def _flat_set(items: Iterable[Any]) -> bytes | None:
    kinds = set(map(type, items))
    if not kinds <= _PLAIN or _is_odd(items, kinds):
        return None
    return _hash("set", b"plain", repr(sorted(map(repr, items))).encode())


def _is_odd(items: Iterable[Any], kinds: set[type]) -> bool:
    """Say whether one of some plain values is not told by its repr."""
    if float in kinds or complex in kinds:
        return any(item != item for item in items)
    return int in kinds and any(type(item) is int and item.bit_length() > 10_000 for item in items)


def _hash(tag: str, *parts: bytes) -> bytes:
    digest = hashlib.blake2b(tag.encode(), digest_size=16)
    for part in parts:
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(part)
    return digest.digest()
