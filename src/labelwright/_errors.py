"""The errors of labelwright.

::

    LabelwrightError
    ├── LabelSpaceError          (ValueError)    class names or indices that do not fit
    ├── LabelMatrixError         (ValueError)    votes that are no label matrix
    │   └── LabelMatrixIndexError    (IndexError)  a row or LF that a label matrix has not
    ├── LabelingFunctionError    (ValueError)    an LF that is defined wrongly or votes outside its space
    │   └── LabelingFunctionFaultError (RuntimeError)  an LF, or its preprocessor, that raised on a row
    ├── SchemaError              (ValueError)    data without the columns or types that are needed
    ├── DataError                (ValueError)    data that cannot be read
    ├── EngineError              (ValueError)    an engine that is unknown, or cannot run what it was given
    ├── DependencyError          (ValueError)    a dependency graph, or how to learn one, that cannot be
    ├── LabelModelError          (ValueError)    settings or input that a label model cannot take
    ├── EndModelError            (ValueError)    settings or input that an end model cannot take
    ├── NotFittedError           (ValueError, AttributeError)  predict before fit
    ├── ProjectError             (ValueError)    a project folder or its labelwright.toml
    ├── StoreError               (OSError)       results on disk that cannot be read or written
    │   └── UntrustedModelError                  a model of types that are not made from a file unasked
    ├── CancelledError           (RuntimeError)  a run that somebody stopped
    ├── ForkError                (RuntimeError)  work in a forked process that cannot do it
    └── MissingExtraError        (ImportError)   an optional dependency that is not installed

    LabelModelWarning            (UserWarning)   a fit that went through, and whose labels may be wrong
    EndModelWarning              (UserWarning)   an end model whose sources have changed since it was trained
    DataWarning                  (UserWarning)   data that were read, but for a part that was left out

Every message says what was wrong, where, what was expected, and the next step, in one line.
"""

from __future__ import annotations

import sys
import warnings
from typing import Self

from labelwright._text import printable


class LabelwrightError(Exception):
    """Root of all errors that labelwright raises on purpose.

    Attributes
    ----------
    lf : str or None
        The labeling function that it is about.
    row : int or None
        The row of the data that it is about.
    kind : str or None
        Of an error about a labeling function: "vote" where it returned what is no vote, "fault" where it
        raised, "column" where its row lacks what it reads.
    """

    lf: str | None = None
    row: int | None = None
    kind: str | None = None
    _around: tuple[str, str] | None = None

    def __str__(self) -> str:
        return printable(super().__str__())  # names and texts of data go into messages, messages to terminals

    @classmethod
    def at(cls, who: str, row: int, rest: str, *, lf: str, kind: str) -> Self:
        """Return an error that says ``{who} row {row}{rest}`` about a labeling function on a row."""
        error = cls(f"{who} row {row}{rest}")
        error.lf, error.row, error.kind, error._around = lf, row, kind, (who, rest)
        return error

    def on_row(self, row: int) -> str:
        """Return what it says with another number for its row: that of the data, for a row of a part of them.

        Examples
        --------
        >>> LabelwrightError.at("LF 'url' returned 7 at", 2, "; try 0", lf="url", kind="vote").on_row(40)
        "LF 'url' returned 7 at row 40; try 0"
        """
        return str(self) if self._around is None else f"{self._around[0]} row {row}{self._around[1]}"


class LabelSpaceError(LabelwrightError, ValueError):
    """Class names or class indices do not fit the label space."""


class LabelMatrixError(LabelwrightError, ValueError):
    """The votes are no label matrix: shape, type, range or LF names are wrong."""


class LabelMatrixIndexError(LabelMatrixError, IndexError):
    """There is no such row or LF in the label matrix; iteration ends by it."""


class LabelingFunctionError(LabelwrightError, ValueError):
    """A labeling function is defined wrongly, or it voted outside its label space."""


class LabelingFunctionFaultError(LabelingFunctionError, RuntimeError):
    """A labeling function or one of its preprocessors raised on a row."""


class SchemaError(LabelwrightError, ValueError):
    """The data lack a column that is needed, or hold it with another type."""


class DataError(LabelwrightError, ValueError):
    """The data cannot be read: missing, empty, or in no known format."""


class EngineError(LabelwrightError, ValueError):
    """An engine is not known, or cannot run what it was given."""


class DependencyError(LabelwrightError, ValueError):
    """A dependency graph names LFs that are not there, or cannot be learned as asked."""


class TooManyPairsError(DependencyError):
    """There are more pairs of LFs than can be counted; ask for a part of the LFs, or state dependencies."""


class LabelModelError(LabelwrightError, ValueError):
    """A label model was given settings or input that it cannot take."""


class LabelModelWarning(UserWarning):
    """A label model was fitted, and something speaks against trusting it; `fit_report_` has the whole."""


class DataWarning(UserWarning):
    """Data were read, and a part of them was left out; the message says which and how many."""


class EndModelWarning(UserWarning):
    """An end model is used, and something that it was made of has changed since, or no score is of it."""


class EndModelError(LabelwrightError, ValueError):
    """An end model was given settings or input that it cannot take."""


class NotFittedError(LabelwrightError, ValueError, AttributeError):
    """An estimator was asked to predict before it was fitted."""


class ProjectError(LabelwrightError, ValueError):
    """A project folder, or a setting in its labelwright.toml, is wrong."""


class StoreError(LabelwrightError, OSError):
    """Results on disk cannot be read or written."""


class DamagedFileError(StoreError):
    """A kept file does not hold what was written to it."""


class CancelledError(LabelwrightError, RuntimeError):
    """Somebody stopped the run; what it had finished is kept."""


class ForkError(LabelwrightError, RuntimeError):
    """A forked process was asked for what only the process that it was forked from can do."""


class UntrustedModelError(StoreError):
    """A file holds a model of types that are not made unasked, since making them could run code."""


class MissingExtraError(LabelwrightError, ImportError):
    """An optional dependency is needed that is not installed."""

    def __init__(self, package: str, *, extra: str, purpose: str) -> None:
        super().__init__(
            f"{purpose} needs {package!r}; install it with: pip install {package} "
            f"(labelwright[{extra}] has it)"
        )
        self.package, self.extra = package, extra


def warn_user(message: str, category: type[Warning]) -> None:
    """Warn at the line outside this package that called into it, however deep the call lies."""
    package, frame, depth = __name__.partition(".")[0] + ".", sys._getframe(1), 2
    while frame.f_back and frame.f_globals.get("__name__", "").startswith(package):
        frame, depth = frame.f_back, depth + 1
    warnings.warn(printable(message), category, stacklevel=depth)
