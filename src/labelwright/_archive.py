"""Arrays and JSON in one file that is read without running code: a NumPy archive with a checksum."""

from __future__ import annotations

import hashlib
import json
import math
import os
import stat
import struct
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO

import numpy as np
from numpy.lib import format as npy

from labelwright._errors import StoreError
from labelwright._files import write_atomically
from labelwright._packing import PLAIN, Arrays
from labelwright._text import one_line

HEADER = "header.json"
MAX_HEADER = 1 << 28  # bytes of JSON that are read at all
SEAL = b"sha256:"
DIGEST_SIZE = 64  # the hexadecimal digits behind it, which are the last bytes of the file
FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # zip needs a time; the same content shall be the same bytes
UNREADABLE = (
    OSError,
    EOFError,
    ValueError,
    KeyError,
    TypeError,
    RuntimeError,
    OverflowError,
    SyntaxError,
    struct.error,
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
)


@dataclass(frozen=True, slots=True, eq=False)
class Archive:
    """What such a file holds: a JSON object, and arrays by name."""

    header: dict[str, Any]
    arrays: dict[str, np.ndarray[Any, Any]]


def write_archive(
    path: Path, format: str, version: int, *, header: Mapping[str, Any], arrays: Arrays
) -> None:
    """Write JSON and arrays to one file, whole or not at all.

    The file is an uncompressed NumPy archive (``numpy.load`` opens it, without pickle) with one more member,
    ``header.json``. The comment at its end is the SHA-256 of all bytes before the digest, so that a file
    which was cut, or in which a bit has flipped, is known before anything in it is looked at.

    Parameters
    ----------
    path : Path
        The file.
    format, version : str, int
        What it holds and how, which `read_archive` compares.
    header : mapping
        JSON-like values.
    arrays : mapping of str to array
        Of numbers, truth values or text; never of objects.

    Raises
    ------
    StoreError
        It cannot be written, or an array holds objects.

    Examples
    --------
    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp()) / "numbers.npz"
    >>> write_archive(place, "numbers", 1, header={"unit": "m"}, arrays={"x": np.arange(3)})
    >>> found = read_archive(place, "numbers", 1)
    >>> found.header["unit"], found.arrays["x"].tolist()
    ('m', [0, 1, 2])
    """
    for name, array in arrays.items():
        if array.dtype.kind not in PLAIN:
            raise StoreError(
                f"cannot write {str(path)!r}: array {name!r} is of type {array.dtype}, not plain"
            )
    head = json.dumps({"format": format, "version": version, **header})

    def write(partial: Path) -> None:
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_STORED) as archive:
            with _member(archive, HEADER) as file:
                file.write(head.encode())
            for name, array in arrays.items():
                with _member(archive, f"{name}.npy") as file:
                    npy.write_array(file, array, allow_pickle=False)
            archive.comment = SEAL + b"0" * DIGEST_SIZE
        with partial.open("r+b") as file:
            digest = _digest(file, partial.stat().st_size)
            file.seek(-DIGEST_SIZE, os.SEEK_END)
            file.write(digest)

    write_atomically(path, write)


def read_archive(path: Path, format: str, version: int, *, follow_links: bool = True) -> Archive:
    """Read a file of `write_archive`; nothing in it is run, imported, or unpickled.

    Memory is bounded by the size of the file: members are not compressed, and arrays are as large as their
    bytes say.

    Parameters
    ----------
    path : Path
        The file.
    format, version : str, int
        What is expected, and the newest version that is known.
    follow_links : bool, default True
        Whether the file may be a symbolic link; False in folders that others may have made.

    Raises
    ------
    StoreError
        It is no such file, damaged, of another format or of a newer version; the message ends with the
        reason, so that whoever asked can add what to do.
    """
    try:
        archive = _read(path, follow_links=follow_links)
    except UNREADABLE as error:
        raise StoreError(f"cannot read {str(path)!r}: {_why(error)}") from error
    found, newest = archive.header.pop("format", None), archive.header.pop("version", None)
    if found != format:
        raise StoreError(
            f"cannot read {str(path)!r}: it holds {found or 'something else'!s:.60}, no {format}"
        )
    if not isinstance(newest, int) or newest > version:
        raise StoreError(
            f"cannot read {str(path)!r}: it has format version {newest!s:.20}, this labelwright reads up to "
            f"{version}; upgrade labelwright"
        )
    return archive


