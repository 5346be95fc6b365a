"""What code reads beside its arguments while it runs: files, folders, environment, packages.

What a function gives can change although its text does not: it opens a file, imports a module, or asks for an
environment variable. Python tells of most such things by audit events, and the environment is a mapping that
can be listened to; so they are noted while the code of a project runs, with the content that was read.
What no key can hold (another process, a network, a terminal) is noted in words.

No event tells of the clock, of chance, and of files that compiled extensions open by themselves; for those
the code is read, see `labelwright.advisor.lint`.
"""

from __future__ import annotations

import functools
import importlib.util
import os
import site
import sys
import sysconfig
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, fields
from functools import cache, lru_cache
from pathlib import Path
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any, TypeVar

from labelwright._files import content_key, file_digest
from labelwright._places import RESULTS
from labelwright._text import printable
from labelwright._version import __version__

if TYPE_CHECKING:
    from importlib.metadata import Distribution

MAX_FRAMES = 200  # of a stack that are looked at
T = TypeVar("T")
CODE = (".py", ".pyc", ".pyd", ".so", ".dylib", ".dll", ".pth", ".zip")


@dataclass(frozen=True, slots=True)
class Reads:
    """What code read while it ran, with the content that it found.

    Attributes
    ----------
    files : mapping of str to str or None
        Absolute path of a file or folder: a digest of what it held (of a folder, the names in it) when it was
        opened; None where there was none.
    variables : mapping of str to str or None
        Environment variables: a digest of the value; None where it was not set.
    packages : mapping of str to str
        Packages that were imported: the version of their distribution.
    unknowable : tuple of str
        What cannot be looked at again: that it started a process, asked a server, ...

    Examples
    --------
    >>> seen = Reads(variables={"LABELWRIGHT_NO_SUCH": None})
    >>> bool(seen), bool(Reads()), seen.changes()
    (True, False, [])
    """

    files: Mapping[str, str | None] = field(default_factory=dict)
    variables: Mapping[str, str | None] = field(default_factory=dict)
    packages: Mapping[str, str] = field(default_factory=dict)
    unknowable: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.files or self.variables or self.packages or self.unknowable)

    def changes(self) -> list[str]:
        """Say what is no longer as it was read; nothing where all of it is.

        What is unknowable is no change. Cost: each file is read once in a process, if it stays as it is.
        """
        files = {path: content_once(path) for path in self.files}
        variables = {name: _variable(name) for name in self.variables}
        packages = {name: _version_now(name, was) for name, was in self.packages.items()}
        return [
            *_told("file", self.files, files),
            *_told("environment variable", self.variables, variables),
            *_told("package", self.packages, packages),
        ]

    def joined(self, *others: Reads) -> Reads:
        """Return what was read by all; what two of them found otherwise has changed, whatever it holds now.

        Examples
        --------
        >>> Reads(unknowable=("a",)).joined(Reads(unknowable=("b", "a"))).unknowable
        ('a', 'b')
        """
        if not any(others):
            return self
        found = [self, *others]
        return Reads(
            files=_united(one.files for one in found),
            variables=_united(one.variables for one in found),
            packages=_united(one.packages for one in found),
            unknowable=tuple(dict.fromkeys(what for one in found for what in one.unknowable)),
        )

    def beyond(self, other: Reads) -> Reads:
        """Return what was read that another did not read, or found otherwise.

        Examples
        --------
        >>> Reads(packages={"a": "1", "b": "2"}).beyond(Reads(packages={"a": "1"})).packages
        {'b': '2'}
        """
        return Reads(
            files=_beyond(self.files, other.files),
            variables=_beyond(self.variables, other.variables),
            packages=_beyond(self.packages, other.packages),
            unknowable=tuple(what for what in self.unknowable if what not in other.unknowable),
        )

    def key(self) -> str:
        """Return 32 hex characters that stand for all of it."""
        return content_key("reads", *(getattr(self, one.name) for one in fields(self)))

    def to_plain(self, folder: Path) -> dict[str, Any]:
        """Return what JSON holds; files below a folder by their path from there, so that it can be moved."""
        return {
            "files": {_from(folder, path): digest for path, digest in self.files.items()},
            "variables": dict(self.variables),
            "packages": dict(self.packages),
            "unknowable": list(self.unknowable),
        }

    @classmethod
    def from_plain(cls, value: Mapping[str, Any], folder: Path) -> Reads:
        """Return what `to_plain` wrote.

        Raises
        ------
        TypeError, KeyError, ValueError
            It wrote something else.
        """
        parts = [value["files"], value["variables"], value["packages"], value["unknowable"]]
        if not all(isinstance(part, dict) for part in parts[:3]) or not isinstance(parts[3], list):
            raise TypeError("no record of what was read")
        words = [word for part in parts[:3] for pair in part.items() for word in pair] + parts[3]
        if not all(isinstance(word, str) or word is None for word in words):
            raise TypeError("no record of what was read")
        files = {
            path if path.startswith(HERE) else os.path.join(folder, path): digest
            for path, digest in parts[0].items()
        }
        return cls(files=files, variables=parts[1], packages=parts[2], unknowable=tuple(parts[3]))


