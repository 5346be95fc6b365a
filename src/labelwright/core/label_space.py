"""The classes of a task and their names, and what becomes of votes when they change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import numpy as np

from labelwright._display.notebook import Grid, Heading, Note, Part
from labelwright._display.shown import Shown
from labelwright._display.text_table import columns_of_rows
from labelwright._errors import LabelMatrixError, LabelSpaceError
from labelwright._text import count, printable
from labelwright._types import ABSTAIN, BoolArray, IntArray
from labelwright._validate import did_you_mean, shorten
from labelwright.core.class_names import (
    Meanings,
    check_class_names,
    merged_names,
    names_without,
    new_names,
    split_names,
)
from labelwright.core.class_values import ClassReader, Mapped, ObjectArray, Unknown, as_gold, decode
from labelwright.core.lf_change import LFChange, VoteChange, Voter, Votes, lf_change, voted_sets
from labelwright.core.votes.checks import vote_dtype
from labelwright.core.votes.vote_sets import allowed_classes


class LabelSpace(Shown):
    """The named classes 0..k-1 that labeling functions vote for.

    A label space is a value: it never changes, two with the same names are equal, and it can be a
    dictionary key. A name that is a Python identifier is an attribute; any name is an item.

    Parameters
    ----------
    names : iterable of str
        At least two different, non-empty class names; a name's position is its class index.

    Raises
    ------
    LabelSpaceError
        Fewer than two names, a name twice, or a name that is not a non-empty string.

    Examples
    --------
    >>> space = LabelSpace(["HAM", "SPAM"])
    >>> space.SPAM, space["HAM"], len(space)
    (1, 0, 2)
    >>> space.index("SPAM"), space.name(0), space.name(-1)
    (1, 'HAM', 'ABSTAIN')
    """

    __slots__ = ("_index", "_names")

    _names: tuple[str, ...]
    _index: dict[str, int]

    def __init__(self, names: Iterable[str]) -> None:
        if isinstance(names, str):
            raise LabelSpaceError(f"label space got the single string {names!r}; pass a list of class names")
        if not isinstance(names, Iterable):
            raise LabelSpaceError(
                f"label space got {names!r} ({type(names).__name__}); pass a list of class names, or "
                "LabelSpace.of_size(k) for k classes without names"
            )
        given = tuple(names)
        check_class_names(given)
        object.__setattr__(self, "_names", given)
        object.__setattr__(self, "_index", {name: index for index, name in enumerate(given)})

    @classmethod
    def of_size(cls, k: int) -> LabelSpace:
        """Return the space of ``k`` classes that have no names of their own: "0", "1", ...

        Examples
        --------
        >>> LabelSpace.of_size(3).names
        ('0', '1', '2')
        """
        return cls(str(index) for index in range(k))

    @property
    def names(self) -> tuple[str, ...]:
        """The class names in order of their indices."""
        return self._names

    @property
    def vote_dtype(self) -> np.dtype[np.signedinteger[Any]]:
        """The type of a vote: int8 up to 127 classes, int16 above."""
        return vote_dtype(len(self._names))

    def index(self, vote: object) -> int:
        """Return the class index of a name or an index; None and -1 give ABSTAIN (-1).

        Raises
        ------
        LabelSpaceError
            An unknown name, an index outside 0..k-1, or anything that is neither.
        """
        if vote is None:
            return ABSTAIN
        if isinstance(vote, str):
            if vote in self._index:
                return self._index[vote]
            hint = did_you_mean(vote, self._names)
            raise LabelSpaceError(f"unknown class {vote!r}{hint}; expected one of {self}")
        if isinstance(vote, (bool, np.bool_)) or not isinstance(vote, (int, np.integer)):
            raise LabelSpaceError(
                f"{vote!r} ({type(vote).__name__}) is no vote; expected a class index or name of {self}, "
                "or ABSTAIN (-1) or None to abstain"
            )
        if not ABSTAIN <= vote < len(self):
            raise LabelSpaceError(f"class {vote} is out of range; expected one of {self}, or ABSTAIN (-1)")
        return int(vote)

    def name(self, index: int) -> str:
        """Return the name of a class index; -1 gives ``"ABSTAIN"``."""
        checked = self.index(index)
        return "ABSTAIN" if checked == ABSTAIN else self._names[checked]

    # --- labels in and out

    def encode(
        self, values: object, *, unknown: Unknown = "error", mapping: Mapped | None = None
    ) -> IntArray:
        """Return the class index of each label, however it is written; -1 where there is none.

        Parameters
        ----------
        values : (n,) labels
            A list, a numpy array, or a column of a pandas, polars or pyarrow table, nullable or categorical
            ones included; one label a row, in order (an index is not looked at). A label is a class name or
            number, blanks around it aside; None, NaN, NaT, NA, "", "ABSTAIN" and -1 are no label.

            Integers in a list or a numpy array are class **indices**. Numbers in a column of a table, and
            text, are **names** where the class names are numbers, and go by value: 1, 1.0, "1" and "01" are
            one name. Where no class name is a number, numbers are indices wherever they stand. Floats, arrays
            of objects, and numbers beside texts are taken where both readings agree, else refused.
        unknown : {"error", "abstain"}, default "error"
            What becomes of values that are no class: one error with all of them, or no label.
        mapping : mapping, optional
            What values mean: a class by name or index, or None for no label. It goes before the class names.

        Returns
        -------
        (n,) int64
            Class indices, -1 for no label.

        Raises
        ------
        LabelSpaceError
            Values that are no class, all of them with how often they occur; numbers that could be read both
            as names and as indices; or what is no list of labels.

        Notes
        -----
        Cost: one look-up a distinct value; about 0.3 s for 1e6 texts, 0.05 s for 1e6 integers.

        Examples
        --------
        >>> space = LabelSpace(["HAM", "SPAM"])
        >>> space.encode(["SPAM", None, "HAM", float("nan"), 1]).tolist()
        [1, -1, 0, -1, 1]
        >>> space.encode(["ham", "junk", "?"], mapping={"ham": "HAM", "junk": "SPAM", "?": None}).tolist()
        [0, 1, -1]
        >>> stars = LabelSpace(["1", "2", "3"])
        >>> stars.encode(["1", "3.0"]).tolist(), stars.encode(np.array([1, 2])).tolist()
        ([0, 2], [1, 2])
        """
        return ClassReader(self._names, mapping).encode(values, unknown=unknown)

    def decode(self, indices: object) -> ObjectArray:
        """Return the name of each class index, None for -1: what `encode` takes.

        Parameters
        ----------
        indices : array of integers of any shape
            Class indices, such as `predict` returns, or `LabelMatrix.votes`; None or nan is no label.

        Returns
        -------
        array of object, of that shape
            Class names as str, None for no label.

        Raises
        ------
        LabelSpaceError
            Values that are no integers in -1..k-1.

        Examples
        --------
        >>> LabelSpace(["HAM", "SPAM"]).decode([1, -1]).tolist()
        ['SPAM', None]
        """
        return decode(indices, self._names)

    # --- changing the question

    def refine(
        self, what: int | str | Mapping[int | str, Iterable[str]], into: Iterable[str] | None = None
    ) -> SpaceChange:
        """Split a class, or add one between others; old votes become votes for sets of classes.

        Parameters
        ----------
        what : int, str or mapping from class to list of str
            The class to split; or several, each with what a row of it can be now. A new class that is named
            for two of them lies between them.
        into : iterable of str, optional
            With a single class: what a row of it can be now, its own name included where that stays.

        Returns
        -------
        SpaceChange
            With the new classes, in the places of the old ones, and what becomes of votes and LFs.

        Raises
        ------
        LabelSpaceError
            An unknown class, fewer than two parts, or no new class.

        Examples
        --------
        >>> space = LabelSpace(["negative", "positive"])
        >>> space.refine("positive", into=["positive", "neutral"]).space.names
        ('negative', 'positive', 'neutral')
        >>> both = {"negative": ["negative", "neutral"], "positive": ["neutral", "positive"]}
        >>> space.refine(both).space.names
        ('negative', 'neutral', 'positive')
        """
        if isinstance(what, Mapping) == (into is not None):
            raise LabelSpaceError(
                "refine takes a class with into=[names], or one mapping {class: [names]}; give one of the two"
            )
        parts = what if isinstance(what, Mapping) else {what: into}
        split = {self.index(name): names for name, names in parts.items()}
        if ABSTAIN in split:
            raise LabelSpaceError(f"refine got ABSTAIN, which is no class; expected one of {self}")
        return SpaceChange._to(self, split_names(self._names, split))

    def merge(self, classes: Iterable[int | str], *, into: str) -> SpaceChange:
        """Make one class of several; old votes are mapped. Of a single one: rename it.

        Parameters
        ----------
        classes : iterable of int or str
            The classes to merge.
        into : str
            The name of what they become; it takes the place of the first.

        Returns
        -------
        SpaceChange
            With the new classes, and what becomes of votes and LFs.

        Raises
        ------
        LabelSpaceError
            An unknown class, the name of a class that is not merged, or fewer than two classes left.

        Examples
        --------
        >>> LabelSpace(["ad", "scam", "fine"]).merge(["ad", "scam"], into="spam").space.names
        ('spam', 'fine')
        """
        return SpaceChange._to(self, merged_names(self._names, self._indices(classes, "merge"), into))

    def drop(self, *classes: int | str) -> SpaceChange:
        """Ask for some classes no longer; old votes for them become abstains.

        Rows of such a class should leave the data: all that a label model can do is give them another one.

        Parameters
        ----------
        *classes : int or str
            The classes to drop.

        Returns
        -------
        SpaceChange
            With the classes that are left, and what becomes of votes and LFs.

        Raises
        ------
        LabelSpaceError
            An unknown class, or fewer than two classes left.

        Examples
        --------
        >>> LabelSpace(["ad", "scam", "fine"]).drop("scam").space.names
        ('ad', 'fine')
        """
        return SpaceChange._to(self, names_without(self._names, self._indices(classes, "drop")))

    def _indices(self, classes: Any, what: str) -> set[int]:
        given = [classes] if isinstance(classes, (str, int)) else list(classes)
        indices = [self.index(one) for one in given]
        if not indices or ABSTAIN in indices:
            raise LabelSpaceError(f"{what} got {given!r}; expected at least one of {self}")
        return set(indices)

    def __getattr__(self, name: str) -> int:
        try:
            return self._index[name]
        except KeyError:
            hint = did_you_mean(name, self._names)
            raise AttributeError(f"label space has no class {name!r}{hint}") from None

    def __getitem__(self, name: str) -> int:
        return self.index(name)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a label space does not change; make a new one")

    def __len__(self) -> int:
        return len(self._names)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __contains__(self, name: object) -> bool:
        return name in self._index

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LabelSpace) and other._names == self._names

    def __hash__(self) -> int:
        return hash(self._names)

    def __reduce__(self) -> tuple[type[LabelSpace], tuple[tuple[str, ...]]]:
        return (LabelSpace, (self._names,))

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._names]

    def __str__(self) -> str:
        return f"classes 0..{len(self._names) - 1} ({printable(shorten(self._names))})"

    def __repr__(self) -> str:
        if len(self._names) <= MAX_SHOWN:
            return f"LabelSpace({list(self._names)!r})"
        return f"LabelSpace: {printable(str(self))}"

    def _display_parts(self) -> list[Part]:
        rows = [(name, index) for index, name in enumerate(self._names[:MAX_ROWS])]
        left = len(self._names) - MAX_ROWS
        more = [Note(f"... and {count(left, 'more class', 'more classes')}")] if left > 0 else []
        table = Grid(columns_of_rows(("class", "index"), rows))
        return [Heading(f"LabelSpace: {count(len(self._names), 'class', 'classes')}"), table, *more]


MAX_SHOWN: Final = 40
"""Classes that a terminal shows."""

MAX_ROWS: Final = 50
"""Classes that a notebook shows."""

M = TypeVar("M", bound=Votes)


@dataclass(frozen=True, slots=True, repr=False)
class SpaceChange(Shown):
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

    @classmethod
    def _to(cls, before: LabelSpace, names: Meanings) -> SpaceChange:
        new = LabelSpace(new_names(names))
        return cls(before, new, tuple(tuple(sorted(new.index(name) for name in part)) for part in names))

    def apply(self, L: M) -> M:
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
        self._check_matrix(L)
        return L.over(self.space, self.of_codes(L.vote_sets))

    def of_codes(self, vote_sets: BoolArray | None) -> BoolArray:
        """(k + c, k new) bool: the new classes that each vote of a label matrix allows."""
        old = allowed_classes(vote_sets, k=len(self.before))
        possible: BoolArray = (old.astype(np.int64) @ self.allowed.astype(np.int64)) > 0
        return possible

    def gold(self, labels: object) -> IntArray:
        """Return hand labels over the new classes, -1 where that cannot be told.

        Parameters
        ----------
        labels : (n,) labels
            Old classes by name or index, None or -1 where unknown.

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
        given = as_gold(labels, self.before.names)
        single = [new[0] if len(new) == 1 else ABSTAIN for new in self.meanings]
        mapped: IntArray = np.array([*single, ABSTAIN])[given]
        return mapped

    def lfs(self, lfs: Iterable[Voter], *, votes: Votes | None = None) -> tuple[LFChange, ...]:
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
        if votes is not None:
            self._check_matrix(votes)
        return tuple(self._of_lf(lf, votes) for lf in lfs)

    def _of_lf(self, lf: Voter, votes: Votes | None) -> LFChange:
        """Return what becomes of an LF, by its definition or else by its votes."""
        if lf.space is not None and lf.space == self.space != self.before:
            return LFChange(lf.name, "keep", "votes for the new classes already")
        if lf.space is not None and lf.space != self.before:
            raise LabelSpaceError(
                f"LF {lf.name!r} votes for {lf.space}, the change is from {self.before}; leave it "
                "out, or begin the change at its classes"
            )
        voted = voted_sets(lf, votes, index=self.before.index, k=len(self.before))
        return lf_change(lf.name, None if voted is None else [self._of_vote(classes) for classes in voted])

    def _of_vote(self, classes: tuple[int, ...]) -> VoteChange:
        new = {one for old in classes for one in self.meanings[old]}
        before = " or ".join(self.before.name(old) for old in classes)
        return VoteChange(before, self.becomes(sorted(new)), 0 if len(new) == len(self.space) else len(new))

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

    def __repr__(self) -> str:
        shown = str(self).splitlines()
        left = [f"... and {len(shown) - MAX_SHOWN} more"] if len(shown) > MAX_SHOWN else []
        return "\n".join([f"{self._head()}:", *(f"  {line}" for line in [*shown[:MAX_SHOWN], *left])])

    def _head(self) -> str:
        before, after = len(self.before), len(self.space)
        return f"SpaceChange: {before} to {count(after, 'class', 'classes')}"

    def _display_parts(self) -> list[Part]:
        pairs = list(zip(self.before, self.meanings, strict=True))[:MAX_ROWS]
        rows = [(old, self.becomes(new)) for old, new in pairs]
        return [Heading(self._head()), Grid(columns_of_rows(("class", "becomes"), rows, texts=(0, 1)))]

    def __str__(self) -> str:
        pairs = zip(self.before, self.meanings, strict=True)
        return "\n".join(f"{old} -> {self.becomes(new)}" for old, new in pairs)

    def _check_matrix(self, L: Votes) -> None:
        if not hasattr(L, "over"):
            raise LabelMatrixError(f"got {type(L).__name__}; pass a LabelMatrix over {self.before}")
        if L.space != self.before:
            already = "; they are over the new classes already" if L.space == self.space else ""
            raise LabelMatrixError(f"the votes are over {L.space}, the change is from {self.before}{already}")
