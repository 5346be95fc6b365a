"""The command line."""

from __future__ import annotations

from labelwright.cli.app import main

__all__ = ["main"]
