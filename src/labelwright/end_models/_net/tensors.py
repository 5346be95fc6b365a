"""torch tensors as NumPy arrays in an archive, and back."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from labelwright._packing import Packing, Unpacking

if TYPE_CHECKING:
    import torch

TYPES = (
    "float64",
    "float32",
    "float16",
    "bfloat16",
    "complex64",
    "complex128",
    "int64",
    "int32",
    "int16",
    "int8",
    "uint8",
    "bool",
)


def packed_tensor(value: Any, where: str, packing: Packing) -> dict[str, Any] | None:
    """Return the JSON object that stands for a tensor, its values kept beside; None for anything else.

    A type that NumPy has not (bfloat16) is kept as bytes.

    Examples
    --------
    >>> import torch
    >>> packing = Packing(packed_tensor)
    >>> packed = packing.pack({"w": torch.ones(2, dtype=torch.bfloat16)}, "state")
    >>> Unpacking(packing.arrays, unpacked_tensor).unpack(packed)
    {'w': tensor([1., 1.], dtype=torch.bfloat16)}
    """
    import torch

    if not isinstance(value, torch.Tensor):
        return None
    name, tensor = str(value.dtype).removeprefix("torch."), value.detach().cpu()
    if name not in TYPES or tensor.layout is not torch.strided:
        raise TypeError(f"{where} is a tensor of {value.dtype} ({value.layout})")
    flat = tensor.contiguous().reshape(-1)
    array = flat.view(torch.uint8).numpy() if name == "bfloat16" else flat.numpy()
    return {"is": "tensor", "type": name, "shape": list(tensor.shape), "values": packing.name(array)}


def unpacked_tensor(packed: dict[str, Any], unpacking: Unpacking) -> torch.Tensor:
    """Return the tensor of a `packed_tensor`, on the CPU.

    Raises
    ------
    ValueError
        It is none, or its values do not fit its shape.
    """
    import torch

    name, array = packed.get("type"), unpacking.arrays[packed["values"]]
    if packed["is"] != "tensor" or name not in TYPES:
        raise ValueError(
            f"it holds a {packed['is']!s:.60} {name!s:.60}, which this labelwright does not know"
        )
    dtype: torch.dtype = getattr(torch, TYPES[TYPES.index(name)])
    if array.dtype != (np.uint8 if name == "bfloat16" else np.dtype(name)) or array.ndim != 1:
        raise ValueError(f"it holds a tensor of {name} as an array of {array.dtype}")
    if math.prod(packed["shape"]) * dtype.itemsize != array.nbytes:
        raise ValueError(f"it holds a tensor of shape {packed['shape']!s:.60} with {array.size} values")
    return torch.from_numpy(array).view(dtype).reshape(packed["shape"])
