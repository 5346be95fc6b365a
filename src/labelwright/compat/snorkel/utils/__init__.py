"""Labels and probabilities, one into the other; the room is called so because Snorkel's module is."""

from __future__ import annotations

from labelwright.compat.snorkel.utils.core import (
    filter_labels,
    preds_to_probs,
    probs_to_preds,
    to_int_label_array,
)

__all__ = ["filter_labels", "preds_to_probs", "probs_to_preds", "to_int_label_array"]
