"""Several measures at once, overall and on slices."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from labelwright._errors import SchemaError
from labelwright.compat.snorkel.analysis.metrics import check_metric, metric_score


class Scorer:
    """Computes several measures; all but ``"coverage"`` leave out rows without gold label or prediction.

    Parameters
    ----------
    metrics : sequence of str, optional
        Keys of `labelwright.compat.snorkel.analysis.METRICS`.
    custom_metric_funcs : mapping of str to callable, optional
        Further measures, called with (golds, preds, probs); one may return a dictionary of several.
    abstain_label : int or None, default -1
        The label whose rows are left out; None keeps all rows.

    Raises
    ------
    SchemaError
        An unknown measure.

    Examples
    --------
    >>> Scorer(["accuracy", "coverage"]).score(np.array([1, 0, 1, -1]), np.array([1, 1, -1, 0]))
    {'accuracy': 0.5, 'coverage': 0.75}
    """

    def __init__(
        self,
        metrics: Sequence[str] | None = None,
        custom_metric_funcs: Mapping[str, Callable[..., Any]] | None = None,
        abstain_label: int | None = -1,
    ) -> None:
        self.abstain_label = abstain_label
        self.metrics: dict[str, Callable[..., Any]] = {
            check_metric(name): self._measure(name) for name in metrics or ()
        }
        self.metrics.update(custom_metric_funcs or {})

    def _measure(self, name: str) -> Callable[..., Any]:
        out = [] if self.abstain_label is None else [self.abstain_label]
        left_out = {"golds": out, "preds": out} if out and name != "coverage" else None
        return functools.partial(metric_score, metric=name, filter_dict=left_out)

    def score(self, golds: Any, preds: Any = None, probs: Any = None) -> dict[str, float]:
        """Return the measures by name.

        Parameters
        ----------
        golds, preds : (n,) or (n, 1) integers
            Gold labels and predictions, -1 where there is none.
        probs : (n, k) floats, optional
            Probabilities.

        Raises
        ------
        SchemaError
            No rows, or an input that a measure needs is missing.
        """
        if len(golds) == 0:
            raise SchemaError("there are no gold labels; a score needs at least one row")
        scores: dict[str, float] = {}
        for name, measure in self.metrics.items():
            value = measure(golds, preds, probs)
            scores.update(value if isinstance(value, dict) else {name: value})
        return scores

    def score_slices(
        self, S: np.recarray[Any, Any], golds: Any, preds: Any, probs: Any, as_dataframe: bool = False
    ) -> Any:
        """Return the measures overall and on each slice.

        Parameters
        ----------
        S : (n,) record array
            One field a slice, not 0 where a row belongs to it.
        golds, preds, probs
            As in `score`.
        as_dataframe : bool, default False
            Whether to return a pandas frame, one row a slice, instead of a dictionary of dictionaries.

        Raises
        ------
        SchemaError
            Different numbers of rows.
        """
        if not len(S) == len(golds) == len(preds) == len(probs):
            raise SchemaError(
                "S, golds, preds and probs have different numbers of rows; pass those of one set"
            )
        scores = {"overall": self.score(golds, preds, probs)}
        for name in S.dtype.names or ():
            rows = S[name].astype(bool)
            scores[name] = self.score(golds[rows], preds[rows], probs[rows])
        if not as_dataframe:
            return scores
        import pandas as pd

        return pd.DataFrame.from_dict(scores, orient="index")
