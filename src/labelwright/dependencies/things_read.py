"""Dependencies to expect from what labeling functions read: the same words, resources, helpers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np

from labelwright._errors import DependencyError
from labelwright._types import FloatArray
from labelwright._validate import did_you_mean, shorten
from labelwright.core import Dependency

MIN_OVERLAP = 0.5


@runtime_checkable
class Reader(Protocol):
    """A labeling function that says what it reads."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def reads(self) -> frozenset[str]:
        """What it reads: any texts, equal where two read the same thing."""


Readers: TypeAlias = "Mapping[str, Iterable[str]] | Iterable[Reader]"


def overlap_of_readings(lfs: Readers, names: Sequence[str]) -> FloatArray:
    """Return (m, m) how much of what either of two LFs reads both read, 0 to 1.

    Things that all LFs read count nothing, rare ones most: each counts ``log(m / LFs that read it)``, so a
    common text column tells nothing and a common dictionary much (P. Varma et al., "Inferring generative
    model structure with static analysis" (2017), asks whether LFs read the same things at all).

    Parameters
    ----------
    lfs : mapping of LF name to things, or iterable of LFs
        What each LF reads. LFs that are not listed read nothing that is known.
    names : sequence of str
        The LFs.

    Raises
    ------
    DependencyError
        An LF that is not among the names, or something that does not say what it reads.

    Examples
    --------
    >>> reads = {"a": {"text", "kb"}, "b": {"text", "kb"}, "c": {"text"}}
    >>> overlap_of_readings(reads, ["a", "b", "c"]).tolist()
    [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
    """
    reads = _as_mapping(lfs, names)
    listed = [frozenset(reads.get(name, ())) for name in names]
    things = sorted(frozenset[str]().union(*listed))
    table = np.array([[thing in read for thing in things] for read in listed], dtype=np.float64)
    table = table.reshape(len(names), len(things))
    weight = np.log(len(names) / np.maximum(table.sum(axis=0), 1.0))
    both = (table * weight) @ table.T
    own = np.diagonal(both)
    either = own[:, None] + own[None, :] - both
    overlap: FloatArray = np.where(either > 0, both / np.where(either > 0, either, 1.0), 0.0)
    np.fill_diagonal(overlap, 0.0)
    return overlap


def static_edges(overlap: FloatArray) -> list[Dependency]:
    """Return the pairs of LFs that read the same things for the most part."""
    found = np.argwhere(np.triu(overlap >= MIN_OVERLAP, 1))
    return [
        Dependency(i, j, "similar", min(float(overlap[i, j]), 1.0), origin="static")
        for i, j in found.tolist()
    ]


def _as_mapping(lfs: Readers, names: Sequence[str]) -> dict[str, Iterable[str]]:
    if isinstance(lfs, Mapping):
        reads = {name: (things,) if isinstance(things, str) else things for name, things in lfs.items()}
    else:
        reads = dict(_reading(lf) for lf in _each(lfs))
    for name in reads:
        if name not in names:
            hint = did_you_mean(name, names) or f"; it has {shorten(list(names))}"
            raise DependencyError(f"lfs= names LF {name!r}, which the label matrix has not{hint}")
    return reads


def _each(lfs: Iterable[Reader]) -> Iterable[Reader]:
    if isinstance(lfs, Iterable) and not isinstance(lfs, str):
        return lfs
    raise DependencyError(f"lfs={lfs!r}; expected labeling functions, or {{name: things that it reads}}")


def _reading(lf: Reader) -> tuple[str, frozenset[str]]:
    if not isinstance(lf, Reader):
        raise DependencyError(
            f"{lf!r} ({type(lf).__name__}) does not say what it reads; pass labeling functions, or "
            "{name: things that it reads}"
        )
    return lf.name, lf.reads
