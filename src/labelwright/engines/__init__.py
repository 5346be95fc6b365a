"""Where blocks of rows are worked on: in this process, in several, or on other machines."""

from __future__ import annotations

from labelwright.engines.local import LocalEngine
from labelwright.engines.protocol import Engine, as_engine

__all__ = ["Engine", "LocalEngine", "as_engine"]
