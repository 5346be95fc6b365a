"""The setting `dependencies` of a label model, as people write it, and the graph that it stands for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from labelwright._errors import LabelModelError
from labelwright._validate import did_you_mean
from labelwright.core import DependencyGraph, VoteStatistics

if TYPE_CHECKING:
    from labelwright.core import Dependency

Dependencies: TypeAlias = "str | DependencyGraph | Iterable[Dependency | Sequence[Any]] | None"


def graph_given(dependencies: Dependencies, stats: VoteStatistics) -> DependencyGraph | None:
    """Return the graph over the LFs of the statistics; None where dependencies are not asked for.

    Raises
    ------
    LabelModelError
        Neither None, "auto", a graph, nor pairs.
    DependencyError
        Pairs or a graph that name LFs which are not there, an LF twice, or a pair twice; too many LFs to
        learn a graph of.

    Examples
    --------
    >>> stats = VoteStatistics.of([[0, 0], [1, 1]], lf_names=["a", "b"])
    >>> graph_given([("a", "b")], stats).pairs()
    [(0, 1)]
    """
    if dependencies is None:
        return None
    if isinstance(dependencies, str):
        return _learned(dependencies, stats)
    if isinstance(dependencies, DependencyGraph):
        return dependencies.over(stats.lf_names)
    if not isinstance(dependencies, Iterable):
        raise LabelModelError(
            f"dependencies={dependencies!r} ({type(dependencies).__name__}); expected None, 'auto', a "
            "DependencyGraph, or pairs of LFs such as [('a', 'b')]"
        )
    return DependencyGraph.from_edges(dependencies, names=stats.lf_names)


def lfs_err(graph: DependencyGraph | None) -> str:
    """Return who errs independently given the class: ``"LFs err"``, or those that the graph leaves apart."""
    return "LFs without a dependency err" if graph else "LFs err"


def _learned(word: str, stats: VoteStatistics) -> DependencyGraph:
    from labelwright.dependencies import learn_dependencies

    if word != "auto":
        raise LabelModelError(
            f"dependencies={word!r} is unknown{did_you_mean(word, ('auto',))}; expected None, 'auto', a "
            "DependencyGraph, or pairs of LFs such as [('a', 'b')]"
        )
    return learn_dependencies(stats)
