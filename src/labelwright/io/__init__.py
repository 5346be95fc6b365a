"""Tables in and out: every kind of table that labelwright takes, and the field's own data formats."""

from __future__ import annotations

from labelwright.io.crowds import CrowdDataset, read_crowd
from labelwright.io.relation_candidates import candidates
from labelwright.io.tables import read_table, scan_table
from labelwright.io.wrench import Split, WrenchDataset, read_wrench

__all__ = [
    "CrowdDataset",
    "Split",
    "WrenchDataset",
    "candidates",
    "read_crowd",
    "read_table",
    "read_wrench",
    "scan_table",
]
