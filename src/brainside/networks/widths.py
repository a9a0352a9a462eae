"""Widths of slimmable networks in groups of channels, without PyTorch."""

from collections.abc import Sequence

GROUPS = 12  # of channels, in every layer
SMALLEST = 2  # groups that are left of a layer at least


def of_groups(width: int, groups: int) -> int:
    """The number of channels in so many of a layer's GROUPS groups, at least one."""
    return max(1, width * groups // GROUPS)


def narrowest(widest: Sequence[int]) -> list[int]:
    """The widths of the narrowest network, with SMALLEST groups in each layer."""
    return [of_groups(width, SMALLEST) for width in widest]
