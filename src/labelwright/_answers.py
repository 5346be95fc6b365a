"""Tables of answers, a row a task, worker and label: which keys are alike, and what several answers mean."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias, get_args

import polars as pl

from labelwright._errors import LabelwrightError
from labelwright._text import printable
from labelwright._types import MAX_EXACT
from labelwright._validate import did_you_mean, shorten

Repeats: TypeAlias = Literal["error", "first", "last", "abstain", "all"]
"""What becomes of several different labels that one worker gave one task.

"error" refuses them, "first" and "last" keep one in the order of the rows, "abstain" keeps none, and "all"
keeps every one: the second is a vote of the worker's second LF, "ann (2)", and so on.
"""

SHOWN: Final = 3


ALIASES: dict[str, tuple[str, ...]] = {
    "task": (
        "task",
        "item",
        "question",
        "unit",
        "example",
        "instance",
        "object",
        "hit",
        "orig",
        "assignmenttask",
    ),
    "worker": ("worker", "annotator", "rater", "user", "performer", "labeler", "labeller", "coder", "judge"),
    "label": (
        "label",
        "answer",
        "response",
        "judgment",
        "judgement",
        "vote",
        "rating",
        "annotation",
        "class",
    ),
    "gold": ("gold", "goldlabel", "truelabel", "truth", "groundtruth", "correct", "gt"),
}
"""What columns are called in other tools and data sets, without case and signs and an "id" at the end."""


def column_of(
    columns: Sequence[str], role: str, name: str, *, what: str, error: type[LabelwrightError]
) -> str:
    """Return the column of a role: the one of that name, else the one that other tools would call so.

    Raises
    ------
    LabelwrightError
        There is none, or several could be it; the message lists them.

    Examples
    --------
    >>> from labelwright._errors import SchemaError
    >>> column_of(["Item_ID", "text"], "task", "task", what="votes", error=SchemaError)
    'Item_ID'
    """
    if name in columns:
        return name
    if name == role:
        for aliases in (
            *([ALIASES["gold"]] if what == "gold labels" and role == "label" else ()),
            ALIASES[role],
        ):
            close = [column for column in columns if _plain(column) in aliases]
            if len(close) == 1:
                return close[0]
            if close:
                raise error(
                    f"table of {what} has no column {name!r}, and each of {shorten(close)} could be it; "
                    f"pass {role}="
                )
    hint = did_you_mean(name, columns)
    raise error(f"table of {what} has no column {name!r}{hint}; pass {role}=, one of {shorten(columns)}")


def _plain(column: str) -> str:
    return re.sub(r"ids?$", "", re.sub(r"[\W_]", "", column.lower()))


def with_index(data: Any, names: Mapping[str, str], *, error: type[LabelwrightError]) -> Any:
    """Return a pandas table with its named index as columns, a Series with its index as table; others as is.

    Parameters
    ----------
    data : object
        Anything; pandas is told by its methods, and not imported.
    names : mapping
        The columns by role: an index without names holds those but the label, in their order.
    error : type
        What is raised where the index has another number of levels.
    """
    if not (hasattr(data, "reset_index") and hasattr(data, "index")):
        return data
    levels = list(data.index.names)
    if hasattr(data, "columns"):
        return data.reset_index() if any(name is not None for name in levels) else data
    roles = [role for role in names if role != "label"]
    if len(levels) != len(roles):
        raise error(f"the Series has an index of {len(levels)} levels; expected {' and '.join(roles)} in it")
    given = [name or names[role] for name, role in zip(levels, roles, strict=True)]
    return data.rename(data.name or names["label"]).rename_axis(given).reset_index()


def check_repeats(repeats: object, error: type[LabelwrightError]) -> None:
    """Raise where ``repeats`` is none of the five words."""
    if repeats not in get_args(Repeats):
        hint = did_you_mean(repeats, get_args(Repeats))
        raise error(f"repeats={repeats!r} is unknown{hint}; expected one of {', '.join(get_args(Repeats))}")


def keys_of(column: pl.Series, *, where: str, error: type[LabelwrightError]) -> pl.Series:
    """Return identifiers as text without blanks around it: 7, 7.0 and "7" as "7"; null where there is none.

    Parameters
    ----------
    column : polars.Series
        Texts, numbers, dates or truth values.
    where : str
        How messages name the column.
    error : type
        What is raised.

    Raises
    ------
    LabelwrightError
        Values that are no identifiers, such as lists, or floats too large to tell neighbours apart.

    Examples
    --------
    >>> from labelwright._errors import DataError
    >>> column = pl.Series([1.0, float("nan"), 10.0, 2.5])
    >>> keys_of(column, where="column 'task'", error=DataError).to_list()
    ['1', None, '10', '2.5']
    """
    dtype = column.dtype
    if dtype.is_nested() or dtype in (pl.Binary, pl.Object):
        raise error(f"{where} holds {dtype} values; expected texts or numbers")
    if dtype.is_float():
        large = column.is_finite() & (column.abs() > MAX_EXACT)
        if large.any():
            raise error(
                f"{where} holds {column.filter(large)[0]:.0f} as a float, which cannot tell it from its "
                "neighbours; read the column as text"
            )
        column = column.set(~column.is_finite(), None)
        whole = column == column.floor()
        integers = column.set(~whole, None).cast(pl.Int64).cast(pl.String)
        return integers.fill_null(column.cast(pl.String))
    if dtype.is_decimal():
        return pl.select(by_value(pl.lit(column.cast(pl.String)))).to_series().alias(column.name)
    text = column.cast(pl.String).str.strip_chars()
    return text.set(text == "", None)


def by_value(keys: pl.Expr) -> pl.Expr:
    """Return keys so that those that are one number are one text: "001", "1.0" and "+1" are "1".

    Examples
    --------
    >>> frame = pl.DataFrame({"key": ["001", "1.0", "-2", "1.50", "a01", "0"]})
    >>> frame.select(by_value(pl.col("key")))["key"].to_list()
    ['1', '1', '-2', '1.5', 'a01', '0']
    """
    whole = keys.str.replace(r"^\+?(-?)0*(\d+)(?:\.0*)?$", "${1}${2}")
    return whole.str.replace(r"^\+?(-?)0*(\d+\.\d*[1-9])0*$", "${1}${2}").str.replace("^-0$", "0")


def shown(keys: pl.Series) -> str:
    """Return the first few keys for a message.

    Examples
    --------
    >>> shown(pl.Series(["001", "002", "001", "004", "005"]))
    "'001', '002', '004', ... (4 in all)"
    """
    distinct = keys.drop_nulls().unique(maintain_order=True)
    text = ", ".join(repr(printable(str(key))) for key in distinct[:SHOWN])
    return text if len(distinct) <= SHOWN else f"{text}, ... ({len(distinct)} in all)"


def renamed(
    keys: pl.Series,
    known: pl.Series,
    *,
    numbers: tuple[bool, bool],
    what: tuple[str, str],
    error: type[LabelwrightError],
) -> pl.Series:
    """Return keys as another table writes them, null where it has none.

    Texts are the same where they are equal. Where one table holds numbers and the other texts, or no text of
    the one is in the other, they are the same where they are one number: "001" is 1 and 1.0.

    Parameters
    ----------
    keys, known : polars.Series of text
        From `keys_of`.
    numbers : (bool, bool)
        Whether the keys, and the known ones, were numbers rather than texts.
    what : (str, str)
        What holds the keys, and what the known ones, such as "gold labels" and "votes".
    error : type
        What is raised.

    Raises
    ------
    LabelwrightError
        One number is written in two ways in one of the tables, so that which is meant cannot be told.

    Examples
    --------
    >>> from labelwright._errors import DataError
    >>> known, what = pl.Series(["001", "002"]), ("gold labels", "votes")
    >>> keys = pl.Series(["2", "3"])
    >>> renamed(keys, known, numbers=(True, False), what=what, error=DataError).to_list()
    ['002', None]
    """
    there = known.drop_nulls().unique(maintain_order=True).alias("known")
    alike = keys.is_in(there.to_list())
    if numbers[0] == numbers[1] and (alike.any() or numbers[0]):
        return keys.set(~alike, None)
    distinct = keys.drop_nulls().unique(maintain_order=True).alias("key")
    pairs = (
        distinct.to_frame()
        .select("key", value=by_value(pl.col("key")))
        .join(
            there.to_frame().select("known", value=by_value(pl.col("known"))),
            on="value",
            maintain_order="left",
        )
    )
    for one, other, (here, elsewhere) in (("key", "known", what), ("known", "key", what[::-1])):
        if (twice := pairs.filter(pl.col(one).is_duplicated())).height:
            first = twice[one][0]
            spelled = shown(twice.filter(pl.col(one) == first)[other])
            raise error(
                f"task {first!r} of the {here} is one number with several of the {elsewhere}: {spelled}; "
                "write tasks alike in both tables, as text"
            )
    return keys.replace_strict(pairs["key"], pairs["known"], default=None, return_dtype=pl.String)


def settled(
    answers: pl.DataFrame, repeats: Repeats, *, error: type[LabelwrightError], what: str
) -> pl.DataFrame:
    """Return answers of which each worker has one a task at most.

    Parameters
    ----------
    answers : polars.DataFrame
        Columns ``task``, ``worker`` and ``label``, in the order in which they were given, none null.
    repeats : {"error", "first", "last", "abstain", "all"}
        What becomes of different labels of one worker for one task. One label given again counts once.
    error : type
        What is raised.
    what : str
        What messages begin with.

    Raises
    ------
    LabelwrightError
        Different labels, with ``repeats="error"``.

    Examples
    --------
    >>> from labelwright._errors import DataError
    >>> answers = pl.DataFrame({"task": [1, 1], "worker": ["ann", "ann"], "label": ["cat", "dog"]})
    >>> settled(answers, "all", error=DataError, what="votes").rows()
    [(1, 'ann', 'cat'), (1, 'ann (2)', 'dog')]
    """
    keep: Literal["first", "last"] = "last" if repeats == "last" else "first"
    distinct = answers.unique(["task", "worker", "label"], keep=keep, maintain_order=True)
    by = ["task", "worker"]
    several = distinct.filter(pl.struct(by).is_duplicated())
    if several.is_empty():
        return distinct
    if repeats == "error":
        first = several.row(0, named=True)
        labels = several.filter(pl.col("task") == first["task"], pl.col("worker") == first["worker"])["label"]
        pairs = several.select(by).n_unique()
        more = f" ({pairs:,} such pairs of worker and task)" if pairs > 1 else ""
        said = " and ".join(repr(label) for label in labels[:2])
        raise error(
            f"{what}: worker {first['worker']!r} labels task {first['task']!r} both {said}{more}; keep "
            "one, or pass repeats='first', 'last', 'abstain' or 'all'"
        )
    if repeats == "abstain":
        return distinct.filter(~pl.struct(by).is_duplicated())
    if repeats != "all":
        return distinct.unique(by, keep=keep, maintain_order=True)
    turn = pl.int_range(1, pl.len() + 1).over(by)
    numbered = distinct.with_columns(worker=pl.col("worker").cast(pl.String), turn=turn)
    again = numbered.filter(pl.col("turn") > 1).select(pl.format("{} ({})", "worker", "turn")).to_series()
    if (taken := again.filter(again.is_in(numbered["worker"].to_list()))).len():
        raise error(
            f"{what}: a worker is named {taken[0]!r}, as the second label of another would be; rename it"
        )
    named = pl.when(pl.col("turn") > 1).then(pl.format("{} ({})", "worker", "turn")).otherwise("worker")
    return numbered.with_columns(worker=named).drop("turn")
