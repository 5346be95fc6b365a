"""Labeling functions that look rows up in a table: knowledge bases, distant supervision."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from typing import Any, ClassVar

import polars as pl

from labelwright._errors import LabelingFunctionError, SchemaError
from labelwright._exact import exact
from labelwright._text import one_line
from labelwright._types import ABSTAIN
from labelwright._validate import is_text_type
from labelwright.core import LabelSpace, Task
from labelwright.core.class_values import ClassReader
from labelwright.lfs._arguments import (
    Common,
    as_column,
    as_vote,
    common_arguments,
    source_vote,
    vote_index,
    vote_name,
)
from labelwright.lfs._examples import Examples
from labelwright.lfs._folding import Fold, as_fold, fold_series
from labelwright.lfs._tables import as_frame, from_columns, key_frame, require_columns
from labelwright.lfs.base import ExpressionLF, LabelingFunction

VOTE = "vote"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class LookupLF(ExpressionLF):
    """Votes where the keys of a row are in a table; made by `lookup`.

    Parameters
    ----------
    keys : tuple of str
        The data columns that hold the keys.
    table : polars.DataFrame
        One row a key: the key columns in order, named ``"0"``, ``"1"``, ..., and the raw votes, ``"vote"``.
    vote : int, str or None
        The one class of all entries; None where each has its own.
    in_column : bool
        Whether the votes were a column of a table, whose numbers are names where class names are numbers.
    fold : {"text", "case", "none"}
        Which spellings of a key count as the same; the keys of `table` are folded already.
    """

    kind: ClassVar[str] = "lookup"

    keys: tuple[str, ...]
    table: pl.DataFrame
    vote: int | str | None = None
    in_column: bool = False
    fold: Fold = "none"

    def expr(self, space: LabelSpace) -> pl.Expr:
        """Return the votes as an Int16 expression named after the LF; -1 abstains."""
        coded = self._coded(space)
        found = pl.struct(map(exact, self.keys)).map_batches(
            lambda keys: self._find(keys, coded), return_dtype=pl.Int16, is_elementwise=True
        )
        return found.alias(self.name)

    def check_schema(self, schema: Mapping[str, pl.DataType], *, space: LabelSpace) -> None:
        """Raise a SchemaError where a key column is missing or of another type than in the table."""
        LabelingFunction.check_schema(self, schema, space=space)
        for place, column in enumerate(self.keys):
            self._check_key(column, schema[column], self.table[str(place)])

    def _check_key(self, column: str, data: pl.DataType, table: pl.Series) -> None:
        """Raise a SchemaError where a key column cannot be compared with its column of the table."""
        self._common_type(column, data, table)

    def _coded(self, space: LabelSpace) -> pl.DataFrame:
        """Return the table with class indices for votes."""
        raw = self.table[VOTE]
        distinct = raw.unique()
        codes = _vote_indices(distinct, space, self.name, in_column=self.in_column)
        votes = raw.replace_strict(distinct, codes, return_dtype=pl.Int16) if codes else raw.cast(pl.Int16)
        return self.table.with_columns(votes)

    def _find(self, keys: pl.Series, coded: pl.DataFrame) -> pl.Series:
        rows = keys.struct.unnest()
        names = [str(place) for place in range(len(self.keys))]
        pairs = [
            self._comparable(column, rows[column], coded[name])
            for column, name in zip(self.keys, names, strict=True)
        ]
        wanted = pl.DataFrame([ours.alias(name) for name, (ours, _) in zip(names, pairs, strict=True)])
        known = coded.with_columns(theirs.alias(name) for name, (_, theirs) in zip(names, pairs, strict=True))
        joined = wanted.join(known, on=names, how="left", maintain_order="left")
        return joined[VOTE].fill_null(ABSTAIN)

    def _comparable(self, column: str, data: pl.Series, table: pl.Series) -> tuple[pl.Series, pl.Series]:
        """Return a key column of the data and that of the table so that equal keys are equal values."""
        kind = self._common_type(column, data.dtype, table)
        return self._read(data.cast(kind)), table.cast(kind)

    def _read(self, keys: pl.Series) -> pl.Series:
        return keys if self.fold == "none" or keys.dtype != pl.String else _folded(keys, self.fold)

    def _common_type(self, column: str, data: pl.DataType, entries: pl.Series) -> pl.DataType:
        """Return the type in which a key of the data and one of the table are compared exactly."""
        table = entries.dtype
        if is_text_type(data) and is_text_type(table):
            return pl.String()
        if data.is_integer() and table.is_integer():
            return pl.Int128() if pl.UInt64 in (data, table) else pl.Int64()
        if data.is_float() and table.is_float():
            return pl.Float64()
        if data == table or pl.Null in (data, table):
            return data if table == pl.Null else table
        raise SchemaError(
            f"LF {self.name!r}: key column {column!r} is {data} in the data but {table} in the table "
            f"(such as {one_line(repr(entries[:1].to_list()[0]), 40)}); cast one to the other's type"
        )

    @property
    def votes_for(self) -> tuple[int | str, ...] | None:
        """The classes that it can vote for."""
        return tuple(self.table[VOTE].unique().sort().to_list())

    def vocabulary(self) -> Iterable[str]:
        """Return the keys that are texts."""
        keys = self.table.drop(VOTE)
        return (text for one in keys.get_columns() if one.dtype == pl.String for text in one.unique())

    @property
    def source(self) -> str:
        """The canonical definition."""
        votes = f"vote={source_vote(self.vote, self.space)}" if self.vote is not None else "votes='vote'"
        return (
            f"lookup({self.name!r}, table=<{self.table.height} entries>, keys={list(self.keys)!r}, {votes}"
            + (f", fold={self.fold!r})" if self.fold != "none" else ")")
        )

    def describe(self) -> str:
        """Say in one plain sentence what the LF does."""
        entries = f"a table of {self.table.height:,} known entries"
        keys = " and ".join(self.keys)
        if self.vote is None:
            return f"votes what {entries} says about the {keys}"
        return f"votes {vote_name(self.vote, self.space)} where the {keys} is in {entries}"

    def _fingerprint_parts(self) -> tuple[object, ...]:
        parts: tuple[object, ...] = (self.keys, self.table)
        parts += ("in a column",) if self.in_column else ()
        return parts if self.fold == "none" else (*parts, "fold", self.fold)


def lookup(
    name: str,
    *,
    table: Any,
    keys: str | Iterable[str] | Mapping[str, str],
    vote: int | str | None = None,
    votes: str | None = None,
    space: LabelSpace | Task | None = None,
    fold: Fold = "none",
    should: Examples = (),
    should_not: Examples = (),
) -> LookupLF:
    """Make an LF that votes where the keys of a row are in a table: distant supervision.

    Keys match exactly, unless ``fold`` is given; a key that holds a null matches nothing.

    Parameters
    ----------
    name : str
        The LF's name.
    table : data frame, list of dict, dict, set or list
        The known entries: a table (polars, pandas, pyarrow, a dictionary of columns, ...) with the key
        columns; a dictionary from keys to votes, of which ``vote=`` takes the keys alone; or a set or list
        of keys. Several keys make a tuple.
    keys : str, iterable of str, or mapping of str to str
        The columns that hold the keys, named alike in data and table, or ``{data column: table column}``.
    vote : int or str, optional
        The class of all entries, by index or name.
    votes : str, optional
        Instead of ``vote``, the column of the table that holds each entry's class; null abstains. Numbers in
        it are class names where these are numbers, else class indices.
    space : LabelSpace or Task, optional
        The classes; without it they come from ``apply(space=)``.
    fold : {"none", "case", "text"}, default "none"
        Which spellings of keys that are texts count as the same: "text" for names, as in `keywords`; "none"
        for identifiers, whose characters all count.
    should, should_not : list of rows, or mapping from class to list of rows, optional
        Examples for `labelwright.check`: rows that it must, or must not, vote on; see `labeling_function`.

    Returns
    -------
    LookupLF
        An `ExpressionLF`: one hash join with the table, O(rows + entries).

    Raises
    ------
    LabelingFunctionError
        A missing key column, two entries for one key that vote differently, neither or both of ``vote``
        and ``votes``, or a class that ``space`` lacks. When it is applied, a SchemaError: a key column is
        missing, or its type in the data (text, number) differs from that in the table.

    Examples
    --------
    >>> space = LabelSpace(["UNRELATED", "CAUSES"])
    >>> kb = {("D008094", "D006973"), ("D003042", "D004827")}
    >>> known = lookup("known", table=kb, keys=["chemical", "disease"], vote="CAUSES", space=space)
    >>> df = pl.DataFrame({"chemical": ["D003042", "D003042"], "disease": ["D004827", None]})
    >>> df.select(known.expr(space))["known"].to_list()
    [1, -1]
    """
    common = common_arguments(name, space, should, should_not)
    lf, known = common["name"], common["space"]
    columns = _as_keys(keys, lf)
    folds = as_fold(fold, False, lf)
    entries, by_entry = _entries(table, columns, vote=vote, votes=votes, lf=lf)
    in_column = votes is not None
    fixed = None if by_entry else as_vote(vote, known, lf)
    if fixed is not None:
        entries = entries.with_columns(pl.lit(fixed).alias(VOTE))
    if folds != "none":
        entries = entries.with_columns(
            _folded(one, folds)
            for one in entries.get_columns()
            if one.name != VOTE and is_text_type(one.dtype)
        )
    return lookup_of(
        LookupLF,
        entries,
        common,
        keys=tuple(columns),
        vote=fixed,
        in_column=in_column,
        fold=folds,
    )


def _folded(keys: pl.Series, fold: Fold) -> pl.Series:
    """Return keys as they are compared."""
    return fold_series(keys.cast(pl.String), fold=fold).str.strip_chars(" ")


def lookup_of(
    kind: type[LookupLF],
    entries: pl.DataFrame,
    common: Common,
    *,
    keys: tuple[str, ...],
    in_column: bool = False,
    **more: Any,
) -> LookupLF:
    """Make a lookup LF of clean entries: the key columns in order, then the raw votes.

    Votes that are numbers ``in_column`` of a table are read as such: see `LabelSpace.encode`.

    Raises
    ------
    LabelingFunctionError
        A vote is no class of the space, or one key has two different votes.
    """
    name, space = common["name"], common["space"]
    places = [str(place) for place in range(len(keys))]
    table = entries.rename(dict(zip(entries.columns, [*places, VOTE], strict=True)))
    in_column = in_column and table.schema[VOTE].is_numeric()
    if table.schema[VOTE].is_float():
        table = table.with_columns(pl.col(VOTE).fill_nan(None))
    table = table.drop_nulls()
    if table.schema[VOTE] in (pl.Categorical, pl.Enum):
        table = table.with_columns(pl.col(VOTE).cast(pl.String))
    table = table.unique().sort([*places, VOTE])
    if table.is_empty():
        raise LabelingFunctionError(f"LF {name!r}: the table has no entries with keys and votes; add some")
    if (twice := table.filter(pl.struct(places).is_duplicated())).height:
        first = ", ".join(map(repr, twice.row(0)[:-1]))
        raise LabelingFunctionError(
            f"LF {name!r}: key {first} has several different votes in the table "
            f"({twice.height} rows like it); keep one row a key"
        )
    if space is not None:
        distinct = table[VOTE].unique()
        codes = _vote_indices(distinct, space, name, in_column=in_column)
        if in_column:  # classes from here on
            new = table[VOTE].replace_strict(distinct, codes, return_dtype=pl.Int64)
            table = table.with_columns(new).filter(pl.col(VOTE) != ABSTAIN)
            in_column = False
    return kind(**common, columns=keys, keys=keys, table=table, in_column=in_column, **more)


def _vote_indices(votes: pl.Series, space: LabelSpace, lf: str, *, in_column: bool) -> list[int]:
    """Return the class index of each vote; an unknown class is an error that names the LF."""
    if not in_column:
        return [vote_index(vote, space, lf) for vote in votes.to_list()]
    reader = ClassReader(space.names)
    what = f"LF {lf!r}: votes"
    found = reader.encode(votes, what=what, error=LabelingFunctionError, cure="correct the table")
    return [int(index) for index in found]


def _as_keys(keys: str | Iterable[str] | Mapping[str, str], lf: str) -> dict[str, str]:
    """Return which column of the table each data column is looked up in."""
    if isinstance(keys, Mapping):
        pairs = dict(keys)
    else:
        pairs = {key: key for key in ([keys] if isinstance(keys, str) else keys)}
    for column in (*pairs, *pairs.values()):
        as_column(column, lf, parameter="keys")
    if not pairs:
        raise LabelingFunctionError(f"LF {lf!r}: keys= is empty; name at least one key column")
    return pairs


def _entries(
    table: Any, keys: Mapping[str, str], *, vote: object, votes: str | None, lf: str
) -> tuple[pl.DataFrame, bool]:
    """Return the key columns (and the raw votes, where each entry has its own) and whether it has."""
    who = f"LF {lf!r}"
    if isinstance(table, Mapping) and _holds_columns(table, keys.values()):
        table = from_columns(table, who)
    if isinstance(table, Mapping) and vote is None and votes is None:
        frame = key_frame(table.keys(), list(keys), who)
        return frame.with_columns(pl.Series(VOTE, list(table.values()), strict=False)), True
    if isinstance(table, Mapping):
        table = list(table)
    _check_vote_given(vote, votes, lf)
    if isinstance(table, Set) or (isinstance(table, (list, tuple)) and not _holds_rows(table)):
        if votes is not None:
            raise LabelingFunctionError(f"{who}: votes={votes!r} needs a table; keys alone hold no votes")
        return key_frame(table, list(keys), who), False
    frame = as_frame(table, who)
    roles = {f"keys[{place}]": column for place, column in enumerate(keys.values())}
    require_columns(frame, roles | ({} if votes is None else {"votes": votes}), who)
    wanted = [exact(column).alias(f"key {place}") for place, column in enumerate(keys.values())]
    if votes is not None:
        wanted.append(exact(votes).alias(VOTE))
    return frame.select(wanted), votes is not None


def _holds_rows(table: list[Any] | tuple[Any, ...]) -> bool:
    return bool(table) and (isinstance(table[0], Mapping) or hasattr(table[0], "__dataclass_fields__"))


def _holds_columns(table: Mapping[Any, Any], columns: Iterable[str]) -> bool:
    """Tell a dictionary of columns from one of keys: it has the key columns, and values that are lists."""
    lists = all(isinstance(values, (list, tuple)) for values in table.values())
    return lists and all(column in table for column in columns)


def _check_vote_given(vote: object, votes: object, lf: str) -> None:
    if (vote is None) == (votes is None):
        raise LabelingFunctionError(
            f"LF {lf!r}: an LF votes one class or by column; give exactly one of vote=class and "
            "votes='column of the table'"
        )
