"""Runs label models of other libraries; started by `peers.py` in an environment that has them.

Needs numpy, and snorkel or crowd-kit for the peers of that name; nothing of labelwright. It reads a file of
jobs and writes a result a job. A peer whose library is missing, or that fails, is named on standard output.

Rows to score that are not the rows fitted on are scored by what was learned: with snorkel by its
`predict_proba`; with crowd-kit by its own step from parameters to probabilities (Dawid-Skene, one coin,
Wawa) or, where it has none for new tasks, by the model's formula from its learned parameters (MACE; GLAD with
every new task at the mean of its prior of easiness). Rows without votes are uniform: crowd-kit says nothing
of them.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
import os
import signal
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

SEED = 0
GLAD_EASINESS = np.e  # exp of the mean of GLAD's prior over log easiness, which is 1
TINY = 1e-12


class Snorkel:
    """Snorkel's LabelModel; its class balance is uniform unless given."""

    def __init__(self, epochs: int) -> None:
        self.epochs = epochs

    def fit(self, votes: np.ndarray, k: int) -> None:
        """Learn from (n, m) votes over k classes."""
        from snorkel.labeling.model import LabelModel

        self.model = LabelModel(cardinality=k, verbose=False)
        self.model.fit(votes, n_epochs=self.epochs, seed=SEED, progress_bar=False)

    def predict(self, votes: np.ndarray, *, same: bool) -> np.ndarray:
        """Return (n, k) probabilities."""
        return np.asarray(self.model.predict_proba(votes), dtype=np.float64)


class CrowdKit:
    """An aggregation class of crowd-kit with its own defaults.

    Workers and labels are numbered as they first appear: MACE sorts them in one place and takes them as
    they come in another, so that any other numbering would mix up what it learns.
    """

    def __init__(self, name: str, **settings: object) -> None:
        from crowdkit import aggregation

        self.model = getattr(aggregation, name)(**settings)
        self.name = name

    def fit(self, votes: np.ndarray, k: int) -> None:
        """Learn from (n, m) votes over k classes."""
        self.k = k
        rows, columns = np.nonzero(votes >= 0)
        self.labels, self.columns = first_seen(votes[rows, columns]), first_seen(columns)
        self.model.fit(self.table(votes))

    def table(self, votes: np.ndarray) -> Any:
        """Return the tidy table of the votes of workers and labels that were there in `fit`."""
        import pandas as pd

        rows, columns = np.nonzero(votes >= 0)
        workers, labels = place(columns, self.columns), place(votes[rows, columns], self.labels)
        known = (workers >= 0) & (labels >= 0)
        return pd.DataFrame({"task": rows[known], "worker": workers[known], "label": labels[known]})

    def predict(self, votes: np.ndarray, *, same: bool) -> np.ndarray:
        """Return (n, k) probabilities; `same`: of the votes of `fit`."""
        P = np.full((len(votes), self.k), 1.0 / self.k)
        found = self.probas(votes, same=same)
        P[found.index.to_numpy()] = 0.0
        columns = self.labels[found.columns.to_numpy(dtype=np.int64)]
        P[np.ix_(found.index.to_numpy(), columns)] = found.fillna(0.0).to_numpy()
        return P / P.sum(axis=1, keepdims=True)

    def probas(self, votes: np.ndarray, *, same: bool) -> Any:
        """Return the probabilities as a table of task x label."""
        table = self.table(votes)
        if self.name == "Wawa":
            return self.model.predict_proba(table)
        if same:
            return self.model.probas_
        if self.name.endswith("DawidSkene"):
            return self.model._e_step(table, self.model.priors_, self.model.errors_)
        return self.from_parameters(table)

    def from_parameters(self, table: Any) -> Any:
        """Return the posterior of new tasks by the model's formula, all labels equally likely before."""
        import pandas as pd

        classes = np.arange(len(self.labels))
        hit = table["label"].to_numpy()[:, None] == classes
        worker = table["worker"].to_numpy()
        if self.name == "MACE":
            guess = self.model.thetas_[worker, table["label"].to_numpy()][:, None]
            spam, honest = self.model.spamming_[worker].T[:, :, None]
            chance = spam * guess + honest * hit
        else:
            skill = self.model.alphas_.loc[worker].to_numpy()[:, None]
            right = 1.0 / (1.0 + np.exp(-skill * GLAD_EASINESS))
            chance = np.where(hit, right, (1.0 - right) / max(len(classes) - 1, 1))
        logs = pd.DataFrame(np.log(np.maximum(chance, TINY)), columns=classes)
        total = logs.groupby(table["task"].to_numpy()).sum()
        shares = np.exp(total.sub(total.max(axis=1), axis=0))
        return shares.div(shares.sum(axis=1), axis=0)