FOLDER = "folder"
NAMES = "*"  # stands for the names of all environment variables
HERE = os.path.join(os.curdir, "")  # begins the path of a file that was named from the working folder
SEVERAL = "several"  # what something held that changed while it was read


def _united(parts: Iterable[Mapping[str, T]]) -> dict[str, T]:
    united: dict[str, Any] = {}
    for part in parts:
        for name, value in part.items():
            united[name] = value if united.get(name, value) == value else SEVERAL
    return united


def made_by() -> tuple[str, ...]:
    """Return the versions that whatever code gives may depend on."""
    import polars

    return __version__, ".".join(map(str, sys.version_info[:2])), polars.__version__


def _beyond(ours: Mapping[str, T], theirs: Mapping[str, T]) -> dict[str, T]:
    return {name: value for name, value in ours.items() if name not in theirs or theirs[name] != value}


def _from(folder: Path, path: str) -> str:
    """Return a path from a folder; that something is a folder shows in the separator at its end."""
    if not Path(path).is_relative_to(folder):
        return path
    inner = os.path.relpath(path, folder)
    if path.endswith(os.sep):
        return path if inner == os.curdir else inner + os.sep
    return inner


def _told(kind: str, before: Mapping[str, str | None], now: Mapping[str, str | None]) -> Iterator[str]:
    for name, old in before.items():
        new = now[name]
        if old == new:
            continue
        said = f"{kind} {printable(name)!r}"
        if kind == "package":
            yield f"{said} was {old} and is {new or 'gone'}"
        else:
            yield f"{said} {'is gone' if new is None else 'is new' if old is None else 'changed'}"


def content_of(path: str) -> str | None:
    """Return a digest of what a file holds, or of the names in a folder; None where there is neither."""
    try:
        if path.endswith(os.sep):  # all that was asked is whether there is a folder
            return FOLDER if os.path.isdir(path) else None
        if os.path.isdir(path):
            return content_key("folder", sorted(os.listdir(path)))
    except OSError:
        return None
    return file_digest(Path(path))


def _variable(name: str) -> str | None:
    if name == NAMES:
        return content_key(*sorted(map(os.fsdecode, _plain_names(os.environ))))
    if name in _before_packages:
        return _before_packages[name]
    value = os.environ.get(name)
    return None if value is None else content_key(value)


# --- watching


class Watcher:
    """Notes what is read from when it is made until the end of its block."""

    __slots__ = ("_home", "_reads")

    def __init__(self, home: FrameType | None) -> None:
        self._home = home
        self._reads = _Notes()

    @property
    def reads(self) -> Reads:
        """What has been read so far."""
        return self._reads.frozen()


@contextmanager
def watching() -> Iterator[Watcher]:
    """Note what code reads that runs in the block, in this thread and those that work for it.

    What labelwright itself reads is left out, as is the code of installed packages and of Python, for which
    the version of its distribution stands. Blocks may be nested: each notes all of it.

    Examples
    --------
    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp()) / "words.txt"
    >>> _ = place.write_text("one")
    >>> with watching() as seen:
    ...     _ = place.read_text()
    >>> [Path(path).name for path in seen.reads.files], seen.reads.changes()
    (['words.txt'], [])
    >>> _ = place.write_text("two")
    >>> [line.split()[-1] for line in seen.reads.changes()]
    ['changed']
    """
    _install()
    # Two frames up: this generator is resumed by the context manager, which is entered by who watches.
    watcher = Watcher(sys._getframe(2))
    _watchers.append(watcher)
    _listen()
    try:
        yield watcher
    finally:
        _watchers.remove(watcher)
        _listen()


