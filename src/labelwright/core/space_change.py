"""What becomes of votes when the classes of a task change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from labelwright._errors import LabelMatrixError, LabelSpaceError
from labelwright._types import ABSTAIN, BoolArray, IntArray
from labelwright._validate import duplicates, shorten
from labelwright.core.label_space import LabelSpace
from labelwright.core.votes.vote_sets import allowed_classes

if TYPE_CHECKING:
    from labelwright.core.label_matrix import LabelMatrix
    from labelwright.core.lf_change import LFChange, Voter


@dataclass(frozen=True, slots=True)
class SpaceChange:
    """A change of classes: what each old class means among the new ones.

    Made by `LabelSpace.refine`, `LabelSpace.merge` and `LabelSpace.drop`; `then` joins several.

    Parameters
    ----------
    before, space : LabelSpace
        The old classes, and the new ones.
    meanings : tuple of tuple of int
        For each old class, the new classes that a row of it can be: one where the class stays, is renamed or
        merged; several where it was split; none where it was dropped.

    Examples
    --------
    >>> change = LabelSpace(["negative", "positive"]).refine(
    ...     {"negative": ["negative", "neutral"], "positive": ["neutral", "positive"]}
    ... )
    >>> print(change)
    negative -> negative or neutral
    positive -> neutral or positive
    >>> change.space.names
    ('negative', 'neutral', 'positive')
    """

    before: LabelSpace
    space: LabelSpace
    meanings: tuple[tuple[int, ...], ...]

    @property
    def allowed(self) -> BoolArray:
        """(k old, k new) bool: the new classes that each old class can be."""
        table = np.zeros((len(self.before), len(self.space)), dtype=bool)
        for old, new in enumerate(self.meanings):
            table[old, list(new)] = True
        return table

    def apply(self, L: LabelMatrix) -> LabelMatrix:
        """Return the votes over the new classes.

        A vote for a class that was split becomes a vote for the set of its parts, which is a partial label;
        one for a class that was dropped, or that could now be any class, becomes an abstain. Sets go the same
        way, class by class. Names and fingerprints of the LFs stay: it is the same version that voted.

        Parameters
        ----------
        L : LabelMatrix
            Votes over the old classes.

        Returns
        -------
        LabelMatrix
            Votes over the new classes, with `vote_sets` where some are sets. `PartialLabels` learns from
            them; the other label models say in one line that they do not.

        Raises
        ------
        LabelMatrixError
            The votes are over other classes.

        Notes
        -----
        Cost: one look-up a vote.

        Examples
        --------
        >>> from labelwright.core import LabelMatrix
        >>> change = LabelSpace(["bad", "good"]).refine("good", into=["good", "excellent"])
        >>> L = change.apply(LabelMatrix([[0, 1], [-1, 1]], space=change.before))
        >>> L.votes.tolist(), L.vote_sets.tolist()
        ([[0, 3], [-1, 3]], [[False, True, True]])
        """
        from labelwright.core.label_matrix import LabelMatrix

        self._check_matrix(L)
        possible = self.of_codes(L.vote_sets)
        says_something = possible.any(axis=1) & ~possible.all(axis=1)
        # Every code becomes the code of a set; LabelMatrix makes classes of sets of one.
        codes = np.where(says_something, len(self.space) + np.cumsum(says_something) - 1, ABSTAIN)
        return LabelMatrix(
            np.append(codes, ABSTAIN)[L.votes],
            space=self.space if L.task is None else L.task.over(self.space),
            lf_names=L.lf_names,
            fingerprints=L.fingerprints,
            vote_sets=possible[says_something],
        )

    def of_codes(self, vote_sets: BoolArray | None) -> BoolArray:
        """(k + c, k new) bool: the new classes that each vote of a label matrix allows."""
        old = allowed_classes(vote_sets, k=len(self.before))
        possible: BoolArray = (old.astype(np.int64) @ self.allowed.astype(np.int64)) > 0
        return possible

    def gold(self, labels: object) -> IntArray:
        """Return hand labels over the new classes, -1 where that cannot be told.

        Parameters
        ----------
        labels : (n,) array of integers
            Old classes, -1 where unknown.

        Raises
        ------
        LabelMatrixError
            Labels that are no old classes.

        Examples
        --------
        >>> change = LabelSpace(["bad", "good"]).refine("good", into=["good", "excellent"])
        >>> change.gold([0, 1, -1]).tolist()
        [0, -1, -1]
        """
        given = np.asarray(labels)
        if given.ndim != 1 or (given.size and given.dtype.kind not in "iu"):
            raise LabelMatrixError(
                f"gold labels have shape {given.shape} and type {given.dtype}; expected (n,) integers"
            )
        if given.size and not (given.min() >= ABSTAIN and given.max() < len(self.before)):
            wrong = given[(given < ABSTAIN) | (given >= len(self.before))][0]
            raise LabelMatrixError(f"gold label {wrong} is none of {self.before}; -1 where unknown")
        single = [new[0] if len(new) == 1 else ABSTAIN for new in self.meanings]
        mapped: IntArray = np.array([*single, ABSTAIN])[given.astype(np.int64)]
        return mapped

    def lfs(self, lfs: Iterable[Voter], *, votes: LabelMatrix | None = None) -> tuple[LFChange, ...]:
        """Say of each labeling function what becomes of it, and whether somebody should look at it.

        Parameters
        ----------
        lfs : iterable of LabelingFunction
            The LFs over the old classes.
        votes : LabelMatrix, optional
            Their votes over the old classes, from which to see what Python code votes for.

        Returns
        -------
        tuple of LFChange
            One an LF, in order; ``[one for one in ... if one.asked]`` are those to look at.

        Raises
        ------
        LabelSpaceError
            An LF votes for other classes than the old or the new ones.
        LabelMatrixError
            ``votes`` are over other classes.

        Examples
        --------
        >>> from labelwright.lfs import keywords
        >>> space = LabelSpace(["negative", "positive"])
        >>> change = space.refine("positive", into=["neutral", "positive"])
        >>> lfs = [
        ...     keywords("awful", ["awful"], on="text", vote="negative", space=space),
        ...     keywords("fine", ["fine"], on="text", vote="positive", space=space),
        ... ]
        >>> for one in change.lfs(lfs):
        ...     print(one)
        awful: keep - votes negative
        fine: partial - positive becomes neutral or positive; say which, and its votes say more
        """
        from labelwright.core.lf_change import change_of

        if votes is not None:
            self._check_matrix(votes)
        return tuple(change_of(self, lf, votes) for lf in lfs)

    def then(self, other: SpaceChange) -> SpaceChange:
        """Return this change followed by another.

        Raises
        ------
        LabelSpaceError
            The other one does not begin where this one ends.

        Examples
        --------
        >>> first = LabelSpace(["a", "b"]).refine("b", into=["b", "c"])
        >>> print(first.then(first.space.merge(["b", "c"], into="d")))
        a -> a
        b -> d
        """
        if not isinstance(other, SpaceChange) or other.before != self.space:
            begins = other.before if isinstance(other, SpaceChange) else repr(other)
            raise LabelSpaceError(f"a change to {self.space} cannot be followed by one from {begins}")
        both = (self.allowed.astype(np.int64) @ other.allowed.astype(np.int64)) > 0
        return SpaceChange(
            self.before, other.space, tuple(tuple(np.flatnonzero(row).tolist()) for row in both)
        )

    def becomes(self, new: Iterable[int]) -> str:
        """Return a set of new classes as people read it."""
        classes = list(new)
        if not classes or len(classes) == len(self.space):
            return "no vote"
        return " or ".join(self.space.name(one) for one in classes)

    def __str__(self) -> str:
        pairs = zip(self.before, self.meanings, strict=True)
        return "\n".join(f"{old} -> {self.becomes(new)}" for old, new in pairs)

    def _check_matrix(self, L: Any) -> None:
        from labelwright.core.label_matrix import LabelMatrix

        if not isinstance(L, LabelMatrix):
            raise LabelMatrixError(f"got {type(L).__name__}; pass a LabelMatrix over {self.before}")
        if L.space != self.before:
            already = "; they are over the new classes already" if L.space == self.space else ""
            raise LabelMatrixError(f"the votes are over {L.space}, the change is from {self.before}{already}")


def refined(space: LabelSpace, parts: Mapping[Any, Any]) -> SpaceChange:
    """Return the change in which some classes are split, or share a new one."""
    split = {space.index(name): _names(name, into) for name, into in parts.items()}
    if ABSTAIN in split:
        raise LabelSpaceError(f"refine got ABSTAIN, which is no class; expected one of {space}")
    meanings = [split.get(index, [name]) for index, name in enumerate(space)]
    names = list(dict.fromkeys(name for part in meanings for name in part))
    if len(names) <= len(space) and set(names) <= set(space):
        raise LabelSpaceError(f"refine adds no class to {shorten(space.names)}; name a new one in into=")
    return _change(space, names, meanings)


def merged(space: LabelSpace, classes: Iterable[Any], into: str) -> SpaceChange:
    """Return the change in which some classes become one."""
    gone = _indices(space, classes, "merge")
    kept = [name for index, name in enumerate(space) if index not in gone]
    if into in kept:
        raise LabelSpaceError(
            f"merge into {into!r}, a class that is not merged; add it to the classes, or choose another name"
        )
    meanings = [[into] if index in gone else [name] for index, name in enumerate(space)]
    return _change(space, list(dict.fromkeys(name for part in meanings for name in part)), meanings)


def without(space: LabelSpace, classes: Iterable[Any]) -> SpaceChange:
    """Return the change in which some classes are no longer asked for."""
    gone = _indices(space, classes, "drop")
    meanings = [[] if index in gone else [name] for index, name in enumerate(space)]
    return _change(space, [name for part in meanings for name in part], meanings)


def _change(space: LabelSpace, names: Sequence[str], meanings: Sequence[Sequence[str]]) -> SpaceChange:
    new = LabelSpace(names)
    return SpaceChange(
        space, new, tuple(tuple(sorted(new.index(name) for name in part)) for part in meanings)
    )


def _indices(space: LabelSpace, classes: Iterable[Any], what: str) -> set[int]:
    given = [classes] if isinstance(classes, (str, int)) else list(classes)
    indices = [space.index(one) for one in given]
    if not indices or ABSTAIN in indices:
        raise LabelSpaceError(f"{what} got {given!r}; expected at least one of {space}")
    return set(indices)


def _names(name: object, into: object) -> list[str]:
    if isinstance(into, str) or not isinstance(into, Iterable):
        raise LabelSpaceError(f"refine {name!r}: into={into!r} is no list of classes; pass a list of names")
    names = list(into)
    if len(names) < 2:
        raise LabelSpaceError(
            f"refine {name!r}: into={names!r} has {len(names)} classes; name at least 2 "
            "(to rename a class, merge it alone)"
        )
    if any(not isinstance(one, str) for one in names) or duplicates(names):
        raise LabelSpaceError(f"refine {name!r}: into={names!r}; expected different class names")
    return names
