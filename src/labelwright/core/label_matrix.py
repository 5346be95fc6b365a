"""The label matrix: what every LF voted on every data point."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import numpy as np

from labelwright._errors import LabelMatrixError, LabelMatrixIndexError, SchemaError
from labelwright._text import named, percent
from labelwright._types import ABSTAIN, BoolArray, VoteArray
from labelwright._validate import did_you_mean, shorten
from labelwright.core.class_values import as_gold, index_names, numbers_could_be_both
from labelwright.core.files import VotesFile, as_frame, read_votes, votes_of_frame, write_votes
from labelwright.core.given_votes import given_votes, in_class_order
from labelwright.core.label_space import LabelSpace
from labelwright.core.summary import as_html, summarize
from labelwright.core.task import Task, as_space, as_task, go_together
from labelwright.core.votes.checks import (
    as_index,
    as_integers,
    as_votes,
    check_fingerprints,
    check_lf_names,
    classes_needed,
    equal_tables,
    vote_dtype,
)
from labelwright.core.votes.old_convention import CURE, from_old
from labelwright.core.votes.pair_moments import PairMoments, pair_moments
from labelwright.core.votes.patterns import VotePatterns, vote_patterns
from labelwright.core.votes.row_scores import RowScores, best_classes
from labelwright.core.votes.vote_sets import canonical_table, read_sets, recoded

if TYPE_CHECKING:
    import polars as pl

Rows: TypeAlias = "int | slice | Sequence[int] | np.ndarray[Any, Any]"
Lfs: TypeAlias = "int | str | slice | Sequence[int] | Sequence[str] | np.ndarray[Any, Any]"


class LabelMatrix:
    """Votes of m labeling functions on n data points: -1 to abstain, else a class 0..k-1.

    A label matrix is a value: its votes are read-only, and every method that "changes" it returns a new
    one. It keeps the names of its LFs, what they voted for, and which version of each LF voted.

    Parameters
    ----------
    votes : (n, m) votes
        Class indices of any integer type, or class names; None, NaN or -1 to abstain. An array, lists, or a
        table with one column an LF (polars, pandas, pyarrow, a dictionary of columns), which names the LFs.
        Stored as int8, or int16 above 127 classes.
    space : LabelSpace or Task, optional
        The classes, or the task whose classes they are. Without: classes 0..max(votes), at least two, named
        by their index.
    lf_names : sequence of str, optional
        One different name an LF, in column order; ``lf_0``, ``lf_1``, ... without.
    fingerprints : sequence of (str or None), optional
        Which version of each LF voted; None where unknown.
    vote_sets : (c, k) boolean array, optional
        What votes k, k+1, ... allow, where LFs vote sets of classes (partial labels): row i is the set that
        vote k + i stands for. Equal sets get one code, codes follow the lexicographic order of the rows,
        and a set of one class is that class: the votes are recoded so. `from_sets` writes the table for
        you.
    scores : mapping of LF name to (n, k) array, optional
        How probable each class is according to the LFs that say so (*scored votes*): rows that sum to 1, or
        of nan where an LF says nothing beyond its vote. `from_scores` makes votes of scores.

    Attributes
    ----------
    votes : (n, m) int8 or int16
        Read-only, in input row and LF order.
    covered : (n,) bool
        Whether at least one LF voted on the row.

    Raises
    ------
    LabelMatrixError
        Votes that are not 2-dimensional or no classes (with sets: no integers in -1..k+c-1), names without
        a space, numbers in a table that could be names as well as indices, a label matrix of another task,
        LF names that do not fit, or a set of no class or of all.

    Examples
    --------
    >>> space = LabelSpace(["HAM", "SPAM"])
    >>> L = LabelMatrix([[1, -1], [0, 1], [-1, -1]], space=space, lf_names=["url", "short"])
    >>> L
    LabelMatrix: 3 rows x 2 LFs, classes 0..1 (HAM, SPAM), 66.7% of rows covered
    >>> L.covered.tolist(), L[:, "url"].votes.ravel().tolist()
    ([True, True, False], [1, 0, -1])
    >>> LabelMatrix({"url": ["SPAM", None], "short": ["HAM", "SPAM"]}, space=space).votes.tolist()
    [[1, 0], [-1, 1]]
    """

    __slots__ = ("_fingerprints", "_lf_names", "_scores", "_space", "_task", "_vote_sets", "_votes")

    def __init__(
        self,
        votes: object,
        *,
        space: LabelSpace | Task | Iterable[str] | None = None,
        lf_names: Sequence[str] | None = None,
        fingerprints: Sequence[str | None] | None = None,
        vote_sets: object = None,
        scores: Mapping[str, object] | None = None,
    ) -> None:
        space = votes._asked if space is None and isinstance(votes, LabelMatrix) else space
        known = as_space(space)
        if isinstance(votes, LabelMatrix):
            array = as_integers(votes)
            votes._check_order(known)
            vote_sets = votes.vote_sets if vote_sets is None else vote_sets
            lf_names = votes.lf_names if lf_names is None else lf_names
            fingerprints = votes.fingerprints if fingerprints is None else fingerprints
        else:
            if hasattr(votes, "toarray"):
                as_integers(votes)  # says what to do with a sparse matrix
            array, columns = given_votes(votes, None if known is None else known.names)
            lf_names = columns if lf_names is None else lf_names
        if isinstance(votes, LabelMatrix) and not go_together(votes.task, as_task(space)):
            raise LabelMatrixError(
                f"votes for {votes.task} are no votes for {as_task(space)}: they answer different questions; "
                "where they do answer this one, pass their .votes"
            )
        table = None if vote_sets is None else np.asarray(vote_sets)
        self._space = known or LabelSpace.of_size(_classes_of(array, table))
        self._task = as_task(space)
        self._lf_names = check_lf_names(lf_names, m=array.shape[1])
        self._fingerprints = check_fingerprints(fingerprints, m=array.shape[1])
        self._vote_sets: BoolArray | None = None
        if table is None:
            array = self._checked(array, self.k)
        else:
            self._vote_sets, codes = canonical_table(table, k=self.k)
            array = recoded(self._checked(array, self.k + len(table)), codes)
        self._votes: VoteArray = np.array(array, dtype=vote_dtype(self._codes), order="C")
        self._votes.flags.writeable = False
        if scores is None and isinstance(votes, LabelMatrix) and votes.k == self.k:
            scores = {self._lf_names[votes._lf_position(name)]: one for name, one in votes.scores.items()}
        self._scores = self._checked_scores(scores or {})

    def _check_order(self, space: LabelSpace | None) -> None:
        """Refuse classes of which some are these, at other places: the votes would speak for others."""
        if (
            space is None
            or index_names(self.k) == self._space.names
            or index_names(len(space)) == space.names
        ):
            return
        mine, other = self._space.names, space.names
        moved = [name for name in mine if name in other and other.index(name) != mine.index(name)]
        if moved:
            raise LabelMatrixError(
                f"votes for {self._space} are no votes for {space}: {named(moved, 3)} would be another "
                "class; decode them first, as with LabelMatrix(L.to_polars(names=True), space=...)"
            )

    def _checked(self, array: np.ndarray[Any, Any], codes: int) -> VoteArray:
        sets = f", {self.k}..{codes - 1} for the sets in vote_sets" if codes > self.k else ""
        expected = f"{self._space}{sets}, or ABSTAIN (-1)"
        if codes == self.k and array.size and array.min() == 0 and array.max() == self.k:
            expected += f". All votes lie in 0..{self.k}: {CURE}"
        return as_votes(array, codes, lf_names=self._lf_names, expected=expected)

    def _checked_scores(self, scores: Mapping[str, object]) -> dict[str, RowScores]:
        """Return the scores of LFs in column order; those that score nothing are none."""
        for name in scores:
            self._lf_position(name)
        found = {
            name: RowScores.of(_of_classes(scores[name], self._space, name), k=self.k, lf=name, n=self.n)
            for name in self._lf_names
            if name in scores
        }
        return {name: one for name, one in found.items() if len(one.rows)}

    # --- what it holds

    @property
    def votes(self) -> VoteArray:
        """(n, m) int8 or int16, read-only: -1, a class index, or the code of a set (see `vote_sets`)."""
        return self._votes

    @property
    def vote_sets(self) -> BoolArray | None:
        """(c, k) bool, read-only: row i is the set of classes that vote k + i allows; None without sets."""
        return self._vote_sets

    @property
    def scores(self) -> Mapping[str, RowScores]:
        """The scored votes by LF name: ``np.asarray(L.scores["clf"])`` is (n, k), nan where there are none.

        Only the LFs that score are in it. Label models that do not read scores take the votes alone.
        """
        return MappingProxyType(self._scores)

    @property
    def _codes(self) -> int:
        """The number of different votes that are possible: classes and sets."""
        return self.k + (0 if self._vote_sets is None else len(self._vote_sets))

    def vote_name(self, vote: int) -> str:
        """Return a vote as people read it: a class, ``"cat or dog"`` for a set, ``"ABSTAIN"``.

        Examples
        --------
        >>> L = LabelMatrix.from_sets([[{"cat", "dog"}, "fish"]], space=["cat", "dog", "fish"])
        >>> [L.vote_name(vote) for vote in L.votes[0]]
        ['cat or dog', 'fish']
        """
        if self._vote_sets is None or vote < self.k:
            return self._space.name(vote)
        return " or ".join(self._space.names[c] for c in np.flatnonzero(self._vote_sets[vote - self.k]))

    @property
    def space(self) -> LabelSpace:
        """The classes."""
        return self._space

    @property
    def task(self) -> Task | None:
        """The labeling question that the votes answer; None where only the classes are known."""
        return self._task

    @property
    def _asked(self) -> LabelSpace | Task:
        """What to make a label matrix of the same question with."""
        return self._task or self._space

    @property
    def lf_names(self) -> tuple[str, ...]:
        """The LF names in column order."""
        return self._lf_names

    @property
    def fingerprints(self) -> tuple[str | None, ...]:
        """The version of each LF, None where unknown."""
        return self._fingerprints

    @property
    def n(self) -> int:
        """The number of data points."""
        return int(self._votes.shape[0])

    @property
    def m(self) -> int:
        """The number of LFs."""
        return int(self._votes.shape[1])

    @property
    def k(self) -> int:
        """The number of classes."""
        return len(self._space)

    @property
    def shape(self) -> tuple[int, int]:
        """``(n, m)``."""
        return self.n, self.m

    @property
    def covered(self) -> BoolArray:
        """(n,) bool: at least one LF voted on the row."""
        return cast(BoolArray, (self._votes != ABSTAIN).any(axis=1))

    @property
    def coverage(self) -> float:
        """The fraction of rows on which at least one LF voted; 0 for no rows."""
        return float(self.covered.mean()) if self.n else 0.0

    # --- statistics

    def summary(self, gold: object = None) -> pl.DataFrame:
        """Describe every LF in one row.

        Parameters
        ----------
        gold : (n,) labels, optional
            Hand labels by class name or index, None or -1 where unknown, in any list, array or column of a
            table (see `LabelSpace.encode`); adds the last three columns.

        Returns
        -------
        polars.DataFrame
            ``lf`` name, ``j`` column index, ``polarity`` the classes it votes for, ``coverage``,
            ``overlaps`` (votes beside another LF) and ``conflicts`` (votes against another LF) as
            fractions of all rows; where LFs score, ``scored``, the fraction of an LF's votes with a score,
            and ``confidence``, the mean score of the classes it voted; with gold also ``correct``,
            ``incorrect`` (counts over rows with a known label) and ``emp_acc``, missing where the LF never
            voted on one.

        Examples
        --------
        >>> LabelMatrix([[1, 0], [1, 1], [-1, 0]]).summary(gold=[1, 1, 0])["emp_acc"].to_list()
        [1.0, 0.6666666666666666]
        """
        return summarize(
            self._votes,
            self._lf_names,
            classes=self._space.names,
            vote_sets=self._vote_sets,
            gold=gold,
            scores=self._scores,
        )

    def patterns(self) -> VotePatterns:
        """Return the distinct rows with their counts, and every row's pattern."""
        return vote_patterns(self._votes)

    def pair_moments(self) -> PairMoments:
        """Return how often each pair of LFs casts each pair of votes, a set being one more vote."""
        return pair_moments(self._votes, self._codes)

    # --- parts and variants

    def __getitem__(self, key: Rows | tuple[Rows, Lfs]) -> LabelMatrix:
        """Take rows, or ``[rows, LFs]``; LFs by position, slice, mask, name or names.

        What comes out is a label matrix, of one row too. A position beyond the end is an IndexError.

        Examples
        --------
        >>> L = LabelMatrix([[0, 1], [1, -1], [0, 0]], lf_names=["a", "b"])
        >>> L[-1].votes.tolist(), L[[True, False, True], "b"].votes.tolist(), [len(row) for row in L]
        ([[0, 0]], [[1], [0]], [1, 1, 1])
        """
        rows, lfs = self._axes(key)
        columns = self._lf_positions(lfs)
        index = as_index(rows, self.n)
        votes = self._votes[index][:, columns]
        names = [self._lf_names[j] for j in columns]
        return LabelMatrix(
            votes,
            space=self._asked,
            lf_names=names,
            fingerprints=[self._fingerprints[j] for j in columns],
            vote_sets=self._vote_sets,
            scores={name: one.take(index) for name, one in self._scores.items() if name in names},
        )

    @staticmethod
    def _axes(key: Any) -> tuple[Any, Any]:
        """Return what is asked for of rows and of LFs; an ellipsis stands for the axes that are left out."""
        keys = list(key) if isinstance(key, tuple) else [key]
        dots = [place for place, one in enumerate(keys) if one is Ellipsis]
        if len(dots) == 1 and len(keys) != 2:
            keys[dots[0] : dots[0] + 1] = [slice(None)] * (3 - len(keys))
        if len(keys) > 2 or len(dots) > 1:
            raise LabelMatrixIndexError(f"cannot take {key!r}; a label matrix has two axes, [rows, LFs]")
        return keys[0], keys[1] if len(keys) == 2 else slice(None)

    def __iter__(self) -> Iterator[LabelMatrix]:
        """Yield the rows, each a label matrix of one."""
        return (self[row] for row in range(self.n))

    def with_lf(
        self, name: str, votes: object, *, fingerprint: str | None = None, scores: object = None
    ) -> LabelMatrix:
        """Return a label matrix with one more LF on the right, or with the LF of that name replaced.

        Its (n, k) scores go with it, where it has some.

        Examples
        --------
        >>> LabelMatrix([[0], [1]], lf_names=["a"]).with_lf("b", [1, -1]).votes.tolist()
        [[0, 1], [1, -1]]
        """
        column = as_integers(self._column(name, votes).reshape(-1, 1))
        if len(column) != self.n:
            raise LabelMatrixError(f"LF {name!r} has {len(column)} votes; expected {self.n}, one a row")
        names, prints = list(self._lf_names), list(self._fingerprints)
        if name in names:
            j = names.index(name)
            array = self._votes.astype(np.int64)
            array[:, j], prints[j] = column[:, 0], fingerprint
        else:
            array = np.hstack([self._votes, column])
            names, prints = [*names, name], [*prints, fingerprint]
        others = {other: one for other, one in self._scores.items() if other != name}
        return LabelMatrix(
            array,
            space=self._asked,
            lf_names=names,
            fingerprints=prints,
            vote_sets=self._vote_sets,
            scores=others if scores is None else {**others, name: scores},
        )

    def _column(self, name: str, votes: object) -> np.ndarray[Any, Any]:
        """Return the votes of one LF: integers as they are, for sets have codes, other labels as classes."""
        array = votes if isinstance(votes, np.ndarray) else None
        if isinstance(votes, (list, tuple)) and all(isinstance(vote, (int, np.integer)) for vote in votes):
            array = np.asarray(votes)
        if array is not None and array.dtype.kind in "iub":
            return array
        encoded: np.ndarray[Any, Any] = as_gold(votes, self._space.names, what=f"votes of LF {name!r}")
        return encoded

    def with_lfs(self, other: LabelMatrix) -> LabelMatrix:
        """Return a label matrix with the LFs of another on the right; those of the same names are replaced.

        Raises
        ------
        LabelMatrixError
            The other is for another task, or has other classes or another number of rows.

        Examples
        --------
        >>> L = LabelMatrix([[0, 1], [1, 1]], lf_names=["a", "b"])
        >>> more = LabelMatrix([[1, -1], [0, 0]], lf_names=["b", "c"])
        >>> L.with_lfs(more).lf_names, L.with_lfs(more).votes.tolist()
        (('a', 'b', 'c'), [[0, 1, -1], [1, 0, 0]])
        """
        if not isinstance(other, LabelMatrix):
            raise LabelMatrixError(f"got {type(other).__name__}; pass a LabelMatrix of the same rows")
        if (self.n, self.space) != (other.n, other.space):
            raise LabelMatrixError(
                f"cannot join {other.n} rows over {other.space} to {self.n} rows over {self.space}; "
                "they must be the same rows and classes"
            )
        if not go_together(self.task, other.task):
            raise LabelMatrixError(
                f"cannot join votes for {other.task} to votes for {self.task}: they answer different "
                "questions, though their classes have the same names; keep one label matrix a task"
            )
        places = {name: (0, j) for j, name in enumerate(self.lf_names)}
        for j, name in enumerate(other.lf_names):
            places[name] = (1, j)
        sets = 0 if self.vote_sets is None else len(self.vote_sets)
        shifted = other.votes.astype(np.int64) + sets * (other.votes >= other.k)
        votes, prints = (self.votes, shifted), (self.fingerprints, other.fingerprints)
        tables = [one.vote_sets for one in (self, other) if one.vote_sets is not None]
        return LabelMatrix(
            np.column_stack([votes[which][:, j] for which, j in places.values()]),
            space=self.task or other.task or self.space,
            lf_names=list(places),
            fingerprints=[prints[which][j] for which, j in places.values()],
            vote_sets=np.concatenate(tables) if tables else None,
            scores={
                name: one
                for name, (which, _) in places.items()
                if (one := (self, other)[which].scores.get(name)) is not None
            },
        )

    def over(self, space: LabelSpace, allowed: BoolArray) -> LabelMatrix:
        """Return the votes over other classes.

        Parameters
        ----------
        space : LabelSpace
            The new classes.
        allowed : (k + c, new k) bool
            The new classes that each vote, for a class or for a set, allows; a vote that allows none or all
            becomes an abstain.

        Returns
        -------
        LabelMatrix
            With the LFs' names and fingerprints: it is the same version that voted. Scores go along where
            each class becomes one class; else they say nothing about the new classes, and are left out.

        Examples
        --------
        >>> L = LabelMatrix([[0, 1], [-1, 1]], lf_names=["a", "b"])
        >>> new = L.over(LabelSpace.of_size(3), np.array([[True, False, False], [False, True, True]]))
        >>> new.votes.tolist(), new.vote_sets.tolist()
        ([[0, 3], [-1, 3]], [[False, True, True]])
        """
        says_something = allowed.any(axis=1) & ~allowed.all(axis=1)
        # Every code becomes the code of a set; the new label matrix makes classes of sets of one.
        codes = np.where(says_something, len(space) + np.cumsum(says_something) - 1, ABSTAIN)
        return LabelMatrix(
            recoded(self._votes, codes),
            space=space if self._task is None else self._task.over(space),
            lf_names=self._lf_names,
            fingerprints=self._fingerprints,
            vote_sets=allowed[says_something],
            scores=self._scores_over(allowed[: self.k]),
        )

    def _scores_over(self, allowed: BoolArray) -> dict[str, object]:
        """Return the scores over other classes, given (k, new k) what each class becomes."""
        if not (allowed.sum(axis=1) == 1).all():
            return {}
        moved = allowed.astype(np.float32)
        return {name: RowScores(one.rows, one.values @ moved, one.n) for name, one in self._scores.items()}

    def drop_lf(self, *names: str) -> LabelMatrix:
        """Return a label matrix without the named LFs.

        Examples
        --------
        >>> LabelMatrix([[0, 1], [1, -1]], lf_names=["a", "b"]).drop_lf("a").lf_names
        ('b',)
        """
        gone = {self._lf_position(name) for name in names}
        return self[:, [j for j in range(self.m) if j not in gone]]

    def _lf_positions(self, lfs: Lfs) -> list[int]:
        if isinstance(lfs, str):
            return [self._lf_position(lfs)]
        wanted: Any = lfs
        if wanted is not Ellipsis and not isinstance(wanted, (int, np.integer, slice)):
            wanted = list(wanted)
        if isinstance(wanted, list) and any(isinstance(lf, str) for lf in wanted):
            return [self._lf_positions(lf)[0] for lf in wanted]
        return cast("list[int]", np.arange(self.m)[as_index(wanted, self.m)].tolist())

    def _lf_position(self, name: str) -> int:
        try:
            return self._lf_names.index(name)
        except ValueError:
            hint = did_you_mean(name, self._lf_names) or f"; it has {shorten(self._lf_names)}"
            raise LabelMatrixIndexError(f"label matrix has no LF {name!r}{hint}") from None

    @classmethod
    def from_old_snorkel(
        cls,
        votes: object,
        *,
        space: LabelSpace | Task | Iterable[str] | None = None,
        lf_names: Sequence[str] | None = None,
    ) -> LabelMatrix:
        """Make a label matrix of votes in the numbers of Snorkel before 0.9 and of Snorkel MeTaL.

        Parameters
        ----------
        votes : (n, m) integers, or such a sparse matrix
            0 to abstain. Classes are 1..k, which become 0..k-1; or, of two classes, -1 and 1, which become 0
            and 1.
        space, lf_names : as in the constructor

        Raises
        ------
        LabelMatrixError
            No whole numbers, or some that neither kind has.

        Examples
        --------
        >>> LabelMatrix.from_old_snorkel([[0, 1], [-1, 0]], space=["HAM", "SPAM"]).votes.tolist()
        [[-1, 1], [0, -1]]
        """
        return cls(from_old(votes), space=space, lf_names=lf_names)

    # --- in and out

    def to_numpy(self) -> VoteArray:
        """Return a writable copy of the votes."""
        return self._votes.copy()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        return np.array(self._votes, dtype=dtype, copy=copy)

    def to_polars(self, *, names: bool = False) -> pl.DataFrame:
        """Return a polars frame with one column an LF: class indices, -1 to abstain; or names and null.

        A vote for a set of classes is the name ``"cat or dog"``.

        Examples
        --------
        >>> LabelMatrix([[1, -1]], space=["HAM", "SPAM"]).to_polars(names=True).rows()
        [('SPAM', None)]
        """
        frame = as_frame(self._votes, self._lf_names)
        if not names:
            return frame
        import polars as pl

        codes = range(-1, self._codes)
        said = [None if code == ABSTAIN else self.vote_name(code) for code in codes]
        return frame.select(pl.all().replace_strict(list(codes), said, return_dtype=pl.String))

    @classmethod
    def from_polars(
        cls,
        frame: pl.DataFrame,
        *,
        space: LabelSpace | Task | Iterable[str] | None = None,
        fingerprints: Sequence[str | None] | None = None,
        vote_sets: object = None,
    ) -> LabelMatrix:
        """Make a label matrix of a polars frame with one column an LF: class indices or names, null abstains.

        Raises
        ------
        SchemaError
            A column that holds neither integers nor texts.
        LabelMatrixError
            Votes that are no classes; or numbers that could be names as well as indices, as `to_polars`
            writes them, where the class names are numbers.
        """
        import polars as pl

        if hasattr(frame, "collect"):
            frame = frame.collect()
        for name, dtype in frame.schema.items():
            if not (dtype.is_numeric() or dtype in (pl.String, pl.Null, pl.Categorical, pl.Enum)):
                raise SchemaError(
                    f"column {name!r} has type {dtype}; a column of votes holds class indices or class names"
                )
        known = as_space(space)
        is_plain = known is None or not numbers_could_be_both(known.names)
        if is_plain and all(dtype.is_integer() or dtype == pl.Null for dtype in frame.schema.values()):
            votes = votes_of_frame(frame)  # no look-ups
            return cls(
                votes, space=space, lf_names=frame.columns, fingerprints=fingerprints, vote_sets=vote_sets
            )
        return cls(frame, space=space, fingerprints=fingerprints, vote_sets=vote_sets)

    @classmethod
    def from_sets(
        cls,
        votes: Iterable[Iterable[object]],
        *,
        space: LabelSpace | Task | Iterable[str],
        lf_names: Sequence[str] | None = None,
        fingerprints: Sequence[str | None] | None = None,
    ) -> LabelMatrix:
        """Make a label matrix of votes for classes and sets of classes.

        Parameters
        ----------
        votes : n rows of m votes
            A vote is a class (index or name), a collection of classes (set, frozenset, list or tuple) one of
            which is right, or None or -1 to abstain.
        space : LabelSpace, Task or iterable of str
            The classes, or the task.
        lf_names, fingerprints : as in the constructor

        Raises
        ------
        LabelMatrixError
            A class that the space has not, or a set of no class or of all classes.

        Notes
        -----
        Cost: a Python loop over the votes, about half a microsecond each.

        Examples
        --------
        >>> L = LabelMatrix.from_sets(
        ...     [[{"cat", "dog"}, "dog"], [{"dog", "cat"}, None]], space=["cat", "dog", "fish"]
        ... )
        >>> L.votes.tolist(), L.vote_sets.tolist()
        ([[3, 1], [3, -1]], [[True, True, False]])
        """
        asked = space.space if isinstance(space, Task) else space
        known = asked if isinstance(asked, LabelSpace) else LabelSpace(asked)
        codes, table = read_sets(votes, index=known.index, k=len(known), classes=str(known))
        return cls(
            codes,
            space=as_task(space) or known,
            lf_names=lf_names,
            fingerprints=fingerprints,
            vote_sets=table,
        )

    @classmethod
    def from_scores(
        cls,
        scores: Mapping[str, object],
        *,
        space: LabelSpace | Task | Iterable[str],
        threshold: float = 0.0,
        fingerprints: Sequence[str | None] | None = None,
    ) -> LabelMatrix:
        """Make a label matrix of scored votes: an LF votes the class of its highest score.

        Parameters
        ----------
        scores : mapping of LF name to (n, k) array or table
            Rows that sum to 1, or of nan to abstain. Columns of a table go by class name.
        space : LabelSpace, Task or iterable of str
            The classes, or the task.
        threshold : float, default 0
            The least score that makes a vote. Below it, and where several classes share the highest score,
            the LF abstains, and the scores are kept.

        Raises
        ------
        LabelMatrixError
            No LFs, scores that are no distributions over the classes, or of other numbers of rows.

        Examples
        --------
        >>> L = LabelMatrix.from_scores({"clf": [[0.2, 0.8], [0.5, 0.5]]}, space=["HAM", "SPAM"])
        >>> L.votes.ravel().tolist(), L.summary()["confidence"].round(2).to_list()
        ([1, -1], [0.8])
        """
        asked = as_space(space)
        if asked is None or not isinstance(scores, Mapping) or not scores:
            raise LabelMatrixError(
                f"scores are {type(scores).__name__}; pass {{LF name: (n, k) array}}, and the classes as "
                "space="
            )
        found = {
            name: RowScores.of(_of_classes(one, asked, name), k=len(asked), lf=name)
            for name, one in scores.items()
        }
        n = next(iter(found.values())).n
        votes = np.full((n, len(found)), ABSTAIN)
        for j, (name, one) in enumerate(found.items()):
            RowScores.of(one, k=len(asked), lf=name, n=n)
            sure = one.values.max(axis=1, initial=0.0) >= threshold
            votes[one.rows, j] = np.where(sure, best_classes(one.values), ABSTAIN)
        return cls(
            votes,
            space=as_task(space) or asked,
            lf_names=list(found),
            fingerprints=fingerprints,
            scores=found,
        )

    def to_parquet(self, path: str | os.PathLike[str]) -> None:
        """Write one column an LF, with the classes and fingerprints in the file's metadata.

        The file is written beside its place and then moved there: a reader sees the old one or the new one.
        """
        task = None if self._task is None else (self._task.name, self._task.description)
        parts = VotesFile(
            self.to_polars(),
            self._space.names,
            self._fingerprints,
            task=task,
            vote_sets=self._vote_sets,
            scores=self._scores,
        )
        write_votes(parts, path)

    @classmethod
    def from_parquet(
        cls, path: str | os.PathLike[str], *, space: LabelSpace | Task | Iterable[str] | None = None
    ) -> LabelMatrix:
        """Read a label matrix that `to_parquet` wrote, or any Parquet file of votes as for `from_polars`.

        Parameters
        ----------
        path : path
            The file.
        space : LabelSpace, Task or iterable of str, optional
            The classes, where the file does not say them.

        Raises
        ------
        StoreError
            The file is missing, is not Parquet, or was written by a newer labelwright.
        SchemaError, LabelMatrixError
            As `from_polars` does; or the file is for other classes than ``space``.
        """
        found = read_votes(path)
        if found.classes is None:
            return cls.from_polars(found.frame, space=space)
        known = LabelSpace(found.classes)
        if space is not None and as_space(space) != known:
            raise LabelMatrixError(
                f"{os.fspath(path)!r} holds votes for {known}, not for {as_space(space)}; leave space= out"
            )
        return cls(
            votes_of_frame(found.frame),
            space=known if found.task is None else Task(found.task[0], known, found.task[1]),
            lf_names=found.frame.columns,
            fingerprints=found.fingerprints,
            vote_sets=found.vote_sets,
            scores=found.scores,
        )

    # --- Python

    def __setstate__(self, state: tuple[None, dict[str, Any]]) -> None:
        for name, value in (
            {"_task": None, "_scores": {}} | state[1]
        ).items():  # older pickles know of neither
            setattr(self, name, value)

    def __len__(self) -> int:
        return self.n

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, LabelMatrix)
            and self._space == other._space
            and self._task == other._task
            and self._lf_names == other._lf_names
            and self._fingerprints == other._fingerprints
            and equal_tables(self._vote_sets, other._vote_sets)
            and np.array_equal(self._votes, other._votes)
            and self._scores == other._scores
        )

    __hash__ = None  # type: ignore[assignment]  # equality compares all votes; a hash would read them all

    def __repr__(self) -> str:
        sets = f" and {self._codes - self.k} sets of them" if self._codes > self.k else ""
        task = "" if self._task is None else f"{self._task}, "
        number = len(self._scores)
        scored = f", scores of {number} LF{'' if number == 1 else 's'}" if number else ""
        return (
            f"LabelMatrix: {self.n} rows x {self.m} LFs, {task}{self._space}{sets}, "
            f"{percent(self.coverage, 1)} of rows covered{scored}"
        )

    def _repr_html_(self) -> str:
        return as_html(repr(self), self.summary(), class_name=self._space.name)


def _classes_of(votes: np.ndarray[Any, Any], table: np.ndarray[Any, Any] | None) -> int:
    """Return the number of classes that a table of vote sets, or the votes themselves, call for."""
    return table.shape[1] if table is not None and table.ndim == 2 else classes_needed(votes)


def _of_classes(scores: object, space: LabelSpace, lf: str) -> object:
    """Return the scores of an LF with the columns of a table in the order of the classes."""
    return in_class_order(scores, space.names, what=f"scores of LF {lf!r}", error=LabelMatrixError)
