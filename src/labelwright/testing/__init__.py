"""For tests: votes with planted parameters, and check suites for algorithms of one's own."""

from __future__ import annotations

from labelwright.testing.correlated import Structure, sample_correlated_votes
from labelwright.testing.engine_suite import check_engine, engine_checks
from labelwright.testing.label_model_suite import check_label_model, label_model_checks
from labelwright.testing.planted_values import (
    PlantedNumbers,
    PlantedRankings,
    sample_numbers,
    sample_rankings,
)
from labelwright.testing.populations import VotePopulation
from labelwright.testing.source_suite import check_reader, check_source, source_checks
from labelwright.testing.synthetic import (
    PlantedVotes,
    confusion_table,
    exact_posterior,
    one_coin_table,
    sample_votes,
    unipolar_table,
)

__all__ = [
    "PlantedNumbers",
    "PlantedRankings",
    "PlantedVotes",
    "Structure",
    "VotePopulation",
    "check_engine",
    "check_label_model",
    "check_reader",
    "check_source",
    "confusion_table",
    "engine_checks",
    "exact_posterior",
    "label_model_checks",
    "one_coin_table",
    "sample_correlated_votes",
    "sample_numbers",
    "sample_rankings",
    "sample_votes",
    "source_checks",
    "unipolar_table",
]