PEERS = {
    "snorkel": lambda: Snorkel(epochs=100),  # its default
    "snorkel_500_epochs": lambda: Snorkel(epochs=500),  # as in its tutorials
    "crowdkit_dawid_skene": lambda: CrowdKit("DawidSkene"),
    "crowdkit_one_coin": lambda: CrowdKit("OneCoinDawidSkene"),
    "crowdkit_glad": lambda: CrowdKit("GLAD"),
    "crowdkit_mace": lambda: CrowdKit("MACE", random_state=SEED),
    "crowdkit_wawa": lambda: CrowdKit("Wawa"),
}
LIBRARIES = {"snorkel": "snorkel", "crowdkit": "crowd-kit"}


def first_seen(values: np.ndarray) -> np.ndarray:
    """Return the distinct values in order of appearance."""
    distinct, first = np.unique(values, return_index=True)
    return distinct[np.argsort(first)]


def place(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return where each value stands among the known ones, -1 where it does not."""
    positions = np.full(max(int(values.max(initial=0)), int(known.max(initial=0))) + 1, -1)
    positions[known] = np.arange(len(known))
    return positions[values]


@contextlib.contextmanager
def at_most(seconds: int) -> Iterator[None]:
    """Raise TimeoutError after some seconds."""

    def ring(_signal: int, _frame: object) -> None:
        raise TimeoutError(f"not done after {seconds} s")

    signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)


def run(job: dict[str, Any], limit: int) -> dict[str, Any]:
    """Run one job; a failure is told in words."""
    with np.load(job["votes"]) as found:
        fit, score, k = found["fit"].astype(np.int64), found["score"].astype(np.int64), int(found["k"])
    started = fitted = time.perf_counter()
    try:
        with at_most(limit), np.errstate(all="ignore"):
            model = PEERS[job["peer"]]()
            model.fit(fit, k)
            fitted = time.perf_counter()
            P, failure = model.predict(score, same=job["same"]), ""
    except ModuleNotFoundError:
        raise
    except Exception as error:
        P, failure = np.zeros((0, k)), f"{type(error).__name__}: {error}"
    return {"P": P, "fit": fitted - started, "predict": time.perf_counter() - fitted, "failure": failure}


def versions() -> dict[str, str]:
    """Return the version of each library that is there."""
    found = {}
    for distribution in LIBRARIES.values():
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[distribution] = importlib.metadata.version(distribution)
    return found


def main(path: str) -> None:
    """Run the jobs of a file, those whose library is there."""
    todo = json.loads(Path(path).read_text())
    there = versions()
    wanted = {job["peer"].split("_")[0] for job in todo["jobs"]}
    missing = {library for library in wanted if LIBRARIES[library] not in there}
    for library in sorted(missing):
        print(f"peers of {library} left out: {sys.executable} has no {LIBRARIES[library]}")
    for job in todo["jobs"]:
        if job["peer"].split("_")[0] not in missing:
            result = run(job, todo["limit"])
            # Written beside and renamed, so that a result is whole or not there.
            part = Path(job["result"]).with_suffix(".part")
            with part.open("wb") as file:
                np.savez(file, **result)
            part.rename(job["result"])
            if result["failure"]:
                print(f"{job['peer']} failed on {job['what']}: {result['failure']}", flush=True)


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    warnings.simplefilter("ignore")
    if sys.argv[1] == "--versions":
        print(json.dumps(versions()))
    else:
        main(sys.argv[1])
