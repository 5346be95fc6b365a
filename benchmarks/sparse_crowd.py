"""What label models cost on a crowd in which few workers see a task: many workers, few votes each.

    python benchmarks/sparse_crowd.py [--tasks 20000] [--workers 3000] [--votes-a-task 5] [--classes 4]
        [--models DawidSkene,OneCoin]

Each model runs in a process of its own. Beside them runs the same EM as `DawidSkene(abstain="ignore")`, over
plain lists of votes, for as many steps as ours took. Times are processor time of the fit; memory is what the
process took at its height beyond what it took with the votes made.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
import warnings

import numpy as np

import labelwright as lw

MODELS = (
    "MajorityVote,LabelModel,DawidSkene,DawidSkene(abstain='ignore'),OneCoin,Generative,MACE,IBCC,GLAD,EBCC"
)


def crowd(
    tasks: int, workers: int, each: int, k: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return task, worker and class of each vote, and the true classes; few workers cast most votes."""
    rng = np.random.default_rng(0)
    gold = rng.integers(0, k, tasks)
    task = np.repeat(np.arange(tasks), each)
    worker = rng.choice(workers, size=len(task), p=rng.dirichlet(np.full(workers, 0.3)))
    right = rng.random(len(task)) < rng.beta(6, 3, workers)[worker]
    wrong = (gold[task] + rng.integers(1, k, len(task))) % k
    return task, worker, np.where(right, gold[task], wrong), gold


def over_lists(task: np.ndarray, worker: np.ndarray, vote: np.ndarray, k: int, steps: int) -> np.ndarray:
    """Return (tasks, k) class probabilities after some steps of EM over the votes alone."""
    tasks, workers = task.max() + 1, worker.max() + 1
    P = np.zeros((tasks, k))
    np.add.at(P, (task, vote), 1.0)
    P /= P.sum(axis=1, keepdims=True)
    at = worker * k + vote
    for _ in range(steps):
        balance = P.mean(axis=0)
        expected = np.stack(
            [np.bincount(at, weights=P[task, c], minlength=workers * k) for c in range(k)], axis=1
        ).reshape(workers, k, k)
        total = expected.sum(axis=1, keepdims=True)
        confusion = np.where(total > 0, expected, 1.0) / np.where(total > 0, total, k)
        logs = np.log(np.maximum(confusion, 1e-300)).reshape(-1, k)[at]
        joint = np.stack([np.bincount(task, weights=logs[:, c], minlength=tasks) for c in range(k)], axis=1)
        joint += np.log(balance)
        P = np.exp(joint - joint.max(axis=1, keepdims=True))
        P /= P.sum(axis=1, keepdims=True)
    return P


def peak() -> float:
    """Return the most memory that this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def measure(given: argparse.Namespace, model: str) -> None:
    """Fit one model, and print a row of the table."""
    import labelwright.label_models as label_models

    task, worker, vote, gold = crowd(given.tasks, given.workers, given.votes_a_task, given.classes)
    votes = np.full((given.tasks, given.workers), -1, dtype=np.int8)
    votes[task, worker] = vote
    L = lw.LabelMatrix(votes, space=lw.LabelSpace.of_size(given.classes))
    label_models.MajorityVote().fit(L[:100])
    before = peak()
    made = eval(model if model.endswith(")") else f"{model}()", dict(vars(label_models)))
    began = time.process_time()
    made.fit(L)
    seconds = time.process_time() - began
    used = peak() - before
    right = (made.predict_proba(L).argmax(axis=1) == gold).mean()
    steps = getattr(made, "n_iter_", "")
    print(f"| `{model}` | {seconds:.1f} s | {used:.0f} MB | {steps} | {right:.3f} |", flush=True)
    if model == "DawidSkene(abstain='ignore')":
        began = time.process_time()
        P = over_lists(task, worker, vote, given.classes, made.n_iter_)
        seconds, right = time.process_time() - began, (P.argmax(axis=1) == gold).mean()
        print(f"| the same over lists of votes | {seconds:.1f} s | | {made.n_iter_} | {right:.3f} |")


def main() -> None:
    """Measure every model in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--tasks", type=int, default=20_000)
    parser.add_argument("--workers", type=int, default=3_000)
    parser.add_argument("--votes-a-task", type=int, default=5)
    parser.add_argument("--classes", type=int, default=4)
    parser.add_argument("--models", default=MODELS)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        warnings.simplefilter("ignore")
        measure(given, given.one)
        return
    print("| model | fit | memory | steps | accuracy |\n| --- | --- | --- | --- | --- |", flush=True)
    for model in given.models.split(","):
        subprocess.run([sys.executable, __file__, *sys.argv[1:], "--one", model], check=True)


if __name__ == "__main__":
    main()
