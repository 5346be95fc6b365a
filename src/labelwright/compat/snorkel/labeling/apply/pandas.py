"""The applier for pandas data frames."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, overload

from labelwright._errors import DataError, SchemaError
from labelwright._validate import duplicates, shorten
from labelwright.compat.snorkel.data_points import FrameRow
from labelwright.compat.snorkel.labeling.apply.core import (
    ApplierMetadata,
    BaseLFApplier,
    Votes,
    with_metadata,
)

if TYPE_CHECKING:
    import pandas as pd


class PandasLFApplier(BaseLFApplier):
    """Applies labeling functions to the rows of a pandas data frame.

    Parameters
    ----------
    lfs : sequence of LabelingFunction
        Their names differ.

    Notes
    -----
    LFs see a `labelwright.compat.snorkel.data_points.FrameRow`, which reads like a ``pandas.Series``. Values
    are Python's own: 3 is an ``int`` also beside a column of floats.

    Examples
    --------
    >>> import pandas as pd
    >>> from labelwright.compat.snorkel.labeling import labeling_function
    >>> @labeling_function()
    ... def has_link(x):
    ...     return 1 if "http" in x.text else -1
    >>> df = pd.DataFrame({"text": ["see http://x.y", "nice"]})
    >>> PandasLFApplier([has_link]).apply(df, progress_bar=False).tolist()
    [[1], [-1]]
    """

    @overload
    def apply(
        self,
        df: pd.DataFrame,
        progress_bar: bool = True,
        fault_tolerant: bool = False,
        return_meta: Literal[False] = False,
    ) -> Votes: ...
    @overload
    def apply(
        self,
        df: pd.DataFrame,
        progress_bar: bool = True,
        fault_tolerant: bool = False,
        *,
        return_meta: Literal[True],
    ) -> tuple[Votes, ApplierMetadata]: ...
    def apply(
        self,
        df: pd.DataFrame,
        progress_bar: bool = True,
        fault_tolerant: bool = False,
        return_meta: bool = False,
    ) -> Votes | tuple[Votes, ApplierMetadata]:
        """Run the LFs; parameters, results and errors are those of `LFApplier.apply`.

        Raises
        ------
        DataError
            ``df`` is no pandas data frame.
        SchemaError
            Two columns have one name.
        """
        _check(df)
        votes, report = self._run(
            _maker(df), len(df), progress=None if progress_bar else False, tolerant=fault_tolerant
        )
        return with_metadata(votes, report, return_meta)


def _check(df: Any) -> None:
    if not (hasattr(df, "iloc") and hasattr(df, "columns")):
        cure = "labelwright.apply" if hasattr(df, "columns") else "LFApplier"
        raise DataError(
            f"PandasLFApplier got a {type(df).__name__}; expected a pandas DataFrame, or use {cure}"
        )
    if twice := duplicates(str(name) for name in df.columns):
        raise SchemaError(f"columns occur twice: {shorten(twice)}; rename one of each")


def _maker(df: pd.DataFrame) -> Callable[[int], FrameRow]:
    names, labels = list(df.columns), df.index
    columns = [df[name].tolist() for name in names]

    def make(row: int) -> FrameRow:
        return FrameRow({name: column[row] for name, column in zip(names, columns, strict=True)}, labels[row])

    return make
