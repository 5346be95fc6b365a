"""Finished results, looked at without running code of the project and without writing to its folder.

What is needed of labeling functions for that is kept beside their votes, with all that was read while the LF
module ran: as long as none of it has changed, running it again would tell nothing new.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final

import polars as pl

from labelwright._errors import DamagedFileError, LabelwrightError, StoreError
from labelwright._installed import installed_version, looks_installed, owner_of
from labelwright._packing import MALFORMED
from labelwright._reads import Reads, content_of, made_by
from labelwright._sealed import read_sealed, write_parquet
from labelwright._version import __version__
from labelwright._watch import watching
from labelwright.core import LabelSpace, SpaceChange, Task
from labelwright.io import read_table
from labelwright.io.fingerprint import frame_fingerprint
from labelwright.lfs import LabelingFunction
from labelwright.pipeline.lf_module import LFModule, Prepare
from labelwright.pipeline.settings import Settings
from labelwright.store import ValueStore, content_key

ROLE: Final = "lf module"
FORMAT_VERSION: Final = 1
IMPORT: Final = re.compile(r"^\s*(?:from\s+(\w+)|import\s+(\w.*))", re.MULTILINE)


class NotFinishedError(LabelwrightError):
    """A result is not there, or what it was made from has changed, so that a run has to make it."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class KeptLF(LabelingFunction):
    """A labeling function as it is known without its code: it has votes that are kept, and cannot run."""

    is_code: ClassVar[bool] = False

    kind: str  # type: ignore[misc]
    known_fingerprint: str
    description: str
    definition: str
    of: tuple[KeptLF, ...]

    @property
    def repeats(self) -> bool:
        """Whether it votes the same on the same row: its votes are taken as they are."""
        return True

    @property
    def needs(self) -> tuple[LabelingFunction, ...]:
        """The LFs whose votes it reads."""
        return self.of

    @property
    def runs(self) -> str:  # type: ignore[override]
        """How it runs: not at all."""
        raise NotFinishedError(f"LF {self.name!r} has no votes on these rows yet, or they hold no longer")

    @property
    def fingerprint(self) -> str:
        """Its fingerprint when its votes were made."""
        return self.known_fingerprint

    @property
    def source(self) -> str:
        """Its source text or canonical definition."""
        return self.definition

    def describe(self) -> str:
        """Say what it does."""
        return self.description

    def _fingerprint_parts(self) -> tuple[object, ...]:
        return (self.known_fingerprint,)


