"""Labeling functions with Snorkel's constructor and conventions, which are labelwright's too."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from labelwright._errors import LabelingFunctionError
from labelwright._types import ABSTAIN
from labelwright.lfs import Preprocessor
from labelwright.lfs._arguments import check_callable
from labelwright.lfs._columns import inferred_columns
from labelwright.lfs.python_lf import PythonLF


class LabelingFunction(PythonLF):
    """A labeling function of Snorkel that `labelwright.apply` and projects take as well.

    Parameters
    ----------
    name : str
        Unique among the LFs that are applied together.
    f : callable
        ``f(x, **resources)`` returns a class index, or a negative number to abstain.
    resources : mapping of str to object, optional
        Passed to ``f`` as keyword arguments.
    pre : sequence of preprocessors, optional
        Run on the data point first, left to right.

    Raises
    ------
    LabelingFunctionError
        ``name`` is no text, ``f`` no function of a data point, or ``pre`` holds no preprocessors.

    Notes
    -----
    Conventions are Snorkel's: any negative number abstains, True and False are classes 1 and 0, and so is a
    float without a fraction. Differences: None abstains instead of raising, and 0.5 is an error instead of
    class 0.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> lf = LabelingFunction("big", f=lambda x, least: 1 if x.num > least else -1, resources={"least": 42})
    >>> lf(SimpleNamespace(num=90)), lf
    (1, LabelingFunction big, Preprocessors: [])
    """

    def __init__(
        self,
        name: str,
        f: Callable[..., Any],
        resources: Mapping[str, Any] | None = None,
        pre: Sequence[Preprocessor] | None = None,
    ) -> None:
        if not isinstance(name, str) or not name:
            raise LabelingFunctionError(f"name of an LF is {name!r}; expected a text")
        check_callable(f, f"LF {name!r}", resources=resources)
        super().__init__(
            name=name,
            f=f,
            resources=dict(resources or {}),
            pre=_checked(pre, name),
            columns=inferred_columns(f),
        )

    def __setattr__(self, name: str, value: object) -> None:
        # Subclasses keep settings of their own, which LFs of labelwright, being values, may not.
        object.__setattr__(self, name, value)

    def __call__(self, x: Any) -> Any:
        """Return what the function returns on a data point, after its preprocessors."""
        for preprocess in self.pre:
            x = preprocess(x)
        return self.f(x, **self.resources)

    @property
    def bound(self) -> Callable[[Any], Any]:
        """The function with its resources bound, its votes as labelwright counts them."""
        f, resources = self.f, dict(self.resources)

        def vote(x: Any) -> Any:
            return as_vote(f(x, **resources))

        return vote

    def __repr__(self) -> str:
        return f"{type(self).__name__} {self.name}, Preprocessors: {list(self.pre)}"


def _checked(pre: Sequence[Preprocessor] | None, name: str) -> tuple[Preprocessor, ...]:
    if isinstance(pre, Preprocessor):
        raise LabelingFunctionError(f"LF {name!r}: pre is a single preprocessor; pass a list, pre=[...]")
    for step in pre or ():
        if not isinstance(step, Preprocessor):
            raise LabelingFunctionError(
                f"LF {name!r}: pre holds a {type(step).__name__}; put @preprocessor() above its def"
            )
    return tuple(pre or ())


def as_vote(raw: Any) -> Any:
    """Return what an LF of Snorkel returned as labelwright counts votes; what is no vote passes unchanged.

    Examples
    --------
    >>> [as_vote(raw) for raw in (1, -5, True, 2.0, None, 0.5)]
    [1, -1, 1, 2, None, 0.5]
    """
    if raw.__class__ is int:
        return raw if raw >= 0 else ABSTAIN
    if isinstance(raw, (bool, np.bool_)) or (isinstance(raw, (float, np.floating)) and raw.is_integer()):
        raw = int(raw)
    return ABSTAIN if isinstance(raw, (int, np.integer)) and raw < 0 else raw


class labeling_function:  # noqa: N801 - the name is Snorkel's
    """Make a `LabelingFunction` of a function; a decorator that needs its parentheses.

    Parameters
    ----------
    name : str, optional
        The function's own name by default.
    resources, pre
        As in `LabelingFunction`.

    Raises
    ------
    LabelingFunctionError
        The parentheses are missing.

    Examples
    --------
    >>> @labeling_function(name="url")
    ... def has_link(x):
    ...     return 1 if "http" in x.text else -1
    >>> has_link
    LabelingFunction url, Preprocessors: []
    """

    def __init__(
        self,
        name: str | None = None,
        resources: Mapping[str, Any] | None = None,
        pre: Sequence[Preprocessor] | None = None,
    ) -> None:
        if callable(name):
            raise LabelingFunctionError(
                f"@{type(self).__name__} needs parentheses: write @{type(self).__name__}()"
            )
        self.name, self.resources, self.pre = name, resources, pre

    def __call__(self, f: Callable[..., Any]) -> LabelingFunction:
        """Return the labeling function of a function."""
        return LabelingFunction(self._name_of(f), f, resources=self.resources, pre=self.pre)

    def _name_of(self, f: Callable[..., Any]) -> str:
        return self.name or str(getattr(f, "__name__", type(f).__name__))
