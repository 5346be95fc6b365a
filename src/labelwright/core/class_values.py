"""Classes as people write them, turned into class indices: names, numbers, and what stands for no label.

One reading for all doors: hand labels and votes in Python, columns of data frames and of files. Which numbers
are class indices and which are names is decided here and nowhere else (ADR 24).
"""

from __future__ import annotations

import enum
import numbers
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final, Literal, TypeAlias, get_args

import numpy as np

from labelwright._errors import LabelMatrixError, LabelSpaceError, LabelwrightError
from labelwright._text import count, printable
from labelwright._types import ABSTAIN, MAX_CLASSES, IntArray
from labelwright._validate import did_you_mean, is_missing, shorten
from labelwright.core.given_values import DistinctValues, distinct_values, shown

ObjectArray: TypeAlias = np.ndarray[Any, np.dtype[np.object_]]
"""Class names as str, None for no label."""

Unknown: TypeAlias = Literal["error", "abstain"]
"""What to do with values that are no class."""

Mapped: TypeAlias = Mapping[Any, "str | int | None"]
"""What values mean: a class, by name or index, or None for no label."""

MAX_UNKNOWN_LISTED: Final = 20
"""More unknown values than this are a column of something else; the first ones say so."""

_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?", re.ASCII | re.IGNORECASE)
_NO_CLASS: Final = -2
_TRUE: Final = ("bool", True)  # True itself is the number 1 as a key
_FALSE: Final = ("bool", False)


def number_of(value: object) -> Decimal | None:
    """Return the number that a value is or spells; None where it is none.

    Examples
    --------
    >>> number_of("1.0") == number_of(1) == number_of(np.float32(1)), number_of("1st"), number_of("10")
    (True, None, Decimal('10'))
    """
    if isinstance(value, (bool, np.bool_)) or is_missing(value):
        return None
    if isinstance(value, str):
        text = value.strip().replace("\N{MINUS SIGN}", "-")
        if len(text) > 60 or not _NUMBER.fullmatch(text):
            return None
    elif isinstance(value, numbers.Number):
        text = str(value)
    else:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:  # a fraction or a complex number
        return None
    return number if number.is_finite() else None


def says_none(text: str) -> bool:
    """Tell texts that say there is no label: blank ones, and what `LabelSpace.name` says of -1.

    Examples
    --------
    >>> says_none(" "), says_none("ABSTAIN"), says_none("none")
    (True, True, False)
    """
    return not text.strip() or text == "ABSTAIN"


