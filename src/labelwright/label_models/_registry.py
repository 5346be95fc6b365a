"""The label models by name: labelwright's own, and those of other packages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from labelwright._errors import LabelModelError
from labelwright._plugins import load_plugin, plugins
from labelwright._validate import did_you_mean
from labelwright.label_models.base import BaseLabelModel, VoteModel

GROUP: Final = "labelwright.label_models"


class Registry(Mapping[str, type[BaseLabelModel]]):
    """Classes of label models by name; those of other packages are loaded when they are asked for.

    A package adds one by an entry point in its ``pyproject.toml``, and it can be named wherever
    labelwright's own can, in a project's ``[label_model]`` and in files of `save` too::

        [project.entry-points."labelwright.label_models"]
        MyModel = "my_package.models:MyModel"

    The name is that of the class. One that labelwright has itself stays labelwright's.
    `labelwright.testing.check_label_model` tests what every label model must do.
    """

    def __init__(self) -> None:
        self._own: dict[str, type[BaseLabelModel]] = {}
        self._others: dict[str, type[VoteModel]] = {}

    def add(self, *models: type[BaseLabelModel]) -> None:
        """Add labelwright's own."""
        self._own |= {model.__name__: model for model in models}

    def add_others(self, *models: type[VoteModel]) -> None:
        """Add labelwright's models over votes that are no classes, which only files name."""
        self._others |= {model.__name__: model for model in models}

    def of_file(self, name: object) -> type[VoteModel]:
        """Return the class that a file names, over whatever kind of votes.

        Raises
        ------
        ValueError
            None of that name is installed.
        """
        if isinstance(name, str) and name in self._others:
            return self._others[name]
        if isinstance(name, str) and name in self:
            return self[name]
        hint = did_you_mean(str(name), (*self, *self._others))
        raise ValueError(
            f"no label model {name!s:.60} is installed{hint}; install the package that has it, or pass its "
            "class as model"
        )

    def __getitem__(self, name: str) -> type[BaseLabelModel]:
        """Return the class of a name.

        Raises
        ------
        KeyError
            There is none.
        LabelModelError
            The package that offers it cannot be loaded, offers something else, or is not alone.
        """
        if name in self._own:
            return self._own[name]
        return _checked(name, load_plugin(plugins(GROUP)[name], error=LabelModelError))

    def __contains__(self, name: object) -> bool:
        return name in self._own or name in plugins(GROUP)

    def __iter__(self) -> Iterator[str]:
        yield from self._own
        yield from (name for name in plugins(GROUP) if name not in self._own)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return f"<label models: {', '.join(self)}>"


def _checked(name: str, loaded: object) -> type[BaseLabelModel]:
    if not isinstance(loaded, type) or not issubclass(loaded, BaseLabelModel):
        raise LabelModelError(
            f"{name!r} of the entry points {GROUP} is {loaded!r:.80}; expected a subclass of "
            "labelwright.label_models.BaseLabelModel"
        )
    if loaded.__name__ != name:
        raise LabelModelError(
            f"{name!r} of the entry points {GROUP} is a class {loaded.__name__!r}; the entry point must bear "
            "the name of the class"
        )
    return loaded


REGISTRY: Final = Registry()
"""The label models by name, those of other packages among them."""
