"""One dependency between two labeling functions, and what people may write for one."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

from labelwright._display.shown import Shown
from labelwright._errors import DependencyError
from labelwright._validate import did_you_mean, shorten

Kind: TypeAlias = Literal["similar", "reinforcing", "fixing", "exclusive"]
KINDS: tuple[str, ...] = get_args(Kind)
DIRECTED = ("reinforcing", "fixing")


@dataclass(frozen=True, slots=True)
class Dependency(Shown):
    """What two labeling functions owe to each other beside the class.

    Attributes
    ----------
    first, second : int
        The LFs' positions; ascending but for a directed kind, where the second follows the first.
    kind : {"similar", "reinforcing", "fixing", "exclusive"}
        similar: equal votes more often than the class explains. exclusive: fewer. reinforcing: the second
        votes almost only where the first votes, and like it. fixing: the same, and against it.
    strength : float or None
        How much of their votes is shared given the class, -1 to 1 (a correlation of votes, or the share of
        common rows); None where it was stated and not measured.
    support : float or None
        Share of row bootstraps in which the dependency was found again; None where none were drawn.
    origin : str
        "stated", or the method that found it.
    """

    first: int
    second: int
    kind: str = "similar"
    strength: float | None = None
    support: float | None = None
    origin: str = "stated"

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise DependencyError(
                f"a dependency is of kind {self.kind!r}{did_you_mean(self.kind, KINDS)}; "
                f"expected one of {shorten(KINDS)}"
            )
        _check_share("strength", self.strength, least=-1.0)
        _check_share("support", self.support, least=0.0)
        if self.first > self.second and self.kind not in DIRECTED:
            first, second = self.second, self.first
            object.__setattr__(self, "first", first)
            object.__setattr__(self, "second", second)

    @property
    def pair(self) -> tuple[int, int]:
        """The two positions, ascending."""
        return (min(self.first, self.second), max(self.first, self.second))


def position(lf: object, names: Sequence[str]) -> int:
    """Return the position of an LF given by name or position, or raise DependencyError."""
    if isinstance(lf, str):
        if lf in names:
            return names.index(lf)
        hint = did_you_mean(lf, names) or f"; the LFs are {shorten(names)}"
        raise DependencyError(f"the graph names LF {lf!r}, which is unknown{hint}")
    return _index(lf, names)


def _index(lf: object, names: Sequence[str]) -> int:
    try:
        index = lf.__index__()  # type: ignore[attr-defined]
    except AttributeError:
        raise DependencyError(
            f"{lf!r} ({type(lf).__name__}) is no LF; give its name or its position"
        ) from None
    if isinstance(lf, bool) or not 0 <= index < len(names):
        raise DependencyError(
            f"the graph names LF {lf!r}; expected a name, or a position 0..{len(names) - 1}"
        )
    return int(index)


def read_edge(edge: Any, names: Sequence[str]) -> Dependency:
    """Return the dependency that ``(lf, lf)``, ``(lf, lf, kind)`` or a Dependency stands for."""
    if isinstance(edge, Dependency):
        position(edge.first, names), position(edge.second, names)
        _check_two(edge.first, edge.second, names)
        return edge
    if isinstance(edge, str) or not isinstance(edge, Iterable):
        raise DependencyError(f"{edge!r} is no dependency; expected (lf, lf) or (lf, lf, kind)")
    parts = tuple(edge)
    if len(parts) not in (2, 3):
        raise DependencyError(
            f"{edge!r} has {len(parts)} parts; a dependency is (lf, lf) or (lf, lf, kind), "
            "and three LFs or more make a group: DependencyGraph.from_groups"
        )
    first, second = position(parts[0], names), position(parts[1], names)
    _check_two(first, second, names)
    return Dependency(first, second, *parts[2:])


def named(edges: Iterable[Any]) -> tuple[str, ...]:
    """Return the LF names that edges or groups hold, in order of occurrence."""
    found: dict[str, None] = {}
    for edge in edges:
        for lf in edge if isinstance(edge, Iterable) and not isinstance(edge, str) else ():
            if isinstance(lf, str) and lf not in KINDS:
                found[lf] = None
    return tuple(found)


def _check_two(first: int, second: int, names: Sequence[str]) -> None:
    if first == second:
        raise DependencyError(f"LF {names[first]!r} cannot depend on itself; name two different LFs")


def _check_share(what: str, value: float | None, *, least: float) -> None:
    if value is not None and not (math.isfinite(value) and least <= value <= 1):
        raise DependencyError(f"{what}={value!r} of a dependency; expected a number from {least:g} to 1")
