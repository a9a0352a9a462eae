"""Traces by address, with every line stored once: most lines are in many traces."""

from collections.abc import Callable, Iterable
from typing import Any

Trace = Callable[[str], list[str] | None]  # the lines of an address; None if there is none such


def traces(addresses: Iterable[str], trace: Trace) -> dict[str, Any]:
    """`lines` are all lines, `traces` the numbers of its lines by address.

    An address without a trace (its number has not been made yet) is left out.
    """
    numbers: dict[str, int] = {}
    by_address: dict[str, list[int]] = {}
    for address in dict.fromkeys(addresses):
        lines = trace(address)
        if lines is not None:
            by_address[address] = [numbers.setdefault(line, len(numbers)) for line in lines]
    return {"lines": list(numbers), "traces": by_address}
