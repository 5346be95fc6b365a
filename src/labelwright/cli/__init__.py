"""The command line."""

from __future__ import annotations

from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        What follows ``labelwright``; those of the process without.

    Returns
    -------
    int
        The exit code: 0 done, 1 something in the project is wrong, 2 the command line is wrong or does not
        say that code may run, 70 a bug in labelwright, 130 interrupted.
    """
    from labelwright.cli.exit import ended

    def run() -> int:
        from labelwright.cli.app import app

        return app(args=None if arguments is None else list(arguments), standalone_mode=False) or 0

    return ended(run)


__all__ = ["main"]
