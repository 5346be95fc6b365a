"""Names of classes, and what becomes of them where classes are split, merged or dropped."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from labelwright._errors import LabelSpaceError
from labelwright._types import MAX_CLASSES
from labelwright._validate import duplicates, shorten

Meanings: TypeAlias = list[list[str]]
"""For each old class, the names of the new classes that a row of it can be."""


def check_class_names(names: tuple[str, ...]) -> None:
    """Raise LabelSpaceError unless there are two different names at least."""
    for name in names:
        if not isinstance(name, str) or not name:
            raise LabelSpaceError(f"class name {name!r} is not a non-empty string; name every class")
        if name == "ABSTAIN":
            raise LabelSpaceError("'ABSTAIN' cannot be a class name: it is the vote -1, outside every space")
    if len(names) < 2:
        raise LabelSpaceError(
            f"label space has {len(names)} class{'es' if not names else ''}; labeling needs at least 2 "
            "(add the class for everything else)"
        )
    if len(names) > MAX_CLASSES:
        raise LabelSpaceError(f"label space has {len(names)} classes; at most {MAX_CLASSES} are possible")
    if twice := duplicates(names):
        raise LabelSpaceError(f"class names occur twice: {shorten(twice)}; give each class its own name")


def split_names(names: Sequence[str], split: Mapping[int, Any]) -> Meanings:
    """Return what classes mean where some, by their index, are split into lists of names.

    Examples
    --------
    >>> split_names(["bad", "good"], {1: ["good", "excellent"]})
    [['bad'], ['good', 'excellent']]
    """
    parts = {index: _checked_parts(names[index], into) for index, into in split.items()}
    meanings = [parts.get(index, [name]) for index, name in enumerate(names)]
    new = new_names(meanings)
    if len(new) <= len(names) and set(new) <= set(names):
        raise LabelSpaceError(f"refine adds no class to {shorten(names)}; name a new one in into=")
    return meanings


def merged_names(names: Sequence[str], gone: Collection[int], into: str) -> Meanings:
    """Return what classes mean where some, by their index, become one."""
    if into in [name for index, name in enumerate(names) if index not in gone]:
        raise LabelSpaceError(
            f"merge into {into!r}, a class that is not merged; add it to the classes, or choose another name"
        )
    return [[into] if index in gone else [name] for index, name in enumerate(names)]


def names_without(names: Sequence[str], gone: Collection[int]) -> Meanings:
    """Return what classes mean where some, by their index, are no longer asked for."""
    return [[] if index in gone else [name] for index, name in enumerate(names)]


def new_names(meanings: Meanings) -> list[str]:
    """Return the new classes in the places of the old ones, each once."""
    return list(dict.fromkeys(name for part in meanings for name in part))


def _checked_parts(name: str, into: object) -> list[str]:
    if isinstance(into, str) or not isinstance(into, Iterable):
        raise LabelSpaceError(f"refine {name!r}: into={into!r} is no list of classes; pass a list of names")
    names = list(into)
    if len(names) < 2:
        raise LabelSpaceError(
            f"refine {name!r}: into={names!r} has {len(names)} classes; name at least 2 "
            "(to rename a class, merge it alone)"
        )
    if any(not isinstance(one, str) for one in names) or duplicates(names):
        raise LabelSpaceError(f"refine {name!r}: into={names!r}; expected different class names")
    return names
