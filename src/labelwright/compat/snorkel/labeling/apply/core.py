"""Appliers: labeling functions over data points in any container, run by labelwright's engine."""

from __future__ import annotations

import functools
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias, overload

import numpy as np
import numpy.typing as npt

from labelwright._apply import ApplyReport, apply_blocks
from labelwright._errors import DataError, LabelingFunctionError, LabelingFunctionFaultError
from labelwright._types import ABSTAIN
from labelwright._validate import duplicates, shorten
from labelwright.compat.snorkel.labeling.apply.shared_points import Chain, SharedPoints
from labelwright.compat.snorkel.labeling.lf.core import LabelingFunction, as_vote
from labelwright.lfs.base import one_task
from labelwright.lfs.python_lf import PythonLF

Votes: TypeAlias = npt.NDArray[np.int64]


class ApplierMetadata(NamedTuple):
    """What happened in a call of ``apply``.

    Attributes
    ----------
    faults : dict of str to int
        On how many rows each LF raised; LFs that never did are not keys, and count 0.
    """

    faults: dict[str, int]


class BaseLFApplier:
    """What the appliers share.

    Parameters
    ----------
    lfs : sequence of LabelingFunction
        Their names differ. LFs of Snorkel itself run as well.

    Raises
    ------
    LabelingFunctionError
        No LFs, names that occur twice, or something that is no LF.
    """

    def __init__(self, lfs: Sequence[Any]) -> None:
        self._lfs = _checked(lfs)
        self._lf_names = [lf.name for lf in self._lfs]

    def __repr__(self) -> str:
        return f"{type(self).__name__}, LFs: {self._lf_names}"

    def _run(
        self, make: Callable[[int], Any], n: int, *, progress: bool | None, tolerant: bool
    ) -> tuple[Votes, ApplyReport]:
        """Return the (n, m) votes on the data points that `make` gives, and the faults."""
        votes, report = np.full((n, len(self._lfs)), ABSTAIN, dtype=np.int64), ApplyReport()
        if n == 0:
            return votes, report
        blocks = apply_blocks(
            self._steps(make),
            _row_numbers(n),
            progress=progress,
            on_fault="abstain" if tolerant else "raise",
            report=report,
        )
        for block in _with_our_advice(blocks):
            votes[block.start : block.stop] = block.votes
        return votes, report

    def _steps(self, make: Callable[[int], Any]) -> list[PythonLF]:
        chains = [_chain(lf) for lf in self._lfs]
        points = SharedPoints(make, chains)
        return [
            PythonLF(name=lf.name, f=_voter(lf, chain, points), columns=("row",))
            for lf, chain in zip(self._lfs, chains, strict=True)
        ]


def _checked(lfs: Any) -> list[Any]:
    if isinstance(lfs, (PythonLF, str)) or not isinstance(lfs, Iterable):
        raise LabelingFunctionError(f"lfs is a {type(lfs).__name__}; pass a list of labeling functions")
    given = list(lfs)
    if not given:
        raise LabelingFunctionError("no labeling functions were given; pass at least one")
    for position, lf in enumerate(given):
        if not callable(lf) or not isinstance(getattr(lf, "name", None), str):
            raise LabelingFunctionError(f"item {position} of lfs {_cure(lf)}")
    if twice := duplicates(lf.name for lf in given):
        raise LabelingFunctionError(f"LF names occur twice: {shorten(twice)}; rename one of each")
    one_task((lf for lf in given if isinstance(lf, PythonLF)), cure="make one applier a task")
    return given


def _cure(lf: Any) -> str:
    if hasattr(lf, "fingerprint"):
        return f"is the declarative LF {lf.name!r}, which takes whole tables; run it with labelwright.apply"
    name = getattr(lf, "__name__", None)
    what = f"the plain function {name!r}" if callable(lf) and name else f"a {type(lf).__name__}"
    return f"is {what}; put @labeling_function() above a function's def to make it an LF"


def _chain(lf: Any) -> Chain:
    """Return the preprocessors that may be shared; an LF with a call of its own runs them itself."""
    return lf.pre if _is_plain(lf) else ()


def _is_plain(lf: Any) -> bool:
    return isinstance(lf, LabelingFunction) and type(lf).__call__ is LabelingFunction.__call__