class ClassReader:
    """Reads values as classes: knows the names, and which of them are numbers.

    Parameters
    ----------
    names : sequence of str
        The class names, in order of their indices.
    mapping : mapping, optional
        What further values mean: a class by name or index, or None, "" or -1 for no label. A key goes before
        a class name, and a number is one key however it is written.
    """

    def __init__(self, names: Sequence[str], mapping: Mapped | None = None) -> None:
        self.names = tuple(names)
        self._index: dict[str, int] = {name: index for index, name in enumerate(self.names)}
        self._stripped: dict[str, int] = {}
        for index, name in enumerate(self.names):  # " SPAM" in a file is SPAM, unless that is two classes
            bare = _bare(name)
            self._stripped[bare] = _NO_CLASS if bare in self._stripped else index
        found = [(number_of(name), index) for index, name in enumerate(self.names)]
        self._numbered: dict[Decimal, int] = {}
        for number, index in found:
            if number is not None:  # of two names of one number, such as "1" and "01", neither stands for it
                self._numbered[number] = _NO_CLASS if number in self._numbered else index
        self.all_numbers = all(number is not None for number, _ in found)
        self._mapping = self._checked(mapping)

    @property
    def some_numbers(self) -> bool:
        """Whether a class name is a number."""
        return bool(self._numbered)

    def _checked(self, mapping: Mapped | None) -> dict[Any, int]:
        if mapping is None:
            return {}
        if not isinstance(mapping, Mapping):
            raise LabelSpaceError(
                f"mapping is a {type(mapping).__name__}; expected a dictionary from values to classes, such "
                f"as {{'junk': {self.names[0]!r}, 'unsure': None}}"
            )
        read = {_key(value): self._target(value, target) for value, target in mapping.items()}
        by_number = {number_of(key): index for key, index in read.items() if number_of(key) is not None}
        spelled = {"true": _TRUE, "false": _FALSE}  # as a file of settings has to write them
        by_truth = {
            spelled[key.lower()]: index
            for key, index in read.items()
            if isinstance(key, str) and key.lower() in spelled
        }
        return {**by_number, **by_truth, **read}

    def _target(self, value: object, target: object) -> int:
        if is_missing(target) or target == "":
            return ABSTAIN
        if isinstance(target, str) and target in self._index:
            return self._index[target]
        is_index = isinstance(target, (int, np.integer)) and not isinstance(target, (bool, np.bool_))
        if is_index and ABSTAIN <= target < len(self.names):  # type: ignore[operator]
            return int(target)  # type: ignore[call-overload,no-any-return]
        hint = did_you_mean(target, self.names)
        raise LabelSpaceError(
            f"mapping turns {shown(value)} into {shown(target)}, which is no class{hint}; expected one of "
            f"{self.described}, or None for no label"
        )

    @property
    def described(self) -> str:
        """The classes in words."""
        return f"classes 0..{len(self.names) - 1} ({printable(shorten(self.names))})"

    # --- one value

    def as_name(self, number: Decimal) -> int:
        """Return the class whose name is a number; -1 for -1 where no name is."""
        return self._numbered.get(number, ABSTAIN if number == ABSTAIN else _NO_CLASS)

    def as_index(self, number: Decimal) -> int:
        """Return the class of which a number is the index."""
        fits = number == number.to_integral_value() and ABSTAIN <= number < len(self.names)
        return int(number) if fits else _NO_CLASS

    def read(self, value: Any, *, numbers_are_names: bool, column: bool) -> int:
        """Return the class of a value, -1 for no label, -2 where it is neither."""
        key = _key(value)
        if self._mapping:
            for known in (key, key.strip() if isinstance(key, str) else key, number_of(key)):
                if known in self._mapping and (known is not None or key is None):
                    return self._mapping[known]
        if key is None:
            return ABSTAIN
        if key in (_TRUE, _FALSE):
            return self._of_bool(key == _TRUE)
        if isinstance(key, str):
            return self._of_text(key, column=column)
        if isinstance(key, Decimal):
            return self.as_name(key) if numbers_are_names else self.as_index(key)
        return _NO_CLASS

    def _of_text(self, text: str, *, column: bool) -> int:
        if text in self._index:
            return self._index[text]
        if says_none(text):
            return ABSTAIN
        if (bare := self._stripped.get(_bare(text), _NO_CLASS)) != _NO_CLASS:
            return bare
        number = number_of(text)
        if number is None:
            return _NO_CLASS
        if self.some_numbers:
            return self.as_name(number)
        return self.as_index(number) if column else _NO_CLASS  # a column of numbers that was read as text

    def _of_bool(self, value: bool) -> int:
        # True is no class index: the index of "spam" is 0 as often as 1
        spelled = [index for index, name in enumerate(self.names) if name.lower() == str(value).lower()]
        return spelled[0] if len(spelled) == 1 else self._numbered.get(Decimal(int(value)), _NO_CLASS)

    # --- many values

    def encode(
        self,
        values: object,
        *,
        unknown: Unknown = "error",
        what: str = "labels",
        column: bool | None = None,
        error: type[LabelwrightError] = LabelSpaceError,
        cure: str | None = None,
        strict: bool = False,
        place: Callable[[int], str] | None = None,
    ) -> IntArray:
        """Return (n,) int64 class indices, -1 for no label; see `LabelSpace.encode`.

        Parameters
        ----------
        values : (n,) values
        unknown : {"error", "abstain"}
        what : str
            What the values are, for messages.
        column : bool, optional
            Whether they are a column of a table; by default that is seen by their type.
        error : type of LabelwrightError
            What to raise.
        cure : str, optional
            What a message advises where there are unknown values.
        strict : bool, default False
            Whether numbers in a column that could be indices as well as names are refused: in tables of
            votes, which `LabelMatrix.to_polars` writes with indices and people write with names.
        place : callable, optional
            What a position among the values is called, where it is no row.
        """
        if unknown not in get_args(Unknown):
            raise error(f"unknown={unknown!r}; expected 'error' or 'abstain'")
        if not self._mapping and not column and (plain := self._plain(values)) is not None:
            return plain
        distinct = distinct_values(values, what=what, column=column, error=error)
        numbers_are_names = self._numbers_are_names(distinct, what=what, error=error, strict=strict)
        found = [
            self.read(value, numbers_are_names=numbers_are_names, column=distinct.column)
            for value in distinct.values
        ]
        codes = np.array(found, dtype=np.int64)
        if (codes == _NO_CLASS).any() and unknown == "error":
            how = self._how_numbers_are_read(distinct, codes, numbers_are_names)
            raise error(self._unknown(distinct, codes, what, how, cure, place))
        codes[codes == _NO_CLASS] = ABSTAIN
        encoded: IntArray = codes[distinct.inverse]
        return encoded

    def _plain(self, values: object) -> IntArray | None:
        """Return class indices that are nothing else; None where there is more to read."""
        if type(values) is not np.ndarray or values.ndim != 1 or values.dtype.kind not in "iu":
            return None
        if values.size and not (values.min() >= ABSTAIN and values.max() < len(self.names)):
            return None
        return values.astype(np.int64)

    def _numbers_are_names(
        self, distinct: DistinctValues, *, what: str, error: type[LabelwrightError], strict: bool
    ) -> bool:
        """Say whether numbers are names; raise where both readings are possible and differ."""
        if not self.some_numbers or not (distinct.column or _may_be_of_a_column(distinct)):
            return False
        if distinct.column and self.all_numbers and not strict:
            return True
        keys = [_key(value) for value in distinct.values]
        found = [key for key in keys if isinstance(key, Decimal) and key not in self._mapping]
        positions = [self.as_index(number) for number in found]
        if _NO_CLASS in positions:
            return True
        differ = [
            number
            for number, position in zip(found, positions, strict=True)
            if self.as_name(number) != position
        ]
        if differ:
            number = differ[0]
            named = self.as_name(number)
            other = "no class" if named == _NO_CLASS else f"class {self._said(named)}"
            raise error(
                f"{what} are ambiguous: {number} is {other} by name and class "
                f"{self._said(self.as_index(number))} by index (of {self.described}); pass names as text, "
                "as with [str(value) for value in values], or indices as an integer array"
            )
        return False

    def _said(self, index: int) -> str:
        return "'ABSTAIN'" if index == ABSTAIN else repr(self.names[index])

    def _unknown(
        self, distinct: DistinctValues, codes: IntArray, what: str, how: str, cure: str | None, place: Any
    ) -> str:
        times = np.bincount(distinct.inverse, minlength=len(codes))
        first = np.full(len(codes), len(distinct.inverse))
        np.minimum.at(first, distinct.inverse, np.arange(len(distinct.inverse)))
        wrong = [
            (distinct.values[at], int(times[at]), int(first[at])) for at in np.flatnonzero(codes == _NO_CLASS)
        ]
        wrong.sort(key=lambda one: -one[1])
        said = [
            f"{shown(value)} ({_times_said(rows, row, place)}{self._hint(value)})"
            for value, rows, row in wrong[:MAX_UNKNOWN_LISTED]  # likenesses take time to find
        ]
        more = len(wrong) - MAX_UNKNOWN_LISTED
        listed = ", ".join(said)
        if more > 0:
            rest = sum(rows for _, rows, _ in wrong[MAX_UNKNOWN_LISTED:])
            listed += f" and {count(more, 'other')} ({count(rest, 'row')})"
        if cure is None:
            example = ", ".join(self._meaning(value) for value, _, _ in wrong[:3])
            cure = (
                f"map them with LabelSpace.encode(values, mapping={{{example}}}), None for no label, or "
                "leave them out with unknown='abstain'"
            )
        return (
            f"{what} hold {count(len(wrong), 'value that is', 'values that are')} no class: {listed}; "
            f"expected one of {self.described}, None or -1 for no label{how}; {cure}"
        )

    def _how_numbers_are_read(
        self, distinct: DistinctValues, codes: IntArray, numbers_are_names: bool
    ) -> str:
        wrong = [distinct.values[at] for at in np.flatnonzero(codes == _NO_CLASS)]
        numbers_wrong = any(isinstance(_key(value), Decimal) for value in wrong)
        if not self.some_numbers or self.names == index_names(len(self.names)) or not numbers_wrong:
            return ""
        if numbers_are_names:
            return " (numbers in a column are names here; pass class indices as an integer array)"
        return " (integers are class indices; pass names as text, or the column of the data frame)"

    def _meaning(self, value: Any) -> str:
        """Return what a mapping could say of a value."""
        if isinstance(value, bool):
            meant = repr(self.names[value])
        else:
            meant = self._hint(value)[len(", did you mean ") : -1] or "None"
        return f"{shown(value)}: {meant}"

    def _hint(self, value: object) -> str:
        return did_you_mean(value, self.names).replace("; did", ", did") if isinstance(value, str) else ""


