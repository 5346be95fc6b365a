"""Vote statistics as arrays under names, in one NumPy archive: a JSON header and no pickled object."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from labelwright._errors import LabelwrightError, StoreError
from labelwright._files import write_atomically
from labelwright.core.label_space import LabelSpace
from labelwright.core.task import Task
from labelwright.core.votes.pair_moments import PairMoments
from labelwright.core.votes.patterns import VotePatterns
from labelwright.core.votes.row_sample import RowSample

if TYPE_CHECKING:
    from labelwright.core.statistics import VoteStatistics

FORMAT = "labelwright vote statistics"
FORMAT_VERSION = 1
NONE = np.zeros(0, dtype=np.int64)


def header(stats: VoteStatistics) -> dict[str, Any]:
    """Return what is no array."""
    return {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        "classes": list(stats.space.names),
        "lf_names": list(stats.lf_names),
        "n": stats.n,
        "max_patterns": stats.max_patterns,
        "limit": stats._sample.limit,
        "exact": stats.exact,
        "moments": stats._moments is not None,
        "sets": stats.vote_sets is not None,
        "task": None if stats.task is None else [stats.task.name, stats.task.description],
    }


def arrays(stats: VoteStatistics) -> dict[str, np.ndarray[Any, Any]]:
    """Return the arrays by name; empty ones for what the statistics do not hold."""
    exact, sample, moments = stats._exact, stats._sample, stats._moments
    return {
        "pattern_votes": sample.votes[:0] if exact is None else exact.votes,
        "pattern_counts": NONE if exact is None else exact.counts,
        "sample_votes": sample.votes,
        "sample_priorities": sample.priorities,
        "moments": NONE if moments is None else moments.counts,
        "vote_sets": NONE if stats.vote_sets is None else stats.vote_sets,
    }


def write(stats: VoteStatistics, path: str | os.PathLike[str]) -> None:
    """Write one archive; see `VoteStatistics.to_npz`."""
    contents: dict[str, Any] = {"header": np.array(json.dumps(header(stats))), **arrays(stats)}

    def save(partial: Path) -> None:
        with partial.open("wb") as file:
            np.savez_compressed(file, **contents)

    write_atomically(Path(path), save, make_folder=False)


def read(path: str | os.PathLike[str]) -> VoteStatistics:
    """Read one archive; see `VoteStatistics.from_npz`."""
    try:
        with np.load(Path(path), allow_pickle=False) as archive:
            head = json.loads(str(archive["header"]))
            _check_format(head, path)
            return _rebuild(head, {key: archive[key] for key in archive.files if key != "header"})
    except StoreError:
        raise
    except (OSError, EOFError, KeyError, ValueError, TypeError, AttributeError, zipfile.BadZipFile) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: str | os.PathLike[str], error: Exception) -> StoreError:
    why = " ".join(str(error).split()) if isinstance(error, (OSError, LabelwrightError)) else "damaged"
    return StoreError(f"cannot read vote statistics from {os.fspath(path)!r}: {why}; write them with to_npz")


def _check_format(head: dict[str, Any], path: str | os.PathLike[str]) -> None:
    if head["format"] != FORMAT:
        raise StoreError(f"{os.fspath(path)!r} holds no vote statistics; write them with to_npz")
    if head["version"] > FORMAT_VERSION:
        raise StoreError(
            f"{os.fspath(path)!r} has format {head['version']}, this labelwright reads up to "
            f"{FORMAT_VERSION}; upgrade labelwright"
        )


def _rebuild(head: dict[str, Any], found: dict[str, np.ndarray[Any, Any]]) -> VoteStatistics:
    from labelwright.core.statistics import VoteStatistics

    exact = VotePatterns(found["pattern_votes"], found["pattern_counts"], NONE)
    n, space, task = int(head["n"]), LabelSpace(head["classes"]), head.get("task")
    return VoteStatistics(
        space=space,
        lf_names=tuple(head["lf_names"]),
        n=n,
        max_patterns=int(head["max_patterns"]),
        vote_sets=found["vote_sets"] if head["sets"] else None,
        _exact=exact if head["exact"] else None,
        _sample=RowSample(found["sample_votes"], found["sample_priorities"], int(head["limit"])),
        _moments=PairMoments(found["moments"], n) if head["moments"] else None,
        task=None if task is None else Task(task[0], space, task[1]),
    )
