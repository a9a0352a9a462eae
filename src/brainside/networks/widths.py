"""Widths of slimmable networks in groups of channels, without PyTorch."""

from collections.abc import Sequence

GROUPS = 12  # of channels, in every layer
SMALLEST = 2  # groups that are left of a layer at least


def of_groups(width: int, groups: int) -> int:
    """Channels in some of a layer's groups."""
    return max(1, width * groups // GROUPS)


def narrowest(widest: Sequence[int]) -> list[int]:
    """The least widths."""
    return [of_groups(width, SMALLEST) for width in widest]
