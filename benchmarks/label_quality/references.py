"""Figures of label models whose code does not run on current Python without patches.

Fitted on the training votes without gold labels, scored on the test split, ties in expectation: F1 for
sms_fixed, census and cdr_text_lfs, accuracy otherwise; percent. Measured once on the same sets as the others,
with HyperLM's published weights and FlyingSquid's own code.
"""

from __future__ import annotations

SETS = ("youtube", "trec", "semeval", "sms_fixed", "census", "chemprot", "cdr_text_lfs")
_FIGURES = {
    "HyperLM": (85.6, 66.0, 82.5, 31.1, 56.3, 46.9, 57.8),
    "FlyingSquid": (78.8, 57.9, 11.1, 31.2, 17.9, 46.5, 50.9),
}
REFERENCES = {model: dict(zip(SETS, row, strict=True)) for model, row in _FIGURES.items()}
