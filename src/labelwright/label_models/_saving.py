"""Fitted label models in files that are read without running code."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from labelwright._archive import Archive, read_archive, write_archive
from labelwright._errors import LabelModelError, LabelwrightError, StoreError
from labelwright._files import one_line
from labelwright._validate import did_you_mean
from labelwright.core import (
    Dependency,
    DependencyGraph,
    LabelSpace,
    PairMoments,
    VotePatterns,
    VoteStatistics,
)
from labelwright.core.votes.row_sample import RowSample
from labelwright.core.votes.vote_sums import VoteWeights
from labelwright.diagnostics.finding import Finding
from labelwright.diagnostics.fit_report import ClassTrust, FitReport, LFTrust
from labelwright.diagnostics.fitted import Search

FORMAT: Final = "labelwright label model"
VERSION: Final = 1
AGAIN: Final = "fit the model again, or take another copy of the file"

SHARED: Final[tuple[type, ...]] = (
    VoteStatistics,
    VotePatterns,
    RowSample,
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

GENERATORS: Final = ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64")


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
    cls, settings = type(model), model.get_params(deep=False)
    learned = {name: value for name, value in vars(model).items() if name not in settings}
    arrays = _Arrays()
    kinds = _kinds(cls)
    header = {
        "model": cls.__name__,
        "settings": {name: _packed(value, arrays, kinds, f"{name}=") for name, value in settings.items()},
        "learned": {name: _packed(value, arrays, kinds, name) for name, value in learned.items()},
    }
    write_archive(Path(path), FORMAT, VERSION, header=header, arrays=arrays.by_name)


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
    place = Path(path)
    try:
        archive = read_archive(place, FORMAT, VERSION, follow_links=follow_links)
    except StoreError as error:
        raise StoreError(f"{error}; {AGAIN}") from error
    try:
        return _rebuilt(archive, model)
    except RecursionError as error:
        raise _unreadable(place, "it is nested too deeply") from error
    except (LabelwrightError, ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
        why = "a part of it is missing" if isinstance(error, KeyError) else one_line(error)[:200]
        raise _unreadable(place, why) from error


def _unreadable(path: Path, why: str) -> StoreError:
    return StoreError(f"cannot read the label model {str(path)!r}: {why}; {AGAIN}")


def _rebuilt(archive: Archive, given: type | None) -> Any:
    cls = given or _class_of(archive.header["model"])
    if archive.header["model"] != cls.__name__:
        raise ValueError(f"its model is {archive.header['model']!s:.60}, no {cls.__name__}")
    kinds = _kinds(cls)
    made = cls(**_named(archive.header["settings"], archive, kinds))
    for name, value in _named(archive.header["learned"], archive, kinds).items():
        # A class may hold None in the place of what its models learn, and nothing else.
        if not name.isidentifier() or getattr(cls, name, None) is not None or name.startswith("__"):
            raise ValueError(f"{cls.__name__} learns no {name!r:.60}")
        setattr(made, name, value)
    return made


def _class_of(name: object) -> type:
    from labelwright.label_models import REGISTRY, NumericLabelModel, RankingLabelModel

    models = {**REGISTRY, "NumericLabelModel": NumericLabelModel, "RankingLabelModel": RankingLabelModel}
    if not isinstance(name, str) or name not in models:
        raise ValueError(
            f"no label model {name!s:.60} is installed{did_you_mean(name, models)}; install the package that "
            "has it, or pass its class as model"
        )
    return models[name]


def _kinds(cls: type) -> dict[str, type]:
    """Return the dataclasses by name that a class of label model may hold."""
    own = [kind for base in cls.__mro__ for kind in vars(base).get("_saved_types", ())]
    return {kind.__name__: kind for kind in (*SHARED, *own)}


# --- values as JSON, with arrays beside it


class _Arrays:
    """Arrays that were met, by the name that stands for them; one that is met twice is kept once."""

    def __init__(self) -> None:
        self.by_name: dict[str, np.ndarray[Any, Any]] = {}
        self._names: dict[int, str] = {}

    def name(self, array: np.ndarray[Any, Any]) -> str:
        """Return the name of an array."""
        name = self._names.setdefault(id(array), f"a{len(self._names)}")
        self.by_name[name] = array
        return name


def _packed(value: Any, arrays: _Arrays, kinds: Mapping[str, type], where: str) -> Any:
    """Return a value as JSON; a list is itself, and everything that JSON has not is {"is": kind, ...}."""
    if value is None or isinstance(value, (bool, str)) or type(value) in (int, float):
        return value
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in "biufcUS":
            raise _cannot_save(where, f"an array of {value.dtype}")
        return {"is": "array", "name": arrays.name(value), "fixed": not value.flags.writeable}
    if isinstance(value, np.generic):
        return {"is": "scalar", "name": arrays.name(np.asarray(value))}
    if isinstance(value, LabelSpace):
        return {"is": "LabelSpace", "names": list(value.names)}
    if isinstance(value, np.random.Generator):
        return {"is": "generator", "state": _packed(dict(value.bit_generator.state), arrays, kinds, where)}
    if type(value) in (list, tuple):
        items = [_packed(item, arrays, kinds, where) for item in value]
        return items if type(value) is list else {"is": "tuple", "items": items}
    if isinstance(value, Mapping):
        pairs = [[_packed(part, arrays, kinds, where) for part in pair] for pair in value.items()]
        return {"is": "dict", "items": pairs}
    if kinds.get(type(value).__name__) is type(value) and dataclasses.is_dataclass(value):
        fields = [field.name for field in dataclasses.fields(value) if field.init]
        packed = {name: _packed(getattr(value, name), arrays, kinds, f"{where}.{name}") for name in fields}
        return {"is": type(value).__name__, "fields": packed}
    raise _cannot_save(where, f"a {type(value).__name__}")


def _cannot_save(where: str, what: str) -> LabelModelError:
    return LabelModelError(
        f"the label model cannot be saved: {where} is {what}; plain values, arrays, and dataclasses that the "
        "model's class names in _saved_types can"
    )


def _named(packed: Mapping[str, Any], archive: Archive, kinds: Mapping[str, type]) -> dict[str, Any]:
    return {name: _unpacked(value, archive, kinds) for name, value in packed.items()}


def _unpacked(packed: Any, archive: Archive, kinds: Mapping[str, type]) -> Any:
    if isinstance(packed, list):
        return [_unpacked(item, archive, kinds) for item in packed]
    if not isinstance(packed, dict):
        return packed
    kind = packed["is"]
    if kind == "array":
        array = archive.arrays[packed["name"]]
        array.flags.writeable = not packed["fixed"]
        return array
    if kind == "scalar":
        return archive.arrays[packed["name"]][()]
    if kind == "LabelSpace":
        return LabelSpace(packed["names"])
    if kind == "generator":
        return _generator(_unpacked(packed["state"], archive, kinds))
    if kind == "tuple":
        return tuple(_unpacked(item, archive, kinds) for item in packed["items"])
    if kind == "dict":
        return {_unpacked(k, archive, kinds): _unpacked(v, archive, kinds) for k, v in packed["items"]}
    if kind not in kinds:
        raise ValueError(f"it holds a {kind!s:.60}, which this labelwright does not know")
    return kinds[kind](**_named(packed["fields"], archive, kinds))


def _generator(state: Mapping[str, Any]) -> np.random.Generator:
    name = state["bit_generator"]
    if name not in GENERATORS:
        raise ValueError(f"it holds a generator of random numbers {name!s:.60}, which is unknown")
    bits = getattr(np.random, GENERATORS[GENERATORS.index(name)])()
    bits.state = state
    return np.random.Generator(bits)
