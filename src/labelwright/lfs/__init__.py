"""Labeling functions of every kind."""

from __future__ import annotations

from labelwright.lfs._examples import Example
from labelwright.lfs.base import BatchLF, ExpressionLF, LabelingFunction, VoteReadingLF
from labelwright.lfs.classifier_lf import ClassifierLF, classifier
from labelwright.lfs.crowd_lf import CrowdLF, crowd
from labelwright.lfs.decorator import labeling_function
from labelwright.lfs.expression_lf import PredicateLF, expression
from labelwright.lfs.fuzzy_lf import FuzzyLF, fuzzy
from labelwright.lfs.gazetteer_lf import GazetteerLF, gazetteer
from labelwright.lfs.keywords_lf import KeywordsLF, keywords
from labelwright.lfs.lookup_lf import LookupLF, lookup
from labelwright.lfs.nearest_lf import NearestLF, SpreadLF, nearest
from labelwright.lfs.preprocessors import Preprocessor, preprocessor
from labelwright.lfs.probabilities_lf import ProbabilitiesLF, probabilities
from labelwright.lfs.python_lf import PythonBatchLF, PythonLF
from labelwright.lfs.regex_lf import RegexLF, regex
from labelwright.lfs.row import Row
from labelwright.lfs.spacy_docs import SpacyPreprocessor, spacy_doc
from labelwright.lfs.spacy_lf import SpacyEntitiesLF, SpacyPatternLF, spacy_entities, spacy_pattern
from labelwright.lfs.threshold_lf import IntervalLF, ThresholdLF, interval, threshold
from labelwright.lfs.votes_lf import FromVotesLF, from_votes

__all__ = [
    "BatchLF",
    "ClassifierLF",
    "CrowdLF",
    "Example",
    "ExpressionLF",
    "FromVotesLF",
    "FuzzyLF",
    "GazetteerLF",
    "IntervalLF",
    "KeywordsLF",
    "LabelingFunction",
    "LookupLF",
    "NearestLF",
    "PredicateLF",
    "Preprocessor",
    "ProbabilitiesLF",
    "PythonBatchLF",
    "PythonLF",
    "RegexLF",
    "Row",
    "SpacyEntitiesLF",
    "SpacyPatternLF",
    "SpacyPreprocessor",
    "SpreadLF",
    "ThresholdLF",
    "VoteReadingLF",
    "classifier",
    "crowd",
    "expression",
    "from_votes",
    "fuzzy",
    "gazetteer",
    "interval",
    "keywords",
    "labeling_function",
    "lookup",
    "nearest",
    "preprocessor",
    "probabilities",
    "regex",
    "spacy_doc",
    "spacy_entities",
    "spacy_pattern",
    "threshold",
]
