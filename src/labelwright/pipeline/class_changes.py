"""Labeling functions that were written for the classes a project had before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

from labelwright._errors import ProjectError
from labelwright._validate import shorten
from labelwright.core import LabelMatrix, LabelSpace, LFChange, SpaceChange
from labelwright.store import content_key

if TYPE_CHECKING:
    from labelwright.lfs import LabelingFunction


@dataclass(frozen=True, slots=True)
class ClassChanges:
    """The classes of a project, and how it came to them.

    Parameters
    ----------
    space : LabelSpace
        The classes of the project now.
    changes : tuple of SpaceChange
        The changes that its LF module holds; those that end at other classes are steps on the way.
    """

    space: LabelSpace
    changes: tuple[SpaceChange, ...] = ()

    def space_of(self, lf: LabelingFunction) -> LabelSpace:
        """Return the classes to run an LF with: older ones where it says so, else the project's."""
        return self.space if lf.space is None or self._from(lf.space) is None else lf.space

    def by_space(
        self, lfs: Iterable[LabelingFunction]
    ) -> list[tuple[LabelSpace, tuple[LabelingFunction, ...]]]:
        """Return the LFs grouped by the classes that they are to be run with, in order of appearance."""
        groups: dict[LabelSpace, list[LabelingFunction]] = {}
        for lf in lfs:
            groups.setdefault(self.space_of(lf), []).append(lf)
        return [(space, tuple(group)) for space, group in groups.items()]

    def key(self, key: str, space: LabelSpace) -> str:
        """Return the key of what becomes of votes over some classes: the change is part of it."""
        change = self._from(space)
        return key if change is None else content_key("changed", key, list(self.space.names), change.meanings)

    def joined(self, matrices: Iterable[LabelMatrix]) -> LabelMatrix:
        """Return votes over several classes as one label matrix over the project's."""
        return reduce(LabelMatrix.with_lfs, (self._now(matrix) for matrix in matrices))

    def check(self, lfs: Iterable[LabelingFunction]) -> None:
        """Raise where a change leads from an LF's classes, but not to those of the project.

        Raises
        ------
        ProjectError
            With the classes that the change leads to.
        """
        for lf in lfs:
            ends = [change.space for change in self.changes if change.before == lf.space]
            if lf.space != self.space and ends and self._from(lf.space) is None:
                raise ProjectError(
                    f"LF {lf.name!r} votes for older classes, and the change of them leads to "
                    f"{shorten(ends[0].names)}, not to [task] classes = {list(self.space.names)}; "
                    "set classes to these, or join changes with .then"
                )

    def asked(self, lfs: Iterable[LabelingFunction]) -> Iterator[LFChange]:
        """Give what becomes of the LFs over older classes that somebody should look at."""
        for space, group in self.by_space(lfs):
            change = self._from(space)
            if change is not None:
                yield from (one for one in change.lfs(group) if one.asked)

    def _from(self, space: LabelSpace | None) -> SpaceChange | None:
        if space == self.space:
            return None
        found = (change for change in self.changes if (change.before, change.space) == (space, self.space))
        return next(found, None)

    def _now(self, matrix: LabelMatrix) -> LabelMatrix:
        change = self._from(matrix.space)
        return matrix if change is None else change.apply(matrix)
