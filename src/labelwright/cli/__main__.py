"""``python -m labelwright.cli``."""

from __future__ import annotations

import os
import sys

# Python looks into the working directory first, where somebody else's project may hold a polars.py.
if not sys.flags.safe_path and sys.path[:1] == [os.getcwd()]:  # noqa: PTH109
    del sys.path[0]

from labelwright.cli import main

sys.exit(main())
