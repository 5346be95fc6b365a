"""Label matrices of the same rows, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from labelwright._errors import LabelMatrixError
from labelwright.core.task import go_together

if TYPE_CHECKING:
    from labelwright.core.label_matrix import LabelMatrix


def joined_lfs(first: LabelMatrix, second: Any) -> LabelMatrix:
    """Return one matrix with the LFs of both, in order of first appearance; the second's votes go first."""
    from labelwright.core.label_matrix import LabelMatrix

    if not isinstance(second, LabelMatrix):
        raise LabelMatrixError(f"got {type(second).__name__}; pass a LabelMatrix of the same rows")
    if (first.n, first.space) != (second.n, second.space):
        raise LabelMatrixError(
            f"cannot join {second.n} rows over {second.space} to {first.n} rows over {first.space}; "
            "they must be the same rows and classes"
        )
    if not go_together(first.task, second.task):
        raise LabelMatrixError(
            f"cannot join votes for {second.task} to votes for {first.task}: they answer different "
            "questions, though their classes have the same names; keep one label matrix a task"
        )
    places = {name: (0, j) for j, name in enumerate(first.lf_names)}
    for j, name in enumerate(second.lf_names):
        places[name] = (1, j)
    sets = 0 if first.vote_sets is None else len(first.vote_sets)
    shifted = second.votes.astype(np.int64) + sets * (second.votes >= second.k)
    votes, prints = (first.votes, shifted), (first.fingerprints, second.fingerprints)
    tables = [one.vote_sets for one in (first, second) if one.vote_sets is not None]
    return LabelMatrix(
        np.column_stack([votes[which][:, j] for which, j in places.values()]),
        space=first.task or second.task or first.space,
        lf_names=list(places),
        fingerprints=[prints[which][j] for which, j in places.values()],
        vote_sets=np.concatenate(tables) if tables else None,
    )