def _may_be_of_a_column(distinct: DistinctValues) -> bool:
    """Say whether numbers, though in no column, may have come from one: class indices are all integers."""
    return distinct.objects or any(
        isinstance(value, (float, np.floating)) or (isinstance(value, str) and not says_none(value))
        for value in distinct.values
        if not is_missing(value)
    )


def _key(value: Any) -> Any:
    """Return what a value is looked up by: text, a Decimal, truth, None for no label, or itself."""
    if isinstance(value, enum.Enum):
        value = value.value
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    if is_missing(value) or value == "":
        return None
    if isinstance(value, bool):
        return _TRUE if value else _FALSE
    if isinstance(value, str):
        return value
    number = number_of(value)
    return value if number is None else number


def _bare(text: str) -> str:
    """Return a name without blanks around it, its accents composed: "e\u0301" and "é" look alike."""
    return unicodedata.normalize("NFC", text.strip())


def _times_said(times: int, first: int, place: Callable[[int], str] | None) -> str:
    if place is not None:
        return place(first) if times == 1 else f"{count(times, 'vote')}, first {place(first)}"
    return f"row {first}" if times == 1 else f"{count(times, 'row')}, first {first}"


def as_gold(
    gold: object,
    names: Sequence[str],
    *,
    n: int | None = None,
    what: str = "gold labels",
    error: type[LabelwrightError] = LabelMatrixError,
    cure: str | None = None,
) -> IntArray:
    """Return hand labels, however they are written, as (n,) int64 class indices, -1 where unknown.

    Parameters
    ----------
    gold : (n,) values
        As for `LabelSpace.encode`.
    names : sequence of str
        The class names.
    n : int, optional
        How many there should be.
    what, error, cure :
        As for `ClassReader.encode`.

    Examples
    --------
    >>> as_gold(["SPAM", None], ["HAM", "SPAM"], n=2).tolist()
    [1, -1]
    """
    labels = ClassReader(names).encode(gold, what=what, error=error, cure=cure)
    if n is not None and len(labels) != n:
        raise error(f"{what} have shape {labels.shape}; expected ({n},), one a row")
    return labels


