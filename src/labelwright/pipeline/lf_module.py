"""The Python file of a project that holds its labeling functions."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeAlias

from labelwright._errors import LabelingFunctionError, LabelwrightError, ProjectError
from labelwright._forks import check_threads
from labelwright._stops import is_stop
from labelwright._text import one_line
from labelwright._validate import did_you_mean, duplicates, shorten
from labelwright.core import SpaceChange
from labelwright.pipeline.own_modules import FromSource, beside
from labelwright.pipeline.settings import LFSettings, Settings
from labelwright.store import LFVersion

if TYPE_CHECKING:
    import polars as pl

    from labelwright.lfs import LabelingFunction

Prepare: TypeAlias = "Callable[[pl.DataFrame, str], object]"


@dataclass(frozen=True, slots=True, kw_only=True)
class LFModule:
    """The labeling functions of a project, its `prepare` hook, and the changes of its classes."""

    lfs: tuple[LabelingFunction, ...]
    prepare: Prepare | None
    changes: tuple[SpaceChange, ...] = ()

    def of_task(self, settings: Settings) -> LFModule:
        """Return the labeling functions of the task that was chosen, and what goes with them.

        Raises
        ------
        ProjectError
            An LF of another task than the project has, or without one where it has several.
        """
        known = [task.name for task in settings.tasks]
        for lf in self.lfs:
            if lf.task is None and len(known) > 1:
                raise ProjectError(
                    f"LF {lf.name!r} says no task, and the project has {len(known)}: {shorten(known)}; "
                    "give it one, as in space=lw.Task(name, classes)"
                )
            if lf.task is not None and lf.task.name not in known:
                hint = did_you_mean(lf.task.name, known) or f"; it has {shorten(known)}"
                raise ProjectError(f"LF {lf.name!r} is of {lf.task}, which the project has not{hint}")
        ours = [lf for lf in self.lfs if lf.task is None or lf.task.name == settings.chosen.name]
        if not ours:
            raise ProjectError(f"task {settings.chosen.name!r} has no LFs; write one, or remove the task")
        return replace(self, lfs=tuple(ours))

    def versions(self, fingerprints: Mapping[str, str]) -> list[LFVersion]:
        """Return what the ledger keeps of each LF, whose versions are given by name."""
        return [
            LFVersion(
                fingerprint=fingerprints[lf.name],
                name=lf.name,
                kind=lf.kind,
                description=lf.describe(),
                source=lf.source,
            )
            for lf in self.lfs
        ]


def load_prepare(settings: LFSettings) -> Prepare | None:
    """Return the `prepare` hook of the LF module, which may have no labeling functions yet or not be there.

    Raises
    ------
    ProjectError
        The file raises.
    """
    prepare = vars(import_file(settings.module)).get("prepare") if settings.module.is_file() else None
    return prepare if callable(prepare) else None


def has_lfs(settings: Settings) -> bool:
    """Tell whether the task that was chosen has labeling functions.

    Raises
    ------
    ProjectError
        The LF module raises.
    """
    if not settings.lfs.module.is_file():
        return False
    found = _collect(import_file(settings.lfs.module), settings.lfs)
    return any(lf.task is None or lf.task.name == settings.chosen.name for lf in found)


def load_lf_module(settings: LFSettings) -> LFModule:
    """Run the LF module and collect its labeling functions.

    Raises
    ------
    ProjectError
        The file is missing, raises, or has no labeling functions where they are looked for.
    LabelingFunctionError
        Two LFs have the same name.
    """
    check_threads()
    module = import_file(settings.module)
    lfs = tuple(_collect(module, settings))
    if not lfs:
        raise ProjectError(
            f"{settings.module} has no labeling functions; define one with @lw.labeling_function(), "
            "lw.keywords(...), lw.regex(...), ..."
        )
    if twice := duplicates(lf.name for lf in lfs):
        raise LabelingFunctionError(
            f"{settings.module}: LF names occur twice: {shorten(twice)}; rename one of each"
        )
    prepare = vars(module).get("prepare")
    changes = tuple(value for value in vars(module).values() if isinstance(value, SpaceChange))
    return LFModule(lfs=lfs, prepare=prepare if callable(prepare) else None, changes=changes)


def check_known(asked: Iterable[str], names: Sequence[str]) -> None:
    """Raise a ProjectError where somebody names a labeling function that the project has not."""
    for name in asked:
        if name not in names:
            hint = did_you_mean(name, names) or f"; it has {shorten(names)}"
            raise ProjectError(f"the project has no LF {name!r}{hint}")


def import_file(path: Path) -> ModuleType:
    """Run a Python file of a project as a module; it can import the files beside it.

    Raises
    ------
    ProjectError
        The file is missing, or raises while it is run.
    """
    if not path.is_file():
        raise ProjectError(f"no file {str(path)!r}; make it, or correct the path in labelwright.toml")
    if path.suffix != ".py":
        raise ProjectError(f"{str(path)!r} is no Python file; its name must end in .py")
    name = module_name(path)
    loader = FromSource(name, str(path))
    module = importlib.util.module_from_spec(ModuleSpec(name, loader, origin=str(path)))
    module.__file__ = str(path)
    sys.modules[name] = module  # pickling a model that refers to the file's classes needs it
    with beside(path.parent):
        _run(loader, module, path)
    return module


def module_name(path: Path) -> str:
    """Return what a file of a project is called among Python's modules."""
    return f"labelwright_project_{path.stem}_{hashlib.sha256(str(path).encode()).hexdigest()[:8]}"


