"""Advice about label models as a project takes it: in lines of its ``labelwright.toml``."""

from __future__ import annotations

import re
from typing import Final

_MODEL: Final = r"(?:LabelModel|MajorityVote)"
_ADVICE: Final = (
    (re.compile(r"\(class_balance\)"), "(settings.class_balance under [label_model])"),
    (
        re.compile(r"\braise (max_iter|tol|l2)(?: or (max_iter|tol|l2))?\b"),
        lambda found: f"raise {_settings(found.groups())} under [label_model]",
    ),
    (
        re.compile(rf"\b(take|compare with) ({_MODEL})(?: or ({_MODEL}))?"),
        lambda found: f"{found[1]} {_names(found.groups()[1:])} under [label_model]",
    ),
)


def in_toml(advice: str) -> str:
    """Return a sentence of advice that names settings and models as a project's settings file has them.

    Examples
    --------
    >>> in_toml("it did not converge; raise max_iter or tol")
    'it did not converge; raise settings.max_iter or settings.tol under [label_model]'
    >>> in_toml("check some rows, or take MajorityVote")
    'check some rows, or take name = "MajorityVote" under [label_model]'
    >>> in_toml("say how common the classes are if you know it (class_balance)")
    'say how common the classes are if you know it (settings.class_balance under [label_model])'
    """
    for pattern, line in _ADVICE:
        advice = pattern.sub(line, advice)
    return advice


def _settings(names: tuple[str | None, ...]) -> str:
    return " or ".join(f"settings.{name}" for name in names if name)


def _names(names: tuple[str | None, ...]) -> str:
    return " or ".join(f'name = "{name}"' for name in names if name)
