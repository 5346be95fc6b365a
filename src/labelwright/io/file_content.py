"""What files hold: their bytes unpacked, their text as UTF-8, and a plain word where they hold neither."""

from __future__ import annotations

import re
import zlib
from pathlib import Path
from typing import Final

from labelwright._errors import DataError
from labelwright._validate import did_you_mean
from labelwright.io.unpacking import gunzipped

UTF8_MARK: Final = b"\xef\xbb\xbf"
MIN_TOLD: Final = 20  # bytes from which on zeros in every other place are no accident
_GZIP: Final = b"\x1f\x8b"
_WIDE: Final = {  # longest first: a mark of UTF-32 begins as one of UTF-16 does
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
_TEXT_KINDS: Final = {
    b"%PDF-": "a PDF document; expected a table",
    b"version https://git-lfs": "only the pointer of a file in Git LFS; fetch it with: git lfs pull",
    b"<!doctype html": "a web page, perhaps one that asks to sign in; download the table itself",
    b"<html": "a web page, perhaps one that asks to sign in; download the table itself",
}
_KINDS: Final = {
    b"PAR1": "a Parquet file; name it .parquet",
    b"PK\x03\x04": "a zip file; unpack it and name the table in it",
    b"\xd0\xcf\x11\xe0": "an old Excel file (.xls); save it as CSV UTF-8",
    b"ARROW1\x00\x00": "an Arrow file; read it with polars.read_ipc and pass the frame",
    b"FEA1": "an old Feather file; read it with pyarrow and pass the table",
    b"SQLite format 3": "an SQLite database; read a table of it with polars.read_database and pass the frame",
    b"BZh": "packed with bzip2; unpack it, or pack it with gzip",
    b"\xfd7zXZ": "packed with xz; unpack it, or pack it with gzip",
    b"\x28\xb5\x2f\xfd": "packed with zstd; unpack it, or pack it with gzip",
    b"\x93NUMPY": "a NumPy array; load it and pass {'column': array}",
    b"\x80\x04\x95": "a Python pickle, which labelwright never reads; write it as Parquet",
    b"\x80\x05\x95": "a Python pickle, which labelwright never reads; write it as Parquet",
}
_AT_BOTH_ENDS: Final = (b"PAR1", b"FEA1")


def check_file(path: Path) -> None:
    """Raise where a path names no file, a folder, or a file of 0 bytes.

    Raises
    ------
    DataError
        With the nearest name of the folder, where one is near.
    """
    if re.match(r"[a-z][a-z0-9+.-]+:/", str(path)):
        raise DataError(f"{str(path)!r} is an address; download the file and give its path")
    try:
        if path.is_dir():
            raise DataError(f"{str(path)!r} is a folder; name one table file in it")
        if not path.exists():
            where = "" if path.is_absolute() else f" (it is relative to {Path.cwd()})"
            raise DataError(f"no file {str(path)!r}{_near(path)}; check the path{where}")
        if path.stat().st_size == 0:
            raise DataError(f"{str(path)!r} is empty; expected a table with at least one row")
    except DataError:
        raise
    except (OSError, ValueError) as error:  # a name that is too long, or holds what no name may
        raise DataError(f"cannot read {str(path)!r}: {refusal(error)}") from error


def _near(path: Path) -> str:
    try:
        return did_you_mean(path.name, [entry.name for entry in path.parent.iterdir()])
    except OSError:
        return ""


def refusal(error: BaseException) -> str:
    """Return what the system said of a file, in its words for people.

    Examples
    --------
    >>> refusal(PermissionError(13, "Permission denied"))
    'permission denied'
    """
    said = error.strerror if isinstance(error, OSError) else None
    return said[:1].lower() + said[1:] if said else "its name is none that the system takes"


def file_bytes(path: Path) -> bytes:
    """Return what a file holds, unpacked where it is packed with gzip, whatever its name ends in.

    Raises
    ------
    DataError
        It is missing, a folder or empty, cannot be opened, or its packing is broken or too tight to be meant.
    """
    check_file(path)
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise DataError(f"cannot read {str(path)!r}: {refusal(error)}") from error
    if not raw.startswith(_GZIP):
        if path.suffix.lower() == ".gz":
            raise DataError(
                f"cannot read {str(path)!r}: it is not packed with gzip; take .gz off its name, or pack it"
            )
        return raw
    try:
        return gunzipped(raw, str(path))
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(
            f"cannot read {str(path)!r}: its gzip packing is cut short or damaged; fetch the file again"
        ) from error


def kind_of(content: bytes) -> str:
    """Return what a file is by its first bytes, and what to do with it; "" where they tell nothing.

    Examples
    --------
    >>> kind_of(b"%PDF-1.7 ..."), kind_of(b"text,label")
    ('a PDF document; expected a table', '')
    """
    head = content[:4096]
    for sign, kind in _TEXT_KINDS.items():
        if head.lstrip().lower().startswith(sign.lower()):
            return kind
    if not _is_binary(head):  # a column may be named BZh
        return ""
    if content.startswith(b"PK\x03\x04") and b"xl/" in content:
        return "an Excel workbook; name it .xlsx, or save it as CSV UTF-8"
    found = next((sign for sign in _KINDS if content.startswith(sign)), b"")
    if found in _AT_BOTH_ENDS and not content.endswith(found):
        return ""
    return _KINDS.get(found, "")


def _is_binary(head: bytes) -> bool:
    return bool(re.search(rb"[\x00-\x08\x0e-\x1f\x7f-\xff]", head))


def utf8(content: bytes, name: str) -> bytes:
    r"""Return a text file's bytes as UTF-8 without a byte order mark; UTF-16 and UTF-32 are converted.

    Only these are looked at here; that the rest is UTF-8 shows in `decoded`.

    Raises
    ------
    DataError
        The file is no text, or no UTF-16 although it begins so.

    Examples
    --------
    >>> utf8("text".encode("utf-16"), "a.csv"), utf8(b"\xef\xbb\xbftext", "a.csv")
    (b'text', b'text')
    """
    encoding = next((wide for mark, wide in _WIDE.items() if content.startswith(mark)), None)
    encoding = encoding or _wide_without_mark(content[:1000])
    if encoding is not None:
        try:
            return content.decode(encoding).encode()
        except UnicodeError as error:
            raise DataError(
                f"cannot read {name!r}: it begins as {encoding.upper()} text and does not go on so; save it "
                "as UTF-8"
            ) from error
    if not content.strip(b"\0"):
        raise DataError(f"{name!r} holds nothing but zero bytes; it was lost on the way: fetch it again")
    if kind := kind_of(content):
        raise DataError(f"cannot read {name!r}: it is {kind}")
    while content.startswith(UTF8_MARK):  # tools that put one before another are many
        content = content[len(UTF8_MARK) :]
    return content


def _wide_without_mark(head: bytes) -> str | None:
    """Tell UTF-16 of mostly Latin letters: every other byte is zero."""
    if len(head) < MIN_TOLD:
        return None
    even, odd = head[0::2], head[1::2]
    half = 0.4 * max(len(even), 1)
    if odd.count(0) > half and even.count(0) == 0:
        return "utf-16-le"
    if even.count(0) > half and odd.count(0) == 0:
        return "utf-16-be"
    return None


def decoded(content: bytes, name: str) -> str:
    r"""Return UTF-8 bytes as text.

    Raises
    ------
    DataError
        They are no UTF-8: with line, column and byte, what it seems to be, and how to convert it.

    Examples
    --------
    >>> decoded(b"a,b\ncaf\xe9,2\n", "t.csv")
    Traceback (most recent call last):
    labelwright._errors.DataError: 't.csv' line 2 column 4: byte 0xE9 is not UTF-8 text; it may be
    Windows-1252 ('café'): save it as UTF-8, or convert it with:
    iconv -f WINDOWS-1252 -t UTF-8 t.csv > utf8-t.csv
    """
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(_wrong_byte(content, error.start, name)) from None


def _wrong_byte(content: bytes, at: int, name: str) -> str:
    line = content.count(b"\n", 0, at) + 1
    start = content.rfind(b"\n", 0, at) + 1
    column = len(content[start:at].decode("utf-8", errors="replace")) + 1
    around = re.search(rb"[^\s,;\t\"]*\Z", content[max(start, at - 20) : at])
    begin = at - len(around[0] if around else b"")
    end = re.match(rb"[^\s,;\t\"]{0,20}", content[at:])
    shown = content[begin : at + len(end[0] if end else b"")].decode("cp1252", errors="replace")
    return (
        f"{name!r} line {line} column {column}: byte 0x{content[at]:02X} is not UTF-8 text; it may be "
        f"Windows-1252 ({shown!r}): save it as UTF-8, or convert it with: "
        f"iconv -f WINDOWS-1252 -t UTF-8 {Path(name).name} > utf8-{Path(name).name}"
    )
