"""Which rows of a data frame have a vote."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from labelwright._errors import SchemaError
from labelwright._types import ABSTAIN

if TYPE_CHECKING:
    import pandas as pd


def filter_unlabeled_dataframe(
    X: pd.DataFrame, y: np.ndarray[Any, Any], L: Any
) -> tuple[pd.DataFrame, np.ndarray[Any, Any]]:
    """Leave out the rows on which no LF voted.

    Parameters
    ----------
    X : pandas.DataFrame
        (n) data points.
    y : (n, k) or (n,) array
        Their probabilistic labels, or labels.
    L : (n, m) array of integers or LabelMatrix
        The votes.

    Returns
    -------
    pandas.DataFrame, array
        The covered rows of both, in their order.

    Raises
    ------
    SchemaError
        The three have different numbers of rows.
    """
    votes, labels = np.asarray(L), np.asarray(y)
    if not len(X) == len(labels) == len(votes):
        raise SchemaError(f"X has {len(X)} rows, y {len(labels)} and L {len(votes)}; pass those of one set")
    covered = (votes != ABSTAIN).any(axis=1)
    return X.iloc[np.flatnonzero(covered)], labels[covered]
