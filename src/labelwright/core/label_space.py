"""The classes of a task and their names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from labelwright._errors import LabelSpaceError
from labelwright._types import ABSTAIN
from labelwright._validate import did_you_mean, duplicates, shorten

if TYPE_CHECKING:
    from labelwright.core.space_change import SpaceChange

MAX_CLASSES = 32767  # a vote is an int16 at most


class LabelSpace:
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
        _check_names(given)
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
        return np.dtype(np.int8) if len(self._names) <= 127 else np.dtype(np.int16)

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
        if not ABSTAIN <= vote < len(self._names):
            raise LabelSpaceError(f"class {vote} is out of range; expected one of {self}, or ABSTAIN (-1)")
        return int(vote)

    def name(self, index: int) -> str:
        """Return the name of a class index; -1 gives ``"ABSTAIN"``."""
        checked = self.index(index)
        return "ABSTAIN" if checked == ABSTAIN else self._names[checked]

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
        from labelwright.core.space_change import refined

        if isinstance(what, Mapping) == (into is not None):
            raise LabelSpaceError(
                "refine takes a class with into=[names], or one mapping {class: [names]}; give one of the two"
            )
        return refined(self, what if isinstance(what, Mapping) else {what: into})

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
        from labelwright.core.space_change import merged

        return merged(self, classes, into)

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
        from labelwright.core.space_change import without

        return without(self, classes)

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
        return f"classes 0..{len(self._names) - 1} ({shorten(self._names)})"

    def __repr__(self) -> str:
        return f"LabelSpace({list(self._names)!r})"


def _check_names(names: tuple[str, ...]) -> None:
    for name in names:
        if not isinstance(name, str) or not name:
            raise LabelSpaceError(f"class name {name!r} is not a non-empty string; name every class")
        if name == "ABSTAIN":
            raise LabelSpaceError("'ABSTAIN' cannot be a class name: it is the vote -1, outside every space")
    if len(names) < 2:
        raise LabelSpaceError(
            f"label space has {len(names)} class{'es' if not names else ''}; labeling needs at least 2 "
            "(add the class for everything else)"
        )
    if len(names) > MAX_CLASSES:
        raise LabelSpaceError(f"label space has {len(names)} classes; at most {MAX_CLASSES} are possible")
    if twice := duplicates(names):
        raise LabelSpaceError(f"class names occur twice: {shorten(twice)}; give each class its own name")