def values_of(path: Path) -> Mapping[str, object]:
    """Return what the names of a file stand for that was run before; nothing where it was not."""
    return vars(sys.modules[module_name(path)]) if module_name(path) in sys.modules else {}


def _run(loader: Any, module: ModuleType, path: Path) -> None:
    try:
        loader.exec_module(module)
    except LabelwrightError as error:
        raise ProjectError(f"{path}{_line_in(error, path)}: {one_line(error)}") from error
    except BaseException as error:
        if is_stop(error):
            raise
        raise ProjectError(
            f"{path}{_line_in(error, path)} raised {type(error).__name__}: {one_line(error)}; correct it "
            "(--debug shows the traceback)"
        ) from error


def _line_in(error: BaseException, path: Path) -> str:
    """Return ``:12``, the line of the file that the error came from."""
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return f":{error.lineno}"
    line, step = None, error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == str(path):
            line = step.tb_lineno
        step = step.tb_next
    return "" if line is None else f":{line}"


def _collect(module: ModuleType, settings: LFSettings) -> list[LabelingFunction]:
    from labelwright.lfs import LabelingFunction

    if settings.variable is not None or "lfs" in vars(module):
        return _from_variable(module, settings, settings.variable or "lfs")
    found = [lf for value in vars(module).values() for lf in (value if _are_lfs(value) else [value])]
    return list({id(lf): lf for lf in found if isinstance(lf, LabelingFunction)}.values())


def _are_lfs(value: object) -> bool:
    """Tell a list of labeling functions, such as `rules` and `crowd` make."""
    from labelwright.lfs import LabelingFunction

    is_list = isinstance(value, (list, tuple)) and len(value) > 0
    return is_list and all(isinstance(one, LabelingFunction) for one in value)  # type: ignore[attr-defined]


def _from_variable(module: ModuleType, settings: LFSettings, variable: str) -> list[LabelingFunction]:
    from labelwright.lfs import LabelingFunction

    if not hasattr(module, variable):
        hint = did_you_mean(variable, vars(module))
        raise ProjectError(f"{settings.module} has no variable {variable!r}{hint}; correct [lfs] variable")
    value = getattr(module, variable)
    if callable(value) and not isinstance(value, LabelingFunction):
        value = _called(value, settings, variable)
    if not isinstance(value, (list, tuple)):
        raise ProjectError(
            f"{settings.module}: {variable} is a {type(value).__name__}; expected a list of LFs"
        )
    for position, item in enumerate(value):
        if not isinstance(item, LabelingFunction):
            raise ProjectError(
                f"{settings.module}: {variable}[{position}] is {item!r:.60}; expected a "
                "labeling function (decorate functions with @lw.labeling_function())"
            )
    return list(value)


def _called(function: Callable[[], object], settings: LFSettings, variable: str) -> object:
    try:
        with beside(settings.module.parent, anew=False):
            return function()
    except BaseException as error:
        if is_stop(error):
            raise
        raise ProjectError(
            f"{settings.module}{_line_in(error, settings.module)}: {variable}() raised "
            f"{type(error).__name__}: {one_line(error)}; correct it (--debug shows the traceback)"
        ) from error
