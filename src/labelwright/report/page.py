"""Write the report page."""

from __future__ import annotations

from labelwright.core import LabelMatrix


def render(matrix: LabelMatrix, *, accuracies: dict[str, float]) -> str:
    """Return the page as HTML."""
    rows = "".join(f"<tr><td>{name}</td><td>{value:.3f}</td></tr>" for name, value in accuracies.items())
    return (
        "<!doctype html><meta charset='utf-8'><title>labelwright report</title><h1>Labeling functions</h1>"
        f"{matrix._repr_html_()}<h1>Test accuracy</h1><table>{rows}</table>"
    )
