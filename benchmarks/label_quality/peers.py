"""Peers: label models of other libraries, run in an environment of their own by `peer_worker.py`."""

from __future__ import annotations

import hashlib
import json
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from label_quality.cases import Case
from label_quality.models import Run, checked

WORKER = Path(__file__).with_name("peer_worker.py")
REVISION = 1  # raise it when the worker computes something else, so that no cached result is taken for it
PEERS = (
    "snorkel",
    "snorkel_500_epochs",
    "crowdkit_dawid_skene",
    "crowdkit_one_coin",
    "crowdkit_glad",
    "crowdkit_mace",
    "crowdkit_wawa",
)


def run_peers(
    python: Path | None,
    cases: Sequence[Case],
    names: Iterable[str] = PEERS,
    *,
    cache: Path | None,
    limit: int,
    say: Callable[[str], None],
    cached_only: bool = False,
) -> list[dict[str, Run]]:
    """Run peers on cases in one process of another interpreter.

    Parameters
    ----------
    python : Path or None
        An interpreter that can import snorkel and crowd-kit (either is enough); None for no peers.
    cases : sequence of Case
        What to run on.
    names : iterable of str
        Some of `PEERS`.
    cache : Path, optional
        A folder that keeps what a peer gave on the same votes, across runs; a temporary one without.
    limit : int
        Seconds that one peer may take on one case.
    say : callable
        Takes what there is to say about peers that do not run.
    cached_only : bool, default False
        Take what the cache holds and run nothing.

    Returns
    -------
    list of dict of name to Run
        One dict a case, without the peers that are not there.
    """
    if python is None or not python.is_file():
        say("peers left out: " + ("no --peers-python" if python is None else f"there is no {python}"))
        return [{} for _ in cases]
    with tempfile.TemporaryDirectory() as temporary:
        folder = cache or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        jobs = {
            (c, name): folder / f"{_key(case, name)}.npz" for c, case in enumerate(cases) for name in names
        }
        todo = {at: path for at, path in jobs.items() if not path.exists()}
        if cached_only:
            say(f"peers' results from the cache: {len(jobs) - len(todo)} of {len(jobs)}")
        else:
            _work(python, cases, todo, limit, say)
        return [dict(_runs(case, c, jobs)) for c, case in enumerate(cases)]


def peer_versions(python: Path | None) -> dict[str, str]:
    """Return the versions of the peers' libraries that an interpreter has."""
    if python is None or not python.is_file():
        return {}
    asked = [str(python), str(WORKER), "--versions"]
    told = subprocess.run(asked, stdout=subprocess.PIPE, text=True, check=True).stdout
    versions: dict[str, str] = json.loads(told)
    return versions


def _key(case: Case, name: str) -> str:
    digest = hashlib.blake2b(REVISION.to_bytes(2), digest_size=16)
    for matrix in (case.fit, case.score):
        digest.update(repr((matrix.votes.shape, matrix.k)).encode())
        digest.update(np.ascontiguousarray(matrix.votes, dtype=np.int16).tobytes())
    return f"{name}-{digest.hexdigest()}"


def _work(
    python: Path,
    cases: Sequence[Case],
    jobs: Mapping[tuple[int, str], Path],
    limit: int,
    say: Callable[[str], None],
) -> None:
    """Let the worker write each job's result; what it cannot run it leaves out."""
    if not jobs:
        return
    with tempfile.TemporaryDirectory() as temporary:
        votes = {c: Path(temporary) / f"{c}.npz" for c, _ in jobs}
        for c, path in votes.items():
            np.savez(path, fit=cases[c].fit.votes, score=cases[c].score.votes, k=cases[c].score.k)
        listed = [
            {
                "peer": name,
                "votes": str(votes[c]),
                "result": str(path),
                "same": cases[c].fit is cases[c].score,
                "what": f"{cases[c].block}, {cases[c].name}",
            }
            for (c, name), path in jobs.items()
        ]
        todo = Path(temporary) / "jobs.json"
        todo.write_text(json.dumps({"limit": limit, "jobs": listed}))
        done = subprocess.run(
            [str(python), str(WORKER), str(todo)], stdout=subprocess.PIPE, text=True, check=False
        )
    for line in done.stdout.splitlines():
        say(line)
    if done.returncode:
        say(f"the peers' process ended with code {done.returncode}; what it had finished is used")


def _runs(case: Case, c: int, jobs: Mapping[tuple[int, str], Path]) -> Iterator[tuple[str, Run]]:
    for (at, name), path in jobs.items():
        if at != c or not path.exists():
            continue
        with np.load(path) as found:
            fit, predict, failure = float(found["fit"]), float(found["predict"]), str(found["failure"])
            if failure:
                yield name, Run(P=None, fit_seconds=fit, predict_seconds=predict, failure=failure)
            else:
                yield name, checked(found["P"], case, fit_seconds=fit, predict_seconds=predict)
