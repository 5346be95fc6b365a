"""``python -m labelwright.cli``."""

from __future__ import annotations

import sys

from labelwright.cli import main

sys.exit(main())
