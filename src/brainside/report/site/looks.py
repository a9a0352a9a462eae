"""Colour, mark and dash of every method: the same one wherever the page shows the method."""

from collections.abc import Mapping

from brainside.analysis.readings import Tables
from brainside.report.figures import style


def numbers(tables: Tables) -> dict[str, int]:
    """The number of each method's look: that which figures give it, or the first that is free.

    Two methods have the same only where no task has both.
    """
    methods = [name for name in tables.methods if name != "reference"]
    chosen: dict[str, int] = {}

    def taken(method: str) -> set[int]:
        return {chosen[other] for other in _beside(tables, method) if other in chosen}

    for method, wanted in tables.places.items():
        if wanted not in taken(method):
            chosen[method] = wanted
    for method in methods:
        if method not in chosen:
            others = taken(method)
            chosen[method] = next(n for n in range(len(others) + 1) if n not in others)
    return chosen


def _beside(tables: Tables, method: str) -> set[str]:
    """The methods that have a task in common with one."""
    tasks = [titles for titles in tables.titles.values() if method in titles]
    return {other for titles in tasks for other in titles}


def looks(tables: Tables) -> dict[str, dict[str, str]]:
    """Colour (a name of `colours`), mark and dash by method, as matplotlib has the latter two."""
    names = {code: name for name, code in colours().items()}
    all_looks: Mapping[str, style.Look] = {
        method: style.look(number) for method, number in numbers(tables).items()
    } | {"reference": {**style.REFERENCE, "linestyle": "-"}}
    return {
        method: {"colour": names[look["color"]], "mark": look["marker"], "dash": look["linestyle"]}
        for method, look in all_looks.items()
    }


def colours() -> dict[str, str]:
    """The colours of figures by the names that the style sheet has for them."""
    return {f"c{n}": colour for n, colour in enumerate(style.COLOURS)} | {
        "ck": style.REFERENCE["color"]
    }
