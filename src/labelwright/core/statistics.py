"""Vote statistics: all that a label model learns from, small, exact as far as can be, and additive."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from labelwright._display.notebook import Facts, Heading, Part
from labelwright._display.shown import Shown, said
from labelwright._errors import LabelMatrixError
from labelwright._types import ABSTAIN, BoolArray, IntArray
from labelwright.core.class_values import as_gold, highest_index
from labelwright.core.common_ground import common_names, common_sets, common_space, common_task
from labelwright.core.files import ARCHIVE_ERRORS, damaged_archive, read_archive, write_archive
from labelwright.core.label_matrix import LabelMatrix
from labelwright.core.label_space import LabelSpace
from labelwright.core.task import Task
from labelwright.core.votes.checks import vote_dtype
from labelwright.core.votes.hand_labels import LabeledPatterns, label_patterns, votes_of
from labelwright.core.votes.pair_moments import PairMoments, pair_moments, weighted_pair_moments
from labelwright.core.votes.patterns import (
    VotePatterns,
    add_patterns,
    count_patterns,
    merge_patterns,
    without_patterns,
)
from labelwright.core.votes.row_sample import RowSample, has_repeats
from labelwright.core.votes.scored_sample import ScoredSample, merge_scored

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

FORMAT = "labelwright vote statistics"
FORMAT_VERSION = 1
FORMAT_VERSION_WITH_GOLD = 2  # an older reader must refuse: it would lose the hand labels
FORMAT_VERSION_WITH_SCORES = 3  # and it would lose the scores
NONE = np.zeros(0, dtype=np.int64)

MAX_PATTERNS = 1 << 16
MAX_VOTES = 1 << 26  # with many LFs the bound falls, so that patterns and sample take 64 MB each at most
MAX_MOMENT_COLUMNS = 512  # m * k: beyond it, counting all pairs would take longer than all else together
BLOCK_ROWS = 1 << 18


@dataclass(frozen=True, slots=True, eq=False)
class VoteStatistics(Shown):
    """What a label model learns from, counted: blocks of rows can be counted anywhere, and the counts added.

    ``VoteStatistics.of(L)`` counts a label matrix, ``a + b`` is the statistics of the rows of both, and
    ``model.fit_statistics(stats)`` learns from them. They hold

    - the number of rows on each distinct vote pattern, exactly, as long as there are at most
      `max_patterns` of them;
    - a uniform sample of at most `max_patterns` rows, which stands for the rows when there are more;
    - then also the exact pair moments, where m * k is at most 512. While the patterns are exact, pair moments
      are computed from them when asked for;
    - where hand labels were given, the number of rows on each distinct pattern with each label, exactly,
      whatever the bound;
    - where LFs give scores, how sure they were on the rows of the sample, see `ScoredSample`.

    All are functions of the rows and their numbers alone. Adding is associative and commutative, bit by bit,
    and cutting the rows into other blocks changes nothing. The order of rows within the data changes nothing
    either while the patterns are exact; beyond, it decides which rows the sample holds.

    The sample holds the rows whose number has the lowest hashes, whatever their votes: a simple random
    sample without replacement. A sum over rows, taken over the sample and multiplied by `weight`, is
    unbiased, with variance ``n**2 / r * (1 - r / n) * S**2`` for r sampled rows and a variance S**2 over
    rows: a share of rows has a standard error of at most 0.2 percent with the default 65,536 rows.
    It needs row numbers that differ between blocks: pass `first_row`.

    Attributes
    ----------
    space : LabelSpace
        The classes.
    lf_names : tuple of str
        The LFs in column order.
    n : int
        The number of rows counted.
    max_patterns : int
        The bound.
    vote_sets : (c, k) bool or None
        What votes k, k+1, ... allow, where LFs vote sets of classes; see `LabelMatrix`.
    task : Task or None
        The labeling question, where it is known.
    scored : ScoredSample or None
        A sample of rows with the scores of their votes; None where no LF scores.

    Examples
    --------
    >>> a = VoteStatistics.of([[0, 1], [1, -1]])
    >>> b = VoteStatistics.of([[0, 1]], first_row=2)
    >>> a + b
    VoteStatistics: 3 rows x 2 LFs, classes 0..1 (0, 1), 2 patterns, exact
    >>> (a + b).patterns().counts.tolist(), a + b == b + a
    ([2, 1], True)
    """

    space: LabelSpace
    lf_names: tuple[str, ...]
    n: int
    max_patterns: int
    vote_sets: BoolArray | None
    _exact: VotePatterns | None
    _sample: RowSample
    _moments: PairMoments | None
    task: Task | None = None
    _labeled: VotePatterns | None = None
    """(g, m + 1) distinct rows of votes and hand label."""
    scored: ScoredSample | None = None
    _found: VotePatterns | None = field(default=None, init=False)

    # --- counting

    @classmethod
    def of(
        cls,
        L: LabelMatrix | ArrayLike,
        *,
        space: LabelSpace | Task | Iterable[str] | None = None,
        lf_names: Sequence[str] | None = None,
        gold: object = None,
        first_row: int = 0,
        max_patterns: int | None = None,
    ) -> VoteStatistics:
        """Count the votes of a label matrix or of an (n, m) array of integers.

        Parameters
        ----------
        L : LabelMatrix or (n, m) array of integers
            The votes, -1 to abstain; no rows are allowed.
        space, lf_names : optional
            The classes and the LFs of a plain array, as for `LabelMatrix`.
        gold : (n,) labels, optional
            Hand labels of the rows by class name or index, None or -1 where unknown; all unknown is the same
            as none. `fit_statistics` then does what `fit` with gold labels does.
        first_row : int, default 0
            The number of the first row among all rows that will be added up. It matters beyond the bound
            only, where blocks that share row numbers share the fate of these rows. Where positions are
            unknown, any numbers do that do not overlap, such as ``shard * 10**9``.
        max_patterns : int, optional
            Most patterns that are counted, and most rows in the sample. Without: 65,536, and fewer where
            there are more than 1,024 LFs, so that either takes at most 2**26 votes.

        Raises
        ------
        LabelMatrixError
            Votes that are no votes, labels that are none, a negative `first_row`, or `max_patterns` below 1.

        Notes
        -----
        Cost: O(n m); beyond the bound O(n (m k)^2 / 64) more for the moments. Memory beside the votes:
        O(`max_patterns` * m), plus a block of 262,144 rows; and m + 1 bytes for each distinct row with a hand
        label.
        """
        matrix = L if isinstance(L, LabelMatrix) else LabelMatrix(L, space=space, lf_names=lf_names)
        bound = _check_bound(max_patterns, m=matrix.m)
        _check_first_row(first_row, n=matrix.n)
        space, labels = _with_gold(matrix, gold)
        codes = _codes(space, matrix.vote_sets)
        votes = matrix.votes.astype(vote_dtype(codes), copy=False)
        scores = {matrix.lf_names.index(name): one for name, one in matrix.scores.items()}
        exact = count_patterns(votes, bound=bound, block_rows=BLOCK_ROWS)
        many = matrix.m * codes > MAX_MOMENT_COLUMNS
        return cls(
            space=space,
            lf_names=matrix.lf_names,
            n=matrix.n,
            max_patterns=bound,
            vote_sets=matrix.vote_sets,
            _exact=exact,
            _sample=RowSample.draw(votes, bound, first_row=first_row, labels=labels),
            _moments=None if exact is not None or many else pair_moments(votes, codes),
            task=matrix.task,
            _labeled=None if labels is None else label_patterns(votes, labels),
            scored=ScoredSample.draw(votes, scores, bound, first_row=first_row, labels=labels)
            if scores
            else None,
        )

    def __add__(self, other: VoteStatistics) -> VoteStatistics:
        """Return the statistics of the rows of both.

        Raises
        ------
        LabelMatrixError
            Another task, other LFs, classes or sets of classes. Names and classes that were made up from
            positions fit any.
        """
        if not isinstance(other, VoteStatistics):
            return NotImplemented
        space, names = common_space(self.space, other.space), common_names(self.lf_names, other.lf_names)
        task = common_task(self.task, other.task, over=space)
        sets = common_sets((self.space, self.vote_sets), (other.space, other.vote_sets))
        one, two = self._over(space, sets), other._over(space, sets)
        bound = min(one.max_patterns, two.max_patterns)
        exact = add_patterns(one._exact, two._exact, bound=bound)
        sample = one._sample.merge(two._sample, bound)
        moments = one._carried_moments() if exact is None else None
        if exact is None and has_repeats(sample.priorities):
            _warn_of_repeats()
        return VoteStatistics(
            space=space,
            lf_names=names,
            n=one.n + two.n,
            max_patterns=bound,
            vote_sets=sets,
            _exact=exact,
            _sample=sample,
            _moments=None if moments is None else moments + two.pair_moments(),
            task=task,
            _labeled=_add_labeled(one._labeled, two._labeled),
            scored=merge_scored(one.scored, two.scored, (one._sample, two._sample), bound),
        )

    def __radd__(self, other: object) -> VoteStatistics:
        """Let `sum` start from its 0."""
        return self if isinstance(other, int) and other == 0 else NotImplemented

    # --- what it tells

    @property
    def k(self) -> int:
        """The number of classes."""
        return len(self.space)

    @property
    def m(self) -> int:
        """The number of LFs."""
        return len(self.lf_names)

    @property
    def exact(self) -> bool:
        """Whether `patterns` are those of all rows, not of a sample."""
        return self._exact is not None

    @property
    def weight(self) -> float:
        """The number of rows that a row of `patterns` stands for: 1 where they are exact."""
        return 1.0 if self.exact else self.n / max(len(self._sample), 1)

    def patterns(self) -> VotePatterns:
        """Return the distinct rows with their counts, of all rows or else of the sample; no inverse.

        Counts are counts of rows seen, not scaled up: they weigh as much as what is known.
        """
        found = self._found if self._exact is None else self._exact
        if found is None:
            found = merge_patterns(self._sample.votes, np.ones(len(self._sample), dtype=np.int64))
            object.__setattr__(self, "_found", found)  # a value that takes a while: kept for the next time
        return found

    def training_patterns(self) -> VotePatterns:
        """Return the distinct rows that a label model learns from: `patterns`, apart by hand label.

        Rows with a hand label are all there, also where `patterns` are those of a sample.
        """
        if self._labeled is None:
            return self.patterns()
        if self._exact is not None:
            rest = without_patterns(self._exact, votes_of(self._labeled))
        else:
            unlabeled = self._sample.votes[self._sample.labels < 0]
            rest = merge_patterns(unlabeled, np.ones(len(unlabeled), dtype=np.int64))
        return LabeledPatterns.of(rest, self._labeled)

    @property
    def gold_counts(self) -> IntArray:
        """(k,) int64: how many rows have a hand label, by class."""
        if self._labeled is None:
            return np.zeros(self.k, dtype=np.int64)
        labels, counts = self._labeled.votes[:, -1], self._labeled.counts
        return np.bincount(labels, weights=counts, minlength=self.k).astype(np.int64)

    def labeled_rows(self) -> tuple[LabelMatrix, IntArray]:
        """Return the votes on the rows with a hand label, in an order of their own, and those labels.

        Examples
        --------
        >>> L, gold = VoteStatistics.of([[0, 1], [1, -1], [0, 1]], gold=[0, -1, 0]).labeled_rows()
        >>> L.votes.tolist(), gold.tolist()
        ([[0, 1], [0, 1]], [0, 0])
        """
        found = self._labeled
        rows = np.zeros((0, self.m + 1), dtype=np.int64) if found is None else found.votes
        if found is not None:
            rows = np.repeat(rows, found.counts, axis=0)
        matrix = LabelMatrix(
            rows[:, :-1], space=self.task or self.space, lf_names=self.lf_names, vote_sets=self.vote_sets
        )
        return matrix, rows[:, -1].astype(np.int64)

    def with_gold(self, L: LabelMatrix, gold: IntArray) -> VoteStatistics:
        """Return the same counts, some of whose rows have hand labels: those of `L`, which were counted.

        Parameters
        ----------
        L : LabelMatrix
            The votes on rows that are among those counted.
        gold : (g,) int64
            Their hand labels, all known.

        Raises
        ------
        LabelMatrixError
            The counts are those of a sample, which may hold these rows or not; count them with the labels.

        Examples
        --------
        >>> stats = VoteStatistics.of([[0, 1], [1, -1], [0, 1]])
        >>> stats.with_gold(LabelMatrix([[1, -1]]), np.array([0])).gold_counts.tolist()
        [1, 0]
        """
        if self._exact is None:
            raise LabelMatrixError(
                "these statistics hold a sample of the rows; count hand labels with the votes: "
                "VoteStatistics.of(L, gold=gold)"
            )
        votes = L.votes.astype(self._exact.votes.dtype, copy=False)
        return replace(self, _labeled=label_patterns(votes, gold) if len(gold) else None)

    def without_gold(self) -> VoteStatistics:
        """Return the same counts without the hand labels."""
        return self if self._labeled is None else replace(self, _labeled=None)

    def pair_moments(self) -> PairMoments:
        """Return how often each pair of LFs casts each pair of votes: exact, whatever `patterns` are.

        Raises
        ------
        LabelMatrixError
            m * k exceeds 512.

        Notes
        -----
        Cost: O(patterns * (m k)^2) while the patterns are exact, nothing beyond.
        """
        moments = self._carried_moments()
        if moments is None:
            raise LabelMatrixError(
                f"pair moments of {self.m} LFs x {self.k} classes would take {self.m * self.k} columns, "
                f"and statistics hold them up to {MAX_MOMENT_COLUMNS}; count a part of the LFs, or use a "
                "label model that learns from patterns"
            )
        return moments

    def _carried_moments(self) -> PairMoments | None:
        codes = _codes(self.space, self.vote_sets)
        if self._exact is None or self.m * codes > MAX_MOMENT_COLUMNS:
            return self._moments
        return weighted_pair_moments(self._exact.votes, self._exact.counts, codes)

    def _over(self, space: LabelSpace, vote_sets: BoolArray | None) -> VoteStatistics:
        """Return the same counts where more votes are possible."""
        codes = _codes(space, vote_sets)
        if codes == _codes(self.space, self.vote_sets):
            return self
        exact, sample, labeled, dtype = self._exact, self._sample, self._labeled, vote_dtype(codes)
        fits = self.m * codes <= MAX_MOMENT_COLUMNS
        return replace(
            self,
            space=space,
            vote_sets=vote_sets,
            _exact=None if exact is None else replace(exact, votes=exact.votes.astype(dtype)),
            _sample=replace(sample, votes=sample.votes.astype(dtype)),
            _labeled=None if labeled is None else replace(labeled, votes=labeled.votes.astype(dtype)),
            _moments=self._moments.over(codes) if self._moments is not None and fits else None,
        )

    # --- in and out

    def to_npz(self, path: str | os.PathLike[str]) -> None:
        """Write the statistics to one compressed NumPy archive, without pickle.

        The file is written beside its place and then moved there: a reader sees the old one or the new one.

        Raises
        ------
        StoreError
            The file cannot be written.
        """
        write_archive(self._header(), self._arrays(), path)

    @classmethod
    def from_npz(cls, path: str | os.PathLike[str]) -> VoteStatistics:
        """Read statistics that `to_npz` wrote, on this machine or another.

        Raises
        ------
        StoreError
            The file is missing, holds no vote statistics, or was written by a newer labelwright.
        """
        header, arrays = read_archive(path, format=FORMAT, newest=FORMAT_VERSION_WITH_SCORES)
        try:
            return cls._rebuilt(header, arrays)
        except ARCHIVE_ERRORS as error:
            raise damaged_archive(path, error) from error

    def _version(self) -> int:
        """Return the oldest version of the format that can hold the statistics."""
        if self.scored is not None:
            return FORMAT_VERSION_WITH_SCORES
        return FORMAT_VERSION if self._labeled is None else FORMAT_VERSION_WITH_GOLD

    def _header(self) -> dict[str, Any]:
        """Return what is no array."""
        return {
            "format": FORMAT,
            "version": self._version(),
            "classes": list(self.space.names),
            "lf_names": list(self.lf_names),
            "n": self.n,
            "max_patterns": self.max_patterns,
            "limit": self._sample.limit,
            "exact": self.exact,
            "moments": self._moments is not None,
            "sets": self.vote_sets is not None,
            "gold": self._labeled is not None,
            "task": None if self.task is None else [self.task.name, self.task.description],
            **({} if self.scored is None else {"scored": [self.scored.sample.limit, *self.scored.lfs]}),
        }

    def _arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the arrays by name; empty ones for what the statistics do not hold."""
        exact, sample, moments, labeled = self._exact, self._sample, self._moments, self._labeled
        scored = {} if self.scored is None else _scored_arrays(self.scored.sample)
        return scored | {
            "pattern_votes": sample.votes[:0] if exact is None else exact.votes,
            "pattern_counts": NONE if exact is None else exact.counts,
            "sample_votes": sample.votes,
            "sample_priorities": sample.priorities,
            "moments": NONE if moments is None else moments.counts,
            "vote_sets": NONE if self.vote_sets is None else self.vote_sets,
            "sample_labels": NONE if labeled is None else sample.labels,
            "labeled_votes": NONE if labeled is None else labeled.votes,
            "labeled_counts": NONE if labeled is None else labeled.counts,
        }

    @classmethod
    def _rebuilt(cls, header: dict[str, Any], arrays: dict[str, npt.NDArray[Any]]) -> VoteStatistics:
        exact = VotePatterns(arrays["pattern_votes"], arrays["pattern_counts"], NONE)
        n, space, task = int(header["n"]), LabelSpace(header["classes"]), header.get("task")
        votes, labeled = arrays["sample_votes"], None
        labels = np.full(len(votes), ABSTAIN, dtype=np.int16)
        if header.get("gold"):  # absent in files of older versions
            labeled = VotePatterns(arrays["labeled_votes"], arrays["labeled_counts"], NONE)
            labels = arrays["sample_labels"]
        scored = header.get("scored")
        return cls(
            space=space,
            lf_names=tuple(header["lf_names"]),
            n=n,
            max_patterns=int(header["max_patterns"]),
            vote_sets=arrays["vote_sets"] if header["sets"] else None,
            _exact=exact if header["exact"] else None,
            _sample=RowSample(votes, arrays["sample_priorities"], int(header["limit"]), labels),
            _moments=PairMoments(arrays["moments"], n) if header["moments"] else None,
            task=None if task is None else Task(task[0], space, task[1]),
            _labeled=labeled,
            scored=None if scored is None else _scored_sample(scored, arrays),
        )

    # --- Python

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, VoteStatistics):
            return NotImplemented
        mine, its = self._arrays(), other._arrays()
        same = self._header() == other._header() and mine.keys() == its.keys()
        return same and all(np.array_equal(mine[key], its[key]) for key in mine)

    __hash__ = None  # type: ignore[assignment]  # equality compares all counts

    def __repr__(self) -> str:
        found = (
            f"{len(self._exact)} patterns, exact"
            if self._exact is not None
            else f"sample of {len(self._sample)} rows"
        )
        return f"VoteStatistics: {self.n} rows x {self.m} LFs, {self.space}, {found}"

    def _display_parts(self) -> list[Part]:
        kept = "distinct rows, exact" if self._exact is not None else "rows of a sample"
        number = len(self._exact) if self._exact is not None else len(self._sample)
        facts = [
            ("rows", f"{self.n:,}"),
            ("LFs", said(self.lf_names) if self.lf_names else f"{self.m:,}"),
            ("classes", said(self.space)),
            ("kept", f"{number:,} {kept}"),
        ]
        return [Heading("VoteStatistics"), Facts(facts)]


