"""Fitted label models in files that are read without running code."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

from labelwright._archive import read_archive, write_archive
from labelwright._errors import LabelModelError, LabelwrightError, StoreError
from labelwright._packing import MALFORMED, Arrays, Packing, Unpacking
from labelwright._text import one_line
from labelwright.core import (
    Dependency,
    DependencyGraph,
    LabelSpace,
    PairMoments,
    Task,
    VotePatterns,
    VoteStatistics,
)
from labelwright.core.finding import Finding
from labelwright.core.votes.row_sample import RowSample
from labelwright.core.votes.scored_sample import ScoredSample
from labelwright.core.votes.vote_sums import VoteWeights
from labelwright.diagnostics.fit_report import ClassTrust, FitReport, LFTrust
from labelwright.diagnostics.fitted import Search
from labelwright.label_models._registry import REGISTRY

FORMAT: Final = "labelwright label model"
VERSION: Final = 1
AGAIN: Final = "fit the model again, or take another copy of the file"

SHARED: Final[tuple[type, ...]] = (
    Task,
    VoteStatistics,
    VotePatterns,
    RowSample,
    ScoredSample,
    PairMoments,
    VoteWeights,
    DependencyGraph,
    Dependency,
    Search,
    FitReport,
    LFTrust,
    ClassTrust,
    Finding,
)
"""Dataclasses that any label model may hold; what a model alone holds it names in ``_saved_types``."""


def save(model: Any, path: str | os.PathLike[str]) -> None:
    """Write a label model to one file, fitted or not, that can be read without running code.

    Parameters
    ----------
    model : label model
        Of this room, or a plug-in's. What it holds must be plain values, arrays, label spaces, and the
        dataclasses that its class names in ``_saved_types``.
    path : path
        The file; ``.npz`` is the usual ending, since ``numpy.load`` opens it too.

    Raises
    ------
    LabelModelError
        The model holds something that cannot be kept so; it names the attribute.
    StoreError
        The file cannot be written.

    Notes
    -----
    The file holds the class's name, the settings and all learned state, so that what is read predicts,
    explains and reports the same bit by bit, and `partial_fit` goes on. Not kept: a `random_state` that is a
    generator is kept as its state at this moment.

    Examples
    --------
    >>> import tempfile
    >>> from labelwright.label_models import MajorityVote, load, save
    >>> place = Path(tempfile.mkdtemp()) / "model.npz"
    >>> save(MajorityVote().fit([[0, 0], [1, -1]]), place)
    >>> load(place).predict([[1, 1], [0, -1]]).tolist()
    [1, 0]
    """
    save_as(model, Path(path), key=None)


def save_as(model: Any, path: Path, *, key: str | None) -> None:
    """Write a label model with the key of what it was made from; see `save`."""
    packing = Packing()
    try:
        header = {**packed_model(model, packing), "key": key}
    except TypeError as error:
        raise LabelModelError(
            f"the {type(model).__name__} cannot be saved: {error}; plain values, arrays, and dataclasses "
            "that its class names in _saved_types can"
        ) from error
    write_archive(path, FORMAT, VERSION, header=header, arrays=packing.arrays)


def load(path: str | os.PathLike[str], *, model: type | None = None, follow_links: bool = True) -> Any:
    """Read a label model that `save` has written.

    No code in the file is run: it has none. Names in it choose among label models that are installed (of
    this room, or plug-ins) and among the dataclasses that their classes list; all else are numbers and text.

    Parameters
    ----------
    path : path
        The file.
    model : type, optional
        The class, where it is neither labelwright's nor a plug-in's.
    follow_links : bool, default True
        Whether the path may be a symbolic link.

    Returns
    -------
    label model
        As it was saved.

    Raises
    ------
    StoreError
        No such file, one that is damaged or was changed, holds something else, or comes from a newer
        labelwright; or its class is not installed.
    """
    return _load(Path(path), model=model, follow_links=follow_links)


def load_as(path: Path, *, key: str) -> Any:
    """Read a label model that `save_as` has written with this key, by no symbolic link; see `load`.

    Raises
    ------
    StoreError
        As `load`; or it was made from something else.
    """
    return _load(path, key=key, follow_links=False)


def _load(path: Path, *, model: type | None = None, key: str | None = None, follow_links: bool) -> Any:
    try:
        archive = read_archive(path, FORMAT, VERSION, follow_links=follow_links)
    except StoreError as error:
        raise StoreError(f"{error}; {AGAIN}") from error
    try:
        if key is not None and archive.header.get("key") != key:
            raise ValueError("it was made from other votes or settings")
        return unpacked_model(archive.header, archive.arrays, given=model)
    except (LabelwrightError, *MALFORMED) as error:
        why = "a part of it is missing" if isinstance(error, KeyError) else one_line(error)[:200]
        raise StoreError(f"cannot read the label model {str(path)!r}: {why}; {AGAIN}") from error


def packed_model(model: Any, packing: Packing) -> dict[str, Any]:
    """Return a label model as JSON, its arrays in the packing.

    Raises
    ------
    TypeError
        It holds something that cannot be kept.
    """
    cls, settings = type(model), model.get_params(deep=False)
    learned = {name: value for name, value in vars(model).items() if name not in settings}
    own = Packing(partial(_packed, kinds=_kinds(cls)), within=packing)
    return {
        "model": cls.__name__,
        "settings": {name: own.pack(value, name) for name, value in settings.items()},
        "learned": {name: own.pack(value, name) for name, value in learned.items()},
    }


def unpacked_model(packed: Mapping[str, Any], arrays: Arrays, *, given: type | None = None) -> Any:
    """Return the label model of a `packed_model`, of the class that it names or that is given.

    Raises
    ------
    KeyError, TypeError, ValueError, LabelwrightError
        No label model was packed so.
    """
    cls = given or REGISTRY.of_file(packed["model"])
    if packed["model"] != cls.__name__:
        raise ValueError(f"its model is {packed['model']!s:.60}, no {cls.__name__}")
    unpacking = Unpacking(arrays, partial(_unpacked, kinds=_kinds(cls)))
    made = cls(**{name: unpacking.unpack(value) for name, value in packed["settings"].items()})
    for name, value in packed["learned"].items():
        # A class may hold None in the place of what its models learn, and nothing else.
        if not name.isidentifier() or getattr(cls, name, None) is not None or name.startswith("__"):
            raise ValueError(f"{cls.__name__} learns no {name!r:.60}")
        setattr(made, name, unpacking.unpack(value))
    return made


def _kinds(cls: type) -> dict[str, type]:
    """Return the dataclasses by name that a class of label model may hold."""
    own = [kind for base in cls.__mro__ for kind in vars(base).get("_saved_types", ())]
    return {kind.__name__: kind for kind in (*SHARED, *own)}


def _packed(value: Any, where: str, packing: Packing, kinds: Mapping[str, type]) -> dict[str, Any] | None:
    if isinstance(value, Mapping):
        packed: dict[str, Any] = packing.pack(dict(value), where)
        return packed
    if isinstance(value, LabelSpace):
        return {"is": "LabelSpace", "names": list(value.names)}
    if kinds.get(type(value).__name__) is not type(value) or not dataclasses.is_dataclass(value):
        return None
    fields = [field.name for field in dataclasses.fields(value) if field.init]
    parts = {name: packing.pack(getattr(value, name), f"{where}.{name}") for name in fields}
    return {"is": type(value).__name__, "fields": parts}


def _unpacked(packed: dict[str, Any], unpacking: Unpacking, kinds: Mapping[str, type]) -> Any:
    kind = packed["is"]
    if kind == "LabelSpace":
        return LabelSpace(packed["names"])
    if kind not in kinds:
        raise ValueError(f"it holds a {kind!s:.60}, which this labelwright does not know")
    return kinds[kind](**{name: unpacking.unpack(value) for name, value in packed["fields"].items()})
