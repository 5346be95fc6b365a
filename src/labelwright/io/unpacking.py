"""How much a packed file may unpack to: some are made to fill whatever machine opens them."""

from __future__ import annotations

import gzip
import io
import os
import zipfile
from pathlib import Path
from typing import Final

from labelwright._errors import DataError
from labelwright._memory import gigabytes

LIMIT: Final = "LABELWRIGHT_MAX_UNPACKED"
"""The variable that says, in gigabytes, from which size on files are doubted."""

DEFAULT_LIMIT: Final = 1.0
RATIO: Final = 100
"""How many times smaller than its contents a file is doubted: text packs 3 to 20 times, logs 50 times."""

BLOCK: Final = 1 << 24


def check_unpacked(size: int, packed: int, name: str) -> None:
    """Let a file pass that unpacks to no more than is allowed, or to little more than it is.

    Parameters
    ----------
    size, packed : int
        Bytes unpacked, and of the file.
    name : str
        The file, for the message.

    Raises
    ------
    DataError
        It unpacks to more than a gigabyte, or what `LABELWRIGHT_MAX_UNPACKED` says, and to more than a
        hundred times its size.

    Examples
    --------
    >>> check_unpacked(10**9, 10**8, "rows.csv.gz")
    >>> check_unpacked(10**10, 10**7, "rows.csv.gz")
    Traceback (most recent call last):
    labelwright._errors.DataError: cannot read 'rows.csv.gz': its 0.01 GB unpack to more than 1.0 GB, as files
    made to fill a machine do; if it is meant, unpack it and read that, or set LABELWRIGHT_MAX_UNPACKED to
    more gigabytes
    """
    limit = _limit()
    if size > limit and size > RATIO * packed:
        raise DataError(
            f"cannot read {name!r}: its {gigabytes(packed)} unpack to more than {gigabytes(limit)}, as files "
            f"made to fill a machine do; if it is meant, unpack it and read that, or set {LIMIT} to more "
            "gigabytes"
        )


def gunzipped(raw: bytes, name: str) -> bytes:
    """Return what gzip has packed.

    Raises
    ------
    DataError
        See `check_unpacked`.
    OSError, EOFError, zlib.error
        It is cut short or damaged.
    """
    blocks, size = [], 0
    with gzip.GzipFile(fileobj=io.BytesIO(raw)) as file:
        while block := file.read(BLOCK):
            blocks.append(block)
            size += len(block)
            check_unpacked(size, len(raw), name)
    return b"".join(blocks)


def check_zip(path: Path) -> None:
    """Let a zip file pass, such as a spreadsheet, as `check_unpacked` does; what is no zip file passes.

    Raises
    ------
    DataError
        See `check_unpacked`.
    """
    try:
        with zipfile.ZipFile(path) as packed:
            size = sum(member.file_size for member in packed.infolist())
        check_unpacked(size, path.stat().st_size, str(path))
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError) as error:
        if isinstance(error, DataError):
            raise


def _limit() -> float:
    said = os.environ.get(LIMIT, "")
    try:
        limit = float(said) if said.strip() else DEFAULT_LIMIT
    except ValueError:
        limit = -1.0
    if not limit > 0:
        raise DataError(f"{LIMIT}={said!r}; expected a number of gigabytes above 0, such as 20")
    return limit * 1e9
