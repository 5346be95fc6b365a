"""What every labeling function is, whatever its kind."""

from __future__ import annotations

import abc
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple

from labelwright._display.notebook import Facts, Heading, Part, Source
from labelwright._display.shown import Shown
from labelwright._errors import LabelingFunctionError, SchemaError
from labelwright._text import count, first_line, listed, one_line
from labelwright._validate import did_you_mean, shorten
from labelwright.core import LabelSpace, Task
from labelwright.lfs._examples import Example, as_examples, check_examples
from labelwright.lfs._fingerprint.fingerprint import fingerprint_of
from labelwright.lfs._reads import things_read

if TYPE_CHECKING:
    import polars as pl

    from labelwright.lfs.preprocessors import Preprocessor


LONGEST_REPR: Final = 110
"""Characters of an LF's one line, so that a list of LFs reads as a table."""


def class_words(votes: Iterable[int | str], space: LabelSpace | None) -> str:
    """Return the classes of votes by name, where names are known."""
    names = [space.name(vote) if space is not None and isinstance(vote, int) else str(vote) for vote in votes]
    return listed(names, most=8)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class LabelingFunction(abc.ABC, Shown):
    """A small program that looks at one data point and votes for a class or abstains.

    Labeling functions are made by `labeling_function`, `keywords`, `gazetteer` and the other functions of
    this room, and never change afterwards. Each says itself how it runs; the classes to derive from are
    `ExpressionLF` (compiled to polars), `BatchLF` (frames of many rows), `PythonLF` (row by row) and
    `VoteReadingLF` (frames, after the LFs whose votes it reads).

    Parameters
    ----------
    name : str
        Unique among the LFs that are applied together.
    space : LabelSpace or None, default None
        The classes it votes for; None leaves them to ``apply(space=)``.
    task : Task or None, default None
        The labeling question that it answers; None for any with these classes. Votes for several tasks are
        never one label matrix. No part of the fingerprint: votes do not depend on a question's name.
    columns : tuple of str or None, default None
        The input columns that it reads; None where they are not known.
    should : tuple of Example, default ()
        Rows that it must vote on, for `labelwright.check`; a list of rows, or of rows by class, becomes one.
        No part of the fingerprint: votes do not depend on them.
    should_not : tuple of Example, default ()
        Rows that it must not vote on.
    deterministic : bool, default False
        Whether somebody has said that its votes repeat, whatever its code asks beside the row.
    version : str or None, default None
        The same, and a name for what its code cannot show, such as of a model on a server; a part of the
        fingerprint.

    Attributes
    ----------
    kind : str
        "python", "batch", or the name of the function that made it, such as "keywords".
    runs : {"expression", "frame", "rows", "votes"}
        How it runs: the name of a runner.
    is_code : bool
        Whether somebody's Python code decides, which may raise on any row.
    reads_text : bool
        Whether the texts that it reads are read as people read them, so that it can say nothing where there
        is none; false for kinds whose texts may be keys, dates or numbers.
    """

    kind: ClassVar[str]
    runs: ClassVar[str]
    is_code: ClassVar[bool] = False
    reads_text: ClassVar[bool] = False

    name: str
    space: LabelSpace | None = None
    task: Task | None = None
    columns: tuple[str, ...] | None = None
    should: tuple[Example, ...] = ()
    should_not: tuple[Example, ...] = ()
    deterministic: bool = False
    version: str | None = None

    def __post_init__(self) -> None:
        if self.task is not None and self.space is None:
            object.__setattr__(self, "space", self.task.space)
        elif self.task is not None and self.space != self.task.space:
            raise LabelingFunctionError(
                f"LF {self.name!r} votes for {self.space}, but its {self.task} has {self.task.space}; "
                "give it the task alone"
            )
        for parameter in ("should", "should_not"):
            if getattr(self, parameter) != ():
                object.__setattr__(self, parameter, self._examples(parameter))
        check_examples(self.should, self.should_not, self.name)

    def _examples(self, parameter: str) -> tuple[Example, ...]:
        given = getattr(self, parameter)
        return as_examples(given, lf=self.name, columns=self.columns, space=self.space, parameter=parameter)

    @property
    def fingerprint(self) -> str:
        """32 hex digits that stand for what the LF does; the same in every file and process.

        Two LFs with one fingerprint give the same votes on the same data. The name is no part of it, so
        renaming an LF keeps its votes. It is computed anew on every access, because the globals that a
        Python LF uses can change in a notebook; the cost is reading them and the resources once.
        """
        return fingerprint_of(self)

    @property
    def reads(self) -> frozenset[str]:
        """What the LF reads: columns, words, resources, models, helpers; equal texts for equal things.

        `learn_dependencies` takes it as a hint of which LFs err together. Computed anew on every access.
        """
        return things_read(self)

    def vocabulary(self) -> Iterable[str]:
        """Return the phrases, patterns and words that its definition looks for; none for code."""
        return ()

    @property
    def row_local(self) -> bool:
        """Whether the vote on a row depends on that row alone.

        Then it may be run on any blocks of rows, be resumed in parts and spread over machines, and where it
        raises it loses no other rows. One that looks at whole columns or documents gets all rows at once.
        """
        return True

    @property
    def repeats(self) -> bool:
        """Whether somebody has said that it votes the same on the same row, whatever it asks for it."""
        return self.deterministic or self.version is not None

    @property
    def needs(self) -> tuple[LabelingFunction, ...]:
        """The LFs whose votes it reads."""
        return ()

    @property
    def votes_for(self) -> tuple[int | str, ...] | None:
        """The classes that it can vote for; None where its code decides."""
        vote = getattr(self, "vote", None)
        return vote if vote is None or isinstance(vote, tuple) else (vote,)

    @property
    @abc.abstractmethod
    def source(self) -> str:
        """The source text or the canonical definition, for people and for the ledger."""

    @abc.abstractmethod
    def describe(self) -> str:
        """Say in one plain sentence, for people who read no code, what the LF does."""

    def __repr__(self) -> str:
        line = f"LF {self.name!r} ({self.kind}): {one_line(self._told(), None)}"
        return one_line(line, LONGEST_REPR)

    def _display_parts(self) -> Sequence[Part]:
        votes_for = self.votes_for
        space = self.space
        facts = [
            ("what it does", one_line(self._told(), None)),
            ("kind", self.kind),
            ("votes for", "as its code decides" if votes_for is None else class_words(votes_for, space)),
            ("reads", listed(self.columns, most=8) if self.columns else ""),
            ("classes", "" if space is None else listed(space.names, most=8)),
            ("task", "" if self.task is None else self.task.name),
            ("examples", count(len(self.should) + len(self.should_not), "row") if self._has_examples else ""),
        ]
        told = [(word, text) for word, text in facts if text]
        return [Heading(f"LF {self.name!r}"), Facts(told), Source(self._told_source())]

    @property
    def _has_examples(self) -> bool:
        return bool(self.should or self.should_not)

    def _told(self) -> str:
        """Return what it does; a display never fails for what an LF cannot say of itself."""
        try:
            return self.describe()
        except Exception:
            return "cannot say what it does"

    def _told_source(self) -> str:
        try:
            return self.source
        except Exception:
            return ""

    @abc.abstractmethod
    def _fingerprint_parts(self) -> tuple[object, ...]:
        """Return everything that the votes depend on, besides kind and space."""

    def check_schema(self, schema: Mapping[str, pl.DataType], *, space: LabelSpace) -> None:
        """Raise a SchemaError where data with these columns cannot be voted on.

        Parameters
        ----------
        schema : mapping of str to polars.DataType
            Column names and types of the data, such as ``frame.schema``.
        space : LabelSpace
            The classes that the LF is applied with.

        Raises
        ------
        SchemaError
            A column is missing or, for an `ExpressionLF`, has a type that the LF cannot use.
        """
        for column in self.columns or ():
            if column not in schema:
                hint = did_you_mean(column, schema)
                raise SchemaError(
                    f"LF {self.name!r} reads column {column!r}, which the data lack{hint}; "
                    f"columns: {shorten(list(schema))}"
                )


