"""How methods look: the colour, mark and dash of each, the same in all figures and on the page."""

from collections.abc import Mapping
from typing import Any

from brainside.analysis.readings import Tables

# Colour and mark both tell a method, so that a grey print can be read. Colour-blind-safe
# (Wong 2011, with dark grey).
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#404040", "#8B6F00")
MARKS = ("o", "s", "^", "D", "v", "P", "X", "<")
SPARE_MARKS = (">", "p", "h", "d")  # of methods that LOOKS does not name
DASHES = ("-", "--", "-.", ":", "-", "--", "-.", ":")
Look = dict[str, Any]  # properties of a line, as matplotlib takes them
REFERENCE: Look = {"color": "black", "marker": "*"}
# The look of every method, in all figures and in both studies: its colour, and below it its mark.
# Methods that share one are in no figure and on no task together; those of a figure differ in both.
LOOKS: Mapping[str, Mapping[str, str]] = {
    "#0072B2": {
        "o": (
            "denil-random-places denil-more-of-convolutions magnitude-l2 magnitude-deletion "
            "magnitude-slim magnitude"
        ),
        "s": "qat-1 obs-deletion",
        "^": "spectral-magnitude obd-dozen-soft",
        "D": "random-edges-wide rate-aware-dozen",
        "v": "magnitude-steps han",
        "P": "denil magnitude-deletion-minimum",
        "X": "hashednet-float32 obd-dozen-validation",
        "<": "denil-random-filters spectral-magnitude-deletion",
    },
    "#D55E00": {
        "o": "spectral-leverage-deletion l2-retrained",
        "s": "denil-empirical denil-weak-decay rate-rewinding obd obd-deletion",
        "^": "spectral-leverage-steps obd-soft",
        "D": "spectral-leverage obd-validation",
        "v": "rate-aware",
        "P": "grasp",
        "X": "denil-only-first obd-deletion-minimum obd-dozen",
        "<": "qat-2",
    },
    "#009E73": {
        "o": "small-dense-equal-epochs reference-float32",
        "s": "spectral-sampled-absolute",
        "^": (
            "hashednet hashed-expanded-2 denil-connections denil-combined-36 "
            "lottery-shuffled obd-deletion-lm reference-96 autoslim"
        ),
        "D": "denil-96 hubs-monarch",
        "v": "snip",
        "P": "qat-3",
        "X": "hubs-300",
        "<": "obd-dozen-layers spectral-absolute-deletion obd-as-run",
    },
    "#CC79A7": {
        "o": "qat-4",
        "s": "hubs",
        "^": "synflow",
        "D": (
            "small-dense hashed-expanded-1 denil-half-width denil-36 "
            "denil-random-ten-columns reference-minimum "
            "uniform-slim"
        ),
        "v": "low-rank-wide lottery-reinitialised",
        "P": "spectral-variance-deletion",
        "X": "denil-raw l1-cut spectral-variance",
        "<": "reference-longer magnitude-ratios",
    },
    "#56B4E9": {
        "o": "rate-aware-high",
        "s": "spectral-degree-deletion",
        "^": "gradual obd-ratios",
        "D": "hashednet-equal-epochs",
        "v": (
            "small-conv hashed-expanded-4 denil-longer obd-deletion-gauss-newton-minimum supernet"
        ),
        "P": "spectral-degree",
        "X": "hashednet-dk fine-tuning",
        "<": "rate-aware-low",
    },
    "#E69F00": {
        "o": "denil-random svd",
        "s": "obd-dozen-probe reference-bf16",
        "^": "units",
        "D": "hashednet-ratios",
        "v": "random-edges",
        "P": (
            "random-prune hashed-expanded-8 denil-raw-slow denil-random-hidden "
            "denil-stratified l2-cut obd-deletion-probe random-slim"
        ),
        "X": "spectral-sampled-deletion spectral-sampled",
        "<": "hubs-low-rank random-deletion",
    },
    "#404040": {
        "o": "magnitude-none spectral-sparsifier",
        "s": "obc",
        "^": "spectral-sparsifier-deletion",
        "D": "denil-dense-start lottery hubs-32",
        "v": "denil-low-rank small-dense-ratios",
        "P": "denil-only-third magnitude-dozen hubs-random",
        "X": (
            "as-run-magnitude denil-ten-columns denil-only-connected magnitude-l1 obd-steps "
            "reference-l1 reference-36 uniform-weights"
        ),
        "<": "low-rank",
    },
    "#8B6F00": {
        "o": "dark-knowledge",
        "s": "spectral-sparsifier-absolute-deletion",
        "^": "denil-one-column obc-deletion",
        "D": "popup-wide obd-dozen-exact",
        "v": "spectral-sparsifier-absolute",
        "P": "popup",
        "X": "random-prune-layers magnitude-one-shot",
        "<": (
            "as-run-obd hashed-expanded-16 denil-autoencoder denil-only-second l1-retrained "
            "magnitude-weights obd-equal-settings obd-deletion-gauss-newton "
            "reference-weak-decay spectral"
        ),
    },
}


def looks(tables: Tables) -> dict[str, Look]:
    """The look of each method of the study, and the reference's black star."""
    named = {name: Look(color=colour, marker=mark, linestyle=DASHES[COLOURS.index(colour)])
             for colour, marks in LOOKS.items()
             for mark, names in marks.items()
             for name in names.split()}  # fmt: skip
    return {**_spare(tables, named), **named, "reference": REFERENCE}


def _spare(tables: Tables, named: Mapping[str, Look]) -> dict[str, Look]:
    """Looks of the study's methods without one: the colours in turn, with a mark that is spare."""
    free = [{**look(colour), "marker": mark}
            for mark in SPARE_MARKS for colour in range(len(COLOURS))]  # fmt: skip
    names = [name for name in tables.whole if name not in named and name != "reference"]
    return {name: free[min(place, len(free) - 1)] for place, name in enumerate(names)}


def look(number: int) -> Look:
    """A look for what is not a method, by its number from 0."""
    n = number % len(COLOURS)
    return {"color": COLOURS[n], "marker": MARKS[n], "linestyle": DASHES[n]}


def paper(mark: str) -> Look:
    """How the values of a paper look beside ours."""
    return {"marker": mark, "markerfacecolor": "none", "markeredgecolor": "#808080",
            "markersize": 5, "linestyle": "none"}  # fmt: skip
