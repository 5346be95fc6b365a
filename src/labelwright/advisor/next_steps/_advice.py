"""What to fix next: concrete sentences, each with the numbers behind it, the most pressing first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from labelwright._types import FloatArray
from labelwright.advisor.next_steps.accuracy import accuracy_findings
from labelwright.advisor.next_steps.models import calibration_findings, gold_findings, model_findings
from labelwright.advisor.next_steps.votes import (
    class_findings,
    conflict_findings,
    coverage_findings,
    duplicate_findings,
    fault_findings,
    noise_findings,
    silence_findings,
    size_findings,
)
from labelwright.analysis.evaluation import Evaluation
from labelwright.analysis.lf_accuracy import as_accuracies
from labelwright.analysis.vote_counts import NamedVoteCounts
from labelwright.core import LabelMatrix
from labelwright.core.finding import Finding, most_pressing_first


def advice(
    matrix: LabelMatrix,
    *,
    accuracies: object = None,
    test: Evaluation | None = None,
    faults: Mapping[str, int] | None = None,
) -> tuple[Finding, ...]:
    """Say what to fix next, the most pressing first.

    Every threshold is a named constant with its reason, in ``labelwright.advisor.next_steps``.

    Parameters
    ----------
    matrix : LabelMatrix
        The votes on the training rows.
    accuracies : (m,) float, optional
        A label model's ``lf_accuracies_``; NaN where unknown.
    test : Evaluation, optional
        Rows with gold labels; without them, only votes and estimates speak.
    faults : mapping of LF name to int, optional
        On how many rows each LF raised.

    Returns
    -------
    tuple of Finding
        Sorted by urgency ("fix", "check", "note"), then by the share of rows concerned. Empty where there
        is nothing to say.

    Raises
    ------
    SchemaError
        Not one accuracy an LF, or test rows without any gold label.

    Notes
    -----
    Cost: that of `pair_counts`, O(n m^2 k / 64).

    Examples
    --------
    >>> L = LabelMatrix([[0, -1, -1], [0, 1, -1], [0, 0, -1]], lf_names=["all", "some", "none"])
    >>> [one.kind for one in advice(L)]
    ['never-votes', 'votes-for-nearly-everything', 'no-gold']
    >>> print(advice(L)[0])
    [fix] none votes on none of the 3 rows. Check spelling, upper case and the column it reads, or delete it.
    """
    guesses = as_accuracies(accuracies, m=matrix.m)
    found = _all_findings(matrix, guesses, test, faults or {}) if matrix.n else gold_findings(test)
    return most_pressing_first(found)


def _all_findings(
    matrix: LabelMatrix, accuracies: FloatArray, test: Evaluation | None, faults: Mapping[str, int]
) -> Iterator[Finding]:
    seen = NamedVoteCounts.of(matrix)
    yield from size_findings(seen)
    yield from fault_findings(faults, n=matrix.n)
    yield from silence_findings(seen)
    yield from class_findings(seen)
    yield from coverage_findings(seen)
    yield from accuracy_findings(matrix, accuracies, test)
    yield from noise_findings(seen)
    yield from duplicate_findings(seen)
    yield from conflict_findings(seen, accuracies)
    yield from model_findings(test)
    yield from calibration_findings(test)
    yield from gold_findings(test)
