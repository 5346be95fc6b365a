"""What the walk over a value meets besides plain values: parts with names, packages, and what hides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Parts = tuple[object, ...]
"""What a value is made of, one step closer to plain values."""


@dataclass(frozen=True, slots=True)
class Named:
    """A part that people know by a name, so that one can say which part changed; the name does not count.

    Attributes
    ----------
    name : str
        Such as ``"LIMIT (lfs.py)"``.
    value : object
        What counts.
    """

    name: str
    value: object


@dataclass(frozen=True, slots=True)
class Package:
    """Installed code: it counts by its name and version, not by what it holds.

    Attributes
    ----------
    name, version : str
        Of the distribution; ``"python"`` for the standard library.
    """

    name: str
    version: str


@dataclass(frozen=True, slots=True, eq=False)
class Setup:
    """Stands for what a module does to others as it is loaded, such as setting a precision of numbers.

    Attributes
    ----------
    namespace : mapping of str to object
        The names of the module.
    """

    namespace: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Opaque:
    """Stands for something whose content cannot be read.

    Attributes
    ----------
    what : str
        Such as ``"an open file"``.
    parts : tuple
        What can be read of it.
    """

    what: str
    parts: Parts = ()
