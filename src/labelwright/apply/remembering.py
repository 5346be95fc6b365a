"""One chain of preprocessors with its results on disk."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from labelwright.apply.memory import Shelf
from labelwright.apply.outcomes import Failure, Outcome, outcomes
from labelwright.lfs import Preprocessor
from labelwright.lfs.fingerprint import fingerprint_of
from labelwright.lfs.preprocessors import with_fields

SLOW = 1e-3  # seconds a row from which keeping a result is worth it: finding one takes about 20 microseconds


class Remembered:
    """Runs the last preprocessor of a chain on the rows whose results are not on disk.

    Parameters
    ----------
    chain : sequence of Preprocessor
        Left to right; a result is found by what all of them read of the data.
    shelf : Shelf
        The results.
    """

    __slots__ = ("_columns", "_shelf", "_step")

    def __init__(self, chain: Sequence[Preprocessor], shelf: Shelf) -> None:
        self._step = chain[-1]
        self._columns = _columns(chain)
        self._shelf = shelf

    def run(self, before: list[Any], rows: list[Any]) -> list[Any]:
        """Return the rows ``before`` the last step as it leaves them.

        Parameters
        ----------
        before : list of rows
            What the earlier steps made.
        rows : list of rows
            The data points themselves, in the same order.
        """
        if not (self._step.keep or self._shelf.exists):
            return self._run_new(before, rows)
        keys = [self._key(row) for row in rows]
        kept = self._kept(keys)
        missing = [i for i, key in enumerate(keys) if key not in kept or before[i].__class__ is Failure]
        new = self._made([before[i] for i in missing], [keys[i] for i in missing])
        made = dict(zip(missing, new, strict=True))
        return [made[i] if i in made else with_fields(before[i], kept[key]) for i, key in enumerate(keys)]

    def _run_new(self, before: list[Any], rows: list[Any]) -> list[Any]:
        """Run a step of which nothing is kept yet, and keep its results where it was slow."""
        started = time.perf_counter()
        made = outcomes(self._step, before)
        if time.perf_counter() - started >= SLOW * len(before):
            self._save([self._key(row) for row in rows], made)
        return [result for result, _ in made]

    def _made(self, before: list[Any], keys: list[bytes]) -> list[Any]:
        made = outcomes(self._step, before)
        self._save(keys, made)
        return [result for result, _ in made]

    def _kept(self, keys: list[bytes]) -> dict[bytes, Mapping[str, Any]]:
        kept: dict[bytes, Mapping[str, Any]] = {}
        for key, packed in self._shelf.load(list(dict.fromkeys(keys))).items():
            try:
                kept[key] = self._step.unpack(packed)
            except Exception:  # whatever unpickling raises: as good as missing
                continue
        return kept

    def _save(self, keys: list[bytes], made: Sequence[Outcome]) -> None:
        try:
            packed = {
                key: self._step.pack(fields)
                for key, (_, fields) in zip(keys, made, strict=True)
                if fields is not None
            }
        except Exception:  # fields that cannot be pickled are made anew each time
            return
        self._shelf.save(packed)

    def _key(self, row: Mapping[str, Any]) -> bytes:
        names = [name for name in (row if self._columns is None else self._columns) if name in row]
        return bytes.fromhex(fingerprint_of(names, [row[name] for name in names]))


def _columns(chain: Sequence[Preprocessor]) -> tuple[str, ...] | None:
    """Return the columns of the data that a chain reads; None where that is not known."""
    read: dict[str, None] = {}
    added: set[str] = set()
    for step in chain:
        if step.columns is None:
            return None
        read.update(dict.fromkeys(column for column in step.columns if column not in added))
        added.update(step.fields or ())
    return tuple(read)