def _scored_arrays(sample: RowSample) -> dict[str, npt.NDArray[Any]]:
    return {
        "scored_rows": sample.votes,
        "scored_priorities": sample.priorities,
        "scored_labels": sample.labels,
    }


def _scored_sample(header: Sequence[int], arrays: dict[str, npt.NDArray[Any]]) -> ScoredSample:
    limit, *lfs = header
    rows, priorities, labels = (arrays[f"scored_{name}"] for name in ("rows", "priorities", "labels"))
    return ScoredSample(tuple(lfs), RowSample(rows, priorities, limit, labels))


def _with_gold(matrix: LabelMatrix, gold: object) -> tuple[LabelSpace, IntArray | None]:
    """Return the classes, as many as labels need where nobody named them, and labels if any is known."""
    if gold is None:
        return matrix.space, None
    unnamed = (
        matrix.space == LabelSpace.of_size(matrix.k) and matrix.task is None and matrix.vote_sets is None
    )
    k = max(matrix.k, highest_index(gold) + 1 if unnamed else 0)
    space = matrix.space if k == matrix.k else LabelSpace.of_size(k)
    labels = as_gold(gold, space.names, n=matrix.n)
    if not (labels >= 0).any():
        return matrix.space, None
    return space, labels


def _add_labeled(one: VotePatterns | None, two: VotePatterns | None) -> VotePatterns | None:
    if one is None or two is None:
        return two if one is None else one
    votes, counts = np.concatenate([one.votes, two.votes]), np.concatenate([one.counts, two.counts])
    return merge_patterns(votes, counts)


def _codes(space: LabelSpace, vote_sets: BoolArray | None) -> int:
    """Return the number of different votes: classes, and sets of them."""
    return len(space) + (0 if vote_sets is None else len(vote_sets))


def _check_bound(max_patterns: int | None, *, m: int) -> int:
    if max_patterns is None:
        return max(1, min(MAX_PATTERNS, MAX_VOTES // m))
    if max_patterns < 1:
        raise LabelMatrixError(f"max_patterns={max_patterns!r}; expected at least 1")
    return int(max_patterns)


def _check_first_row(first_row: int, *, n: int) -> None:
    if first_row < 0 or first_row + n > 2**63:
        raise LabelMatrixError(f"first_row={first_row!r}; expected the number of a row, from 0 to 2**63")


def _warn_of_repeats() -> None:
    warnings.warn(
        "statistics were added that share row numbers; their sample is of fewer independent rows. Pass "
        "first_row to VoteStatistics.of, different for every block, and add no block twice",
        stacklevel=3,
    )
