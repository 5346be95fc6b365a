"""Any torch module, trained on probabilistic labels."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from labelwright._errors import EndModelError
from labelwright._types import FloatArray, IntArray, RandomState
from labelwright._validate import as_generator
from labelwright.core.class_values import ObjectArray
from labelwright.end_models._net.checkpoint import Checkpoint, data_fingerprints, removed_where_over
from labelwright.end_models._net.inputs import batch_tensor, input_size, prepare_inputs
from labelwright.end_models._net.modules import build_module, choose_device
from labelwright.end_models._net.state import TrainingState, best_epoch, learning_curve
from labelwright.end_models._net.training import (
    Examples,
    Schedule,
    adamw,
    hold_out,
    in_parts,
    logits_of,
    own_random_state,
    progress_bar,
    train,
)
from labelwright.end_models.base import EndModel
from labelwright.end_models.loss import import_torch
from labelwright.end_models.targets import (
    Classes,
    ClassWeight,
    TargetKind,
    check_classes,
    read_labels,
    target_weights,
    training_rows,
)

if TYPE_CHECKING:
    import torch

    ModuleOrFactory = torch.nn.Module | Callable[[int, int], torch.nn.Module] | None


class NoiseAwareNet(EndModel):
    r"""Train a torch module on soft labels by soft cross-entropy, with early stopping.

    Minimises the cross-entropy expected under the soft labels :math:`P` of the covered rows,
    :math:`-\sum_{i,c} P_{ic} \log \operatorname{softmax}(f(x_i))_c`, by AdamW over shuffled batches. After
    each epoch the same loss is taken on held-out covered rows (their soft labels; no gold is used); when
    it has not improved for `patience` epochs, training stops, and the best epoch's weights are kept.

    Needs torch, the extra ``torch``.

    Parameters
    ----------
    module : torch.nn.Module, callable (n_inputs, n_classes) -> torch.nn.Module, or None
        Returns (b, k) logits, before any softmax. An instance is copied, and its weights are the start. A
        factory is called at each fit; n_inputs is the number of features, or the shape of a row where X
        has more than two dimensions. None: a multi-layer perceptron with `hidden` and `dropout`.
    hidden : tuple of int, default (128,)
        Widths of the default perceptron's hidden layers (ReLU); ``()`` is logistic regression.
    dropout : float, default 0.1
        Share of hidden units that the default perceptron drops while training, 0 to below 1.
    epochs : int, default 100
        Most passes over the training rows.
    batch_size : int, default 64
        Most rows a step.
    lr : float, default 1e-3
        AdamW's learning rate.
    weight_decay : float, default 0.01
        AdamW's decoupled weight decay.
    validation_fraction : float, default 0.1
        Share of the covered rows held out, 0 to below 1; 0, or fewer than 10 rows, means none: then all
        epochs run and the last one counts.
    patience : int, default 10
        Epochs without improvement before it stops.
    device : str, default "auto"
        "auto" takes CUDA where there is one, else the CPU; or any name torch knows ("cuda:1", "mps").
    targets : {"soft", "hard", "sampled"}, default "soft"
    confidence_weighting : bool, default False
    class_weight : "balanced", {class: weight} or sequence of k, optional
        As of `NoiseAwareClassifier`.
    random_state : int, numpy.random.Generator or None, default None
        Decides the initial weights, the held-out rows, the order of batches and dropout. torch's and
        numpy's global states stay as they were. A fixed integer gives the same net on the same CPU.
    progress : bool or None, default None
        A progress bar on standard error; None: where that is a terminal.
    checkpoint : path or None, default None
        A file that is written after each epoch, whole or not at all. Where `fit` finds it, training goes on
        after the last epoch in it, and gives the net that an uninterrupted run gives, bit by bit; once
        training is over, the file is removed. None: nothing is written.
    space : LabelSpace or iterable of str, optional
        The classes, as of `NoiseAwareClassifier`.

    Attributes
    ----------
    module_ : torch.nn.Module
        The trained module, in evaluation mode.
    classes_ : (k,) array
        Names, else 0..k-1.
    history_ : polars.DataFrame
        The learning curve: epoch, train_loss, validation_loss (null where nothing is held out).
    best_epoch_ : int
        The epoch whose weights were kept.
    device_ : str
        Where it was trained.
    n_training_rows_ : int
        Covered rows, held-out ones among them.
    n_features_in_ : int
        Features, for X of two dimensions.

    Notes
    -----
    Pickles: the trained module travels as CPU tensors, so a net trained on a GPU loads without one. A
    factory must be importable for that (no lambda).

    A checkpoint holds the weights, the best weights so far, AdamW's moments, the learning curve and the
    states of the random generators (about 4 times the module's size), and fingerprints of X, the labels, the
    covered rows, the module's first weights and the settings: `fit` refuses to go on with other ones.
    `epochs` alone may be raised. It is read without running code of the file. What a module keeps outside
    its ``state_dict`` is not in it, nor is another source of chance than torch's in a module's ``forward``.
    Each epoch then costs writing the file to the disk as well.
    "Bit by bit" holds where training itself repeats bit by bit: on a CPU with one number of threads; on CUDA
    as far as its kernels do.

    References
    ----------
    A. Ratner et al., "Snorkel: Rapid Training Data Creation with Weak Supervision", VLDB 2018, section 2.3
    (the noise-aware loss); I. Loshchilov, F. Hutter, "Decoupled Weight Decay Regularization", ICLR 2019.

    Examples
    --------
    >>> X = np.linspace(-1, 1, 80)[:, None]
    >>> P = np.hstack([0.9 - 0.8 * (X > 0), 0.1 + 0.8 * (X > 0)])
    >>> net = NoiseAwareNet(hidden=(8,), lr=0.05, random_state=0, progress=False).fit(X, P)
    >>> net.predict([[-0.5], [0.5]]).tolist(), net.history_.columns
    ([0, 1], ['epoch', 'train_loss', 'validation_loss'])
    """

    def __init__(
        self,
        module: ModuleOrFactory = None,
        *,
        hidden: tuple[int, ...] = (128,),
        dropout: float = 0.1,
        epochs: int = 100,
        batch_size: int = 64,
        lr: float = 1e-3,
        weight_decay: float = 0.01,
        validation_fraction: float = 0.1,
        patience: int = 10,
        device: str = "auto",
        targets: TargetKind = "soft",
        confidence_weighting: bool = False,
        class_weight: ClassWeight = None,
        random_state: RandomState = None,
        progress: bool | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
        space: Classes = None,
    ) -> None:
        self.module = module
        self.hidden = hidden
        self.dropout = dropout
        self.epochs = epochs
        self.batch_size = batch_size
        self.lr = lr
        self.weight_decay = weight_decay
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.device = device
        self.targets = targets
        self.confidence_weighting = confidence_weighting
        self.class_weight = class_weight
        self.random_state = random_state
        self.progress = progress
        self.checkpoint = checkpoint
        self.space = space

    def fit(self, X: Any, P: Any, *, covered: Any = None) -> NoiseAwareNet:
        """Train on the covered rows.

        Parameters
        ----------
        X : (n, d) array, scipy.sparse matrix, table of numbers; or (n, ...) array or torch tensor
            Cast to float32, sparse rows made dense a batch at a time; a tensor keeps its type.
        P : (n, k) float, or (n,) labels
            Soft labels, or classes by name or index, as of `NoiseAwareClassifier.fit`.
        covered : (n,) bool, optional
            Rows to train on, such as ``L.covered``; without it, rows whose soft label is not uniform.

        Returns
        -------
        self

        Raises
        ------
        MissingExtraError
            torch is not installed.
        EndModelError
            Labels or inputs that cannot be trained on, a bad setting, a module that takes or returns
            other shapes, a loss that stopped being finite, or a checkpoint of other data or settings.
        StoreError
            The checkpoint cannot be written.
        """
        import_torch("NoiseAwareNet")
        _check_settings(self.get_params(deep=False))
        inputs = prepare_inputs(X)
        found = read_labels(P, n=inputs.shape[0], space=self.space)
        labels = found.probabilities
        rows = training_rows(labels, covered)
        generator = as_generator(self.random_state)
        checkpoint = None
        if self.checkpoint is not None:
            checkpoint = Checkpoint.open(
                Path(self.checkpoint).absolute(),
                settings={
                    name: value for name, value in self.get_params(deep=False).items() if name != "space"
                },
                data=data_fingerprints(inputs, labels, rows),
                generator=generator,
            )
        weights = np.zeros_like(labels)
        weights[rows] = self._weights(labels[rows], generator, found.names)
        check_classes(np.flatnonzero(weights.any(axis=0)), found.names)
        examples = Examples(inputs, weights, choose_device(self.device))
        self._train(examples, rows, generator, checkpoint)
        self._keep_classes(found)
        self.n_training_rows_ = len(rows)
        self._row_shape = tuple(inputs.shape[1:])
        if len(self._row_shape) == 1:
            self.n_features_in_ = int(self._row_shape[0])
        return self

    def predict(self, X: Any) -> IntArray | ObjectArray:
        """Return the (n,) most probable classes: names where they are known, else indices.

        Raises
        ------
        NotFittedError
            Before `fit`.
        """
        return self._by_name(self._predict_index(X))

    def _predict_index(self, X: Any) -> IntArray:
        classes: IntArray = self.predict_proba(X).argmax(axis=1)
        return classes

    def predict_proba(self, X: Any) -> FloatArray:
        """Return (n, k) float64 class probabilities.

        Raises
        ------
        NotFittedError
            Before `fit`.
        EndModelError
            X that is not finite, or whose rows have another shape than in `fit`.
        """
        self._check_fitted()
        inputs = prepare_inputs(X)
        self._check_row_shape(tuple(inputs.shape[1:]))
        import torch

        device, k = choose_device(self.device), len(self.classes_)
        module = self.module_.to(device).eval()
        probabilities = np.empty((inputs.shape[0], k))
        with torch.no_grad():
            for part in in_parts(np.arange(len(probabilities))):
                logits = logits_of(module, batch_tensor(inputs, part, device), k)
                probabilities[part] = logits.double().softmax(dim=1).cpu().numpy()
        return probabilities

    def _weights(
        self, labels: FloatArray, generator: np.random.Generator, names: tuple[str, ...] | None
    ) -> FloatArray:
        return target_weights(
            labels,
            targets=self.targets,
            confidence_weighting=self.confidence_weighting,
            class_weight=self.class_weight,
            generator=generator,
            names=names,
        )

    def _train(
        self,
        examples: Examples,
        rows: IntArray,
        generator: np.random.Generator,
        checkpoint: Checkpoint | None,
    ) -> None:
        schedule = Schedule(
            epochs=self.epochs,
            batch_size=self.batch_size,
            lr=self.lr,
            weight_decay=self.weight_decay,
            patience=self.patience,
        )
        rows, held_out = hold_out(rows, self.validation_fraction, generator)
        seed = int(generator.integers(2**63))
        with own_random_state(seed, examples.device), progress_bar(self.epochs, self.progress) as on_epoch:
            module = self._build(examples)
            state = TrainingState(module, adamw(module, schedule), generator, examples.device)
            begun = None if checkpoint is None else checkpoint.of_module(module, examples.device)
            with removed_where_over(begun):
                train(
                    state,
                    examples,
                    schedule=schedule,
                    rows=rows,
                    held_out=held_out,
                    on_epoch=on_epoch,
                    checkpoint=begun,
                )
        self.module_, self.device_ = module, str(examples.device)
        self.history_, self.best_epoch_ = learning_curve(state.curve), best_epoch(state.curve)

    def _build(self, examples: Examples) -> torch.nn.Module:
        return build_module(
            self.module,
            n_inputs=input_size(examples.inputs),
            n_classes=examples.weights.shape[1],
            hidden=self.hidden,
            dropout=self.dropout,
        ).to(examples.device)

    def _check_row_shape(self, shape: tuple[int, ...]) -> None:
        if shape == self._row_shape:
            return
        if len(shape) == len(self._row_shape) == 1:
            raise EndModelError(
                f"X has {shape[0]} features, but {type(self).__name__} is expecting {self._row_shape[0]} "
                "features as input; pass the columns that fit was given"
            )
        raise EndModelError(
            f"rows of X have shape {shape}; this net was trained on rows of {self._row_shape}"
        )

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = dict(super().__getstate__())
        if "module_" in state:
            state["module_"] = copy.deepcopy(state["module_"]).to("cpu")
        return state


def _check_settings(net: Mapping[str, Any]) -> None:
    """Refuse settings that cannot be trained with, naming what one is and what it may be."""
    wanted = {
        "epochs": (_is_count(net["epochs"]), "an integer of at least 1"),
        "batch_size": (_is_count(net["batch_size"]), "an integer of at least 1"),
        "patience": (_is_count(net["patience"]), "an integer of at least 1"),
        "lr": (_is_number(net["lr"]) and net["lr"] > 0, "a number above 0"),
        "weight_decay": (
            _is_number(net["weight_decay"]) and net["weight_decay"] >= 0,
            "a number of at least 0",
        ),
        "dropout": (_is_share(net["dropout"]), "0 to below 1"),
        "validation_fraction": (_is_share(net["validation_fraction"]), "0 to below 1"),
        "hidden": (
            isinstance(net["hidden"], (tuple, list)) and all(map(_is_count, net["hidden"])),
            "a tuple of widths, each at least 1",
        ),
        "checkpoint": (
            net["checkpoint"] is None
            or (isinstance(net["checkpoint"], (str, os.PathLike)) and not Path(net["checkpoint"]).is_dir()),
            "None or the path of a file",
        ),
    }
    for name, (fits, expected) in wanted.items():
        if not fits:
            raise EndModelError(f"NoiseAwareNet's {name} is {net[name]!r}; expected {expected}")


def _is_count(value: object) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool) and int(value) >= 1


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float, np.number)) and bool(np.isfinite(value))


def _is_share(value: object) -> bool:
    return isinstance(value, (int, float, np.number)) and 0 <= float(value) < 1
