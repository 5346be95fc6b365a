"""What labeling functions do, in Snorkel's figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from labelwright._errors import LabelMatrixError, LabelModelWarning, MissingExtraError, warn_user
from labelwright._types import ABSTAIN, BoolArray, FloatArray, IntArray
from labelwright.compat.snorkel.utils import to_int_label_array
from labelwright.core import LabelMatrix
from labelwright.core.votes.counts import conflicting, overlapping, polarities
from labelwright.core.votes.old_convention import CURE, looks_old

if TYPE_CHECKING:
    import pandas as pd


class LFAnalysis:
    """Coverage, overlaps, conflicts and accuracies of labeling functions.

    Parameters
    ----------
    L : (n, m) array of integers or LabelMatrix
        The votes, -1 to abstain.
    lfs : sequence of LabelingFunction, optional
        Give their names to the rows of the summary.

    Attributes
    ----------
    L : (n, m) array of integers
        The votes.

    Raises
    ------
    LabelMatrixError
        Votes that are not 2-dimensional integers from -1, or another number of LFs than of columns.

    Notes
    -----
    All figures are Snorkel's, with two exceptions: rows without a gold label (-1) are left out of
    ``Emp. Acc.``, as they are of ``Correct`` and ``Incorrect``, where Snorkel counts them as wrong; and of
    no rows every fraction is 0.

    Examples
    --------
    >>> L = np.array([[-1, 0, 0], [1, 0, -1], [-1, -1, -1], [0, 0, 0]])
    >>> analysis = LFAnalysis(L)
    >>> analysis.label_coverage(), analysis.label_overlap(), analysis.label_conflict()
    (0.75, 0.75, 0.25)
    >>> analysis.lf_polarities(), analysis.lf_conflicts().tolist()
    ([[0, 1], [0], [0]], [0.25, 0.25, 0.0])
    """

    def __init__(self, L: Any, lfs: Sequence[Any] | None = None) -> None:
        matrix = LabelMatrix(L)
        if matrix.vote_sets is not None:
            raise LabelMatrixError("LFs vote for sets of classes, unknown to Snorkel; use its summary()")
        if lfs is not None and len(lfs) != matrix.m:
            raise LabelMatrixError(
                f"{len(lfs)} LFs for {matrix.m} columns of votes; pass the LFs that cast these votes"
            )
        self.L: np.ndarray[Any, np.dtype[np.int64]] = matrix.votes.astype(np.int64)
        if (old := looks_old(matrix.votes)) is not None:
            warn_user(f"LFAnalysis: {old}; {CURE}", LabelModelWarning)
        self._lf_names = None if lfs is None else [lf.name for lf in lfs]
        self._voted: BoolArray = self.L != ABSTAIN
        self._n = max(len(self.L), 1)

    # --- all LFs together

    def label_coverage(self) -> float:
        """Return the fraction of rows with a vote."""
        return float(self._voted.any(axis=1).sum() / self._n)

    def label_overlap(self) -> float:
        """Return the fraction of rows with two votes or more."""
        return float((self._voted.sum(axis=1) > 1).sum() / self._n)

    def label_conflict(self) -> float:
        """Return the fraction of rows with votes for different classes."""
        return float(conflicting(self.L).any(axis=1).sum() / self._n)

    # --- LF by LF

    def lf_polarities(self) -> list[list[int]]:
        """Return the classes that each LF votes for, ascending."""
        return polarities(self.L)

    def lf_coverages(self) -> FloatArray:
        """Return (m,) fractions of rows on which each LF votes."""
        return self._fractions(self._voted)

    def lf_overlaps(self, normalize_by_coverage: bool = False) -> FloatArray:
        """Return (m,) fractions of rows on which each LF votes beside another.

        With ``normalize_by_coverage`` they are fractions of the LF's own votes, 0 where it has none.
        """
        overlaps = self._fractions(overlapping(self._voted))
        return _ratio(overlaps, self.lf_coverages()) if normalize_by_coverage else overlaps

    def lf_conflicts(self, normalize_by_overlaps: bool = False) -> FloatArray:
        """Return (m,) fractions of rows on which each LF votes against another.

        With ``normalize_by_overlaps`` they are fractions of the LF's overlaps, 0 where it has none.
        """
        conflicts = self._fractions(conflicting(self.L))
        return _ratio(conflicts, self.lf_overlaps()) if normalize_by_overlaps else conflicts

    def lf_empirical_accuracies(self, Y: Any) -> FloatArray:
        """Return (m,) fractions of each LF's votes that equal the gold labels; 0 where it has none.

        Parameters
        ----------
        Y : (n,) or (n, 1) integers
            Gold labels, -1 where unknown.
        """
        correct, incorrect = self._judged(self._gold(Y))
        return _ratio(correct, correct + incorrect)

    def lf_empirical_probs(self, Y: Any, k: int) -> FloatArray:
        """Return (m, k+1, k) probabilities: ``[j, v + 1, y]`` is the share of votes v of LF j in class y.

        Parameters
        ----------
        Y : (n,) or (n, 1) integers
            Gold labels, -1 where unknown.
        k : int
            The number of classes; a class without a row has probabilities of 0.
        """
        gold = self._gold(Y)
        cast = self.L[:, :, None] == np.arange(ABSTAIN, k)
        of_class = gold[:, None] == np.arange(k)
        counts = np.einsum("njv,ny->jvy", cast.astype(float), of_class.astype(float))
        return _ratio(counts, np.broadcast_to(of_class.sum(axis=0).astype(float), counts.shape))

    def lf_summary(self, Y: Any = None, est_weights: Any = None) -> pd.DataFrame:
        """Describe every LF in one row.

        Parameters
        ----------
        Y : (n,) or (n, 1) integers, optional
            Gold labels, -1 where unknown; adds ``Correct``, ``Incorrect`` and ``Emp. Acc.``.
        est_weights : (m,) floats, optional
            What a label model learned of each LF; adds ``Learned Weight``.

        Returns
        -------
        pandas.DataFrame
            One row an LF, named by it where LFs were given (then with a column ``j``): ``Polarity``,
            ``Coverage``, ``Overlaps``, ``Conflicts``, and what was asked for.

        Raises
        ------
        MissingExtraError
            pandas is not installed.
        LabelMatrixError
            Gold labels or weights of another length.
        """
        try:
            import pandas as pd
        except ImportError:
            raise MissingExtraError("pandas", extra="compat", purpose="lf_summary") from None

        m = self.L.shape[1]
        columns: dict[str, Any] = {} if self._lf_names is None else {"j": range(m)}
        columns |= {
            "Polarity": pd.Series(self.lf_polarities(), index=self._lf_names, dtype=object),
            "Coverage": self.lf_coverages(),
            "Overlaps": self.lf_overlaps(),
            "Conflicts": self.lf_conflicts(),
        }
        if Y is not None:
            correct, incorrect = self._judged(self._gold(Y))
            columns |= {"Correct": correct, "Incorrect": incorrect}
            columns["Emp. Acc."] = self.lf_empirical_accuracies(Y)
        if est_weights is not None:
            columns["Learned Weight"] = _weights(est_weights, m)
        return pd.DataFrame(columns, index=range(m) if self._lf_names is None else self._lf_names)

    # --- how it is counted

    def _fractions(self, cells: BoolArray) -> FloatArray:
        fractions: FloatArray = cells.sum(axis=0) / self._n
        return fractions

    def _gold(self, Y: Any) -> IntArray:
        gold = to_int_label_array(Y)
        if len(gold) != len(self.L):
            raise LabelMatrixError(f"{len(gold)} gold labels for {len(self.L)} rows of votes; pass one a row")
        return gold

    def _judged(self, gold: IntArray) -> tuple[IntArray, IntArray]:
        """Return (m,) counts of right and of wrong votes on rows with a gold label."""
        known = self._voted & (gold != ABSTAIN)[:, None]
        right = known & np.equal(self.L, gold[:, None])
        return right.sum(axis=0), (known & ~right).sum(axis=0)


def _ratio(part: Any, whole: Any) -> FloatArray:
    ratio: FloatArray = np.divide(part, whole, out=np.zeros(np.shape(part)), where=np.asarray(whole) > 0)
    return ratio


def _weights(weights: Any, m: int) -> FloatArray:
    values = np.asarray(weights, dtype=np.float64).ravel()
    if len(values) != m:
        raise LabelMatrixError(
            f"{len(values)} weights for {m} LFs; pass get_weights() of a fitted label model"
        )
    return values
