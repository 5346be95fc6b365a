"""Why votes are kept, or are not: what the key of a labeling function holds, and what has changed of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from labelwright._display.notebook import Facts, Heading, Part, Point, Points
from labelwright._display.shown import Shown
from labelwright._files import shown_path
from labelwright._reads import Reads, made_by
from labelwright._text import listed
from labelwright.store import ValueStore, content_key

if TYPE_CHECKING:
    from labelwright.lfs import LabelingFunction

MADE_BY: Final = ("labelwright", "Python", "polars")
PACKAGE: Final = "package "
MAX_PARTS: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Why(Shown):
    """What the votes of a labeling function are kept by, and what has changed since they were made.

    Attributes
    ----------
    name, kind, fingerprint : str
        Which LF it is, and its version now.
    parts : mapping of str to str
        Its code, the helpers, globals, defaults and resources that it reaches, each with a digest, or the
        value itself where that is short.
    versions : mapping of str to str
        labelwright, Python and polars, and the packages that its code reaches or imported.
    files : mapping of str to (str or None)
        Files and folders that it read when its votes were made, from the project folder, with digests.
    variables : mapping of str to (str or None)
        The same of environment variables.
    unknowable : tuple of str
        What it asks that no key can hold. It runs in every run, unless it `repeats`.
    repeats : bool
        Somebody has said that it votes the same all the same: ``deterministic=True`` or ``version=...``.
    ran : bool
        It has run before.
    changes : tuple of str
        What is not as it was in the last run, in words; empty where all is, and its votes are kept.
    """

    name: str
    kind: str
    fingerprint: str
    parts: Mapping[str, str]
    versions: Mapping[str, str]
    files: Mapping[str, str | None]
    variables: Mapping[str, str | None]
    unknowable: tuple[str, ...]
    repeats: bool
    ran: bool
    changes: tuple[str, ...]

    def _display_parts(self) -> list[Part]:
        facts = [
            ("made of", listed(list(self.parts), MAX_PARTS)),
            ("reads", listed(list(self.files), MAX_PARTS) if self.files else ""),
            ("environment", listed(list(self.variables), MAX_PARTS) if self.variables else ""),
            ("versions", listed([f"{name} {version}" for name, version in self.versions.items()], MAX_PARTS)),
            ("asks", listed(self.unknowable, MAX_PARTS) if self.unknowable else ""),
        ]
        told = [(word, text) for word, text in facts if text]
        return [Heading(f"LF {self.name!r} ({self.kind})"), Facts(told), Points(list(self._points()))]

    def _points(self) -> Iterator[Point]:
        if not self.ran:
            yield Point("It has no votes yet: it runs in the next run.")
        elif self.changes:
            for change in self.changes:
                yield Point(change, mark="Changed:", kind="warning")
        elif self.unknowable and not self.repeats:
            yield Point("Nothing changed, and it runs in every run for what it asks.")
        else:
            yield Point("Nothing changed since the last run: its votes are kept.")

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON holds."""
        return {
            "name": self.name,
            "kind": self.kind,
            "fingerprint": self.fingerprint,
            "parts": dict(self.parts),
            "versions": dict(self.versions),
            "files": dict(self.files),
            "variables": dict(self.variables),
            "unknowable": list(self.unknowable),
            "repeats": self.repeats,
            "ran": self.ran,
            "changes": list(self.changes),
        }


