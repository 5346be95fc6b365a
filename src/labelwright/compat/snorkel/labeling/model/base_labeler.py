"""What Snorkel's label models share: predictions, scores, and files."""

from __future__ import annotations

import abc
import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, overload

import numpy as np

from labelwright._archive import read_archive, write_archive
from labelwright._errors import LabelModelError, LabelwrightError, StoreError
from labelwright._packing import MALFORMED, Packing, Unpacking
from labelwright._text import one_line
from labelwright._types import FloatArray, IntArray
from labelwright.compat.snorkel.analysis import Scorer
from labelwright.compat.snorkel.utils import probs_to_preds
from labelwright.label_models._saving import packed_model, unpacked_model

FORMAT = "labelwright snorkel label model"
VERSION = 1

logger = logging.getLogger(__name__)


class BaseLabeler(abc.ABC):
    """A label model with Snorkel's methods.

    Parameters
    ----------
    cardinality : int, default 2
        The number of classes.

    Raises
    ------
    LabelModelError
        Fewer than two classes.
    """

    def __init__(self, cardinality: int = 2, **kwargs: Any) -> None:
        if isinstance(cardinality, bool) or not isinstance(cardinality, (int, np.integer)) or cardinality < 2:
            raise LabelModelError(f"cardinality={cardinality!r}; expected the number of classes, at least 2")
        self.cardinality = int(cardinality)

    @abc.abstractmethod
    def predict_proba(self, L: Any) -> FloatArray:
        """Return (n, k) probabilities of (n, m) votes."""

    @overload
    def predict(
        self, L: Any, return_probs: Literal[False] = False, tie_break_policy: str = "abstain"
    ) -> IntArray: ...
    @overload
    def predict(
        self, L: Any, return_probs: Literal[True], tie_break_policy: str = "abstain"
    ) -> tuple[IntArray, FloatArray]: ...
    def predict(
        self, L: Any, return_probs: bool = False, tie_break_policy: str = "abstain"
    ) -> IntArray | tuple[IntArray, FloatArray]:
        """Return the most probable class of each row.

        Parameters
        ----------
        L : (n, m) array of integers or LabelMatrix
            The votes.
        return_probs : bool, default False
            Whether to return the probabilities too.
        tie_break_policy : {"abstain", "random", "true-random"}, default "abstain"
            As in `labelwright.compat.snorkel.utils.probs_to_preds`.

        Returns
        -------
        (n,) int64
            Classes, or -1.
        (n, k) float64
            Only with ``return_probs=True``.
        """
        P = self.predict_proba(L)
        labels = probs_to_preds(P, tie_break_policy)
        return (labels, P) if return_probs else labels

    def score(
        self,
        L: Any,
        Y: Any,
        metrics: Sequence[str] | None = ("accuracy",),
        tie_break_policy: str = "abstain",
    ) -> dict[str, float]:
        """Return measures of the predictions against gold labels.

        Rows without a gold label are left out, and so are rows on which the model abstains but by
        ``"coverage"``; use ``tie_break_policy="random"`` to count all rows.

        Parameters
        ----------
        L : (n, m) array of integers or LabelMatrix
            The votes.
        Y : (n,) or (n, 1) integers
            Gold labels, -1 where unknown.
        metrics : sequence of str, default ("accuracy",)
            As in `labelwright.compat.snorkel.analysis.Scorer`.
        tie_break_policy : {"abstain", "random", "true-random"}, default "abstain"
            As in `predict`.
        """
        if tie_break_policy == "abstain":
            logger.warning("rows on which the label model abstains are left out of the score")
        labels, P = self.predict(L, return_probs=True, tie_break_policy=tie_break_policy)
        return Scorer(metrics=metrics).score(Y, labels, P)

    def save(self, destination: str | os.PathLike[str]) -> None:
        """Write the model to a file, without pickle; see `labelwright.label_models.save`.

        Raises
        ------
        StoreError
            The file cannot be written, or the model holds something that cannot be kept.
        """
        path, packing = Path(destination), Packing(_packed)
        try:
            state = packing.pack(dict(vars(self)), "it")
        except TypeError as error:
            raise StoreError(
                f"cannot write {str(path)!r}: {error}; give the model plain settings and a label model that "
                "labelwright or a plug-in has"
            ) from error
        header = {"class": type(self).__name__, "state": state}
        write_archive(path, FORMAT, VERSION, header=header, arrays=packing.arrays)

    def load(self, source: str | os.PathLike[str]) -> None:
        """Become the model that `save` wrote to a file; no code in the file is run.

        Raises
        ------
        StoreError
            The file is missing or damaged, or no model of this class.
        """
        path = Path(source)
        try:
            archive = read_archive(path, FORMAT, VERSION)
        except StoreError as error:
            why = str(error).removeprefix(f"cannot read {str(path)!r}: ")
            raise StoreError(f"cannot read a label model from {str(path)!r}: {why}") from error
        if archive.header.get("class") != type(self).__name__:
            raise StoreError(f"{str(path)!r} holds no {type(self).__name__}; pass a file that its save wrote")
        try:
            state = Unpacking(archive.arrays, _unpacked).unpack(archive.header["state"])
            _check_names(type(self), state)
            self.__dict__.update(state)
        except (LabelwrightError, *MALFORMED) as error:
            raise StoreError(f"cannot read a label model from {str(path)!r}: {one_line(error)}") from error


def _packed(value: Any, where: str, packing: Packing) -> dict[str, Any] | None:
    if not hasattr(type(value), "_saved_types"):
        return None
    return {"is": "label model", "held": packed_model(value, packing)}


def _unpacked(packed: dict[str, Any], unpacking: Unpacking) -> Any:
    if packed["is"] != "label model":
        raise ValueError(f"it holds a {packed['is']!s:.60}, which this labelwright does not know")
    return unpacked_model(packed["held"], unpacking.arrays)


def _check_names(cls: type, state: dict[str, Any]) -> None:
    wrong = [name for name in state if not str(name).isidentifier() or hasattr(cls, str(name))]
    if wrong:
        raise ValueError(f"a {cls.__name__} holds no {wrong[0]!s:.60}")
