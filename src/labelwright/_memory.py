"""How much memory is left: who asks for more is ended by the system, without a word."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

SMALL: Final = 1 << 28
"""Bytes from which on it is worth asking: everything smaller is taken as there."""

SHARE: Final = 0.9
"""The part of what is left that may be taken: other things of this process need some, too."""

_CGROUPS: Final = (
    ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
    ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
)


def available() -> float:
    """Return the bytes that can be had: of the machine, the container and the process; inf where none tells.

    Examples
    --------
    >>> available() > 0
    True
    """
    return max(0.0, min(_of_machine(), _of_container(), _of_process()))


def gigabytes(size: float) -> str:
    """Return a number of bytes in words.

    Examples
    --------
    >>> gigabytes(17.24e9), gigabytes(3e7)
    ('17.2 GB', '0.03 GB')
    """
    return f"{size / 1e9:,.1f} GB" if size >= 1e8 else f"{size / 1e9:.2f} GB"


def _of_machine() -> float:
    if sys.platform == "win32":
        return _of_windows()
    for line in _read("/proc/meminfo").splitlines():
        if line.startswith("MemAvailable:"):
            return 1024.0 * int(line.split()[1])
    try:
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (ValueError, OSError):
        return float("inf")


def _of_windows() -> float:
    import ctypes

    class Status(ctypes.Structure):
        """MEMORYSTATUSEX."""

        _fields_ = (
            ("length", ctypes.c_ulong),
            ("load", ctypes.c_ulong),
            *((name, ctypes.c_ulonglong) for name in ("physical", "free", "c", "d", "e", "f", "g")),
        )

    status = Status(length=ctypes.sizeof(Status))
    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009 - only there on Windows, which mypy knows
    return float(status.free) if kernel.GlobalMemoryStatusEx(ctypes.byref(status)) else float("inf")


def _of_container() -> float:
    """Return what control groups leave; what is kept of files counts as used, though it could be given up."""
    left = [float("inf")]
    for limit, used in _CGROUPS:
        most, now = _read(limit).strip(), _read(used).strip()
        if most.isdigit() and now.isdigit():
            left.append(float(int(most) - int(now) + _kept_of_files(Path(limit).with_name("memory.stat"))))
    return min(left)


def _kept_of_files(statistics: Path) -> int:
    found = dict(line.split()[:2] for line in _read(str(statistics)).splitlines() if " " in line)
    told = found.get("total_inactive_file", found.get("inactive_file", "0"))
    return int(told) if told.isdigit() else 0


def _of_process() -> float:
    """Return what a limit of the process leaves (`ulimit -v`)."""
    if sys.platform == "win32":
        return float("inf")
    import resource

    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    pages = _read("/proc/self/statm").split()
    if limit == resource.RLIM_INFINITY or not pages:
        return float("inf")
    return float(limit - int(pages[0]) * os.sysconf("SC_PAGE_SIZE"))


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
