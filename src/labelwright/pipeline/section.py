"""Reading typed values out of a TOML file, with errors that name the section and the key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labelwright._errors import ProjectError
from labelwright._validate import did_you_mean, shorten

TYPES = {
    str: "a string",
    int: "an integer",
    float: "a number",
    bool: "true or false",
    list: "a list",
    dict: "a table",
}


@dataclass(frozen=True, slots=True)
class Section:
    """One ``[section]`` of a settings file."""

    file: Path
    name: str
    values: Mapping[str, Any]

    def only(self, known: Iterable[str]) -> Section:
        """Return the section, having checked that it has no other keys."""
        names = list(known)
        for key in self.values:
            if key not in names:
                hint = did_you_mean(key, names) or f"; known keys: {shorten(names)}"
                raise self.error(f"unknown key {key!r}{hint}")
        return self

    def text(self, key: str, default: str | None = None) -> str | None:
        """Return a non-empty string, or the default."""
        value = self._typed(key, str, default)
        if value == "" and default != "":
            raise self.error(f"{key} is empty; give it a value or leave the key out")
        return value  # type: ignore[no-any-return]

    def choice(self, key: str, options: tuple[str, ...], default: str) -> str:
        """Return one of some strings."""
        value: str = self._typed(key, str, default)
        if value not in options:
            listed = " or ".join(repr(option) for option in options)
            raise self.error(f"{key} = {value!r}; expected {listed}{did_you_mean(value, options)}")
        return value

    def natural(self, key: str, default: int) -> int:
        """Return an integer that is not negative."""
        value: int = self._typed(key, int, default)
        if value < 0:
            raise self.error(f"{key} = {value}; expected 0 or more")
        return value

    def seconds(self, key: str, default: float) -> float:
        """Return a number of seconds, 0 for no limit."""
        value = self.values.get(key, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < float("inf"):
            raise self.error(f"{key} = {value!r}; expected seconds, or 0 for no limit")
        return float(value)

    def texts(self, key: str) -> tuple[str, ...] | None:
        """Return a list of strings, or None."""
        value = self._typed(key, list, None)
        if value is None:
            return None
        if bad := [item for item in value if not isinstance(item, str)]:
            raise self.error(f"{key} holds {bad[0]!r}; expected a list of strings")
        return tuple(value)

    def text_or_texts(self, key: str) -> tuple[str, ...] | None:
        """Return a string or a list of strings as a tuple, or None."""
        value = self.values.get(key)
        if not isinstance(value, (str, list, type(None))):
            raise self.error(f"{key} = {value!r}; expected a string or a list of strings")
        if isinstance(value, list):
            return self.texts(key)
        single = self.text(key)
        return None if single is None else (single,)

    def table(self, key: str) -> dict[str, Any]:
        """Return a table, empty where it is missing."""
        return dict(self._typed(key, dict, {}))

    def required(self, key: str, what: str) -> ProjectError:
        """Return the error for a key that must be there."""
        return self.error(f"{key} is missing; add {what}")

    def error(self, message: str) -> ProjectError:
        """Return an error that says where it is."""
        return ProjectError(f"{self.file}: [{self.name}] {message}")

    def _typed(self, key: str, expected: type, default: Any) -> Any:
        value = self.values.get(key, default)
        wrong_bool = isinstance(value, bool) and expected is not bool
        if value is not None and (wrong_bool or not isinstance(value, expected)):
            raise self.error(f"{key} = {value!r} is {_type_name(value)}; expected {TYPES[expected]}")
        return value


def _type_name(value: object) -> str:
    return TYPES.get(type(value), f"a {type(value).__name__}")
