"""Whether labeling functions do on their own examples what those say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from labelwright._errors import LabelSpaceError
from labelwright._types import ABSTAIN
from labelwright.advisor.lint.trials import Outcome, tried
from labelwright.core import LabelSpace
from labelwright.core.finding import Finding
from labelwright.lfs import Example, LabelingFunction
from labelwright.lfs._examples import class_of


def example_findings(
    lf: LabelingFunction, *, space: LabelSpace | None, types: Mapping[str, pl.DataType]
) -> Iterator[Finding]:
    """Run the examples of an LF, and find those on which it does otherwise.

    The rows of ``should`` make one table and those of ``should_not`` another, for LFs that look at whole
    columns or documents.
    """
    known = lf.space or space
    for wanted, examples in ((True, lf.should), (False, lf.should_not)):
        if not examples:
            continue
        outcomes = tried(lf, [one.row for one in examples], space=space, types=types)
        for example, outcome in zip(examples, outcomes, strict=True):
            yield from _judged(lf.name, example, outcome, wanted=wanted, space=known)


def _judged(
    lf: str, example: Example, outcome: Outcome, *, wanted: bool, space: LabelSpace | None
) -> Iterator[Finding]:
    error, about = outcome.error, None
    try:
        about = _index(example.vote, space)
    except LabelSpaceError as wrong:
        error = str(wrong)
    if error:
        yield _broken(lf, example, error)
    elif wanted and not (outcome.vote != ABSTAIN and about in (None, *outcome.classes)):
        yield _missed(lf, example, outcome, space)
    elif not wanted and outcome.vote != ABSTAIN and about in (None, *outcome.classes):
        yield _overdone(lf, example, outcome, space)


def _index(vote: int | str | None, space: LabelSpace | None) -> int | None:
    if vote is None or isinstance(vote, int):
        return vote
    if space is None:
        raise LabelSpaceError(f"its class {vote!r} needs a label space; pass space= to the LF or to check")
    return space.index(vote)


def _missed(lf: str, example: Example, did: Outcome, space: LabelSpace | None) -> Finding:
    wanted = class_of(example, space)
    return _advice(
        lf,
        example,
        finding=f"{lf} {_does(did, space)} on {example}, and should vote{f' {wanted}' if wanted else ''}.",
        action="Widen it, or correct the example." if did.vote == ABSTAIN else "Correct it, or the example.",
        expected=wanted or "a vote",
        got=_name(did, space),
    )


def _overdone(lf: str, example: Example, did: Outcome, space: LabelSpace | None) -> Finding:
    unwanted = class_of(example, space)
    return _advice(
        lf,
        example,
        finding=f"{lf} {_does(did, space)} on {example}, and should not.",
        action="Narrow it, or correct the example.",
        expected=f"not {unwanted}" if unwanted else "ABSTAIN",
        got=_name(did, space),
    )


def _broken(lf: str, example: Example, error: str) -> Finding:
    return _advice(
        lf,
        example,
        finding=f"{lf} cannot vote on its example {example}: {error.removeprefix(f'LF {lf!r}: ')}.",
        action="Correct it, or the example.",
        expected="a vote or ABSTAIN",
        got=error,
    )


def _advice(lf: str, example: Example, *, finding: str, action: str, expected: str, got: str) -> Finding:
    return Finding(
        kind="example-failed",
        urgency="fix",
        finding=finding,
        action=action,
        evidence={"example": str(example), "expected": expected, "got": got},
        lfs=(lf,),
        weight=1.0,
    )


def _does(did: Outcome, space: LabelSpace | None) -> str:
    return "abstains" if did.vote == ABSTAIN else f"votes {_name(did, space)}"


def _name(did: Outcome, space: LabelSpace | None) -> str:
    if did.vote == ABSTAIN:
        return "ABSTAIN"
    return " or ".join(f"class {c}" if space is None else space.name(c) for c in did.classes)
