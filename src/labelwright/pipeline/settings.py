"""What a ``labelwright.toml`` says; the format is described in ``docs/project-format.md``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, get_args

from labelwright._errors import LabelSpaceError, ProjectError
from labelwright._files import SETTINGS, content_key, shown_path
from labelwright._places import RESULTS as RESULTS
from labelwright._validate import did_you_mean, duplicates, shorten
from labelwright.core import LabelSpace
from labelwright.core.class_values import ClassReader, Unknown
from labelwright.pipeline.section import Section

FILE_NAME = SETTINGS
HAND_LABELS = "hand_labels.csv"
SPLITS = ("train", "valid", "test")
PLAIN_NAME = re.compile("[a-z0-9_-]{1,60}")
SOURCES = ("none", "train", "valid")
"""Whose hand labels may teach the label model: those of the test split never do."""

NO_FILE = re.compile("con|prn|aux|nul|(com|lpt)[0-9]")
"""Names that Windows has for devices."""

MAX_READABLE = 40
GOLD_VALUES = ("gold_map", "gold_unknown", "gold_separator")
SECTIONS = ("project", "task", "tasks", "data", "lfs", "label_model", "end_model")


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSettings:
    """``[data]``: absolute paths of the splits and of their gold labels, and the columns with a meaning.

    ``hand_labels`` is the file that ``labelwright label`` keeps; ``show`` the columns that it shows, by whose
    content its labels are known.
    """

    files: dict[str, Path] = field(default_factory=dict)
    gold_files: dict[str, Path] = field(default_factory=dict)
    wrench_folder: Path | None = None
    is_wrench: bool = False
    text: str | None = None
    gold: str | None = None
    gold_map: dict[str, str] | None = None
    gold_unknown: Unknown = "error"
    gold_separator: str | None = None
    hand_labels: Path | None = None
    show: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSettings:
    """``[task]``, or one of ``[[tasks]]``: a labeling question, and the column of its gold labels.

    ``space`` is None only for a WRENCH project that leaves the classes to the folder.
    """

    name: str
    description: str = ""
    space: LabelSpace | None = None
    gold: str | None = None
    gold_map: dict[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LFSettings:
    """``[lfs]``: where the labeling functions are, what a raise leads to, how long a call may take."""

    module: Path
    variable: str | None = None
    on_fault: str = "raise"
    timeout: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSettings:
    """``[label_model]`` or ``[end_model]``: its name, its parameters, what an end model learns from.

    ``gold`` says whose hand labels teach the label model: "none", "train" or "valid". ``version`` is the
    user's word that a factory makes the same as long as it stays: what no key can hold makes nothing anew.
    """

    name: str
    settings: dict[str, Any] = field(default_factory=dict)
    features: tuple[str, ...] | None = None
    gold: str = "none"
    version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything a ``labelwright.toml`` says, checked, with paths made absolute.

    ``task`` is the labeling question that the steps of a project work on: its only one, or the one that was
    chosen; None while a project has several ``tasks`` and none of them has been chosen.
    """

    folder: Path
    name: str
    description: str
    seed: int
    tasks: tuple[TaskSettings, ...]
    task: TaskSettings | None
    data: DataSettings
    lfs: LFSettings
    label_model: ModelSettings
    end_model: ModelSettings

    @property
    def file(self) -> Path:
        """The ``labelwright.toml``."""
        return self.folder / FILE_NAME

    @property
    def results(self) -> Path:
        """The folder of results: each of several tasks has its own."""
        folder = self.folder / RESULTS
        return folder if len(self.tasks) == 1 or self.task is None else folder / "tasks" / _as_file(self.task)

    @property
    def chosen(self) -> TaskSettings:
        """The labeling question to work on.

        Raises
        ------
        ProjectError
            The project has several, and none of them was chosen.
        """
        if self.task is None:
            names = [task.name for task in self.tasks]
            raise ProjectError(
                f"{self.file} has {len(names)} tasks: {shorten(names)}; choose one with "
                f"Project.open(..., task={names[0]!r}) or --task {names[0]}"
            )
        return self.task

    @property
    def gold_columns(self) -> tuple[str, ...]:
        """The columns of gold labels, of all tasks: LFs see none of them."""
        return tuple(
            dict.fromkeys(gold for gold in (self.data.gold, *(task.gold for task in self.tasks)) if gold)
        )

    @property
    def space(self) -> LabelSpace | None:
        """The classes of the task; None where a WRENCH folder has them."""
        return self.chosen.space

    def for_task(self, name: str) -> Settings:
        """Return the settings for one of the tasks.

        Raises
        ------
        ProjectError
            There is none of that name.
        """
        found = next((task for task in self.tasks if task.name == name), None)
        if found is None:
            names = [task.name for task in self.tasks]
            hint = did_you_mean(name, names) or f"; it has {shorten(names)}"
            raise ProjectError(f"{self.file} has no task {name!r}{hint}")
        return replace(self, task=found, data=_gold_of_task(self.data, found))

    def with_data(
        self,
        *,
        train: str | Path | None = None,
        valid: str | Path | None = None,
        test: str | Path | None = None,
        data: str | Path | None = None,
    ) -> Settings:
        """Return the settings with other paths of data, relative to the working directory."""
        ours = self.data
        if data is not None and ours.is_wrench:
            ours = replace(ours, wrench_folder=Path(data).absolute())
        elif data is not None:
            ours = replace(ours, files=_moved(ours.files, Path(data).absolute()))
        given = {"train": train, "valid": valid, "test": test}
        files = {split: Path(path).absolute() for split, path in given.items() if path is not None}
        if files and ours.is_wrench:
            raise ProjectError(
                f"{self.file}: the data are a WRENCH folder; name another one with --data FOLDER, "
                f"not with --{next(iter(files))}"
            )
        return replace(self, data=replace(ours, files={**ours.files, **files}))

    def as_record(self) -> dict[str, Any]:
        """Return the settings as plain values, for the ledger."""
        ours = self.tasks if self.task is None else (self.task,)
        folder = self.data.wrench_folder
        return {
            "seed": self.seed,
            "tasks": {task.name: list(task.space.names) if task.space else None for task in ours},
            "data": {split: shown_path(path, self.folder) for split, path in self.data.files.items()},
            "folder": None if folder is None else shown_path(folder, self.folder),
            "on_fault": self.lfs.on_fault,
            "label_model": {
                "name": self.label_model.name,
                "gold": self.label_model.gold,
                "settings": self.label_model.settings,
            },
            "end_model": {
                "name": self.end_model.name,
                "features": self.end_model.features,
                "settings": self.end_model.settings,
            },
        }