def one_task(lfs: Iterable[LabelingFunction], *, cure: str) -> Task | None:
    """Return the task of all labeling functions that have one, or raise where they have several.

    Raises
    ------
    LabelingFunctionError
        With every task and its LFs, and how to mend it.
    """
    found: dict[str, list[LabelingFunction]] = {}
    for lf in lfs:
        if lf.task is not None:
            found.setdefault(lf.task.name, []).append(lf)
    if len(found) > 1:
        named = "; ".join(f"{own[0].task} has {shorten([lf.name for lf in own])}" for own in found.values())
        raise LabelingFunctionError(f"LFs of {len(found)} tasks were given together: {named}; {cure}")
    return next((own[0].task for own in found.values()), None)


class ExpressionLF(LabelingFunction):
    """A labeling function that is one polars expression: compiled, never looped over."""

    __slots__ = ()
    runs: ClassVar[str] = "expression"

    @abc.abstractmethod
    def expr(self, space: LabelSpace) -> pl.Expr:
        """Return the votes as an Int16 expression named after the LF; -1 abstains.

        Raises
        ------
        LabelingFunctionError
            The LF votes a class that ``space`` does not have.
        """

    def expr_on_ascii(self, space: LabelSpace) -> pl.Expr:
        """Return `expr`, or a quicker one with the same votes where all texts it reads are ASCII."""
        return self.expr(space)

    def select(self, frame: pl.DataFrame, space: LabelSpace) -> pl.DataFrame:
        """Return the votes on a frame; a column of no type, for it holds null alone, may stand for texts."""
        import polars as pl

        try:
            return frame.select(self.expr(space))
        except pl.exceptions.PolarsError:
            if not (untyped := [name for name, dtype in frame.schema.items() if dtype == pl.Null]):
                raise
            return frame.cast(dict.fromkeys(untyped, pl.String)).select(self.expr(space))

    def check_schema(self, schema: Mapping[str, pl.DataType], *, space: LabelSpace) -> None:
        """Raise a SchemaError where data with these columns cannot be voted on: tried on two null rows."""
        import polars as pl

        LabelingFunction.check_schema(self, schema, space=space)
        try:
            trial = self.select(pl.DataFrame(schema=dict(schema)).clear(2), space)
        except pl.exceptions.PolarsError as error:
            raise SchemaError(self._type_message(schema, error)) from None
        if trial.height != 2:
            raise SchemaError(
                f"LF {self.name!r} does not give one vote a row: {trial.height} for 2 rows; "
                "aggregates need .over(...), and filters need pl.when(...)"
            )

    def _type_message(self, schema: Mapping[str, pl.DataType], error: Exception) -> str:
        types = ", ".join(f"{column!r} is {schema[column]}" for column in self.columns or ())
        reason = first_line(error)
        return f"LF {self.name!r} cannot read these columns ({types}): {reason}; cast them first"


