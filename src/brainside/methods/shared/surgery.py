"""Exact removal of variables from a quadratic: which to remove next, and how the others follow.

Hassibi, Stork (1993), "Second order derivatives for network pruning: Optimal Brain Surgeon",
equation 5. At the minimum of a quadratic with Hessian H, setting variable q to zero costs at least
w_q² / 2[H⁻¹]_qq, which is reached where all others move by −w_q / [H⁻¹]_qq · H⁻¹e_q. The inverse
Hessian of the remaining variables is H⁻¹ − H⁻¹e_q e_qᵀH⁻¹ / [H⁻¹]_qq.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from brainside.base.errors import Refused

SHRINK = 0.85  # the matrix is cut down to what remains once that is less than this part of it


@dataclass(frozen=True)
class Surgery:
    """What a removal leaves: values (zero where removed), the order, and the cost of each step."""

    values: Tensor  # (n,)
    order: Tensor  # int64 (count,), the first removed first
    costs: Tensor  # (count,), increases of the quadratic, which add up


def remove(values: Tensor, inverse: Tensor, removable: Tensor, count: int) -> Surgery:
    """Remove `count` variables one after the other, always the one that costs least.

    `values` (n,) are where the quadratic is least, `inverse` (n, n) is its inverse Hessian, and
    only variables that are `removable` (bool, n) may go. Arguments are not changed. Raises Refused
    where rounding has made the matrix indefinite.
    """
    w, inverse, removable = values.clone(), inverse.clone(), removable.clone()
    places, present = torch.arange(len(w)), torch.ones_like(removable)
    result, order, costs = torch.zeros_like(w), [], []
    for _ in range(count):
        if int(present.sum()) < SHRINK * len(present):
            w, places, removable = w[present], places[present], removable[present]
            inverse, present = inverse[present][:, present], present[present]
        q, cost = _cheapest(w, inverse.diagonal(), removable)
        order.append(int(places[q]))
        costs.append(cost)
        row = inverse[q] / inverse[q, q]
        w.sub_(row, alpha=float(w[q]))
        inverse.addr_(inverse[q].clone(), row, alpha=-1)
        w[q], present[q], removable[q] = 0, False, False
    result[places] = w
    return Surgery(
        result, torch.tensor(order, dtype=torch.int64), torch.tensor(costs, dtype=w.dtype)
    )


def _cheapest(w: Tensor, variances: Tensor, removable: Tensor) -> tuple[int, float]:
    """The variable that costs least (the first of equals), and its cost."""
    costs = torch.where(removable, w.square() / variances, torch.inf)
    q = int(costs.argmin())
    cost = float(costs[q]) / 2
    if not 0 <= cost < torch.inf:
        raise Refused("the inverse Hessian is no longer positive definite; take a larger damping")
    return q, cost


def inverse_of(hessian: Tensor, damping: float) -> Tensor:
    """(H + damping · I)⁻¹; Refused where that is not positive definite."""
    damped = hessian + damping * torch.eye(len(hessian), dtype=hessian.dtype)
    factor, failed = torch.linalg.cholesky_ex(damped)
    if failed or not factor.isfinite().all():
        raise Refused("the Hessian is not positive definite; take a larger damping")
    return torch.cholesky_inverse(factor)


def minimum_without(values: Tensor, hessian: Tensor, kept: Tensor) -> Tensor:
    """Where the quadratic is least when only the `kept` variables may differ from zero.

    The same as removing the others one by one, in one step and without its rounding.
    """
    result = torch.zeros_like(values)
    if kept.any():
        pull = (hessian @ values)[kept]
        result[kept] = torch.linalg.solve(hessian[kept][:, kept], pull)
    return result