def _voter(lf: Any, chain: Chain, points: SharedPoints) -> Callable[[Any], Any]:
    """Return a function from the number of a row to the LF's vote."""
    f = functools.partial(lf.f, **lf.resources) if _is_plain(lf) else lf

    def vote(row: Any) -> Any:
        return as_vote(f(points.after(chain, row.row)))

    return vote


def _row_numbers(n: int) -> Any:
    import polars as pl

    return pl.DataFrame({"row": range(n)})


def _with_our_advice(blocks: Iterable[Any]) -> Iterable[Any]:
    """Give the blocks; what the engine advises after a fault is said in Snorkel's words."""
    try:
        yield from blocks
    except LabelingFunctionFaultError as error:
        message = str(error).replace("on_fault='abstain'", "fault_tolerant=True")
        raise LabelingFunctionFaultError(message) from error.__cause__


class LFApplier(BaseLFApplier):
    """Applies labeling functions to data points in a list, an array or any other sequence.

    Parameters
    ----------
    lfs : sequence of LabelingFunction
        Their names differ.

    Examples
    --------
    >>> from labelwright.compat.snorkel.labeling import labeling_function
    >>> @labeling_function()
    ... def is_big(x):
    ...     return 1 if x[0] > 42 else 0
    >>> LFApplier([is_big]).apply(np.array([[10], [100]]), progress_bar=False).tolist()
    [[0], [1]]
    """

    @overload
    def apply(
        self,
        data_points: Any,
        progress_bar: bool = True,
        fault_tolerant: bool = False,
        return_meta: Literal[False] = False,
    ) -> Votes: ...
    @overload
    def apply(
        self,
        data_points: Any,
        progress_bar: bool = True,
        fault_tolerant: bool = False,
        *,
        return_meta: Literal[True],
    ) -> tuple[Votes, ApplierMetadata]: ...
    def apply(
        self,
        data_points: Any,
        progress_bar: bool = True,
        fault_tolerant: bool = False,
        return_meta: bool = False,
    ) -> Votes | tuple[Votes, ApplierMetadata]:
        """Run the LFs.

        Parameters
        ----------
        data_points : sequence or iterable
            Any objects; the rows of an array are its data points.
        progress_bar : bool, default True
            A bar on terminals and in notebooks.
        fault_tolerant : bool, default False
            Whether an LF that raises abstains on that row.
        return_meta : bool, default False
            Whether to return the faults too. Without, a warning sums them up.

        Returns
        -------
        (n, m) int64
            The votes, -1 to abstain.
        ApplierMetadata
            Only with ``return_meta=True``.

        Raises
        ------
        LabelingFunctionFaultError
            An LF or one of its preprocessors raised, with that exception as its cause, unless
            ``fault_tolerant``.
        LabelingFunctionError
            An LF returned something that is no vote.
        DataError
            ``data_points`` are a data frame or nothing that can be iterated over.
        """
        points = _as_sequence(data_points)
        votes, report = self._run(
            points.__getitem__, len(points), progress=None if progress_bar else False, tolerant=fault_tolerant
        )
        return with_metadata(votes, report, return_meta)


def _as_sequence(data_points: Any) -> Any:
    if hasattr(data_points, "columns"):
        raise DataError(
            f"LFApplier got a {type(data_points).__name__}; use PandasLFApplier for pandas frames, and "
            "labelwright.apply for other tables"
        )
    if isinstance(data_points, (str, bytes)) or not isinstance(data_points, Iterable):
        raise DataError(f"LFApplier got a {type(data_points).__name__}; expected a list of data points")
    if isinstance(data_points, (list, tuple, np.ndarray)):
        return data_points
    return list(data_points)


def with_metadata(votes: Votes, report: ApplyReport, wanted: bool) -> Votes | tuple[Votes, ApplierMetadata]:
    """Return the votes, with the faults where they are wanted; else warn of faults."""
    if wanted:
        faults: dict[str, int] = defaultdict(int)
        for fault in report.faults:
            faults[fault.lf] += fault.rows
        return votes, ApplierMetadata(faults)
    if report.faults:
        lines = "; ".join(report.fault_lines())
        warnings.warn(f"{lines}; return_meta=True counts them", RuntimeWarning, stacklevel=3)
    return votes
