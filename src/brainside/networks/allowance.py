"""What a budget allows: stored weights, or multiply-adds; from specs, without PyTorch."""

from collections.abc import Callable, Mapping
from typing import Any

from brainside.base.errors import Refused
from brainside.networks.weights import multiply_adds, weight_count
from brainside.networks.widths import narrowest


def stored_weights(budget: float, reference_weights: int) -> int:
    """The largest whole number of weights within a budget; Refused where that is none."""
    allowed = int(budget * reference_weights + 1e-9)  # 1e-9: a third of 3 is 1
    if allowed < 1:
        raise Refused(f"budget {budget:g} of {reference_weights:,} leaves none; take a larger one")
    return allowed


def target(spec: Mapping[str, Any], budget: float) -> int:
    """The multiply-adds that a budget allows, a fraction of the widest network's.

    Raises Refused below the narrowest network's, or where the network has no widths.
    """
    if "widths" not in spec:
        raise Refused(f"network {spec['name']} has no `widths` to be slimmed")
    allowed = stored_weights(budget, multiply_adds(spec))
    least = multiply_adds({**spec, "widths": narrowest(spec["widths"])})
    if allowed < least:
        raise Refused(f"budget {budget:g} is {allowed} multiply-adds; the narrowest has {least}")
    return allowed


# What a budget may limit, a column of the records, and how much of it a network's budget allows.
AXES: dict[str, Callable[[Mapping[str, Any], float], int]] = {
    "weights": lambda spec, budget: stored_weights(budget, weight_count(spec)),
    "multiply_adds": target,
}