def reads_by_code(codes: Iterable[CodeType]) -> Reads:
    """Return what ran below these functions of the user read, whenever in this process that was watched.

    A function that remembers what it read, or a module that loads it once, reads for whoever comes first, and
    gives it to all.
    """
    found = [_by_code[id(code)][1].frozen() for code in codes if id(code) in _by_code]
    return Reads().joined(*found)


class _Notes:
    """Reads that grow."""

    __slots__ = ("files", "packages", "unknowable", "variables", "written")

    def __init__(self) -> None:
        self.files: dict[str, str | None] = {}
        self.variables: dict[str, str | None] = {}
        self.packages: dict[str, str] = {}
        self.unknowable: dict[str, None] = {}
        self.written: dict[str, None] = {}  # by the same code, so that it knows what it reads there

    def frozen(self) -> Reads:
        return Reads(dict(self.files), dict(self.variables), dict(self.packages), tuple(self.unknowable))


_watchers: list[Watcher] = []
_by_code: dict[int, tuple[CodeType, _Notes]] = {}  # with the code, whose id is its own while it lives
_busy: set[int] = set()  # threads in which an event is being noted, whose own reads are none
_installed: list[bool] = []


def _install() -> None:
    if not _installed:
        _installed.append(True)
        sys.addaudithook(_hook)  # for good: Python takes none away


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "os.putenv":
        _variable_set(os.fsdecode(arguments[0]))
    if not _watchers or event not in _EVENTS:
        return
    if event == "os.listdir" and sys._getframe(1).f_code.co_filename.startswith("<frozen importlib"):
        return  # it looks for a module, whose file is noted; other files beside it say nothing
    _note(lambda notes: _EVENTS[event](notes, arguments))


def _note(add: Callable[[_Notes], object]) -> None:
    """Let something be added to the notes of all who watch, and of the user's functions that run."""
    thread = threading.get_ident()
    if thread in _busy:
        return
    _busy.add(thread)
    try:
        stack = list(_stack())
        found = _Notes()
        add(found)
        for watcher in tuple(_watchers):
            codes = _users_codes(stack, watcher._home)
            if codes is None:
                continue
            before = watcher._reads.files
            changed = [path for path, now in found.files.items() if before.get(path, now) != now]
            _add(watcher._reads, found)
            before.update(dict.fromkeys(changed, SEVERAL))
            for code in codes:
                _add(_by_code.setdefault(id(code), (code, _Notes()))[1], found)
    finally:
        _busy.discard(thread)


def _add(notes: _Notes, more: _Notes) -> None:
    notes.written.update(dict.fromkeys(name for name in more.written if name not in notes.files))
    notes.files.update({name: digest for name, digest in more.files.items() if name not in notes.written})
    notes.variables.update(more.variables)
    notes.packages.update(more.packages)
    notes.unknowable.update(more.unknowable)


def _stack() -> Iterator[FrameType]:
    frame: FrameType | None = sys._getframe(3)
    for _ in range(MAX_FRAMES):
        if frame is None:
            return
        yield frame
        frame = frame.f_back


def _users_codes(stack: list[FrameType], home: FrameType | None) -> list[CodeType] | None:
    """Return the user's functions that run inside a block; None where labelwright reads for itself."""
    codes: list[CodeType] = []
    nearest = ""
    for frame in stack:
        if frame is home:
            break
        owner = owner_of(frame.f_code.co_filename)
        if owner == "user":
            codes.append(frame.f_code)
        nearest = nearest or ("" if owner == "python" else owner)
    return codes if codes or nearest != "labelwright" else None


# --- whose code a file is


@cache
def _homes() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the folders of Python's own modules, and those of installed packages."""
    paths = sysconfig.get_paths()
    python = {paths["stdlib"], paths["platstdlib"]}
    installed = {paths["purelib"], paths["platlib"], *site.getsitepackages(), site.getusersitepackages()}
    return tuple(map(_folder, python)), tuple(map(_folder, installed))


def _folder(path: str) -> str:
    return os.path.join(os.path.realpath(path), "")


@lru_cache(maxsize=4096)
def owner_of(path: str) -> str:
    """Say whose a file of code is: "labelwright", "python", "package", or else "user".

    Examples
    --------
    >>> owner_of(__file__), owner_of(os.__file__), owner_of("/home/ada/spam/lfs.py")
    ('labelwright', 'python', 'user')
    """
    if path.startswith("<frozen"):
        return "python"
    real = os.path.realpath(path)
    if real.startswith(_folder(os.path.dirname(__file__))):
        return "labelwright"
    python, installed = _homes()
    if real.startswith(installed) or "/site-packages/" in real or "/dist-packages/" in real:
        return "package"
    return "python" if real.startswith(python) else "user"


