"""Axes of budgets and errors: limits, ticks and plain numbers on logarithmic ones."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import FuncFormatter

from brainside.base.budgets import share


def fractions(budgets: Sequence[float], apart: float) -> list[str]:
    """Ascending budgets as 1/8, without those less than a factor apart from the last one shown."""
    shown, last = [], 0.0
    for budget in budgets:
        shown.append(share(budget) if budget > apart * last else "")
        last = budget if shown[-1] else last
    return shown


def limit(axes: Axes, values: pd.Series) -> None:
    """Limit the vertical axis to single networks: an interval of two seeds can be wider than it."""
    if axes.get_yscale() == "log":
        values = values[values > 0]
    if len(values):
        scale = axes.yaxis.get_transform()
        low, high = scale.transform([values.min(), values.max()])
        room = 0.08 * (high - low) or 1.0
        axes.set_ylim(*scale.inverted().transform([low - room, high + room]))


def log_log(axes: Axes, rows: pd.DataFrame) -> None:
    """Logarithmic axes with plain numbers; where nothing is drawn, an empty frame that says so."""
    if rows.empty:
        axes.text(0.5, 0.5, "no records yet", transform=axes.transAxes, ha="center")
        axes.set(xlim=(0.001, 1), ylim=(1, 100))
    axes.set(xscale="log", yscale="log")
    plain_numbers(axes.yaxis)


def plain_numbers(
    axis: Axis, write: Callable[[float], str] = "{:g}".format, *, minor: bool = True
) -> None:
    """Label a logarithmic axis without exponents.

    With `minor`, 2 and 5 of each decade, too, and all where the range is short; 9, which would run
    into 10, only where it is shorter still.
    """
    axis.set_major_formatter(FuncFormatter(lambda value, _: write(value)))

    def between(value: float, _: int) -> str:
        """The label of a minor tick; empty where there is no room for one."""
        low, high = axis.get_view_interval()
        leading = round(value / 10 ** np.floor(np.log10(value)))
        shown = leading in (2, 5) or high < (2 if leading == 9 else 4) * low
        return write(value) if minor and shown else ""

    axis.set_minor_formatter(FuncFormatter(between))
