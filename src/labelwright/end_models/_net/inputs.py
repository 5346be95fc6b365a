"""X as a net reads it: checked once, turned into float tensors a batch at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from labelwright._errors import EndModelError
from labelwright._text import first_line
from labelwright._types import IntArray
from labelwright.end_models.rows import count_rows

if TYPE_CHECKING:
    import torch

Inputs: TypeAlias = Any
"""An (n, ...) float32 array, an (n, d) float32 CSR matrix, or an (n, ...) tensor."""


class InputTypeError(EndModelError, TypeError):
    """X holds what is no number; also the builtin that scikit-learn's checks expect."""


def prepare_inputs(X: Any) -> Inputs:
    """Return X in the form that `batch_tensor` cuts, having refused what no net can read.

    Parameters
    ----------
    X : (n, d) array, scipy.sparse matrix or table of numbers; (n, ...) array or torch tensor
        Arrays, matrices and tables become float32; a tensor keeps its type (token ids stay integers).

    Raises
    ------
    EndModelError
        No rows, one dimension, not numbers, or a value that is not finite; it names the row.
    """
    count_rows(X)
    if hasattr(X, "tocsr"):
        matrix = _check_dimensions(X.tocsr().astype(np.float32))
        finite = np.isfinite(matrix.data)
        _refuse_infinite(finite, lambda entry: int(np.searchsorted(matrix.indptr, entry, "right")) - 1)
        return matrix
    if hasattr(X, "detach"):
        tensor = _check_dimensions(X.detach())
        finite = tensor.isfinite().all(dim=tuple(range(1, tensor.ndim))).cpu().numpy()
        _refuse_infinite(finite)
        return tensor
    array = _check_dimensions(_as_float32(X))
    _refuse_infinite(np.isfinite(array).all(axis=tuple(range(1, array.ndim))))
    return array


def input_size(inputs: Inputs) -> int | tuple[int, ...]:
    """Return the features of one row: their number for (n, d) inputs, else the shape of a row.

    Examples
    --------
    >>> input_size(np.zeros((5, 3))), input_size(np.zeros((5, 1, 28, 28)))
    (3, (1, 28, 28))
    """
    shape = tuple(int(size) for size in inputs.shape[1:])
    return shape[0] if len(shape) == 1 else shape


def batch_tensor(inputs: Inputs, rows: IntArray, device: torch.device) -> torch.Tensor:
    """Return the named rows as a dense tensor on the device; only they are ever dense."""
    import torch

    cut = inputs[torch.as_tensor(rows, device=inputs.device) if hasattr(inputs, "detach") else rows]
    if hasattr(cut, "toarray"):
        cut = cut.toarray()
    return torch.as_tensor(cut, device=device)


def _as_float32(X: Any) -> np.ndarray[Any, Any]:
    try:
        array = np.asarray(X)
        if array.dtype.kind == "c":
            raise TypeError("Complex data not supported")
        with np.errstate(over="ignore"):  # too large becomes inf, which is refused with its row
            return array.astype(np.float32)
    except (TypeError, ValueError) as error:
        raise InputTypeError(
            f"X holds entries that are no real numbers ({first_line(error)}); pass features, "
            "for texts those of TextFeatures().fit_transform(texts)"
        ) from error


def _check_dimensions(inputs: Any) -> Any:
    if inputs.ndim < 2:
        raise EndModelError(
            f"X has shape {tuple(inputs.shape)}; expected (n, features). Reshape your data: X.reshape(-1, 1) "
            "for one feature, X.reshape(1, -1) for one row"
        )
    if 0 in inputs.shape[1:]:
        raise EndModelError(
            f"X has 0 feature(s) (shape={tuple(inputs.shape)}) while a minimum of 1 is required; "
            "pass at least one column"
        )
    return inputs


def _refuse_infinite(finite: np.ndarray[Any, Any], row_of: Callable[[int], int] = int) -> None:
    if not finite.all():
        row = row_of(int(finite.argmin()))
        raise EndModelError(
            f"X is not finite (NaN, or too large for float32) at row {row}; fill or scale it first"
        )
