"""Colour, mark and dash of every method: the same as in the figures."""

from brainside.analysis.readings import Tables
from brainside.report.figures.shared import appearance


def looks(tables: Tables) -> dict[str, dict[str, str]]:
    """Colour (a name of `colours`), mark and dash by method, as matplotlib has the latter two."""
    names, found = {code: name for name, code in colours().items()}, appearance.looks(tables)
    return {
        method: {"colour": names[look["color"]], "mark": look["marker"],
                 "dash": look.get("linestyle", "-")}
        for method in (*tables.methods, "reference")
        for look in [found[method]]
    }  # fmt: skip


def colours() -> dict[str, str]:
    """The colours of figures by the names that the style sheet has for them."""
    return {f"c{n}": colour for n, colour in enumerate(appearance.COLOURS)} | {
        "ck": appearance.REFERENCE["color"]
    }