def read_settings(folder: Path) -> Settings:
    """Read and check the ``labelwright.toml`` of a project folder.

    Raises
    ------
    ProjectError
        There is none, it is no TOML, or a section, key or value in it is wrong.
    """
    folder = folder.absolute()
    file = folder / FILE_NAME
    values = _parse(file)
    sections = _sections(file, values)
    project = sections["project"].only(("name", "description", "seed"))
    data = _data(folder, sections["data"])
    tasks = _tasks(file, values, data)
    if tasks[0].space is not None and len(tasks) == 1:
        _gold_map(sections["data"], tasks[0].space)
    return Settings(
        folder=folder,
        name=project.text("name") or folder.name or "project",
        description=project.text("description", "") or "",
        seed=project.natural("seed", 0),
        tasks=tasks,
        task=tasks[0] if len(tasks) == 1 else None,
        data=data if len(tasks) > 1 else _gold_of_task(data, tasks[0]),
        lfs=_lfs(folder, sections["lfs"]),
        label_model=_label_model(sections["label_model"]),
        end_model=_model(sections["end_model"].only(("name", "features", "settings", "version")), "text"),
    )


def _gold_of_task(data: DataSettings, task: TaskSettings) -> DataSettings:
    """Return the settings of the data with what a task says of its gold labels."""
    gold_map = data.gold_map if task.gold_map is None else task.gold_map
    return replace(data, gold=task.gold or data.gold, gold_map=gold_map)


