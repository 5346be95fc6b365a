"""Files that people ask for: none over one that is read here, and none over another unless they say so."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from labelwright._errors import ProjectError
from labelwright._places import kind_of
from labelwright.pipeline.settings import HAND_LABELS, RESULTS, Settings


def check_output(
    target: Path,
    files: Iterable[Path],
    settings: Settings,
    *,
    given: Path | None = None,
    overwrite: bool = False,
) -> None:
    """Raise where an output would take the place of what is read here, or of any file, unasked.

    Parameters
    ----------
    target : Path
        What was named: a file, or a folder.
    files : iterable of Path
        The files that will be written.
    settings : Settings
        The project, whose files are never written over: settings, code, data, gold and hand labels, results.
    given : Path, optional
        A file of rows that is read beside them.
    overwrite : bool, default False
        Whether other files may be replaced.

    Raises
    ------
    ProjectError
        It would.
    """
    read = [path for path in (given, *files_read(settings)) if path is not None]
    results, folder = settings.folder / RESULTS, settings.data.wrench_folder
    written = list(files)
    for file in (target, *(one for one in written if one != target)):
        if results.resolve() in (file.resolve(), *file.resolve().parents):
            raise ProjectError(
                f"{str(file)!r} is among the results that labelwright keeps; name another place"
            )
        if folder is not None and _are_one(file.parent, folder):
            raise ProjectError(
                f"{str(file)!r} is in the folder of data that is read here; name another place"
            )
        for path in read:
            if _are_one(file, path) or _are_twins(file, path):
                raise ProjectError(
                    f"{str(file)!r} is a file that is read here ({str(path)!r}); name another, or it is lost"
                )
    if not overwrite:
        check_free(written, "name another file, or replace it with --force (overwrite=True)")


def check_free(files: Iterable[Path], cure: str = "name another folder, or remove it") -> None:
    """Raise where one of some files is there already, be it a link to nowhere.

    Raises
    ------
    ProjectError
        It is.
    """
    for file in files:
        if os.path.lexists(file):
            kind = kind_of(file)
            is_file = kind in (None, "a symbolic link")  # nothing else is replaced, by whatever force
            raise ProjectError(
                f"{str(file)!r} is there already{f', {kind}' if kind else ''}; "
                + (cure if is_file else "name another, or move it away")
            )


def files_read(settings: Settings) -> list[Path]:
    """Return the files that a project reads, or would if they were there: settings, code, data, labels."""
    data = settings.data
    folder = data.wrench_folder
    found = [
        settings.file,
        settings.lfs.module,
        *data.files.values(),
        *data.gold_files.values(),
        data.hand_labels or settings.folder / HAND_LABELS,
        folder,
        *([] if folder is None else sorted(folder.glob("*.json*"))),
    ]
    return [path for path in found if path is not None]


def _are_one(one: Path, other: Path) -> bool:
    """Say whether two paths lead to the same file or folder, by whatever links."""
    return one.exists() and other.exists() and one.samefile(other)


def _are_twins(one: Path, other: Path) -> bool:
    """Say whether two names are one to file systems that ignore case, or how accents are written."""
    return _folded(one.name) == _folded(other.name) and _are_one(one.parent, other.parent)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name.casefold())