@dataclass(frozen=True, slots=True)
class LFSource:
    """What is kept of one LF: what its votes were made of."""

    fingerprint: str
    parts: Mapping[str, str]
    made_by: tuple[str, ...]
    reads: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class LFSources:
    """What the votes of LFs were made of, kept a split: for people who ask why they run, or do not.

    Parameters
    ----------
    kept : ValueStore
        Where it is kept.
    home : Path
        The project folder.
    """

    kept: ValueStore
    home: Path
    _parts: dict[str, Mapping[str, str]] = field(default_factory=dict)

    def note(
        self, split: str, lfs: Sequence[LabelingFunction], fingerprints: Sequence[str], reads: Sequence[Reads]
    ) -> None:
        """Keep what the votes on a split were made of, unless just that is kept."""
        key = content_key(made_by(), fingerprints, [lf.name for lf in lfs], [one.key() for one in reads])
        if self.kept.load(f"sources {split} noted", key, bool):
            return
        before = self._load(split)
        found = {}
        for lf, fingerprint, read in zip(lfs, fingerprints, reads, strict=True):
            parts = self._parts_of(lf, fingerprint, before.get(lf.name))
            found[lf.name] = LFSource(fingerprint, parts, made_by(), read.to_plain(self.home))
        self.kept.save(f"sources {split}", "sources", found)
        self.kept.save(f"sources {split} noted", key, True)

    def _parts_of(self, lf: LabelingFunction, fingerprint: str, before: LFSource | None) -> Mapping[str, str]:
        if before is not None and before.fingerprint == fingerprint:
            return before.parts
        if fingerprint not in self._parts:
            self._parts[fingerprint] = named_parts_of(lf)
        return self._parts[fingerprint]

    def of(self, name: str, splits: Iterable[str]) -> list[LFSource]:
        """Return what is kept of an LF, for each of some splits that it has votes on."""
        found = (self._load(split).get(name) for split in splits)
        return [one for one in found if one is not None]

    def _load(self, split: str) -> dict[str, LFSource]:
        return self.kept.load(f"sources {split}", "sources", dict[str, LFSource]) or {}


def named_parts_of(lf: LabelingFunction) -> dict[str, str]:
    """Return what an LF is made of, by names that people know; of one without code its definition."""
    from labelwright.lfs._fingerprint.fingerprint import examined

    found = examined(lf)
    told = {} if lf.is_code else {"definition": found.fingerprint}
    return {**told, **found.parts}


def why(lf: LabelingFunction, sources: Sequence[LFSource], home: Path) -> Why:
    """Say what the votes of an LF are kept by, and what has changed since they were made.

    Parameters
    ----------
    lf : LabelingFunction
        As it is now.
    sources : sequence of LFSource
        What is kept of it, by split.
    home : Path
        The project folder.
    """
    fingerprint, parts = lf.fingerprint, named_parts_of(lf)
    reads = Reads().joined(*(Reads.from_plain(one.reads, home) for one in sources))
    changes = dict.fromkeys(change for one in sources for change in _changes(fingerprint, parts, one))
    changes |= dict.fromkeys(reads.changes(home))
    packages = {name.removeprefix(PACKAGE): said for name, said in parts.items() if name.startswith(PACKAGE)}
    own = dict(zip(MADE_BY, made_by(), strict=True))
    packages = {name: version for name, version in packages.items() if name not in {*own, "python"}}
    return Why(
        name=lf.name,
        kind=lf.kind,
        fingerprint=fingerprint,
        parts={name: said for name, said in parts.items() if not name.startswith(PACKAGE)},
        versions={**own, **packages, **reads.packages},
        files={shown_path(Path(path), home): digest for path, digest in reads.files.items()},
        variables=reads.variables,
        unknowable=reads.unknowable,
        repeats=lf.repeats,
        ran=bool(sources),
        changes=tuple(changes),
    )


def _changes(fingerprint: str, now: Mapping[str, str], source: LFSource) -> Iterator[str]:
    """Say which parts are not as they were when votes were made."""
    for what, old, new in zip(MADE_BY, source.made_by, made_by(), strict=False):
        if old != new:
            yield f"{what} was {old} and is {new}"
    known = [name for name in dict.fromkeys([*source.parts, *now]) if source.parts.get(name) != now.get(name)]
    if not known and source.fingerprint != fingerprint:
        yield "what its code holds changed"
    for name in known:
        before, after = source.parts.get(name), now.get(name)
        if before is None or after is None:
            yield f"{name} is {'new' if before is None else 'gone'}"
        elif name.startswith(PACKAGE) or max(len(before), len(after)) < 32:
            yield f"{name} was {before} and is {after}"
        else:
            yield f"{name} changed"