# --- what events tell


def _opened(notes: _Notes, arguments: tuple[Any, ...]) -> None:
    path, mode, flags = arguments
    writes = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_TRUNC | os.O_EXCL) != 0
    if writes or (isinstance(mode, str) and mode[:1] in ("w", "x", "a")):
        if isinstance(path, (str, bytes, os.PathLike)):
            notes.written[_named(path)] = None
        if not (isinstance(mode, str) and mode.startswith("a") and "+" in mode):
            return
        notes.written.pop(_named(path), None)  # what was there before is read, too
    _file(notes, path)


def _named(path: Any) -> str:
    """Return a path without detours; one from the working folder stays so: another has other files."""
    name = os.path.normpath(os.fsdecode(path))
    return name if os.path.isabs(name) else HERE + name


def _file(notes: _Notes, path: Any) -> None:
    if path is None or isinstance(path, int):  # a file that is open already
        return
    name = _named(path)
    if name == os.devnull:
        return
    if owner_of(name) != "user":
        if not name.endswith(CODE):
            _package(notes, name)
        return
    if name.endswith(".pyc"):  # compiled of a source that was looked at, but not opened
        with suppress(ValueError, NotImplementedError):
            name = importlib.util.source_from_cache(name)
    if f"{os.sep}{RESULTS}{os.sep}" in name:
        return
    if os.path.exists(name) and not (os.path.isfile(name) or os.path.isdir(name)):
        notes.unknowable[f"reads {printable(name)!r}, which is no regular file"] = None
        return
    notes.files[name] = content_once(name)


RACY = 50_000_000  # nanoseconds within which a file may change without another time in its entry
_contents: dict[str, tuple[tuple[int, ...], str | None]] = {}


def content_once(path: str) -> str | None:
    """Return what `content_of` does; a file that stays as it is is read once, however often it is asked for.

    Its entry says whether it does: the time of the last change in it is set by no program.
    """
    try:
        entry = os.stat(path)
    except OSError:
        return None
    sign = (entry.st_dev, entry.st_ino, entry.st_size, entry.st_mtime_ns, entry.st_ctime_ns)
    known, digest = _contents.get(path, ((), None))
    if known == sign:
        return digest
    digest = content_of(path)
    if time.time_ns() - entry.st_ctime_ns > RACY:
        _contents[path] = (sign, digest)
    return digest


def _package(notes: _Notes, path: str) -> None:
    """Note the package whose data file was opened."""
    for folder in _homes()[1]:
        if path.startswith(folder):
            _imported(notes, (path[len(folder) :].split(os.sep)[0],))


def _folder_read(notes: _Notes, arguments: tuple[Any, ...]) -> None:
    _file(notes, "." if arguments[0] is None else arguments[0])


def _entries_read(notes: _Notes, arguments: tuple[Any, ...]) -> None:
    """Note a folder; who scans it by himself sees sizes and times in its entries, of which no event tells."""
    _folder_read(notes, arguments)
    if owner_of(sys._getframe(4).f_code.co_filename) == "user":
        notes.unknowable[f"scans the entries of {_short(arguments[0])!r}"] = None


def _database(notes: _Notes, arguments: tuple[Any, ...]) -> None:
    name = os.fsdecode(arguments[0]) if isinstance(arguments[0], (str, bytes, os.PathLike)) else ""
    if name.startswith("file:"):
        from urllib.parse import unquote, urlsplit

        name = unquote(urlsplit(name).path)
    if name and name != ":memory:":
        _file(notes, name)
        for more in ("-wal", "-journal"):
            _file(notes, name + more)


def _library(notes: _Notes, name: Any) -> None:
    if isinstance(name, (str, bytes)) and os.sep in os.fsdecode(
        name
    ):  # the system knows others by their names
        _file(notes, name)


def _imported(notes: _Notes, arguments: tuple[Any, ...]) -> None:
    top = str(arguments[0]).partition(".")[0]
    version = None if top in sys.stdlib_module_names else installed_version(top)
    if version is not None:
        notes.packages[top] = version


