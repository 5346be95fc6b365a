"""Anchored weights where labeling functions depend on each other."""

from __future__ import annotations

import numpy as np

from labelwright._types import BoolArray
from labelwright.core import DependencyGraph, VotePatterns
from labelwright.label_models.anchored import AnchoredFit, Anchoring, anchored_fit
from labelwright.label_models.cast import Cast
from labelwright.label_models.dependent.dependence import weighed
from labelwright.label_models.dependent.row_voices import RowVoices


def anchored_with(
    graph: DependencyGraph, cast: Cast, patterns: VotePatterns, how: Anchoring
) -> tuple[Cast, AnchoredFit, RowVoices]:
    """Fit anchored weights to votes that share voices as a graph has it; also return the votes so heard.

    A first fit hears exceptions and rules in full. Exceptions that the other LFs contradict there do not
    silence their rule in the second, unless people stated them.
    """
    voices = RowVoices.of(graph)
    heard = _heard(graph, cast, patterns, voices.only_shared())
    fit = anchored_fit(heard, how)
    voices = voices.without(votes_at(cast, fit.contradicted))
    if len(voices.rules):
        heard = _heard(graph, cast, patterns, voices)
        fit = anchored_fit(heard, how)
    return heard, fit, voices


def votes_at(cast: Cast, values: BoolArray) -> BoolArray:
    """Return (m, k) the (q,) values of votes that occur, False elsewhere."""
    table = np.zeros((cast.m, cast.k), dtype=bool)
    table.reshape(-1)[cast.columns] = values
    return table


def _heard(graph: DependencyGraph, cast: Cast, patterns: VotePatterns, voices: RowVoices) -> Cast:
    return cast.depending(weighed(graph, voices, patterns.votes, cast.seen, cast.lf))
