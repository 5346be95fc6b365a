"""What an end model was made of, compared without running code: who uses it is told of changes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from labelwright._packing import MALFORMED
from labelwright._reads import Reads, content_of
from labelwright._text import listed
from labelwright.pipeline.settings import HAND_LABELS, Settings
from labelwright.store import ValueStore, file_digest

ROLE: Final = "end model origin"
JUDGED: Final = "judged end model"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What an end model was made of.

    Attributes
    ----------
    settings : mapping of str to object
        What the settings said, by what people call it.
    reads : mapping of str to object
        Files, environment variables and packages that the rows, the LFs and the end model come from.
    """

    settings: Mapping[str, object]
    reads: Mapping[str, object]

    @classmethod
    def of(cls, settings: Settings, reads: Reads) -> Origin:
        """Return what an end model is made of now, with all that code read for it."""
        files = {str(path): content_of(str(path)) for path in _data(settings)}
        found = Reads(files=files).joined(reads)
        return cls(settings=_said(settings), reads=found.to_plain(settings.folder))

    def save(self, kept: ValueStore, model: str) -> None:
        """Keep it for the end model of a file, unless it is kept already."""
        if kept.load(ROLE, model, Origin) != self:
            kept.save(ROLE, model, self)

    def changes(self, settings: Settings) -> list[str]:
        """Say what is not as it was when the end model was trained.

        Cost: the training data are read once, which is about 1 GB/s.
        """
        now = _said(settings)
        changed = [f"{name} changed" for name, said in self.settings.items() if now.get(name) != said]
        reads = Reads.from_plain(self.reads, settings.folder)
        return [*changed, *reads.changes(settings.folder)]


def _said(settings: Settings) -> dict[str, object]:
    """Return what decides an end model in the settings, as plain values that JSON gives back."""
    task, label_model, end_model = settings.chosen, settings.label_model, settings.end_model
    data = settings.data
    train = data.wrench_folder or data.files.get("train")
    return {
        "the task's name": task.name,
        "the classes": None if task.space is None else list(task.space.names),
        "the label model": [label_model.name, repr(sorted(label_model.settings.items())), label_model.gold],
        "the end model": [
            end_model.name,
            repr(sorted(end_model.settings.items())),
            None if end_model.features is None else list(end_model.features),
            end_model.version,
        ],
        "the seed": settings.seed,
        "where the labeling functions are": [
            os.path.relpath(settings.lfs.module, settings.folder),
            settings.lfs.variable,
        ],
        "where the training rows are": None if train is None else os.path.relpath(train, settings.folder),
    }


def _data(settings: Settings) -> list[Path]:
    """Return the files of rows and hand labels that an end model is made of."""
    data, gold = settings.data, settings.label_model.gold
    if data.wrench_folder is not None:
        return sorted(data.wrench_folder.glob("*.json*"))
    splits = ["train"] if gold == "none" else ["train", gold]
    found = [files[split] for files in (data.files, data.gold_files) for split in splits if split in files]
    by_hand = [data.hand_labels or settings.folder / HAND_LABELS] if gold != "none" else []
    return list(dict.fromkeys([*found, *by_hand]))


# --- the end model whose scores people have seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The end model of the last report.

    Attributes
    ----------
    file : str
        The name of its file.
    digest : str or None
        Of what that holds.
    """

    file: str
    digest: str | None

    @classmethod
    def of(cls, path: Path) -> Judged:
        """Return it as it is in a file."""
        return cls(file=path.name, digest=file_digest(path))

    def save(self, kept: ValueStore) -> None:
        """Keep it as the one that was judged last."""
        if self.load(kept) != self:
            kept.save(JUDGED, JUDGED, self)

    @classmethod
    def load(cls, kept: ValueStore) -> Judged | None:
        """Return the one that was judged last; None where none was."""
        return kept.load(JUDGED, JUDGED, cls)

    def is_at(self, path: Path) -> bool:
        """Tell whether a file holds it."""
        return path.name == self.file and file_digest(path) == self.digest


def outdated(kept: ValueStore, settings: Settings, path: Path) -> str | None:
    """Return the line that somebody should read who uses the end model of a file; None where all is well."""
    origin = kept.load(ROLE, path.name, Origin)
    try:
        changes = None if origin is None else origin.changes(settings)
    except MALFORMED:
        changes = None
    if changes is None:
        return "end model: it is not known what it was made of; to make sure of it: labelwright run"
    if changes:
        return f"end model: {listed(changes, 3)} since it was trained; to train it anew: labelwright run"
    judged = Judged.load(kept)
    if judged is not None and not judged.is_at(path):
        return "end model: trained after the last report, so no score is of it; to score it: labelwright run"
    return None