class ScoredVotes(NamedTuple):
    """What a batch LF returns that says how probable each class is, and abstains by a rule of its own.

    Attributes
    ----------
    votes : sequence of raw votes
        Indices, names or None, one a row.
    scores : (rows, c) array of floats
        How probable each of `classes` is; rows sum to 1, or are nan where nothing is said.
    classes : tuple of (int, str or None)
        The class of each column; None for one that is no class. What it gets is shared by the others in
        proportion.
    """

    votes: Any
    scores: Any
    classes: tuple[int | str | None, ...]


class BatchLF(LabelingFunction):
    """A labeling function that takes a frame of many rows and returns one vote a row.

    It gets blocks of rows, unless it says ``row_local = False``: then all rows at once.
    """

    __slots__ = ()
    runs: ClassVar[str] = "frame"

    @property
    def pre(self) -> tuple[Preprocessor, ...]:
        """The preprocessors it needs: none, since batch LFs take columns as they are."""
        return ()

    @abc.abstractmethod
    def vote_batch(self, frame: pl.DataFrame) -> object:
        """Return a sequence of raw votes (indices, names, None), one a row of ``frame``.

        Scored votes are a (rows, k) array of floats whose rows sum to 1, or nan to abstain; or `ScoredVotes`,
        where the votes are not just the classes of the highest scores.
        """


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class VoteReadingLF(LabelingFunction):
    """A labeling function that looks at the votes of others, and perhaps at whole columns.

    Whoever applies it applies those others first, or takes their votes from where they are.

    Parameters
    ----------
    of : tuple of LabelingFunction
        The LFs whose votes it reads.
    """

    runs: ClassVar[str] = "votes"

    of: tuple[LabelingFunction, ...]

    @property
    def needs(self) -> tuple[LabelingFunction, ...]:
        """The LFs whose votes it reads."""
        return self.of

    @property
    def row_local(self) -> bool:
        """Whether the vote on a row depends on that row alone: not unless a kind says so."""
        return False

    def __post_init__(self) -> None:
        task = one_task([self, *self.of], cure=f"let LF {self.name!r} read the votes of one task")
        if self.task is None and task is not None and self.space in (None, task.space):
            object.__setattr__(self, "task", task)
        LabelingFunction.__post_init__(self)

    @abc.abstractmethod
    def vote_on(self, frame: pl.DataFrame, votes: pl.DataFrame, *, space: LabelSpace) -> object:
        """Return a sequence of raw votes (indices, names, None), one a row of ``frame``.

        Parameters
        ----------
        frame : polars.DataFrame
            The data.
        votes : polars.DataFrame
            One Int16 column of class indices an LF of ``of``, named after it; null where it abstains.
        space : LabelSpace
            The classes.
        """

    def check_schema(self, schema: Mapping[str, pl.DataType], *, space: LabelSpace) -> None:
        """Raise a SchemaError where data with these columns cannot be voted on, by it or those it reads."""
        for lf in self.of:
            lf.check_schema(schema, space=space)
        LabelingFunction.check_schema(self, schema, space=space)
