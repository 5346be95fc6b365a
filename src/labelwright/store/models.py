"""Fitted models on disk, each with the key of everything it was made from, and none of them a pickle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from labelwright._errors import StoreError

if TYPE_CHECKING:
    from labelwright.end_models._saving import KeptModel

Role: TypeAlias = Literal["label_model", "end_model"]
SUFFIX = ".npz"


class ModelStore:
    """Fitted models, one file each, named by what they were made from.

    The file of a key is there whole or not at all. Reading one runs no code of the file, whoever made it; see
    `labelwright.label_models.load` and `labelwright.end_models.load`. A symbolic link in the place of a file
    is refused.

    Parameters
    ----------
    folder : Path
        ``.labelwright/models`` of a project.

    Examples
    --------
    >>> import tempfile
    >>> from labelwright.label_models import MajorityVote
    >>> store = ModelStore(Path(tempfile.mkdtemp()))
    >>> store.save_label_model("a" * 32, MajorityVote().fit([[0, 1], [1, 1]]))
    >>> store.load_label_model("a" * 32).predict([[0, 0]]).tolist()
    [0]
    >>> store.load_label_model("b" * 32) is None
    True
    >>> store.latest("label_model").name
    'label_model-aaaaaaaaaaaaaaaa.npz'
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, role: Role, key: str) -> Path:
        """Return where the model of a role and key is."""
        return self.folder / f"{role}-{key[:16]}{SUFFIX}"

    def latest(self, role: Role) -> Path | None:
        """Return the file of the model that was made last in a role, or None."""
        found = sorted(self.folder.glob(f"{role}-*{SUFFIX}"), key=lambda path: path.lstat().st_mtime_ns)
        return found[-1] if found else None

    def save_label_model(self, key: str, model: Any) -> None:
        """Write a label model in place of those before it."""
        from labelwright.label_models._saving import save_as

        save_as(model, self.path("label_model", key), key=key)
        self.remove_others("label_model", key)

    def load_label_model(self, key: str) -> Any | None:
        """Return the label model of a key, or None where there is none.

        Raises
        ------
        StoreError
            Its file cannot be read, or should not be, or is that of another key; it can be made again.
        """
        from labelwright.label_models._saving import load_as

        path = self.path("label_model", key)
        return load_as(path, key=key) if _is_there(path) else None

    def save_end_model(self, key: str, model: Any, about: Mapping[str, Any]) -> None:
        """Write an end model in place of those before it, and what it needs to be used beside it."""
        from labelwright.end_models import save

        save(model, self.path("end_model", key), about={**about, "key": key})
        self.remove_others("end_model", key)

    def read_end_model(self, path: Path, *, module: Any = None) -> KeptModel:
        """Return the end model of a file, and what was kept beside it.

        Raises
        ------
        StoreError
            The file cannot be read, or should not be, or its name is that of another key.
        """
        from labelwright.end_models._saving import load_with_notes

        kept = load_with_notes(path, module=module, follow_links=False)
        about = dict(kept.about) if isinstance(kept.about, Mapping) else {}
        if path != self.path("end_model", str(about.pop("key", None))):
            raise StoreError(
                f"{str(path)!r} is an end model that was made from something else; train again with: "
                "labelwright train"
            )
        return replace(kept, about=about)

    def remove_others(self, role: Role, key: str) -> None:
        """Remove the models that this one replaces, pickles of older versions among them."""
        for old in (*self.folder.glob(f"{role}-*{SUFFIX}"), *self.folder.glob(f"{role}-*.joblib")):
            if old != self.path(role, key):
                old.unlink(missing_ok=True)


def _is_there(path: Path) -> bool:
    return path.exists() or path.is_symlink()
