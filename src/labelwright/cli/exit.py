"""How commands end: exit codes, and errors on one line."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

import typer

from labelwright._errors import LabelwrightError
from labelwright._stops import is_stop
from labelwright._text import finite, one_line
from labelwright.cli.terminal import put

DONE, WRONG, USAGE, BUG, INTERRUPTED = 0, 1, 2, 70, 130

# typer has brought its own copy of click since 0.20, so the class is reached through its subclass.
UsageError: type[Exception] = typer.BadParameter.__bases__[0]


class RefusedError(LabelwrightError):
    """What is done only where the command line says so, which it did not."""


class Output:
    """Where results go: tables for people, or one JSON value for programs.

    Parameters
    ----------
    as_json : bool
        Programs read it.
    stdout : TextIO
        Where results go, also while `sys.stdout` is lent out.
    """

    def __init__(self, *, as_json: bool, stdout: TextIO) -> None:
        self.as_json, self._stdout = as_json, stdout

    def show(self, as_text: Callable[[], None], values: Callable[[], Any]) -> None:
        """Show a result in one of its two forms."""
        if self.as_json:
            content = json.dumps(finite(values()), indent=2, allow_nan=False)
            put(content, to=self._stdout)
        else:
            as_text()

    def fail(self, error: BaseException, message: str) -> None:
        """Show an error to programs; people get it on stderr."""
        if self.as_json:
            content = {"error": {"type": type(error).__name__, "message": one_line(message, most=None)}}
            put(json.dumps(content), to=self._stdout)


@contextlib.contextmanager
def guarded(*, debug: bool, as_json: bool, quiet: bool) -> Iterator[Output]:
    """Turn what goes wrong in a command into one line on stderr and an exit code.

    With ``--json`` whatever labeling functions print goes to stderr, so that stdout holds the result alone,
    and an error is a JSON object there as well.
    """
    output = Output(as_json=as_json, stdout=sys.stdout)
    with contextlib.ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        warnings.showwarning = _ignored if quiet else _told_once()
        if as_json:
            stack.enter_context(contextlib.redirect_stdout(sys.stderr))
        try:
            yield output
        except (typer.Exit, UsageError):
            raise
        except BrokenPipeError:  # as in: labelwright predict new.csv | head
            _forget_stdout()
            raise typer.Exit(DONE) from None
        except BaseException as error:  # also what code of the project raises that ends programs
            if debug:
                put("".join(traceback.format_exception(error)), end="", to=sys.stderr)
            message, code = _verdict(error)
            output.fail(error, message)
            raise typer.Exit(_print_line(message, code)) from None


def _verdict(error: BaseException) -> tuple[str, int]:
    if is_stop(error):
        return "interrupted; finished work is kept, the same command goes on from there", INTERRUPTED
    if isinstance(error, LabelwrightError):
        return str(error), USAGE if isinstance(error, RefusedError) else WRONG
    if isinstance(error, Warning):  # python -W error
        return f"{error}; a warning, and warnings are errors here", WRONG
    if isinstance(error, MemoryError):
        return "not enough memory; use fewer rows", WRONG
    if isinstance(error, OSError):  # of the files that the project's results go to, StoreError tells
        where = f" {error.filename!r}" if error.filename else ""
        return f"{error.strerror or error}{where}; check free space and permissions", WRONG
    if isinstance(error, (SystemExit, KeyboardInterrupt)):  # of code that nothing else stands around
        said = f"{type(error).__name__}{_place(error)}: {error}".removesuffix(": ")
        return f"code raised {said}; take it out, it ends no command (--debug shows the traceback)", WRONG
    return f"{type(error).__name__}: {error}; this is a bug in labelwright, --debug shows where", BUG


def _place(error: BaseException) -> str:
    """Return `` at lfs.py:12``, the last line that an exception passed."""
    last = None
    for frame, line in traceback.walk_tb(error.__traceback__):
        last = frame.f_code.co_filename, line
    return "" if last is None else f" at {Path(last[0]).name}:{last[1]}"


def ended(run: Callable[[], int]) -> int:
    """Run the command line and return its exit code; usage errors take one line, too."""
    try:
        return run()
    except typer.Abort:
        return _print_line("interrupted", INTERRUPTED)
    except KeyboardInterrupt:
        return _print_line("interrupted; finished work is kept", INTERRUPTED)
    except SystemExit as error:  # of code of the project: no command ends by it
        return _print_line(*_verdict(error))
    except BrokenPipeError:
        _forget_stdout()
        return DONE
    except UsageError as error:
        context = getattr(error, "ctx", None)
        command = context.command_path if context else "labelwright"
        message = error.format_message() if hasattr(error, "format_message") else str(error)
        return _print_line(f"{message.rstrip('.')} (see: {command} --help)", USAGE)


@contextlib.contextmanager
def handled(handlers: Mapping[int, Callable[..., Any]] | None = None) -> Iterator[None]:
    """Let Ctrl-C end reads that wait for somebody, and other signals do what `handlers` say.

    polars handles Ctrl-C itself and lets reads go on that it should end, so Python's own handler comes back.
    """
    wanted = dict(handlers or {})
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        wanted[signal.SIGINT] = signal.default_int_handler
    try:
        before = {number: signal.signal(number, handler) for number, handler in wanted.items()}
    except ValueError:  # not in the main thread
        before = {}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _forget_stdout() -> None:
    """Send what is left to print nowhere, so that Python does not complain of the closed pipe at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _print_line(message: str, code: int) -> int:
    with contextlib.suppress(OSError, ValueError):
        put(f"labelwright: {one_line(message, most=None)}", to=sys.stderr)
    return code


def _told_once() -> Callable[..., None]:
    """Return what prints a warning, each once in a command: a file may be read by more than one step."""
    told: set[str] = set()

    def tell(message: Warning | str, category: type[Warning], *where: object, **more: object) -> None:
        from labelwright.diagnostics.as_toml import in_toml

        line = in_toml(one_line(message, most=None))
        silent = issubclass(category, (DeprecationWarning, PendingDeprecationWarning, ImportWarning))
        if not silent and line not in told:
            told.add(line)
            put(f"labelwright: warning: {line}", to=sys.stderr)

    return tell


def _ignored(*warning: object, **more: object) -> None:
    pass
