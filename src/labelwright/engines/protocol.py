"""What an engine has to be able to do, and how one is found by its name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar, runtime_checkable

from labelwright._errors import EngineError
from labelwright._plugins import load_plugin, plugins
from labelwright._validate import did_you_mean, shorten
from labelwright.engines.local import LocalEngine

GROUP = "labelwright.engines"

Block = TypeVar("Block")
Made = TypeVar("Made")


@runtime_checkable
class Engine(Protocol):
    """Works on blocks, wherever it likes and in any order.

    It knows nothing of labeling functions: functions, blocks and what is made of them are picklable values,
    and a function is pure, so that a block may be tried again. A class under the entry point
    ``labelwright.engines`` is found by its name; `labelwright.testing.check_engine` tests it.
    """

    def map(self, function: Callable[[Block], Made], blocks: Iterable[Block]) -> Iterator[Made]:
        """Give what the function makes of each block, as it comes; few are taken before they are needed."""

    def reduce(self, function: Callable[[Block], Made], blocks: Iterable[Block]) -> Made:
        """Return the sum of what the function makes of all blocks, which must add in any order."""


def as_engine(engine: Engine | str | None) -> Engine | None:
    """Return an engine by its name, or as it is.

    Raises
    ------
    EngineError
        An unknown name, or no engine.

    Examples
    --------
    >>> as_engine("local")
    LocalEngine(processes=None)
    """
    if engine is None or (not isinstance(engine, (str, type)) and isinstance(engine, Engine)):
        return engine
    if engine == "local":
        return LocalEngine()
    found = plugins(GROUP)
    if not isinstance(engine, str) or engine not in found:
        hint = did_you_mean(str(engine), found)
        raise EngineError(
            f"engine is {engine!r}{hint}; pass an Engine, or the name of one: {shorten(['local', *found])}"
        )
    made: Engine = load_plugin(found[engine], error=EngineError)()
    return made
