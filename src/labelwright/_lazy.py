"""Names of rooms that load when they are first used."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from typing import Any


def loaded(room: str, homes: Mapping[str, str], name: str) -> Any:
    """Return what a name of a room stands for, and put it there, so that it is looked up once.

    Parameters
    ----------
    room : str
        The full name of the room's module.
    homes : mapping of str to str
        By name: the module that has it, its name beginning with a dot where it is in the room.
    name : str
        What is asked for.

    Raises
    ------
    AttributeError
        The room has no such name.

    Examples
    --------
    >>> loaded("labelwright.end_models", {"load": "._saving"}, "load").__name__
    'load'
    """
    if name not in homes:
        raise AttributeError(f"module {room!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(homes[name], room), name)
    setattr(sys.modules[room], name, value)
    return value
