"""Searches whose best trial lies at an end of its range, where better settings may lie beyond."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from brainside.archive.searches import read_search
from brainside.study.sweeps import Search

SHARE = 0.1  # of the range, on the scale that it is drawn on: what counts as its end


@dataclass(frozen=True)
class Edge:
    """A setting that a search chose at an end of its range, for the networks of one budget."""

    search: Search
    budget: float
    setting: str
    value: float
    end: Literal["lower", "upper"]


def edges(searches: Iterable[Search]) -> list[Edge]:
    """The settings of finished searches in the outermost tenth of their ranges, at either end.

    Settings that are chosen from a list have no ends. Raises Refused for a damaged file.
    """
    return [edge for search in searches if search.done for edge in _edges(search)]


def _edges(search: Search) -> Iterator[Edge]:
    ranges = {n: s["log_uniform"] for n, s in search.spec["search"].items() if "log_uniform" in s}
    for budget, chosen in read_search(search)["best"].items():
        for name, (low, high) in ranges.items():
            if name in chosen and (end := _end(chosen[name], low, high)):
                yield Edge(search, float(budget), name, chosen[name], end)


def _end(value: float, low: float, high: float) -> Literal["lower", "upper"] | None:
    """The end of a logarithmic range that a value is at, if it is at one."""
    share = math.log(value / low) / math.log(high / low)
    if share <= SHARE:
        return "lower"
    return "upper" if share >= 1 - SHARE else None


def summary(searches: Iterable[Search]) -> Iterator[str]:
    """What `edges` finds as text: how many searches, and one line per method, setting and end."""
    done = [search for search in searches if search.done]
    found = edges(done)
    if not found:
        return
    flagged = len({edge.search.path for edge in found})
    yield (
        f"{flagged} of {len(done)} searches have their best trial in the outermost tenth of a "
        "range; by method and setting, of so many choices:"
    )
    chosen = Counter((s.method, name) for s in done for _ in s.spec["budgets"]
                     for name in s.spec["search"])  # fmt: skip
    at_end = Counter((edge.search.method, edge.setting, edge.end) for edge in found)
    for (method, setting, end), count in at_end.items():
        yield f"  {method}: {setting} at the {end} end, {count} of {chosen[method, setting]}"
