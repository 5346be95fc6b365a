"""A net's training on disk, so that a run that was killed goes on where it was."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from labelwright._archive import read_archive, write_archive
from labelwright._errors import EndModelError, StoreError
from labelwright._packing import MALFORMED, Packing, Unpacking
from labelwright._text import one_line
from labelwright._types import FloatArray, IntArray
from labelwright._validate import shorten
from labelwright.end_models._net.inputs import Inputs
from labelwright.end_models._net.state import TrainingState, generator_state, set_generator_state
from labelwright.end_models._net.tensors import packed_tensor, unpacked_tensor

if TYPE_CHECKING:
    import torch


FORMAT = "labelwright net checkpoint"
VERSION = 2
NOT_COMPARED = ("checkpoint", "progress", "epochs", "module", "device", "random_state")
"""Settings that may differ, or that are compared by what they led to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The file of one training.

    Attributes
    ----------
    path : Path
        The file.
    identity : mapping of str to str
        What must be the same for the training to go on: settings, and fingerprints of data and module.
    start : str
        State of the random generator when training began.
    kept : dict or None
        What is in the file; None where there was none.
    """

    path: Path
    identity: Mapping[str, str]
    start: str
    kept: dict[str, Any] | None = None

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        settings: Mapping[str, Any],
        data: Mapping[str, str],
        generator: np.random.Generator,
    ) -> Checkpoint:
        """Return the checkpoint of a net's training on these data, with what its file holds.

        Where the file is there, the generator is put back to where the interrupted run began, so that
        everything drawn before the first epoch is drawn again.

        Raises
        ------
        EndModelError
            The file is no checkpoint, or one of other data or settings.
        """
        identity = {**data, **_compared(settings), "random_state": _seed(settings, generator)}
        kept = _read(path) if path.exists() else None
        if kept is not None:
            _check_same(path, kept["identity"], identity)
            _check_epochs(path, len(kept["state"]["curve"]), settings["epochs"])
            set_generator_state(generator, kept["start"])
        return cls(path=path, identity=identity, start=generator_state(generator), kept=kept)

    def of_module(self, module: torch.nn.Module, device: torch.device) -> Checkpoint:
        """Return the checkpoint for a module as it was built, before any training.

        Raises
        ------
        EndModelError
            The file's training began with another module, other weights, or on another kind of device.
        """
        built = {"device": device.type, "module": _module_fingerprint(module)}
        if self.kept is not None:
            _check_same(self.path, self.kept["identity"], built)
        return replace(self, identity={**self.identity, **built})

    def begin(self, state: TrainingState) -> None:
        """Bring a training to where the file says that it was, or write the file.

        Before any epoch, so that a place that cannot be written costs none.
        """
        if self.kept is None:
            self.save(state)
            return
        try:
            state.restore(self.kept["state"])
        except MALFORMED as error:
            raise _no_checkpoint(self.path, f"its state fits no such net ({one_line(error):.80})") from error

    def save(self, state: TrainingState) -> None:
        """Write the file anew: whoever reads it finds the last epoch or the one before, always whole.

        Raises
        ------
        StoreError
            It cannot be written.
        """
        packing = Packing(packed_tensor)
        content = {"identity": dict(self.identity), "start": self.start, "state": state.as_dict()}
        header = {"content": packing.pack(content, "the state")}
        write_archive(self.path, FORMAT, VERSION, header=header, arrays=packing.arrays)

    def remove(self) -> None:
        """Take the file away: training is over, and the next one starts anew."""
        self.path.unlink(missing_ok=True)


@contextmanager
def removed_where_over(checkpoint: Checkpoint | None) -> Iterator[None]:
    """Remove the checkpoint once training is over, also where it cannot go on: it would fail again."""
    try:
        yield
    except EndModelError:
        if checkpoint is not None:
            checkpoint.remove()
        raise
    if checkpoint is not None:
        checkpoint.remove()


def data_fingerprints(inputs: Inputs, labels: FloatArray, rows: IntArray) -> dict[str, str]:
    """Return short fingerprints of what a net trains on, by the words for it."""
    return {"X": _hash(_parts(inputs)), "soft labels": _hash([labels]), "covered rows": _hash([rows])}


def _compared(settings: Mapping[str, Any]) -> dict[str, str]:
    return {name: repr(value) for name, value in settings.items() if name not in NOT_COMPARED}


def _seed(settings: Mapping[str, Any], generator: np.random.Generator) -> str:
    given = settings["random_state"]
    return generator_state(generator) if isinstance(given, np.random.Generator) else repr(given)


def _read(path: Path) -> dict[str, Any]:
    try:
        archive = read_archive(path, FORMAT, VERSION)
        content = Unpacking(archive.arrays, unpacked_tensor).unpack(archive.header["content"])
        return {"identity": dict(content["identity"]), "start": content["start"], "state": content["state"]}
    except StoreError as error:
        raise _no_checkpoint(path, str(error).removeprefix(f"cannot read {str(path)!r}: ")) from error
    except MALFORMED as error:
        raise _no_checkpoint(path, f"it cannot be read ({one_line(error):.80})") from error


def _no_checkpoint(path: Path, reason: str) -> EndModelError:
    return EndModelError(
        f"{str(path)!r} is no checkpoint of a net: {reason}; name another file, or remove it to start anew"
    )


def _check_same(path: Path, kept: Mapping[str, str], ours: Mapping[str, str]) -> None:
    """Refuse to go on with a training that was another one, naming what differs."""
    different = [
        name if _is_fingerprint(name) else f"{name} ({kept.get(name)} there, {value} here)"
        for name, value in ours.items()
        if kept.get(name) != value
    ]
    if different:
        raise EndModelError(
            f"checkpoint {str(path)!r} is of another training; different: {shorten(different, 4)}. Go back "
            "to what it was, name another file, or remove it to start anew"
        )


def _is_fingerprint(name: str) -> bool:
    return name in ("X", "soft labels", "covered rows", "module")


def _check_epochs(path: Path, done: int, wanted: int) -> None:
    if done > wanted:
        raise EndModelError(
            f"checkpoint {str(path)!r} has {done} epochs, but epochs is {wanted}; set epochs to at least "
            f"{done}, or remove the file to start anew"
        )


def _module_fingerprint(module: torch.nn.Module) -> str:
    """Return a fingerprint of a module's layers and weights."""
    state = module.state_dict()
    names = f"{module!r} {[(name, str(value.dtype)) for name, value in state.items()]}"
    weights = (value.detach().cpu().reshape(-1) for value in state.values() if hasattr(value, "detach"))
    return _hash((np.frombuffer(names.encode(), np.uint8), *map(_bytes_of, weights)))


def _parts(inputs: Inputs) -> Iterator[np.ndarray[Any, Any]]:
    if hasattr(inputs, "tocsr"):
        yield from (inputs.data, inputs.indices, inputs.indptr)
    elif hasattr(inputs, "detach"):
        yield _bytes_of(inputs.cpu().reshape(-1))
    else:
        yield inputs


def _bytes_of(flat: torch.Tensor) -> np.ndarray[Any, Any]:
    import torch

    # Not every type of torch's (bfloat16) is one of numpy's; bytes are.
    array: np.ndarray[Any, Any] = flat.contiguous().view(torch.uint8).numpy()
    return array


def _hash(arrays: Iterable[np.ndarray[Any, Any]]) -> str:
    found = hashlib.sha256()
    for array in arrays:
        found.update(f"{array.dtype} {array.shape};".encode())
        found.update(np.ascontiguousarray(array).data)
    return found.hexdigest()[:16]
