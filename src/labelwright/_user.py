"""What labelwright keeps of its user outside of projects: a secret to sign with, and whose code runs."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import sys
from contextlib import suppress
from pathlib import Path

from labelwright._errors import StoreError
from labelwright._files import write_atomically

VARIABLE = "LABELWRIGHT_STATE"
MAX_PROJECTS = 1_000  # remembered; the oldest are forgotten


def state_folder() -> Path:
    """Return the user's folder: what LABELWRIGHT_STATE names, else where the system keeps such things."""
    if given := os.environ.get(VARIABLE):
        return Path(given)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home()) / "labelwright"
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "labelwright"


def sign(content: bytes) -> str | None:
    """Return the signature of this user under some bytes; None where the user's folder cannot be written.

    Examples
    --------
    >>> signature = sign(b"made here")
    >>> is_signed(b"made here", signature), is_signed(b"changed", signature), is_signed(b"made here", None)
    (True, False, False)
    """
    try:
        return _signature(content, _secret(make=True))
    except OSError:
        return None


def is_signed(content: bytes, signature: object) -> bool:
    """Say whether this user has signed some bytes."""
    if not isinstance(signature, str):
        return False
    try:
        expected = _signature(content, _secret(make=False))
    except OSError:
        return False
    return hmac.compare_digest(expected.encode(), signature.encode())


def knows_project(folder: Path) -> bool:
    """Say whether the code of a project has run for this user."""
    return str(folder.resolve()) in _projects()


def remember_project(folder: Path) -> None:
    """Note that the code of a project runs for this user."""
    name = str(folder.resolve())
    with suppress(OSError):  # nothing is remembered then, and it is said each time
        _write_projects([*(one for one in _projects() if one != name), name][-MAX_PROJECTS:])


def forget_project(folder: Path) -> bool:
    """Take back that the code of a project runs for this user; say whether it did.

    Raises
    ------
    StoreError
        The user's folder cannot be written.
    """
    known, name = _projects(), str(folder.resolve())
    if name not in known:
        return False
    try:
        _write_projects([one for one in known if one != name])
    except OSError as error:
        raise StoreError(
            f"cannot write {str(_remembered())!r}: {error.strerror}; check its permissions"
        ) from error
    return True


def known_projects() -> tuple[Path, ...]:
    """Return the folders of projects whose code runs for this user, the newest first."""
    return tuple(Path(name) for name in reversed(_projects()))


def _projects() -> list[str]:
    with suppress(OSError, ValueError, RecursionError):
        read = json.loads(_remembered().read_text(encoding="utf-8"))
        return [one for one in read if isinstance(one, str)] if isinstance(read, list) else []
    return []


def _write_projects(names: list[str]) -> None:
    text = json.dumps(names, indent=0)
    write_atomically(_remembered(), lambda partial: partial.write_text(text, encoding="utf-8"))


def _remembered() -> Path:
    return state_folder() / "projects.json"


def _signature(content: bytes, secret: bytes) -> str:
    return hmac.new(secret, content, hashlib.sha256).hexdigest()


def _secret(*, make: bool) -> bytes:
    """Return the user's secret, which nobody else can read; made where it is missing and may be made."""
    place = state_folder() / "secret"
    with suppress(FileNotFoundError):
        return _whole(place.read_bytes())
    if not make:
        raise StoreError("there is no secret")
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:  # another process was faster
        return _whole(place.read_bytes())
    with os.fdopen(descriptor, "wb") as file:
        file.write(secret := secrets.token_bytes(32))
    return secret


def _whole(secret: bytes) -> bytes:
    if len(secret) != 32:
        raise StoreError("the secret is no secret of labelwright")
    return secret
