"""Plots of votes, labels and models for notebooks and scripts, with Altair (extra ``plot``).

The report draws its own charts and needs none of this. Each function returns an `altair.Chart`, which a
notebook shows, ``chart.save("votes.html")`` writes, and Altair's methods restyle.
"""

from __future__ import annotations

from labelwright.analysis.plots.bars import confidence, coverage_by_class, votes_per_row
from labelwright.analysis.plots.calibration_lines import calibration
from labelwright.analysis.plots.pair_squares import pairs

__all__ = ["calibration", "confidence", "coverage_by_class", "pairs", "votes_per_row"]
