"""Whether code of a project may run: asked for once a folder, unless ``--yes`` or ``trust`` say so."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.machinery import all_suffixes
from pathlib import Path
from typing import TYPE_CHECKING, Final

from labelwright._errors import ProjectError
from labelwright._files import SETTINGS, shown_path
from labelwright._text import listed
from labelwright._user import forget_project, known_projects, remember_project
from labelwright.cli.exit import RefusedError, handled
from labelwright.cli.terminal import is_terminal, put

if TYPE_CHECKING:
    from labelwright.pipeline.settings import Settings

CODE_FOLDERS: Final = ("__pycache__", "*.dist-info", "*.egg-info")
"""What Python may take code from, or the names of code, beside files and packages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trusted:
    """A project whose code may run now, or no longer; ``code`` are its files."""

    folder: Path
    code: tuple[str, ...] = ()
    trusted: bool = True

    def to_dict(self) -> dict[str, object]:
        """Return plain values that JSON holds."""
        return {"project": shown_path(self.folder), "trusted": self.trusted, "code": list(self.code)}


@dataclass(frozen=True, slots=True)
class AllTrusted:
    """The folders whose code may run."""

    folders: tuple[Path, ...]

    def to_dict(self) -> dict[str, object]:
        """Return plain values that JSON holds; these paths are of this machine alone."""
        return {"trusted": [str(folder) for folder in self.folders]}


def trust(folder: Path) -> Trusted:
    """Let the code of a project run from now on."""
    from labelwright.pipeline.end_models import code_of
    from labelwright.pipeline.settings import read_settings

    settings = read_settings(folder)
    remember_project(settings.folder)
    return Trusted(folder=settings.folder, code=tuple(code_of(settings)))


def forget(folder: Path) -> Trusted:
    """Ask again before the code of a project runs; the folder may be gone.

    Raises
    ------
    ProjectError
        It was not trusted.
    """
    folder = folder.absolute()
    if not forget_project(folder):
        raise ProjectError(f"{str(folder)!r} was not trusted; see: labelwright trust --list")
    return Trusted(folder=folder, trusted=False)


def all_trusted() -> AllTrusted:
    """Return the folders whose code may run."""
    return AllTrusted(known_projects())


def trust_new(folder: Path, made: Iterable[Path]) -> None:
    """Trust a project that this command has made, unless settings or code of somebody else lie there."""
    ours = {path.absolute() for path in made}
    if all(path.absolute() in ours for path in (folder / SETTINGS, *_code_in(folder))):
        remember_project(folder)


def _code_in(folder: Path) -> list[Path]:
    """Return what Python would run, were the folder the first on its path."""
    endings = tuple(all_suffixes())
    return [
        *(path for path in folder.iterdir() if path.name.endswith(endings)),
        *(path for path in folder.glob("*/__init__.*") if path.name.endswith(endings)),
        *(path for pattern in CODE_FOLDERS for path in folder.glob(pattern)),
    ]


def allow(settings: Settings) -> None:
    """Ask whether the code of a project may run that never ran here.

    Raises
    ------
    RefusedError
        It may not, or nobody is there to be asked.
    """
    from labelwright.pipeline.end_models import code_of

    code = f"{listed(code_of(settings))} of {str(settings.folder)!r}"
    if not (_asks() and _says_yes(f"{code} never ran here, and can do whatever you can. Run it? [y/N] ")):
        place = shlex.quote(str(settings.folder))
        raise RefusedError(
            f"{code} never ran here, and can do whatever you can, so it is not run; look into it, then let "
            f"it run with: labelwright trust {place} (or add --yes)"
        )


def _asks() -> bool:
    return is_terminal(sys.stdin) and is_terminal(sys.stderr)


def _says_yes(question: str) -> bool:
    put(question, end="", to=sys.stderr)
    answer = ""
    try:
        with handled():
            answer = sys.stdin.readline()
    finally:
        if not answer.endswith("\n"):  # Ctrl-C and Ctrl-D leave the cursor behind the question
            put("", to=sys.stderr)
    return answer.strip().lower() in ("y", "yes")