@dataclass(frozen=True, slots=True, kw_only=True)
class LFRecord:
    """What is kept of a labeling function."""

    name: str
    kind: str
    fingerprint: str
    description: str
    source: str
    task: str | None
    classes: tuple[str, ...] | None
    columns: tuple[str, ...] | None
    needs: tuple[LFRecord, ...] = ()

    @classmethod
    def of(cls, lf: LabelingFunction, fingerprint: str) -> LFRecord:
        """Return what to keep of a labeling function, and of those whose votes it reads."""
        return cls(
            name=lf.name,
            kind=lf.kind,
            fingerprint=fingerprint,
            description=lf.describe(),
            source=lf.source,
            task=None if lf.task is None else lf.task.name,
            classes=None if lf.space is None else lf.space.names,
            columns=lf.columns,
            needs=tuple(cls.of(one, one.fingerprint) for one in lf.needs),
        )

    def as_lf(self) -> KeptLF:
        """Return it as a labeling function that cannot run."""
        space = None if self.classes is None else LabelSpace(self.classes)
        return KeptLF(
            name=self.name,
            space=space,
            task=None if self.task is None or space is None else Task(self.task, space),
            columns=self.columns,
            kind=self.kind,
            known_fingerprint=self.fingerprint,
            description=self.description,
            definition=self.source,
            of=tuple(one.as_lf() for one in self.needs),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRecord:
    """What is kept of a change of classes."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    meanings: tuple[tuple[int, ...], ...]

    def as_change(self) -> SpaceChange:
        """Return the change."""
        return SpaceChange(LabelSpace(self.before), LabelSpace(self.after), self.meanings)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleRecord:
    """What is kept of the LF module of a task: what it holds, and what was read while it ran."""

    lfs: tuple[LFRecord, ...]
    changes: tuple[ChangeRecord, ...]
    prepares: bool
    reads: Mapping[str, object]

    @classmethod
    def of(
        cls, module: LFModule, fingerprints: Mapping[str, str], reads: Reads, folder: Path
    ) -> ModuleRecord:
        """Return what to keep of a module; files below the folder are named from there."""
        return cls(
            lfs=tuple(LFRecord.of(lf, fingerprints[lf.name]) for lf in module.lfs),
            changes=tuple(
                ChangeRecord(before=one.before.names, after=one.space.names, meanings=one.meanings)
                for one in module.changes
            ),
            prepares=module.prepare is not None,
            reads=reads.to_plain(folder),
        )

    def save(self, kept: ValueStore, settings: Settings) -> None:
        """Write it, unless it is there already."""
        if kept.load(ROLE, _key(settings), ModuleRecord) != self:
            kept.save(ROLE, _key(settings), self)

    @classmethod
    def load(cls, settings: Settings) -> ModuleRecord:
        """Return what is kept of the LF module as it is now.

        Raises
        ------
        NotFinishedError
            Nothing is, or something that it was made from has changed.
        """
        kept = ValueStore(settings.results / "kept", writes=False)
        record = kept.load(ROLE, _key(settings), ModuleRecord)
        if record is None:
            raise NotFinishedError("the labeling functions have not run yet, or other settings named them")
        _check(record.reads, settings.folder)
        return record

    def as_module(self, prepare: Prepare | None) -> LFModule:
        """Return the module with labeling functions that cannot run, and with what stands for its hook."""
        return LFModule(
            lfs=tuple(one.as_lf() for one in self.lfs),
            prepare=prepare if self.prepares else None,
            changes=tuple(one.as_change() for one in self.changes),
        )


def _key(settings: Settings) -> str:
    module = os.path.relpath(settings.lfs.module, settings.folder)
    tasks = [task.name for task in settings.tasks]
    return content_key(FORMAT_VERSION, *made_by(), module, settings.lfs.variable, settings.chosen.name, tasks)


def _check(plain: Mapping[str, Any], folder: Path) -> None:
    """Raise a NotFinishedError where something that was read is not as it was."""
    try:
        changes = Reads.from_plain(plain, folder).changes(folder)
    except MALFORMED as error:
        raise NotFinishedError("what is kept cannot be read") from error
    if changes:
        raise NotFinishedError(f"{changes[0]} since the results were made")


# --- what an LF module reads


@contextmanager
def noting_module(module: Path) -> Iterator[list[Reads]]:
    """Note what is read while the LF module is loaded in the block; it is in the list afterwards."""
    found: list[Reads] = []
    with watching() as seen:
        yield found
    files = {str(path): content_of(str(path)) for path in (module, *_users_modules())}
    files |= seen.reads.files
    names = {name for path in files for name in _imported(path)}
    # A file that comes to lie beside the module is what the name stands for then.
    ahead = [module.parent / file for name in names for file in (f"{name}.py", f"{name}/__init__.py")]
    files |= {str(path): content_of(str(path)) for path in ahead if str(path) not in files}
    loaded = (names & sys.modules.keys()) - sys.stdlib_module_names - {"labelwright"}
    packages = {name: version for name in loaded if (version := installed_version(name)) is not None}
    found.append(Reads(files=files, packages=packages).joined(seen.reads))


def _users_modules() -> list[str]:
    """Return the files of modules that are no installed packages, whenever they were imported."""
    files = [getattr(module, "__file__", None) for name, module in sys.modules.items() if name != "__main__"]
    named = (file for file in files if isinstance(file, str) and not looks_installed(file))
    return [file for file in named if owner_of(file) == "user"]


def _imported(path: str) -> set[str]:
    """Return the top-level modules that a file of the user names, told by its lines: it may be a long one."""
    if not path.endswith(".py") or not Path(path).is_file():
        return set()
    with suppress(OSError, UnicodeDecodeError):
        found = IMPORT.findall(Path(path).read_text(encoding="utf-8"))
        named = [home or part.strip() for home, several in found for part in several.split(",")]
        return {re.split(r"\W", name, maxsplit=1)[0] for name in named} - {""}
    return set()


# --- rows that the project's hook made


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPrepare:
    """The project's `prepare`, whose rows are kept; without code it gives those that it made of equal rows.

    Parameters
    ----------
    hook : callable or None
        What the LF module holds; None where no code runs.
    folder : Path
        ``.labelwright/prepared`` of a project.
    kept : ValueStore
        Where it is noted which file is whole.
    home : Path
        The project folder.
    """

    hook: Prepare | None
    folder: Path
    kept: ValueStore
    home: Path

    def __call__(self, frame: pl.DataFrame, split: str) -> pl.DataFrame:
        """Return the rows that the hook makes of a frame."""
        path = self.folder / f"{split}.parquet"
        key = content_key("prepared", FORMAT_VERSION, split, frame_fingerprint(frame), __version__)
        if self.hook is None:
            return self._made_before(path, key, split)
        with watching() as seen:
            made = read_table(self.hook(frame, split))
        self._save(path, key, split, made, seen.reads)
        return made

    def _made_before(self, path: Path, key: str, split: str) -> pl.DataFrame:
        try:
            made, about = read_sealed(path)
        except (FileNotFoundError, DamagedFileError):
            made, about = None, {}
        if made is None or about.get("key") != key:
            raise NotFinishedError(f"no rows are kept that prepare made of the {split} data as they are")
        _check(about["reads"], self.home)
        return made

    def _save(self, path: Path, key: str, split: str, made: pl.DataFrame, reads: Reads) -> None:
        role, noted = f"prepared {split}", content_key(key, frame_fingerprint(made), reads.key())
        if self.kept.holds(role, noted, path, quiet=True):
            return
        with suppress(StoreError):  # rows of types that no file holds are made each time
            write_parquet(path, made, {"key": key, "reads": reads.to_plain(self.home)})
            self.kept.note_file(role, noted, path)