def _unknowable(what: str, *, names: int | None = None) -> Callable[[_Notes, tuple[Any, ...]], None]:
    def note(notes: _Notes, arguments: tuple[Any, ...]) -> None:
        told = "" if names is None or len(arguments) <= names else f" ({_short(arguments[names])})"
        notes.unknowable[f"{what}{told}"] = None

    return note


def _short(value: Any) -> str:
    if isinstance(value, (list, tuple)) and value:
        value = ":".join(str(part) for part in value[:2]) if isinstance(value, tuple) else value[0]
    return printable(os.fsdecode(value) if isinstance(value, (bytes, os.PathLike)) else str(value))[:60]


_PROCESS, _NETWORK = "starts a process", "uses a network"
_EVENTS: dict[str, Callable[[_Notes, tuple[Any, ...]], None]] = {
    "open": _opened,
    "os.listdir": _folder_read,
    "os.scandir": _entries_read,
    "sqlite3.connect": _database,
    "import": _imported,
    "ctypes.dlopen": lambda notes, arguments: _library(notes, arguments[0]),
    "subprocess.Popen": _unknowable(_PROCESS, names=0),
    "os.system": _unknowable(_PROCESS, names=0),
    "os.posix_spawn": _unknowable(_PROCESS, names=0),
    "os.spawn": _unknowable(_PROCESS, names=1),
    "os.startfile": _unknowable(_PROCESS, names=0),
    "os.fork": _unknowable("forks"),
    "os.forkpty": _unknowable("forks"),
    "socket.connect": _unknowable(_NETWORK, names=1),
    "socket.sendto": _unknowable(_NETWORK, names=1),
    "socket.bind": _unknowable(_NETWORK, names=1),
    "socket.getaddrinfo": _unknowable(_NETWORK, names=0),
    "socket.gethostbyname": _unknowable(_NETWORK, names=0),
    "socket.gethostname": _unknowable("asks for the name of the machine"),
    "urllib.Request": _unknowable(_NETWORK, names=0),
    "builtins.input": _unknowable("asks at the terminal"),
    "winreg.OpenKey": _unknowable("reads the registry"),
    "winreg.ConnectRegistry": _unknowable("reads the registry"),
}


@lru_cache(maxsize=512)
def installed_version(module: str) -> str | None:
    """Return the version of the distribution that a top-level module was installed with; None without one.

    Examples
    --------
    >>> installed_version("numpy") is None, installed_version("no_such_module")
    (False, None)
    """
    from importlib import metadata

    try:
        return metadata.version(module)
    except (metadata.PackageNotFoundError, ValueError):
        return ", ".join(f"{one.name} {one.version}" for one in _owners(module)) or None


def _owners(module: str) -> list[Distribution]:
    """Return the distributions that a module which is not called like one belongs to.

    The lists of their files are searched as they are: parsing them, as `metadata.packages_distributions`
    does, takes more than half a second.
    """
    from importlib import metadata

    found: dict[str, Distribution] = {}
    for one in metadata.distributions():
        files = "\n" + (one.read_text("RECORD") or one.read_text("top_level.txt") or "")
        if any(f"\n{module}{end}" in files for end in ("/", ".py", ".cpython", ".abi3", ".pyd", "\n")):
            found.setdefault(one.name, one)
    return [found[name] for name in sorted(found)]


def _version_now(module: str, before: str) -> str | None:
    """Return what `installed_version` does; quicker where it is as before."""
    from importlib import metadata

    try:
        if " " in before and all(
            metadata.version(name) == version
            for name, _, version in (one.partition(" ") for one in before.split(", "))
        ):
            return before
    except (metadata.PackageNotFoundError, ValueError):
        pass
    return installed_version(module)


# --- the environment and the entries of files, of which no event tells

_before_packages: dict[str, str | None] = {}
"""What variables were before a package set them while somebody watched: its version stands for the rest."""


def _variable_set(name: str) -> None:
    frame: FrameType | None = sys._getframe(2)
    while frame is not None and owner_of(frame.f_code.co_filename) == "python":
        frame = frame.f_back
    if _watchers and frame is not None and owner_of(frame.f_code.co_filename) == "package":
        _before_packages.setdefault(name, _variable(name))
    else:
        _before_packages.pop(name, None)


_Getter = Callable[[Any, Any], Any]
_plain_getter: list[_Getter] = []


