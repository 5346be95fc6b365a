"""Columns of votes to be made: which LFs read whose votes, and which run together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labelwright.core import LabelSpace
from labelwright.store import StoredVotes

if TYPE_CHECKING:
    from labelwright.lfs import LabelingFunction


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One LF with the key of its votes, and the classes that it votes for."""

    lf: LabelingFunction
    key: str
    fingerprint: str
    space: LabelSpace


@dataclass(frozen=True, slots=True)
class Layer:
    """LFs that read no votes but those of the layers below."""

    columns: list[Column]
    below: list[Column]


def layers(columns: Iterable[Column]) -> list[Layer]:
    """Return the LFs in the order of what they read: first those that read no votes."""
    by_depth: dict[int, list[Column]] = defaultdict(list)
    for column in columns:
        by_depth[_depth(column.lf)].append(column)
    found, below = [], list[Column]()
    for depth in sorted(by_depth):
        found.append(Layer(by_depth[depth], below))
        below = below + by_depth[depth]
    return found


def _depth(lf: LabelingFunction) -> int:
    return 1 + max(map(_depth, lf.needs), default=-1)


def read_beside(columns: Iterable[Column]) -> dict[str, LabelingFunction]:
    """Return the LFs whose votes are read, but which are not asked for, by their fingerprints."""
    asked = {column.fingerprint for column in columns}
    found: dict[str, LabelingFunction] = {}
    ahead = [one for column in columns for one in column.lf.needs]
    while ahead:
        lf = ahead.pop()
        ahead += lf.needs
        if (fingerprint := lf.fingerprint) not in asked:
            found.setdefault(fingerprint, lf)
    return found


def run_together(columns: Sequence[Column], asked: Sequence[Column]) -> list[list[Column]]:
    """Group LFs that can run together: of the same classes; one that is only read may have any name."""
    together = by_space(column for column in columns if column in asked)
    return [*together, *([column] for column in columns if column not in asked)]


def by_space(columns: Iterable[Column]) -> list[list[Column]]:
    """Group LFs by the classes that they vote for."""
    groups: dict[LabelSpace, list[Column]] = {}
    for column in columns:
        groups.setdefault(column.space, []).append(column)
    return list(groups.values())


def comes_in_parts(lf: LabelingFunction) -> bool:
    """Say whether parts of an LF's votes are worth keeping: declarative LFs are quicker than the disk."""
    return lf.row_local and not lf.needs and lf.runs != "expression"


def by_start(columns: Sequence[Column], parts: Mapping[str, StoredVotes]) -> list[tuple[int, list[Column]]]:
    """Group LFs that run together by the first row that they have no vote for, the most advanced first."""
    from labelwright._apply.runners import RUNNERS

    groups: dict[tuple[int, str], list[Column]] = defaultdict(list)
    for column in columns:
        start = len(parts[column.key]) if column.key in parts else 0
        alone = "" if RUNNERS[column.lf.runs].together else column.key
        groups[start, alone].append(column)
    return sorted(
        ((start, group) for (start, _), group in groups.items()), key=lambda one: one[0], reverse=True
    )
