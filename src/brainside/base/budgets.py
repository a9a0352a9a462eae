"""Budgets, fractions of the reference's weights: how they are read and how they are written."""

import re
from fractions import Fraction

from brainside.base.errors import Refused

# 1/8, 0.125 or 1e-3, in ASCII digits without signs; that of workflow/schemas, too.
WRITTEN = re.compile(
    r"[0-9]{1,9}/[0-9]{1,9}|([0-9]{1,20}([.][0-9]{0,20})?|[.][0-9]{1,20})([eE][+-]?[0-9]{1,3})?"
)


def parse_budget(text: str | float | int, where: object) -> float:
    """A budget as written in a config ("1/8", 0.1) as a fraction in (0, 1]; Refused outside."""
    try:
        if isinstance(text, str) and not WRITTEN.fullmatch(text):
            raise ValueError(text)
        value = float(Fraction(str(text)))
    except (ValueError, ZeroDivisionError, OverflowError):
        raise Refused(f"{where}: budget {text!r} is not a number; write 1/8 or 0.125") from None
    if not 0 < value <= 1:
        raise Refused(f"{where}: budget {text} is not in (0, 1]; it is a fraction of the weights")
    return value


def tag(budget: float) -> str:
    """A budget in the names of files, seeds and numbers: six digits.

    No study has two budgets of a method and task that this does not tell apart.
    """
    return f"{budget:.6g}"


def ratio(budget: float) -> str:
    """A budget as 1 or 1/n where it is one over a whole number n, else in digits."""
    over = round(1 / budget)
    if tag(1 / over) != tag(budget):
        return tag(budget)
    return "1" if over == 1 else f"1/{over}"


def share(budget: float) -> str:
    """A budget as 1/8, or as a percentage where it is not one over a whole number."""
    text = ratio(budget)
    return text if text.startswith("1") else f"{100 * budget:.6g} %"