def _listen() -> None:
    """Listen to the environment and to looks at files while somebody watches, and to nothing otherwise."""
    kind = type(os.environ)
    if _watchers and not _plain_getter:
        _plain_getter.append(kind.__getitem__)
        kind.__getitem__ = _getting  # type: ignore[method-assign]
        kind.__iter__ = _naming  # type: ignore[method-assign]
        for name, look in _LOOKS.items():
            setattr(os, name, look)
        for name, read in _polars_readers().items():
            setattr(sys.modules["polars"], name, read)
    elif not _watchers and _plain_getter:
        kind.__getitem__ = _plain_getter.pop()  # type: ignore[method-assign]
        kind.__iter__ = _plain_names  # type: ignore[method-assign]
        for name, look in _LOOKS.items():
            setattr(os, name, look.__wrapped__)
        for name, read in _readers.items():
            setattr(sys.modules["polars"], name, read.__wrapped__)


def _getting(environment: Any, name: Any) -> Any:
    _note(lambda notes: _asked(notes, name))
    getter: _Getter = _plain_getter[0] if _plain_getter else type(environment).__getitem__
    return getter(environment, name)


_plain_names: Callable[[Any], Iterator[Any]] = type(os.environ).__iter__


def _naming(environment: Any) -> Iterator[Any]:
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and owner_of(frame.f_code.co_filename) == "python":
        frame = frame.f_back
    if frame is not None and owner_of(frame.f_code.co_filename) == "user":
        _note(lambda notes: _asked(notes, NAMES))
    return _plain_names(environment)


def _asked(notes: _Notes, name: Any) -> None:
    notes.variables[os.fsdecode(name)] = _variable(os.fsdecode(name))


_readers: dict[str, Any] = {}


def _polars_readers() -> dict[str, Any]:
    """Return what polars reads files with, which it opens without an event; nothing before it is loaded."""
    polars = sys.modules.get("polars")
    if not _readers and hasattr(polars, "read_csv"):
        names = [name for name in vars(polars) if name.startswith(("read_", "scan_"))]
        _readers.update((name, _reading(getattr(polars, name))) for name in names)
    return _readers


def _reading(plain: Callable[..., Any]) -> Any:
    """Return a function of polars that tells of the files it is given."""

    @functools.wraps(plain)
    def read(*arguments: Any, **named: Any) -> Any:
        given = next(iter((*arguments, *named.values())), None)
        _note(lambda notes: _given_files(notes, plain.__name__, given))
        return plain(*arguments, **named)

    return read


def _given_files(notes: _Notes, reader: str, given: Any) -> None:
    for path in given if isinstance(given, (list, tuple)) else [given]:
        if isinstance(path, (str, os.PathLike)) and os.path.isfile(path):
            _file(notes, path)
        elif not hasattr(path, "read") and not isinstance(path, bytes):
            notes.unknowable[f"reads {_short(path)!r} with polars.{reader}"] = None


def _looking(plain: Callable[..., Any]) -> Any:
    """Return a function of `os` that tells of each look at the entry of a file."""

    @functools.wraps(plain)
    def look(path: Any, *arguments: Any, **named: Any) -> Any:
        if not isinstance(path, int) and named.get("dir_fd") is None:
            _note(lambda notes: _looked_at(notes, path))
        return plain(path, *arguments, **named)

    for able in (os.supports_dir_fd, os.supports_fd, os.supports_follow_symlinks, os.supports_effective_ids):
        if plain in able:
            able.add(look)
    return look


_LOOKS = {name: _looking(getattr(os, name)) for name in ("stat", "lstat", "readlink", "access")}
_TIMES = ("", "stat", "lstat", "getmtime", "getatime", "getctime")
"""What shows the time of a file to who asks; the others tell whether it is there, and how large it is."""


def _looked_at(notes: _Notes, path: Any) -> None:
    asked, frame = "", sys._getframe(4)  # who asks is above the function of `os`, and what notes it
    while frame.f_back is not None and frame.f_globals.get("__name__") in (
        "genericpath",
        "posixpath",
        "pathlib",
    ):
        asked, frame = frame.f_code.co_name, frame.f_back
    name = _named(path)
    if asked in _TIMES and owner_of(frame.f_code.co_filename) == "user":
        notes.unknowable[f"looks at the time of {printable(name)!r}"] = None
    if os.path.isdir(name) and owner_of(name) == "user":
        notes.files[os.path.join(name, "")] = FOLDER
    else:
        _file(notes, path)