def index_names(k: int) -> tuple[str, ...]:
    """Return the names of k classes that have none of their own: their indices."""
    return tuple(str(index) for index in range(k))


def numbers_could_be_both(names: Sequence[str]) -> bool:
    """Say whether some class name is a number other than the index of its class.

    Examples
    --------
    >>> numbers_could_be_both(["1", "2"]), numbers_could_be_both(["0", "1"])
    (True, False)
    """
    found = [number_of(name) for name in names]
    return any(number is not None and number != index for index, number in enumerate(found))


def names_in(*labels: object) -> tuple[str, ...]:
    """Return the classes that some labels know of, where nobody says which there are.

    Examples
    --------
    >>> names_in(["HAM", None], ["SPAM"]), names_in([0, 2, -1], [1])
    (('HAM', 'SPAM'), ('0', '1', '2'))
    """
    found = texts_in(*labels)
    return found or index_names(max(1, *(highest_index(one) for one in labels)) + 1)


def texts_in(*labels: object) -> tuple[str, ...]:
    """Return the different texts among labels, but for those that say there is none.

    Examples
    --------
    >>> texts_in(["SPAM", None, "HAM", "SPAM", 1])
    ('SPAM', 'HAM')
    """
    keys = [key for one in labels for key in _keys(one)]
    texts = [key for key in keys if isinstance(key, str) and not says_none(key)]
    return tuple(dict.fromkeys(texts))


def highest_index(labels: object) -> int:
    """Return the largest class index among labels, whether as number or as text; -1 without any.

    Examples
    --------
    >>> highest_index([0, "3", None, 1.0]), highest_index(["HAM"])
    (3, -1)
    """
    found = [number_of(key) for key in _keys(labels)]
    return max([ABSTAIN, *(int(number) for number in found if number is not None and number < MAX_CLASSES)])


def _keys(labels: object) -> list[Any]:
    return [
        _key(value)
        for value in distinct_values(labels, what="labels", column=None, error=LabelMatrixError).values
    ]


def decode(indices: object, names: Sequence[str]) -> ObjectArray:
    """Return class names for class indices of any shape, None for -1; see `LabelSpace.decode`."""
    array = np.asarray(indices)
    if array.dtype.kind in "fO":  # integers with gaps, as tables have them
        array = _with_gaps(array)
    if array.size and array.dtype.kind not in "iu":
        raise LabelSpaceError(f"decode got values of type {array.dtype}; expected class indices, -1 for none")
    if array.size and not (array.min() >= ABSTAIN and array.max() < len(names)):
        bad = array.min() if array.min() < ABSTAIN else array.max()
        raise LabelSpaceError(f"decode got {bad}; expected 0..{len(names) - 1}, or -1 for no label")
    table = np.array([*names, None], dtype=object)
    decoded: ObjectArray = table[array.astype(np.int64)]
    return decoded


def _with_gaps(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return integers with nan or None among them as integers with -1; other values as they are."""
    found = [ABSTAIN if is_missing(value) else _key(value) for value in array.ravel().tolist()]
    if not all(isinstance(one, (int, Decimal)) and one == int(one) for one in found):
        return array
    return np.array([int(one) for one in found], dtype=np.int64).reshape(array.shape)
