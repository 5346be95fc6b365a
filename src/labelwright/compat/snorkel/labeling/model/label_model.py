"""The label model with Snorkel's signature; what it learns is up to the model inside."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, Final, Self

import numpy as np

from labelwright._errors import LabelModelError, NotFittedError
from labelwright._types import ABSTAIN, FloatArray
from labelwright._validate import did_you_mean
from labelwright.compat.snorkel.labeling.model.base_labeler import BaseLabeler
from labelwright.compat.snorkel.utils import to_int_label_array
from labelwright.label_models import LabelModel as DefaultModel
from labelwright.label_models.base import BaseLabelModel

# How Snorkel searches; without meaning for a model that is fitted until it stands still.
_OF_THE_SEARCH: Final = frozenset(
    ("n_epochs", "lr", "optimizer", "optimizer_config", "lr_scheduler", "lr_scheduler_config", "log_freq")
)
# What Snorkel assumes; other models assume other things.
_ASSUMPTIONS: Final = frozenset(("l2", "prec_init", "mu_eps"))


class LabelModel(BaseLabeler):
    """Snorkel's ``LabelModel`` on one of labelwright's.

    Parameters
    ----------
    cardinality : int, default 2
        The number of classes.
    verbose : bool, default True
        Taken for Snorkel's sake; without effect.
    device : str, default "cpu"
        Taken for Snorkel's sake; everything runs on the processor.
    model : label model, optional
        A model of `labelwright.label_models` to fit; a copy of it is. By default
        `labelwright.LabelModel()`. ``MatrixCompletion()`` is Snorkel's own method, solved to its end.

    Attributes
    ----------
    label_model_ : label model
        The fitted model, with all that labelwright's models tell.

    Raises
    ------
    LabelModelError
        Not two classes, or a ``model`` that is none.

    Notes
    -----
    Deviations from Snorkel 0.10: the default model is another one, whose labels are at least as good on the
    public data sets tried; it does not stop after a number of steps, and needs no seed, no three LFs and no
    torch. As in Snorkel, a class balance is used where it is given or counted in ``Y_dev``, and else all
    classes are alike; rows without a vote get the class balance.

    Examples
    --------
    >>> L = np.array([[0, 0, -1], [1, 1, -1], [0, 0, 0], [1, -1, 1]])
    >>> label_model = LabelModel(cardinality=2, verbose=False)
    >>> _ = label_model.fit(L, n_epochs=500, log_freq=100, seed=123)
    >>> label_model.predict(L).tolist()
    [0, 1, 0, 1]
    """

    def __init__(
        self,
        cardinality: int = 2,
        verbose: bool = True,
        device: str = "cpu",
        model: BaseLabelModel | None = None,
    ) -> None:
        super().__init__(cardinality)
        if model is not None and not isinstance(model, BaseLabelModel):
            raise LabelModelError(
                f"model is a {type(model).__name__}; expected one of labelwright.label_models, "
                "such as MatrixCompletion()"
            )
        self.verbose, self.device = verbose, device
        self.model = model

    def fit(
        self,
        L_train: Any,
        Y_dev: Any = None,
        class_balance: Sequence[float] | None = None,
        progress_bar: bool = True,
        *,
        seed: int | None = None,
        **kwargs: Any,
    ) -> Self:
        """Learn how far to trust each LF.

        Parameters
        ----------
        L_train : (n, m) array of integers or LabelMatrix
            The votes.
        Y_dev : (d,) integers, optional
            Gold labels of any rows: their class shares are the class balance, and nothing else is used.
        class_balance : (k,) floats, optional
            How common each class is; goes before ``Y_dev``.
        progress_bar : bool, default True
            Taken for Snorkel's sake; without effect.
        seed : int, optional
            Seeds what the model draws at random; the default model draws nothing.
        **kwargs
            Snorkel's other settings. Those of its search (``n_epochs``, ``lr``, ...) are without effect;
            ``l2``, ``prec_init`` and ``mu_eps`` too, and a warning says so.

        Returns
        -------
        self
            (Snorkel returns None.)

        Raises
        ------
        LabelModelError
            Votes or a class balance that do not fit ``cardinality``, a class that ``Y_dev`` lacks, or a
            setting that Snorkel does not have.

        Warns
        -----
        UserWarning
            ``l2``, ``prec_init`` or ``mu_eps`` was given.
        """
        _check_settings(kwargs)
        balance = class_balance if class_balance is not None else self._balance_in(Y_dev)
        self.label_model_ = self._fresh(balance, seed).fit(L_train)
        return self

    def predict_proba(self, L: Any) -> FloatArray:
        """Return (n, k) probabilities of (n, m) votes."""
        return self._fitted.predict_proba(L)

    def get_weights(self) -> FloatArray:
        """Return (m,) accuracies of the LFs where they vote; nan for an LF that never votes."""
        return np.clip(self._fitted.lf_accuracies_, 1e-6, 1.0)

    def get_conditional_probs(self) -> FloatArray:
        """Return (m, k+1, k) probabilities of votes: ``[j, v + 1, y]`` = P(LF j votes v | class y).

        They are counted in the training votes under the model's own posteriors.
        """
        model = self._fitted
        patterns = model.statistics_.patterns()
        mass = model.predict_proba(patterns.votes) * patterns.counts[:, None]
        cast = patterns.votes[:, :, None] == np.arange(ABSTAIN, self.cardinality)
        counts = np.einsum("ujv,uy->jvy", cast.astype(float), mass)
        shares: FloatArray = counts / np.maximum(mass.sum(axis=0), np.finfo(float).tiny)
        return shares

    @property
    def _fitted(self) -> BaseLabelModel:
        if not hasattr(self, "label_model_"):
            raise NotFittedError("this LabelModel is not fitted yet; call fit with votes first")
        return self.label_model_

    def _fresh(self, balance: Any, seed: int | None) -> BaseLabelModel:
        from sklearn.base import clone

        model: BaseLabelModel = clone(self.model or DefaultModel())
        model.set_params(n_classes=self.cardinality, random_state=seed)
        if balance is not None:
            model.set_params(class_balance=np.asarray(balance), uncovered="prior")
        return model

    def _balance_in(self, Y_dev: Any) -> FloatArray | None:
        if Y_dev is None:
            return None
        gold = to_int_label_array(Y_dev)
        counts = np.bincount(gold[gold != ABSTAIN], minlength=self.cardinality).astype(np.float64)
        if len(counts) > self.cardinality or not counts.all():
            raise LabelModelError(
                f"Y_dev has {counts.astype(int).tolist()} rows of classes 0, 1, ...; expected some of all "
                f"{self.cardinality} classes, or pass class_balance"
            )
        shares: FloatArray = counts / counts.sum()
        return shares


def _check_settings(kwargs: dict[str, Any]) -> None:
    known = _OF_THE_SEARCH | _ASSUMPTIONS
    for name in kwargs:
        if name not in known:
            hint = did_you_mean(name, known)
            raise LabelModelError(f"fit has no setting {name!r}{hint}; it has {', '.join(sorted(known))}")
    if given := sorted(_ASSUMPTIONS & kwargs.keys()):
        warnings.warn(
            f"{', '.join(given)} is without effect: labelwright's models assume other things; to set them, "
            "pass LabelModel(model=...) a model of labelwright.label_models",
            UserWarning,
            stacklevel=3,
        )
