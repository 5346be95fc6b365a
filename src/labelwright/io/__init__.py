"""Tables in and out: every kind of table that labelwright takes, and the field's own data formats."""

from __future__ import annotations

from labelwright.io.tables import read_table, scan_table

__all__ = ["read_table", "scan_table"]
