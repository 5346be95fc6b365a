"""``python -m labelwright.cli``."""

from __future__ import annotations

import sys
from pathlib import Path

# Python looks into the working directory first, where somebody else's project may hold a polars.py.
if not sys.flags.safe_path:
    try:
        here = ["", str(Path.cwd())]
    except FileNotFoundError:  # the folder was removed
        here = [""]
    if sys.path[0] in here:
        del sys.path[0]

from labelwright.cli import main

sys.exit(main())
