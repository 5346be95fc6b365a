"""Mappers: functions from data point to data point that nest, copy their input, and may remember results."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, TypeAlias

from labelwright._errors import LabelingFunctionError
from labelwright.compat.snorkel.data_points import copied, hashable
from labelwright.lfs import Preprocessor as EnginePreprocessor
from labelwright.lfs._arguments import check_callable

Key: TypeAlias = Callable[[Any], Hashable]

# What a mapper holds that its results do not depend on.
_BOOKKEEPING = frozenset(("_cache", "_memoize_key", "memoize"))


class BaseMapper(EnginePreprocessor):
    """What `Mapper` and `LambdaMapper` share. It is a preprocessor of labelwright too.

    Parameters
    ----------
    name : str
        Used in messages.
    pre : sequence of BaseMapper
        Mappers that run first, left to right.
    memoize : bool
        Whether to keep results and give them again for data points of equal content.
    memoize_key : callable, optional
        Gives the key under which a data point's result is kept; by default its whole content.

    Attributes
    ----------
    memoize : bool
        As given.
    """

    memoize: bool

    def __init__(
        self, name: str, pre: Sequence[BaseMapper], memoize: bool, memoize_key: Key | None = None
    ) -> None:
        super().__init__(name=name, f=self._mapped)
        self._pre = list(pre)
        self._memoize_key = memoize_key or hashable
        self.memoize = memoize
        self.reset_cache()

    def __setattr__(self, name: str, value: object) -> None:
        # Subclasses keep settings of their own, which preprocessors of labelwright, being values, may not.
        object.__setattr__(self, name, value)

    def reset_cache(self) -> None:
        """Forget the results that were kept."""
        self._cache: dict[Hashable, Any] = {}

    def __call__(self, x: Any) -> Any:
        """Return the mapped data point; ``x`` itself stays as it is.

        Raises
        ------
        LabelingFunctionError
            The mapper returned None.
        """
        if not self.memoize:
            return self._mapped(x)
        key = self._memoize_key(x)
        if key not in self._cache:
            self._cache[key] = self._mapped(x)
        return self._cache[key]

    def _mapped(self, x: Any) -> Any:
        own = copied(x)
        for mapper in self._pre:
            own = mapper(own)
        result = self._generate_mapped_data_point(own)
        if result is None:
            raise LabelingFunctionError(f"preprocessor {self.name!r} returned None; return the data point")
        return result

    def _generate_mapped_data_point(self, x: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} does not say how it maps a data point")

    def _fingerprint_parts(self) -> tuple[object, ...]:
        state = {name: value for name, value in vars(self).items() if name not in _BOOKKEEPING}
        return (type(self)._generate_mapped_data_point, state)

    def __repr__(self) -> str:
        return f"{type(self).__name__} {self.name}, Pre: {self._pre}"


class Mapper(BaseMapper):
    """A mapper whose subclass defines ``run``: fields in by name, a dictionary of new fields out.

    Parameters
    ----------
    name : str
        Used in messages.
    field_names : mapping of str to str, optional
        Argument of ``run`` -> field of the data point; by default the arguments' own names.
    mapped_field_names : mapping of str to str, optional
        Key of the result -> field of the data point; by default the keys themselves.
    pre, memoize, memoize_key
        As in `BaseMapper`.

    Raises
    ------
    LabelingFunctionError
        ``run`` takes ``*args`` or ``**kwargs`` and `field_names` does not say which fields it reads.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> class Length(Mapper):
    ...     def run(self, text):
    ...         return {"length": len(text)}
    >>> Length("length")(SimpleNamespace(text="spam")).length
    4
    """

    def __init__(
        self,
        name: str,
        field_names: Mapping[str, str] | None = None,
        mapped_field_names: Mapping[str, str] | None = None,
        pre: Sequence[BaseMapper] | None = None,
        memoize: bool = False,
        memoize_key: Key | None = None,
    ) -> None:
        super().__init__(name, pre or [], memoize, memoize_key)
        self.field_names = self._arguments() if field_names is None else dict(field_names)
        self.mapped_field_names = mapped_field_names

    def run(self, **fields: Any) -> Mapping[str, Any] | None:
        """Return new fields; a subclass defines it."""
        raise NotImplementedError(f"{type(self).__name__} does not define run")

    def _arguments(self) -> dict[str, str]:
        spec = inspect.getfullargspec(self.run)
        if spec.varargs or spec.varkw:
            raise LabelingFunctionError(
                f"preprocessor {self.name!r}: run takes * arguments, which name no fields; pass field_names="
            )
        return {name: name for name in spec.args[1:]}

    def _generate_mapped_data_point(self, x: Any) -> Any:
        fields = self.run(**{argument: getattr(x, field) for argument, field in self.field_names.items()})
        if fields is None:
            return None
        if self.mapped_field_names is not None:
            fields = {field: fields[key] for key, field in self.mapped_field_names.items()}
        for field, value in fields.items():
            setattr(x, field, value)
        return x

    def _fingerprint_parts(self) -> tuple[object, ...]:
        return (type(self).run, *super()._fingerprint_parts())


class LambdaMapper(BaseMapper):
    """A mapper that is a function of the data point.

    Parameters
    ----------
    name : str
        Used in messages.
    f : callable
        Takes a copy of the data point, may change it, and returns a data point.
    pre, memoize, memoize_key
        As in `BaseMapper`.
    """

    def __init__(
        self,
        name: str,
        f: Callable[[Any], Any],
        pre: Sequence[BaseMapper] | None = None,
        memoize: bool = False,
        memoize_key: Key | None = None,
    ) -> None:
        check_callable(f, f"preprocessor {name!r}")
        super().__init__(name, pre or [], memoize, memoize_key)
        self._f = f

    def _generate_mapped_data_point(self, x: Any) -> Any:
        return self._f(x)


class lambda_mapper:  # noqa: N801 - the name is Snorkel's
    """Make a `LambdaMapper` of a function; a decorator that needs its parentheses.

    Parameters
    ----------
    name : str, optional
        The function's own name by default.
    pre, memoize, memoize_key
        As in `BaseMapper`.

    Raises
    ------
    LabelingFunctionError
        The parentheses are missing.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> @lambda_mapper()
    ... def lower(x):
    ...     x.text = x.text.lower()
    ...     return x
    >>> lower(SimpleNamespace(text="SPAM")).text
    'spam'
    """

    _makes: type[LambdaMapper] = LambdaMapper

    def __init__(
        self,
        name: str | None = None,
        pre: Sequence[BaseMapper] | None = None,
        memoize: bool = False,
        memoize_key: Key | None = None,
    ) -> None:
        if callable(name):
            raise LabelingFunctionError(
                f"@{type(self).__name__} needs parentheses: write @{type(self).__name__}()"
            )
        self.name, self.pre = name, pre
        self.memoize, self.memoize_key = memoize, memoize_key

    def __call__(self, f: Callable[[Any], Any]) -> LambdaMapper:
        """Return the mapper of a function."""
        name = self.name or str(getattr(f, "__name__", type(f).__name__))
        return self._makes(name, f, pre=self.pre, memoize=self.memoize, memoize_key=self.memoize_key)
