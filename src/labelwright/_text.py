"""Numbers and names as people read them; every room writes them alike."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

MAX_LISTED: Final = 4
MAX_NAMED: Final = 5
"""A sentence that lists more names than this is no longer read."""

MAX_LINE: Final = 300

FORMULA: Final = "^[\t\r\n]|^[\\x00\u200b-\u200f\u2060\ufeff]*[=+\\-@\uff1d\uff0b\uff0d\uff20]"
"""How texts begin that a spreadsheet may run: = + - @, also in full width or behind signs that do not show,
tabs and line ends; as Python and polars read it."""

_CONTROLS: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufff9-\ufffb\ud800-\udfff]"
)
"""Signs that no terminal or page shows: some steer it, some turn round the text behind them, halves of
surrogate pairs are no text."""


def percent(share: float | None, digits: int = 0, *, unknown: str = "–") -> str:
    """Write a share as people read it: in whole percents, with a decimal where 0% or 100% would mislead.

    Parameters
    ----------
    share : float or None
        Between 0 and 1.
    digits : int, default 0
        Decimals: 1 where shares are compared, as accuracies are. Nothing and all have none.
    unknown : str
        What stands for None and NaN.

    Examples
    --------
    >>> [percent(share) for share in (0.0, 0.0001, 0.004, 0.4567, 0.9962, 0.99999, 1.0)]
    ['0%', 'under 0.1%', '0.4%', '46%', '99.6%', '99.9%', '100%']
    >>> percent(0.9525, 1), percent(1.0, 1), percent(float("nan"))
    ('95.2%', '100%', '–')
    """
    if share is None or math.isnan(share):
        return unknown
    if share in (0, 1):
        return f"{share:.0%}"
    if digits:
        return f"{share:.{digits}%}"
    if 0 < share < 0.01 or 0.99 < share < 1:
        return "under 0.1%" if share < 0.0005 else f"{min(share, 0.999):.1%}".replace(".0%", "%")
    return f"{share:.0%}"


def count(number: float, noun: str, plural: str | None = None) -> str:
    """Write a count with its noun.

    Examples
    --------
    >>> count(1, "row"), count(1600, "row"), count(2, "class", "classes")
    ('1 row', '1,600 rows', '2 classes')
    """
    return f"{number:,.0f} {noun if number == 1 else plural or noun + 's'}"


def listed(items: Sequence[str], most: int = MAX_LISTED) -> str:
    """Join items as a sentence does, cutting a long list.

    Examples
    --------
    >>> listed(["a"]), listed(["a", "b", "c"]), listed(list("abcdefg"))
    ('a', 'a, b and c', 'a, b, c, d and 3 more')
    """
    if len(items) > most:
        return f"{', '.join(items[:most])} and {len(items) - most} more"
    return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)


def named(names: Sequence[str], most: int = MAX_NAMED) -> str:
    """Join names as `listed` does, each in quotes, where they stand among other words.

    Examples
    --------
    >>> named(["a"]), named(["a", "b", "c"])
    ("'a'", "'a', 'b' and 'c'")
    """
    return listed([repr(name) for name in names], most)


def printable(text: str) -> str:
    r"""Return a text without signs that steer a terminal, turn text round or hide it, or are no text.

    Line feeds and tabs stay.

    Examples
    --------
    >>> printable("a\x1b[2Jb\n") == "a\ufffd[2Jb\n", printable("a\u202eb\rc\r\n") == "a\ufffdb\ufffdc\n"
    (True, True)
    """
    return _CONTROLS.sub("\ufffd", text.replace("\r\n", "\n"))


def one_line(said: object, most: int | None = MAX_LINE) -> str:
    r"""Return an error's message, or a text, on one line, cut where it is too long, for any terminal.

    Examples
    --------
    >>> one_line(ValueError("bad\nlines")), one_line(KeyboardInterrupt())
    ('bad lines', 'KeyboardInterrupt')
    """
    text = printable(" ".join(str(said).split()))
    if not text and isinstance(said, BaseException):
        text = type(said).__name__
    return text if most is None or len(text) <= most else text[: most - 3] + "..."


def first_line(said: object) -> str:
    r"""Return the first line of an error's message, or of a text, that goes on; for any terminal.

    Examples
    --------
    >>> first_line("no such column\nResolved plan until failure: ..."), first_line(KeyboardInterrupt())
    ('no such column', 'KeyboardInterrupt')
    """
    text = printable(str(said).strip())
    if not text and isinstance(said, BaseException):
        return type(said).__name__
    return text.splitlines()[0] if text else text


def finite(value: Any) -> Any:
    """Return nested values as JSON holds them: None for NaN and infinity, lists for tuples.

    Examples
    --------
    >>> finite({"a": (1, float("inf"))})
    {'a': [1, None]}
    """
    if isinstance(value, Mapping):
        return {str(key): finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
