"""Preprocessors: mappers whose results several labeling functions read."""

from __future__ import annotations

from labelwright.compat.snorkel.map import BaseMapper, LambdaMapper, Mapper, lambda_mapper

BasePreprocessor = BaseMapper


class Preprocessor(Mapper):
    """A preprocessor whose subclass defines ``run``; see `labelwright.compat.snorkel.map.Mapper`."""


class LambdaPreprocessor(LambdaMapper):
    """A preprocessor that is a function; see `labelwright.compat.snorkel.map.LambdaMapper`."""


class preprocessor(lambda_mapper):  # noqa: N801 - the name is Snorkel's
    """Make a preprocessor of a function that sets fields and returns the data point.

    A decorator that needs its parentheses: ``preprocessor(name=None, pre=None, memoize=False,
    memoize_key=None)``. Within one ``apply`` a preprocessor runs once a row however many LFs share it,
    memoized or not; ``memoize=True`` keeps its results for later calls too.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> @preprocessor(memoize=True)
    ... def joined(x):
    ...     x.article = f"{x.title} {x.body}"
    ...     return x
    >>> joined(SimpleNamespace(title="Free", body="prizes")).article
    'Free prizes'
    """

    _makes = LambdaPreprocessor
