"""Which of our label models are measured, and how one is run on a case."""

from __future__ import annotations

import importlib
import time
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

import labelwright as lw
from label_quality.cases import Case
from labelwright._types import FloatArray
from labelwright.label_models import REGISTRY, BaseLabelModel

BASELINE = "MajorityVote"
DESIGNS = {  # the two models that the default chooses between, each taken everywhere
    "LabelModel, anchored": partial(REGISTRY["LabelModel"], method="anchored"),
    "LabelModel, independent": partial(REGISTRY["LabelModel"], method="independent"),
}
SUM_TOLERANCE = 1e-6
Factory = Callable[[], BaseLabelModel]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Run:
    """What one model gave on one case: probabilities and seconds, or the reason why there are none."""

    P: FloatArray | None
    fit_seconds: float
    predict_seconds: float
    failure: str = ""


def factories(names: Iterable[str] | None, extra: Iterable[str]) -> dict[str, Factory]:
    """Return the models to measure, the baseline always among them.

    Parameters
    ----------
    names : iterable of str or None
        Names in ``labelwright.label_models.REGISTRY``; None for all.
    extra : iterable of str
        Further models as ``name=module:attribute``; the attribute is called without arguments and returns
        a label model.

    Raises
    ------
    SystemExit
        A name that is not registered, or an extra model that cannot be imported.
    """
    chosen = list(REGISTRY) if names is None else [BASELINE, *names]
    unknown = [name for name in chosen if name not in REGISTRY]
    if unknown:
        raise SystemExit(f"no label model is called {unknown[0]!r}; registered are {', '.join(REGISTRY)}")
    designs = DESIGNS if names is None else {}
    return {name: REGISTRY[name] for name in chosen} | designs | dict(_extra(text) for text in extra)


def _extra(text: str) -> tuple[str, Factory]:
    name, _, target = text.partition("=")
    module, _, attribute = target.partition(":")
    if not (name and module and attribute):
        raise SystemExit(f"--model {text!r}: expected name=module:factory")
    try:
        return name, getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise SystemExit(f"--model {text!r}: {error}") from error


def run_model(factory: Factory, case: Case) -> Run:
    """Fit a model on a case and predict, with times; an error of the library is a failure, not an end."""
    started = time.perf_counter()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what a model warns of is not measured here
            model = factory().fit(case.fit)
            fitted = time.perf_counter()
            P = model.predict_proba(case.score)
    except lw.LabelwrightError as error:
        return Run(P=None, fit_seconds=0.0, predict_seconds=0.0, failure=str(error))
    done = time.perf_counter()
    return checked(P, case, fit_seconds=fitted - started, predict_seconds=done - fitted)


def run_models(models: Mapping[str, Factory], case: Case) -> dict[str, Run]:
    """Run every model on a case."""
    return {name: run_model(factory, case) for name, factory in models.items()}


def checked(P: FloatArray, case: Case, *, fit_seconds: float, predict_seconds: float) -> Run:
    """Return the run, or a failure where the probabilities are none."""
    shape = (case.score.n, case.score.k)
    fault = ""
    if P.shape != shape:
        fault = f"probabilities have shape {P.shape}, expected {shape}"
    elif not np.isfinite(P).all() or np.abs(P.sum(axis=1) - 1).max(initial=0) > SUM_TOLERANCE:
        fault = "probabilities are not finite or do not sum to 1"
    return Run(
        P=None if fault else P, fit_seconds=fit_seconds, predict_seconds=predict_seconds, failure=fault
    )
