"""The loss of a net under soft labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from labelwright._errors import EndModelError, MissingExtraError

if TYPE_CHECKING:
    import torch

    Tensor = torch.Tensor

_REDUCTIONS = ("mean", "sum", "none")


def import_torch(purpose: str) -> Any:
    """Return the torch module.

    Raises
    ------
    MissingExtraError
        torch is not installed.
    """
    try:
        import torch
    except ImportError:
        raise MissingExtraError("torch", extra="torch", purpose=purpose) from None
    return torch


def soft_cross_entropy(
    logits: Tensor,
    targets: Tensor,
    *,
    class_weight: Tensor | None = None,
    reduction: Literal["mean", "sum", "none"] = "mean",
) -> Tensor:
    r"""Return the cross-entropy that is expected when the class is drawn from soft labels.

    .. math:: \ell_i = -\sum_c w_c \, P_{ic} \log \operatorname{softmax}(z_i)_c

    Parameters
    ----------
    logits : (b, k) float tensor
        Scores :math:`z` of the k classes, before the softmax.
    targets : (b, k) tensor
        Soft labels :math:`P`, or non-negative weights that stand for them. A class with target 0 adds
        exactly 0, even where its logit is -inf.
    class_weight : (k,) tensor, optional
        Weights :math:`w` of the classes' terms; 1 without.
    reduction : {"mean", "sum", "none"}, default "mean"
        Over the b rows; the mean divides by b, not by the weights.

    Returns
    -------
    tensor
        A scalar, or (b,) for "none"; differentiable in `logits`.

    Raises
    ------
    EndModelError
        Shapes that do not agree, or an unknown reduction.
    MissingExtraError
        torch is not installed.

    Examples
    --------
    >>> import torch
    >>> logits = torch.tensor([[0.0, 0.0], [2.0, 0.0]])
    >>> targets = torch.tensor([[0.5, 0.5], [1.0, 0.0]])
    >>> [round(x, 4) for x in soft_cross_entropy(logits, targets, reduction="none").tolist()]
    [0.6931, 0.1269]
    """
    torch = import_torch("soft_cross_entropy")
    if logits.ndim != 2 or logits.shape != targets.shape:
        raise EndModelError(
            f"logits have shape {tuple(logits.shape)} and targets {tuple(targets.shape)}; "
            "expected both (rows, classes)"
        )
    if reduction not in _REDUCTIONS:
        raise EndModelError(f"reduction is {reduction!r}; expected one of {', '.join(_REDUCTIONS)}")
    log_p = torch.log_softmax(logits, dim=1)
    weights = targets.to(log_p.dtype)
    if class_weight is not None:
        weights = weights * class_weight.to(log_p)
    losses = -(weights * log_p.masked_fill(weights == 0, 0.0)).sum(dim=1)
    reduced: Tensor = losses if reduction == "none" else getattr(losses, reduction)()
    return reduced
