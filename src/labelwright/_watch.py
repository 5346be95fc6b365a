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
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from types import CodeType, FrameType
from typing import Any

from labelwright._installed import installed_version, owner_of, package_at
from labelwright._places import RESULTS
from labelwright._reads import (
    FOLDER,
    HERE,
    LINK,
    NAMES,
    SEVERAL,
    Reads,
    before_packages,
    content_of,
    led_to,
    value_of,
)
from labelwright._text import printable

MAX_FRAMES = 200  # of a stack that are looked at
CODE = (".py", ".pyc", ".pyd", ".so", ".dylib", ".dll", ".pth", ".zip")


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
    >>> from pathlib import Path
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

    def __bool__(self) -> bool:
        return bool(self.files or self.variables or self.packages or self.unknowable or self.written)

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
        found = _Notes()
        add(found)
        if not found:  # packages look at their own files thousands of times while they are imported
            return
        stack = list(_stack())
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
    if name.startswith(OF_THE_SYSTEM):
        if _asker() == "user":
            notes.unknowable[f"reads {printable(name)!r}, which the system makes"] = None
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
    notes.files[name] = content_of(name)


OF_THE_SYSTEM = ("/proc/", "/sys/")  # files that are other ones at every look


def _asker() -> str:
    """Say whose code asks for what is noted, past what Python does for it."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and (
        frame.f_code.co_filename == __file__ or owner_of(frame.f_code.co_filename) == "python"
    ):
        frame = frame.f_back
    return "" if frame is None else owner_of(frame.f_code.co_filename)


def _package(notes: _Notes, path: str) -> None:
    """Note the package whose data file was opened; of what is told of one, only what tells its version."""
    package = package_at(path)
    if package is None:
        return
    if not package.endswith((".dist-info", ".egg-info")):
        _imported(notes, (package,))
    elif path.endswith(("METADATA", "PKG-INFO")):
        notes.files[path] = content_of(path)


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


def _unpickled(notes: _Notes, arguments: tuple[Any, ...]) -> None:
    """Note the file of a module of the user that pickled content names."""
    file = getattr(sys.modules.get(str(arguments[0])), "__file__", None)
    if file is not None and owner_of(file) == "user":
        _file(notes, file)


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
    "pickle.find_class": _unpickled,
    "import": _imported,
    "ctypes.dlopen": lambda notes, arguments: _library(notes, arguments[0]),
    "subprocess.Popen": _unknowable(_PROCESS, names=0),
    "os.system": _unknowable(_PROCESS, names=0),
    "os.posix_spawn": _unknowable(_PROCESS, names=0),
    "os.spawn": _unknowable(_PROCESS, names=1),
    "os.startfile": _unknowable(_PROCESS, names=0),
    "os.getxattr": _unknowable("reads the attributes of a file", names=0),
    "os.listxattr": _unknowable("reads the attributes of a file", names=0),
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


# --- the environment and the entries of files, of which no event tells


def _variable_set(name: str) -> None:
    if _watchers and _asker() == "package":
        before_packages.setdefault(name, value_of(name))
    else:
        before_packages.pop(name, None)


_Getter = Callable[[Any, Any], Any]
_plain_getter: list[_Getter] = []


def _listen() -> None:
    """Listen to the environment and to looks at files while somebody watches, and to nothing otherwise."""
    kind = type(os.environ)
    if _watchers and not _plain_getter:
        _plain_getter.append(kind.__getitem__)
        kind.__getitem__ = _getting  # type: ignore[method-assign]
        kind.__iter__ = _naming  # type: ignore[method-assign]
        kind.__len__ = _counting  # type: ignore[method-assign]
        for name, look in _LOOKS.items():
            setattr(os, name, look)
        for name, read in _polars_readers().items():
            setattr(sys.modules["polars"], name, read)
    elif not _watchers and _plain_getter:
        kind.__getitem__ = _plain_getter.pop()  # type: ignore[method-assign]
        kind.__iter__ = _plain_names  # type: ignore[method-assign]
        kind.__len__ = _plain_count  # type: ignore[method-assign]
        for name, look in _LOOKS.items():
            setattr(os, name, look.__wrapped__)
        for name, read in _readers.items():
            setattr(sys.modules["polars"], name, read.__wrapped__)


def _getting(environment: Any, name: Any) -> Any:
    _note(lambda notes: _asked(notes, name))
    getter: _Getter = _plain_getter[0] if _plain_getter else type(environment).__getitem__
    return getter(environment, name)


_plain_names: Callable[[Any], Iterator[Any]] = type(os.environ).__iter__
_plain_count: Callable[[Any], int] = type(os.environ).__len__


def _naming(environment: Any) -> Iterator[Any]:
    if _asker() == "user":
        _note(lambda notes: _asked(notes, NAMES))
    return _plain_names(environment)


def _counting(environment: Any) -> int:
    if _asker() == "user":
        _note(lambda notes: _asked(notes, NAMES))
    return _plain_count(environment)


def _asked(notes: _Notes, name: Any) -> None:
    notes.variables[os.fsdecode(name)] = value_of(os.fsdecode(name))


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
        if not isinstance(path, int):
            links = name in ("lstat", "readlink") or named.get("follow_symlinks") is False
            _note(lambda notes: _looked_at(notes, _from_folder(path, named.get("dir_fd")), links=links))
        return plain(path, *arguments, **named)

    name = plain.__name__

    for able in (os.supports_dir_fd, os.supports_fd, os.supports_follow_symlinks, os.supports_effective_ids):
        if plain in able:
            able.add(look)
    return look


def _opening(plain: Callable[..., int]) -> Any:
    """Return `os.open` that tells of files in an open folder, of which the event has the name alone."""

    @functools.wraps(plain)
    def opened(path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if dir_fd is not None:
            _note(lambda notes: _opened(notes, (_from_folder(path, dir_fd), None, flags)))
        return plain(path, flags, mode, dir_fd=dir_fd)

    os.supports_dir_fd.add(opened)
    return opened


def _from_folder(path: Any, folder: int | None) -> Any:
    """Return a path as it is from the working folder where it is given from a folder that is open."""
    if folder is None:
        return path
    try:
        at = _LOOKS["readlink"].__wrapped__(f"/proc/self/fd/{folder}")
    except OSError:  # a system that does not say
        at = f"descriptor {folder}"
    return os.path.join(at, os.fsdecode(path))


_LOOKS = {name: _looking(getattr(os, name)) for name in ("stat", "lstat", "readlink", "access")}
_LOOKS["open"] = _opening(os.open)
_TIMES = ("", "stat", "lstat", "samefile", "getmtime", "getatime", "getctime")
"""What shows the time or place of a file to who asks; others tell whether it is there and how large it is."""


def _looked_at(notes: _Notes, path: Any, *, links: bool) -> None:
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
    if links and owner_of(name) == "user" and (os.path.islink(name) or os.path.isfile(name)):
        notes.files[os.path.join(name, LINK)] = led_to(name)
    elif owner_of(name) == "user" and os.path.isdir(name):
        notes.files[os.path.join(name, "")] = FOLDER
    else:
        _file(notes, path)
