"""Array types and constants that every room shares."""

from __future__ import annotations

from typing import Any, Final, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

ABSTAIN: Final = -1
"""The vote that says "no vote": classes are 0..k-1."""

MAX_EXACT: Final = 2**53
"""Above it neighbouring whole numbers are one and the same float."""

MAX_CLASSES: Final = 32767
"""A vote is an int16 at most."""

TIE_TOLERANCE: Final = 1e-5
"""Probabilities this close to a row's largest count as equal to it, as in Snorkel and WRENCH."""

VoteArray: TypeAlias = npt.NDArray[np.signedinteger[Any]]
"""(n, m) or (n,) votes: -1 or a class index; int8, or int16 above 127 classes."""

IntArray: TypeAlias = npt.NDArray[np.integer[Any]]
FloatArray: TypeAlias = npt.NDArray[np.float64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]

RandomState: TypeAlias = int | np.random.Generator | None
"""What `random_state` accepts: a seed, a generator, or None for fresh entropy."""

TiePolicy: TypeAlias = Literal["abstain", "random", "first", "wrench"]
"""How `predict` turns equal largest probabilities into one class; see `LabelModel.predict`."""
