"""What somebody stops from outside, told from what the code that runs raises itself.

Code of users - labeling functions, preprocessors, factories - may raise anything: ``sys.exit(0)``, a
KeyboardInterrupt of its own, the panic of a library in Rust. All of that is a fault of the code. Ctrl-C, and
what a handler of a signal raises, are no faults: they stop whatever runs.
"""

from __future__ import annotations

import dis
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType, TracebackType
from typing import Final

from labelwright._errors import LabelwrightError
from labelwright._text import one_line

RAISE: Final = dis.opmap["RAISE_VARARGS"]


class OvertimeError(BaseException):
    """A call took longer than it may; no ``except Exception`` of the code that is ended holds it back."""


def is_stop(error: BaseException) -> bool:
    """Say whether somebody stopped the program, so that nothing goes on and nobody is to blame.

    An interrupt that code raises comes from a ``raise`` in it; one of the terminal comes from wherever the
    program was. An interrupt that an extension raises counts as one of the terminal. What ends a call that
    takes too long is known to whoever set the limit, and goes through everybody else.

    Examples
    --------
    >>> def interrupted_by_itself():
    ...     raise KeyboardInterrupt
    >>> try:
    ...     interrupted_by_itself()
    ... except KeyboardInterrupt as error:
    ...     print(is_stop(error))
    False
    """
    return not isinstance(error, Exception) and any(map(_is_from_outside, _chain(error)))


def _is_from_outside(error: BaseException) -> bool:
    handlers, raised = _handlers(), False
    for step in _steps(error.__traceback__):
        if step.tb_frame.f_code in handlers:
            return True
        raised = step.tb_frame.f_code.co_code[step.tb_lasti] == RAISE
    return isinstance(error, OvertimeError) or (isinstance(error, KeyboardInterrupt) and not raised)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Give an exception, the parts of a group, and those that were being handled when it was raised."""
    waiting, seen = [error], set[int]()
    while waiting:
        one = waiting.pop()
        if id(one) in seen or isinstance(one, Exception):
            continue
        seen.add(id(one))
        yield one
        waiting += [below for below in (one.__cause__, one.__context__) if below is not None]
        waiting += one.exceptions if isinstance(one, BaseExceptionGroup) else ()


def _steps(trace: TracebackType | None) -> Iterator[TracebackType]:
    while trace is not None:
        yield trace
        trace = trace.tb_next


def _handlers() -> set[CodeType]:
    """Return the code of the handlers of signals that are written in Python."""
    found = map(signal.getsignal, signal.valid_signals())
    codes = (getattr(getattr(one, "__func__", one), "__code__", None) for one in found)
    return {code for code in codes if code is not None}


@contextmanager
def told_as(what: str, error: type[LabelwrightError]) -> Iterator[None]:
    """Raise an error of ours where code of users raises what is no ``Exception``; stops pass.

    Parameters
    ----------
    what : str
        Whose code runs, such as "the end model 'nets:small'".
    error : type
        What is raised.

    Examples
    --------
    >>> from labelwright._errors import EndModelError
    >>> with told_as("end model 'own'", EndModelError):
    ...     raise SystemExit(0)
    Traceback (most recent call last):
    labelwright._errors.EndModelError: end model 'own' raised SystemExit: 0; mend it
    """
    try:
        yield
    except Exception:
        raise
    except BaseException as raised:
        if is_stop(raised):
            raise
        raise error(f"{what} raised {type(raised).__name__}: {one_line(raised)}; mend it") from raised