def is_whole(path: Path) -> bool:
    """Say whether a file of `write_archive` holds the bytes that were written, and is no symbolic link."""
    try:
        about = path.lstat()
        if not stat.S_ISREG(about.st_mode):
            return False
        with path.open("rb") as file:
            _check_seal(file, about.st_size)
    except (OSError, ValueError):
        return False
    return True


def _member(archive: zipfile.ZipFile, name: str) -> IO[bytes]:
    return archive.open(zipfile.ZipInfo(name, FIRST_DAY), "w", force_zip64=True)


def _digest(file: BinaryIO, size: int) -> bytes:
    """Return the hexadecimal SHA-256 of a file without its last bytes, where the digest itself stands."""
    found, left = hashlib.sha256(), size - DIGEST_SIZE
    file.seek(0)
    while left > 0 and (block := file.read(min(left, 1 << 20))):
        found.update(block)
        left -= len(block)
    return found.hexdigest().encode()


def _read(path: Path, *, follow_links: bool) -> Archive:
    about = path.stat() if follow_links else path.lstat()
    if not stat.S_ISREG(about.st_mode):
        raise ValueError("it is a symbolic link" if stat.S_ISLNK(about.st_mode) else "it is no regular file")
    with path.open("rb") as file:
        _check_seal(file, about.st_size)
        with zipfile.ZipFile(file) as archive:
            return _contents(archive, about.st_size)


def _check_seal(file: BinaryIO, size: int) -> None:
    """Refuse a file whose bytes are not those that were written, before any of it is parsed."""
    least = len(SEAL) + DIGEST_SIZE
    file.seek(max(size - least, 0))
    seal = file.read(least)
    if not seal.startswith(SEAL) or len(seal) != least:
        raise ValueError("it was cut short, or labelwright did not write it")
    if seal[len(SEAL) :] != _digest(file, size):
        raise ValueError("it is damaged or was changed (its checksum differs)")


def _contents(archive: zipfile.ZipFile, size: int) -> Archive:
    members = {info.filename: info for info in archive.infolist()}
    if len(members) != len(archive.infolist()) or sum(info.file_size for info in members.values()) > size:
        raise ValueError("its members overlap")
    if any(info.compress_type != zipfile.ZIP_STORED for info in members.values()):
        raise ValueError("its members are compressed")
    head = members.pop(HEADER)
    if head.file_size > MAX_HEADER:
        raise ValueError("its header is too long")
    header = json.loads(archive.read(head))
    if not isinstance(header, dict):
        raise ValueError("its header is no JSON object")
    arrays = {name.removesuffix(".npy"): _array(archive, info) for name, info in members.items()}
    return Archive(header, arrays)


def _array(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> np.ndarray[Any, Any]:
    with archive.open(info) as file:
        readers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
        shape, by_column, dtype = readers[npy.read_magic(file)](file)
        if dtype.kind not in PLAIN:
            raise ValueError(f"array {info.filename!r:.60} is of type {dtype}, no plain numbers or text")
        if math.prod(shape) * dtype.itemsize != info.file_size - file.tell() or min(shape, default=0) < 0:
            raise ValueError(f"array {info.filename!r:.60} is not as large as it says")
        return np.ndarray(shape, dtype, bytearray(file.read()), order="F" if by_column else "C")


def _why(error: Exception) -> str:
    if isinstance(error, OSError):
        return (error.strerror or one_line(error)).lower()
    if isinstance(error, KeyError):
        return "a part of it is missing"
    return one_line(error)[:200]