def _sections(file: Path, values: Mapping[str, Any]) -> dict[str, Section]:
    for name, value in values.items():
        if name not in SECTIONS:
            hint = did_you_mean(name, SECTIONS) or f"; known sections: {shorten(SECTIONS)}"
            what = f"section [{name}]" if isinstance(value, dict) else f"key {name!r} outside any section"
            raise ProjectError(f"{file}: unknown {what}{hint}")
        if not isinstance(value, dict) and name != "tasks":
            raise ProjectError(
                f"{file}: {name} = {value!r} is no section; write [{name}] on a line of its own"
            )
    return {name: Section(file, name, values.get(name, {})) for name in SECTIONS if name != "tasks"}


def _parse(file: Path) -> dict[str, Any]:
    if file.exists() and not file.is_file():
        raise ProjectError(f"{str(file)!r} is no regular file; move it away, and write the settings into one")
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise ProjectError(
            f"no {FILE_NAME} in {str(file.parent)!r}; go to a project folder, name one with -C FOLDER, "
            "or make one with: labelwright init"
        ) from None
    except OSError as error:
        raise ProjectError(f"cannot read {str(file)!r}: {error.strerror}; check its permissions") from error
    except UnicodeDecodeError as error:
        raise ProjectError(f"{file} is not UTF-8 text (byte {error.start}); save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise ProjectError(f"{file} is no valid TOML: {error}; correct that line") from error
    except RecursionError:
        raise ProjectError(f"{file} is nested too deeply to be read; keep lists and tables flat") from None


def _tasks(file: Path, values: Mapping[str, Any], data: DataSettings) -> tuple[TaskSettings, ...]:
    """Return the tasks of ``[task]`` or of ``[[tasks]]``, at least one."""
    several = values.get("tasks")
    if several is None:
        section = Section(file, "task", values.get("task", {})).only(("name", "classes", "description"))
        return (_task(section, is_wrench=data.is_wrench),)
    if not isinstance(several, list) or not several or not all(isinstance(one, dict) for one in several):
        raise ProjectError(f"{file}: tasks is no list of sections; begin each task with a line [[tasks]]")
    if "task" in values:
        raise ProjectError(f"{file}: there are [task] and [[tasks]]; make [task] one of the [[tasks]]")
    sections = [
        Section(file, "[tasks]", one).only(("name", "classes", "description", "gold", "gold_map"))
        for one in several
    ]
    tasks = tuple(_task(section, is_wrench=data.is_wrench) for section in sections)
    if twice := duplicates(task.name for task in tasks):
        raise ProjectError(f"{file}: [[tasks]] name {twice[0]!r} occurs twice; give each task its own")
    if len(tasks) > 1 and (data.is_wrench or data.gold or data.gold_files or data.gold_map):
        what = "a WRENCH folder" if data.is_wrench else "[data] gold"
        raise ProjectError(
            f"{file}: {what} is of one task, but there are {len(tasks)}; name the column of gold labels of "
            'each in its [[tasks]] section, as in gold = "is_spam"'
        )
    if tasks[0].gold and data.gold and data.gold != tasks[0].gold:
        raise ProjectError(
            f"{file}: [data] gold = {data.gold!r}, but [[tasks]] gold = {tasks[0].gold!r}; keep one of them"
        )
    return tasks


def _task(section: Section, *, is_wrench: bool) -> TaskSettings:
    space = _space(section, is_wrench=is_wrench)
    return TaskSettings(
        name=_required(section, "name", 'the labeling question in a word, as in name = "spam"'),
        description=section.text("description", "") or "",
        space=space,
        gold=section.text("gold"),
        gold_map=_gold_map(section, space),
    )


def _gold_map(section: Section, space: LabelSpace | None) -> dict[str, str] | None:
    """Return what values of a gold column mean, checked against the classes where they are known."""
    if "gold_map" not in section.values:
        return None
    found = section.table("gold_map")
    if bad := [key for key, value in found.items() if not isinstance(value, str)]:
        raise section.error(
            f'gold_map turns {bad[0]!r} into {found[bad[0]]!r}; expected a class name, or "" for no label'
        )
    if space is not None:
        try:
            ClassReader(space.names, found)
        except LabelSpaceError as error:
            raise section.error(f"gold_map: {error}") from error
    return found


def _as_file(task: TaskSettings) -> str:
    """Return a task's name as the name of a folder: another for each, and never a path.

    Names that some system could not have, or would take for another, end in a key.
    """
    if PLAIN_NAME.fullmatch(task.name) and not NO_FILE.fullmatch(task.name):
        return task.name
    readable = re.sub(r"[^a-z0-9_-]+", "-", task.name.lower())[:MAX_READABLE]
    return f"{readable}~{content_key(task.name)[:12]}"


def _required(section: Section, key: str, what: str) -> str:
    value = section.text(key)
    if value is None:
        raise section.required(key, what)
    return value


def _space(task: Section, *, is_wrench: bool) -> LabelSpace | None:
    classes = task.texts("classes")
    if classes is None:
        if is_wrench:
            return None
        raise task.required("classes", 'the class names, as in classes = ["HAM", "SPAM"]')
    try:
        return LabelSpace(classes)
    except LabelSpaceError as error:
        raise task.error(f"classes: {error}") from error


def _data(folder: Path, section: Section) -> DataSettings:
    section.only(
        (*SPLITS, "format", "folder", "text", "gold", "gold_files", *GOLD_VALUES, "hand_labels", "show")
    )
    is_wrench = section.choice("format", ("auto", "wrench"), "auto") == "wrench"
    unfit = (*SPLITS, "gold", "gold_files", *GOLD_VALUES) if is_wrench else ("folder",)
    for key in unfit:
        if key in section.values:
            reason = (
                "the folder has the splits and their gold labels" if is_wrench else "format is not 'wrench'"
            )
            raise section.error(f"{key} does not go with this format: {reason}; remove it")
    wrench = section.text("folder")
    gold_files = Section(section.file, "data.gold_files", section.table("gold_files")).only(SPLITS)
    return DataSettings(
        files=_paths(folder, section),
        gold_files=_paths(folder, gold_files),
        wrench_folder=folder / wrench if wrench else None,
        is_wrench=is_wrench,
        text=section.text("text"),
        gold=section.text("gold"),
        gold_map=_gold_map(section, None),
        gold_unknown=section.choice("gold_unknown", get_args(Unknown), "error"),  # type: ignore[arg-type]
        gold_separator=section.text("gold_separator"),
        hand_labels=folder / (section.text("hand_labels") or HAND_LABELS),
        show=section.text_or_texts("show"),
    )


def _paths(folder: Path, section: Section) -> dict[str, Path]:
    given = {split: section.text(split) for split in SPLITS}
    return {split: folder / path for split, path in given.items() if path is not None}


def _moved(files: dict[str, Path], folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        raise ProjectError(f"--data {str(folder)!r} is no folder; name the folder with the data files")
    return {split: folder / path.name for split, path in files.items()}


def _lfs(folder: Path, section: Section) -> LFSettings:
    section.only(("module", "variable", "on_fault", "timeout"))
    return LFSettings(
        module=folder / (section.text("module", "lfs.py") or "lfs.py"),
        variable=section.text("variable"),
        on_fault=section.choice("on_fault", ("raise", "abstain"), "raise"),
        timeout=section.seconds("timeout", 60.0),
    )


def _label_model(section: Section) -> ModelSettings:
    section.only(("name", "gold", "settings"))
    if section.values.get("gold") == "test":
        raise section.error(
            'gold = "test": hand labels of test rows only score; expected "none", "train" or "valid"'
        )
    gold = section.choice("gold", SOURCES, "none")
    return replace(_model(section, "LabelModel"), gold=gold)


def _model(section: Section, default: str) -> ModelSettings:
    return ModelSettings(
        name=section.text("name", default) or default,
        settings=section.table("settings"),
        features=section.text_or_texts("features"),
        version=section.text("version"),
    )
